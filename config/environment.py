"""Read the settings that differ between installations, and say in one sentence what is missing or malformed."""

import base64
import binascii
import json
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

OLDER_NAMES = {
    "TOKEN_ENCRYPTION_KEYS": ("TOKEN_ENCRYPTION_KEY",),
    "SECRET_KEY": ("JWT_SECRET", "ADMIN_SECRET_KEY"),
}
"""Names that earlier systems used; read when the new name is unset, with a warning from `manage.py check`."""

REQUIRED = {
    "SECRET_KEY": "signs sessions: 50 random characters",
    "TOKEN_ENCRYPTION_KEYS": "encrypts tokens: 32 random bytes, from `openssl rand -base64 32 | tr +/ -_`",
    "DATABASE_URL": "names the database: postgres://user:password@host/name",
    "PUBLIC_URL": "is the address that people open, such as https://freshet.example.com",
    "REDIS_URL": "names the broker that wakes the workers, or set BACKGROUND_SYNC_ENABLED=false",
}
"""What production cannot do without, and why."""

KEYLESS = ("DATABASE_URL", "REDIS_URL")
"""Of these, what a process needs that opens no login and shows no page: Beat, and the migrations."""

GENERATED = ("SECRET_KEY", "TOKEN_ENCRYPTION_KEYS")
DATABASES = ("postgres", "postgresql", "pgsql", "psql", "sqlite")
MAIL_SCHEMES = ("smtp", "smtp+tls", "smtp+ssl", "consolemail")
WEBHOOK_PREFIX, WEBHOOK_KEY = "whsec_", (24, 64)
"""The key is so many bytes, as Standard Webhooks has it."""

TRUE, FALSE = ("true", "on", "yes", "y", "1"), ("false", "off", "no", "n", "0")


class Environment(environ.Env):  # type: ignore[misc] # django-environ has no types
    """An empty variable counts as an absent one, as compose files make them; a malformed one is named."""

    def get_value(self, var: str, cast: Any = None, default: Any = "", parse_default: bool = False) -> Any:
        text = self.ENVIRON.get(var, "").strip()
        if not text:
            return "" if default is self.NOTSET else default
        if cast is bool:
            return _truth(var, text)
        if cast is int:
            return _number(var, text)
        if cast is list:
            return [part.strip() for part in text.split(",") if part.strip()]
        return text

    def choice(self, var: str, choices: Iterable[str], default: str) -> str:
        value: str = self.str(var, default=default)
        if value not in choices:
            raise ImproperlyConfigured(f"{var} is {value!r}: it must be one of {', '.join(choices)}.")
        return value

    def at_least(self, var: str, least: int, *, default: int) -> int:
        value: int = self.int(var, default=default)
        if value < least:
            raise ImproperlyConfigured(f"{var} is {value}: it must be {least} or more.")
        return value

    def webhook(self) -> tuple[str, str]:
        """Address and secret; both empty where nothing is to be sent. Neither is repeated in an error."""
        url, secret = self.str("WEBHOOK_URL"), self.str("WEBHOOK_SECRET")
        if not url:
            return "", ""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ImproperlyConfigured("WEBHOOK_URL is malformed: it begins with https:// or http://.")
        try:
            key = base64.b64decode(secret.removeprefix(WEBHOOK_PREFIX), validate=True)
        except binascii.Error:
            key = b""
        if not secret.startswith(WEBHOOK_PREFIX) or not WEBHOOK_KEY[0] <= len(key) <= WEBHOOK_KEY[1]:
            raise ImproperlyConfigured(
                'WEBHOOK_SECRET signs what WEBHOOK_URL gets: `echo "whsec_$(openssl rand -base64 32)"` makes one.'
            )
        return url, secret


def _truth(name: str, text: str) -> bool:
    if text.lower() not in TRUE + FALSE:
        raise ImproperlyConfigured(f"{name} is {text!r}: it must be true or false.")
    return text.lower() in TRUE


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {text!r}: it must be a whole number.") from error


def adopt_older_names(env: environ.Env) -> dict[str, str]:
    """Give each unset name the value of an older one. Returns which names were supplied by which older ones."""
    adopted = {}
    for name, older_names in OLDER_NAMES.items():
        older = next((older for older in older_names if env.str(older)), None)
        if older and not env.str(name):
            env.ENVIRON[name] = env.str(older)
            adopted[name] = older
    return adopted


def needed(*, broker: bool, keys: bool) -> list[str]:
    """What this process cannot do without in production."""
    return [name for name in REQUIRED if (keys or name in KEYLESS) and (broker or name != "REDIS_URL")]


def require(env: environ.Env, names: Iterable[str]) -> None:
    """One sentence that names all that is missing, so that nobody has to find out one by one."""
    missing = [f"{name} ({REQUIRED[name]})" for name in names if not env.str(name)]
    if missing:
        raise ImproperlyConfigured(f"Production needs what is not set: {'; '.join(missing)}.")


def development_secrets(path: Path) -> None:
    """Keys for a development machine: made once, kept in a file that only its owner can read."""
    if not path.exists():
        _write_private(
            path, f"SECRET_KEY={secrets.token_urlsafe(50)}\nTOKEN_ENCRYPTION_KEYS={Fernet.generate_key().decode()}\n"
        )
    for name in GENERATED:
        if not os.environ.get(name):
            os.environ.pop(name, None)  # an empty one would keep the file's from being read
    environ.Env.read_env(str(path))


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    try:
        os.link(draft, path)  # another process may have been first: then its keys are the ones
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def encryption_keys(env: environ.Env) -> list[str]:
    """Newest first. Looked at now: a malformed one would only be noticed when the first account is connected."""
    keys = [key.strip() for key in env.str("TOKEN_ENCRYPTION_KEYS").split(",") if key.strip()]
    for number, key in enumerate(keys, 1):
        try:
            Fernet(key)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"TOKEN_ENCRYPTION_KEYS is malformed: key {number} of {len(keys)} is not 32 bytes in URL-safe base64."
            ) from error
    if not keys:
        raise ImproperlyConfigured("TOKEN_ENCRYPTION_KEYS holds no key.")
    return keys


def database(env: environ.Env, *, otherwise: Path) -> dict[str, Any]:
    """Django's entry for the database. The address is never repeated in an error: it holds the password."""
    if not env.str("DATABASE_URL"):
        found: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(otherwise)}
    else:
        found = _parsed_database(env.str("DATABASE_URL"))
    options = sqlite_options() if "sqlite" in found["ENGINE"] else postgres_options()
    found["OPTIONS"] = {**found.get("OPTIONS", {}), **options}
    return {**found, "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}


def _parsed_database(url: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if url.partition("://")[0] in DATABASES:
        with suppress(ValueError):
            found = environ.Env.db_url_config(url)
    if not found.get("NAME"):
        raise ImproperlyConfigured(
            "DATABASE_URL is malformed: it must be like postgres://user:password@host:5432/name or sqlite:////path."
        )
    return found


def sqlite_options() -> dict[str, object]:
    """Many processes write: begin every transaction as a writer, or a lock upgrade fails at once."""
    return {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
    }


def postgres_options() -> dict[str, object]:
    return {
        "options": "-c idle_in_transaction_session_timeout=30s -c lock_timeout=10s -c statement_timeout=120s",
        "application_name": "freshet",
    }


def broker_url(env: environ.Env) -> str:
    """As set. Over TLS Celery would take any certificate where the address does not say that it has to be right."""
    url: str = env.str("REDIS_URL", default="")
    if not url.startswith("rediss://") or "ssl_cert_reqs=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}ssl_cert_reqs=CERT_REQUIRED"


def mail_server(env: environ.Env) -> dict[str, Any]:
    """Django's settings for sending mail; none where nothing is set. No error repeats the address with its password."""
    url: str = env.str("EMAIL_URL", default="")
    if not url:
        return {}
    found: dict[str, Any] = {}
    with suppress(ValueError):
        parts = urlsplit(url)
        is_whole = bool(parts.hostname and parts.port) or parts.scheme == "consolemail"
        found = environ.Env.email_url_config(url) if is_whole and parts.scheme in MAIL_SCHEMES else {}
    if not found:
        raise ImproperlyConfigured(
            "EMAIL_URL is malformed: it must be like smtp+tls://user:password@mail.example.com:587, or consolemail://."
        )
    return found


def public_url(env: environ.Env, *, default: str) -> str:
    """Scheme, host and port as browsers send them in Origin."""
    url = env.str("PUBLIC_URL", default=default)
    try:
        parts = urlsplit(url.rstrip("/"))
        usual = {"http": 80, "https": 443}[parts.scheme]
        port = f":{parts.port}" if parts.port and parts.port != usual else ""
    except (ValueError, KeyError):
        parts, port = urlsplit(""), ""
    if not parts.hostname or parts.username or parts.path or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            f"PUBLIC_URL is {url!r}: it must be like https://freshet.example.com, with nothing after the host and port."
        )
    return f"{parts.scheme}://{host_of(url)}{port}"


def host_of(url: str) -> str:
    """The host as ALLOWED_HOSTS has it: an IPv6 address in brackets."""
    host = urlsplit(url).hostname or ""
    return f"[{host}]" if ":" in host else host


def sandbox_url(env: environ.Env, name: str, var_dir: Path, *, provider: str) -> str:
    """Where a provider's stand-in listens: as set, else as `manage.py sandbox` wrote down, else its default."""
    url: str = env.str(name) or _running_sandboxes(var_dir).get(provider, f"http://127.0.0.1:8100/{provider}")
    if host_of(url) not in ("127.0.0.1", "localhost", "[::1]"):
        raise ImproperlyConfigured(f"{name} is {url}, which is not on this machine, but {provider} is in sandbox mode.")
    return url.rstrip("/")


def sandbox_line(env: environ.Env, name: str, var_dir: Path, *, provider: str) -> str:
    """Host and port at which a provider's stand-in speaks gRPC, found as with `sandbox_url`."""
    line: str = env.str(name, default="") or _running_sandboxes(var_dir).get(f"{provider}_grpc", "localhost:8199")
    if host_of(f"//{line}") not in ("127.0.0.1", "localhost", "[::1]"):
        raise ImproperlyConfigured(
            f"{name} is {line}, which is not on this machine, but {provider} is in sandbox mode."
        )
    return line


def secret_file(env: environ.Env, name: str) -> str:
    """What stands in the file that a setting names; nothing where it names none."""
    path: str = env.str(name, default="")
    try:
        return Path(path).expanduser().read_text().strip() if path else ""
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"{name} is {path!r}, and there is no text file that can be read.") from error


def _running_sandboxes(var_dir: Path) -> dict[str, str]:
    try:
        found = json.loads((var_dir / "sandbox.json").read_text())
    except (OSError, ValueError):
        return {}
    return {name: url for name, url in found.items() if isinstance(url, str)} if isinstance(found, dict) else {}

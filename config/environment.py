"""Read the settings that differ between installations, and say in one sentence what is missing."""

import json
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

OLDER_NAMES = {
    "TOKEN_ENCRYPTION_KEYS": ("TOKEN_ENCRYPTION_KEY",),
    "SECRET_KEY": ("JWT_SECRET", "ADMIN_SECRET_KEY"),
}
"""Names that earlier systems used; read when the new name is unset, with a warning from `manage.py check`."""


def older_name_in_use(env: environ.Env, name: str) -> str | None:
    """The older name that supplies a setting, if its own name is unset."""
    if env.str(name, default=""):
        return None
    return next((old for old in OLDER_NAMES.get(name, ()) if env.str(old, default="")), None)


def required(env: environ.Env, name: str, *, why: str) -> str:
    """The setting, or one clear sentence."""
    value = env.str(older_name_in_use(env, name) or name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {why}")
    return str(value)


def development_secrets(path: Path) -> None:
    """Keys for a development machine: made once, kept in a file that only its owner can read."""
    if not path.exists():
        _write_private(
            path, f"SECRET_KEY={secrets.token_urlsafe(50)}\nTOKEN_ENCRYPTION_KEYS={Fernet.generate_key().decode()}\n"
        )
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


def sandbox_url(env: environ.Env, name: str, var_dir: Path, *, provider: str) -> str:
    """Where a provider's stand-in listens: as set, else as `manage.py sandbox` wrote down, else its default."""
    url = env.str(name, default="") or _running_sandboxes(var_dir).get(provider, f"http://127.0.0.1:8100/{provider}")
    if urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ImproperlyConfigured(f"{name} is {url}, which is not on this machine, but {provider} is in sandbox mode.")
    return url.rstrip("/")


def _running_sandboxes(var_dir: Path) -> dict[str, str]:
    try:
        found = json.loads((var_dir / "sandbox.json").read_text())
    except (OSError, ValueError):
        return {}
    return {name: url for name, url in found.items() if isinstance(url, str)}


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

"""Settings as a process of an installation finds them: what stops it, what it warns of, what it needs not."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from connections.providers.google_ads.oauth import GoogleOAuth
from connections.providers.google_ads.sandbox.certificate import authority

ROOT = Path(__file__).parents[2]
SECRET_KEY = "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ"

pytestmark = pytest.mark.once


@pytest.fixture
def development(tmp_path: Path) -> dict[str, str]:
    """Nothing but a place of its own."""
    return {"ENV_FILE": "/dev/null", "VAR_DIR": str(tmp_path)}


@pytest.fixture
def production(development: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The least with which production starts."""
    return development | {
        "FRESHET_ENV": "production",
        "SECRET_KEY": SECRET_KEY,
        "TOKEN_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "DATABASE_URL": f"sqlite:///{tmp_path}/freshet.sqlite3",
        "REDIS_URL": "redis://cache.example.com:6379/0",
        "PUBLIC_URL": "https://freshet.example.com",
    }


def python(environment: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *words]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=60)


def last_words(environment: dict[str, str]) -> str:
    """The sentence with which a process ends, or nothing if its settings hold."""
    done = python(environment, "-c", "import config.settings")
    return done.stderr.rpartition("ImproperlyConfigured: ")[2].strip() if done.returncode else ""


def value(environment: dict[str, str], name: str) -> str:
    done = python(environment, "-c", f"from config import settings; print(settings.{name})")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# What production needs


@pytest.mark.spec("A93", "C21")
@pytest.mark.parametrize("name", ["SECRET_KEY", "TOKEN_ENCRYPTION_KEYS", "DATABASE_URL", "PUBLIC_URL", "REDIS_URL"])
def test_production_does_not_start_without(name: str, production: dict[str, str]) -> None:
    del production[name]
    said = last_words(production)
    assert said.startswith(f"Production needs what is not set: {name} (")
    assert "\n" not in said


@pytest.mark.spec("A93", "C13")
def test_production_names_all_that_is_missing_at_once(development: dict[str, str]) -> None:
    said = last_words(development | {"FRESHET_ENV": "production", "SECRET_KEY": ""})
    for name in ("SECRET_KEY", "TOKEN_ENCRYPTION_KEYS", "DATABASE_URL", "PUBLIC_URL", "REDIS_URL"):
        assert name in said
    assert not (Path(development["VAR_DIR"]) / "secrets.env").exists()


@pytest.mark.spec("C13")
def test_without_background_sync_no_broker_is_needed(production: dict[str, str]) -> None:
    del production["REDIS_URL"]
    assert last_words(production | {"BACKGROUND_SYNC_ENABLED": "false"}) == ""


@pytest.mark.spec("L46")
def test_a_broker_may_be_there_while_background_sync_is_off(production: dict[str, str]) -> None:
    assert last_words(production | {"BACKGROUND_SYNC_ENABLED": "false"}) == ""


WITH_KEYS = ("SECRET_KEY", "TOKEN_ENCRYPTION_KEYS", "PUBLIC_URL")


def test_beat_and_migrations_need_database_and_broker_only(production: dict[str, str]) -> None:
    keyless = {name: text for name, text in production.items() if name not in WITH_KEYS} | {"WITHOUT_KEYS": "true"}
    assert last_words(keyless) == ""
    for name in ("DATABASE_URL", "REDIS_URL"):
        assert last_words(keyless | {name: ""}).startswith(f"Production needs what is not set: {name} (")
    assert "DATABASE_URL (" in last_words({**keyless, "DATABASE_URL": "", "BACKGROUND_SYNC_ENABLED": "false"})


OPEN_A_LOGIN = """
import django
django.setup()
from connections.crypto import decrypt, encrypt
try:
    encrypt({"access_token": "s3cret"})
finally:
    decrypt("anything")
"""


def test_a_process_without_keys_can_neither_keep_nor_open_a_login(production: dict[str, str]) -> None:
    """Not even where it was given some: a login kept with a key that nobody has would be lost."""
    done = python(
        production | {"WITHOUT_KEYS": "true", "DJANGO_SETTINGS_MODULE": "config.settings"}, "-c", OPEN_A_LOGIN
    )
    assert done.stderr.count("django.core.exceptions.ImproperlyConfigured: TOKEN_ENCRYPTION_KEYS") == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TOKEN_ENCRYPTION_KEYS", "garbage"),
        ("DATABASE_URL", "garbage"),
        ("PUBLIC_URL", "freshet.example.com"),
        ("FRESHET_ENV", "prodution"),
        ("PORT", "eighty"),
        ("BACKGROUND_SYNC_ENABLED", "maybe"),
        ("META_SANDBOX", "treu"),
        ("LOG_LEVEL", "LOUD"),
        ("KEEP_CHANGES_DAYS", "0"),
        ("KEEP_JOBS_DAYS", "-5"),
    ],
)
def test_a_malformed_setting_is_named_in_one_sentence(name: str, text: str, production: dict[str, str]) -> None:
    said = last_words(production | {name: text})
    assert said.startswith(f"{name} is ")
    assert "\n" not in said


def test_a_sandbox_elsewhere_is_refused(development: dict[str, str]) -> None:
    said = last_words(development | {"META_GRAPH_URL": "https://graph.example.com"})
    assert said.startswith("META_GRAPH_URL is https://graph.example.com, which is not on this machine")


@pytest.mark.spec("A94")
def test_what_is_optional_may_be_empty_or_absent(production: dict[str, str]) -> None:
    assert last_words(production) == ""
    optional = "META_ACCESS_TOKEN META_AD_ACCOUNT_ID META_APP_ID META_APP_SECRET META_SANDBOX META_GRAPH_URL PORT DEBUG"
    optional += " GOOGLE_REFRESH_TOKEN GOOGLE_CUSTOMER_ID GOOGLE_CLIENT_ID GOOGLE_CLIENT_SECRET GOOGLE_ADS_ACCESS_LEVEL"
    optional += " GOOGLE_ADS_SANDBOX GOOGLE_ADS_ENDPOINT GOOGLE_SIGN_IN_URL GOOGLE_DIALOG_URL"
    assert last_words(production | dict.fromkeys(optional.split(), "")) == ""


# What follows from what


@pytest.mark.spec("T61")
def test_the_pause_between_chunks_of_history_has_a_floor(development: dict[str, str]) -> None:
    assert value(development | {"CHUNK_DELAY_MS": "50"}, "CHUNK_DELAY_MS") == "600"
    assert value(development | {"CHUNK_DELAY_MS": "900"}, "CHUNK_DELAY_MS") == "900"


def test_production_talks_to_the_real_services_and_answers_for_one_host(production: dict[str, str]) -> None:
    assert value(production, "META_SANDBOX") == "False"
    assert value(production, "ALLOWED_HOSTS") == "['freshet.example.com']"
    assert value(production, "CSRF_TRUSTED_ORIGINS") == "['https://freshet.example.com']"


def test_in_sandbox_mode_grpc_trusts_the_stand_in_whatever_was_trusted_before(
    development: dict[str, str], production: dict[str, str]
) -> None:
    said = "import os; from config import settings; print(os.environ['GRPC_DEFAULT_SSL_ROOTS_FILE_PATH'])"
    other = {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": "/etc/another.crt"}
    trusted = Path(python(development | other, "-c", said).stdout.strip())
    assert trusted.read_bytes() == authority()
    assert python(production | other, "-c", said).stdout.strip() == "/etc/another.crt"


def test_an_empty_client_is_the_stand_ins_own_in_sandbox_mode_only(
    development: dict[str, str], production: dict[str, str]
) -> None:
    empty = {"GOOGLE_CLIENT_ID": "", "GOOGLE_CLIENT_SECRET": ""}
    said = "PROVIDERS['google_ads']['client_id']"
    assert value(development | empty, said) == "4711-sandbox"
    assert value(production | empty, said) == ""


def test_where_no_browser_reaches_the_sign_in_page_none_is_offered(development: dict[str, str]) -> None:
    assert value(development | {"GOOGLE_DIALOG_URL": "none"}, "PROVIDERS['google_ads']['dialog_url']") == ""
    assert not GoogleOAuth().is_configured({"client_id": "1", "client_secret": "2", "dialog_url": ""})


def test_in_development_a_token_turns_the_sandbox_off(development: dict[str, str]) -> None:
    assert value(development, "META_SANDBOX") == "True"
    assert value(development, "LOGIKAL_SANDBOX") == "True"
    assert value(development | {"META_ACCESS_TOKEN": "EAAs3cret"}, "META_SANDBOX") == "False"
    assert value(development | {"META_SANDBOX": "false"}, "LOGIKAL_SANDBOX") == "False"
    assert value(development | {"LOGIKAL_PASSWORD": "s3cret"}, "META_SANDBOX") == "False"
    assert value(development, "GOOGLE_SHEETS_SANDBOX") == "True"
    assert value(development | {"LOGIKAL_SANDBOX": "false"}, "GOOGLE_SHEETS_SANDBOX") == "False"
    mixed = {"META_SANDBOX": "false", "LOGIKAL_SANDBOX": "true"}
    assert value(development | mixed, "LOGIKAL_SANDBOX") == "True"


def test_a_development_machine_keeps_the_keys_it_made(development: dict[str, str]) -> None:
    first = value(development, "TOKEN_ENCRYPTION_KEYS")
    assert value(development | {"TOKEN_ENCRYPTION_KEYS": ""}, "TOKEN_ENCRYPTION_KEYS") == first
    assert (Path(development["VAR_DIR"]) / "secrets.env").stat().st_mode & 0o777 == 0o600


def test_an_older_name_goes_before_a_generated_key(development: dict[str, str]) -> None:
    assert value(development | {"ADMIN_SECRET_KEY": SECRET_KEY}, "SECRET_KEY") == SECRET_KEY


# manage.py check


def test_production_has_no_findings(production: dict[str, str]) -> None:
    done = python(production, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == "System check identified no issues (0 silenced)."


@pytest.mark.spec("C13")
def test_older_names_are_read_with_a_warning(production: dict[str, str]) -> None:
    production["TOKEN_ENCRYPTION_KEY"] = production.pop("TOKEN_ENCRYPTION_KEYS")
    production["JWT_SECRET"] = production.pop("SECRET_KEY")
    done = python(production, "manage.py", "check")
    assert done.returncode == 0
    assert "TOKEN_ENCRYPTION_KEYS is unset, and TOKEN_ENCRYPTION_KEY is read in its place." in done.stderr
    assert "Rename JWT_SECRET to SECRET_KEY." in done.stderr


# Static files

SERVE = """
import re
import django
django.setup()
from django.conf import settings
settings.STATIC_ROOT = settings.VAR_DIR / "staticfiles"
from django.core.management import call_command
call_command("collectstatic", interactive=False, verbosity=0)
call_command("migrate", verbosity=0)
from config.wsgi import application
from django.test import Client
page = Client().get("/sign-in/", headers={"host": "freshet.example.com"}, secure=True)
links = re.findall(r'(?:href|src)="(/static/[^"#]+)', page.content.decode())
missing = [link for link in links if not (settings.STATIC_ROOT / link.removeprefix("/static/")).exists()]
print(page.status_code, len(links) > 3, missing, callable(application))
"""


@pytest.mark.spec("A110")
def test_production_serves_its_pages_with_every_static_file_that_they_name(production: dict[str, str]) -> None:
    """The manifest storage refuses a style sheet that refers to a file which is not there."""
    done = python(production | {"DJANGO_SETTINGS_MODULE": "config.settings"}, "-c", SERVE)
    assert done.stdout.split() == ["200", "True", "[]", "True"], done.stderr


# Mail


def test_mail_goes_to_the_console_in_development_and_nowhere_in_production(
    development: dict[str, str], production: dict[str, str]
) -> None:
    assert value(development, "EMAIL_BACKEND").endswith("console.EmailBackend")
    assert value(development, "SENDS_MAIL") == "True"
    assert value(production, "EMAIL_BACKEND").endswith("dummy.EmailBackend")
    assert value(production, "SENDS_MAIL") == "False"
    assert value(production, "DEFAULT_FROM_EMAIL") == "Freshet <freshet@freshet.example.com>"


def test_a_mail_server_is_used_where_one_is_named(production: dict[str, str]) -> None:
    named = production | {"EMAIL_URL": "smtp+tls://me:secret@mail.example.com:587", "EMAIL_FROM": "sync@example.com"}
    wanted = "(SENDS_MAIL, EMAIL_BACKEND[-17:], EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD)"
    done = python(named, "-c", f"from config.settings import *; print({wanted}, EMAIL_USE_TLS, DEFAULT_FROM_EMAIL)")
    said = "(True, 'smtp.EmailBackend', 'mail.example.com', 587, 'me', 'secret') True sync@example.com"
    assert done.stdout.strip() == said

"""Settings as a process of an installation finds them: what stops it, what it warns of, what it needs not."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

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


@pytest.mark.spec("A93")
@pytest.mark.parametrize("name", ["SECRET_KEY", "TOKEN_ENCRYPTION_KEYS", "DATABASE_URL", "PUBLIC_URL", "REDIS_URL"])
def test_production_does_not_start_without(name: str, production: dict[str, str]) -> None:
    del production[name]
    said = last_words(production)
    assert said.startswith(f"Production needs what is not set: {name} (")
    assert "\n" not in said


@pytest.mark.spec("A93")
def test_production_names_all_that_is_missing_at_once(development: dict[str, str]) -> None:
    said = last_words(development | {"FRESHET_ENV": "production", "SECRET_KEY": ""})
    for name in ("SECRET_KEY", "TOKEN_ENCRYPTION_KEYS", "DATABASE_URL", "PUBLIC_URL", "REDIS_URL"):
        assert name in said
    assert not (Path(development["VAR_DIR"]) / "secrets.env").exists()


def test_without_background_sync_no_broker_is_needed(production: dict[str, str]) -> None:
    del production["REDIS_URL"]
    assert last_words(production | {"BACKGROUND_SYNC_ENABLED": "false"}) == ""


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


def test_in_development_a_token_turns_the_sandbox_off(development: dict[str, str]) -> None:
    assert value(development, "META_SANDBOX") == "True"
    assert value(development | {"META_ACCESS_TOKEN": "EAAs3cret"}, "META_SANDBOX") == "False"


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

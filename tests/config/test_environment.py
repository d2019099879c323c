"""Settings read from the environment: what counts as absent, what is refused, and in which words."""

import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from ssl import CERT_NONE, CERT_REQUIRED

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection

from config.environment import (
    Environment,
    adopt_older_names,
    broker_url,
    database,
    encryption_keys,
    host_of,
    mail_server,
    public_url,
    require,
    sandbox_url,
    secret_file,
)

ROOT = Path(__file__).parents[2]
SQLITE = Path("/somewhere/freshet.sqlite3")


def env(**variables: str) -> Environment:
    made = Environment()
    made.ENVIRON = variables
    return made


@pytest.mark.spec("A94")
def test_an_empty_variable_counts_as_an_absent_one() -> None:
    empty = env(PORT="", DEBUG=" ", META_ACCESS_TOKEN="", LOG_LEVEL="")
    assert empty.int("PORT", default=8000) == env().int("PORT", default=8000) == 8000
    assert empty.bool("DEBUG", default=False) is False
    assert empty.str("META_ACCESS_TOKEN", default="") == ""
    assert empty.choice("LOG_LEVEL", ("INFO", "DEBUG"), default="INFO") == "INFO"


def test_a_value_that_begins_with_a_dollar_is_taken_as_it_is() -> None:
    assert env(SECRET_KEY="$abc").str("SECRET_KEY") == "$abc"


@pytest.mark.parametrize(
    ("text", "found"), [("one", ["one"]), (" one, two ,", ["one", "two"]), (",", []), ("", [])], ids=str
)
def test_a_list_is_a_list_of_words(text: str, found: list[str]) -> None:
    assert env(CRON_TOKENS=text).list("CRON_TOKENS", default=[]) == found


@pytest.mark.parametrize("text", ["true", "True", "on", "yes", "1"])
def test_true(text: str) -> None:
    assert env(DEBUG=text).bool("DEBUG", default=False) is True


@pytest.mark.parametrize("text", ["false", "False", "off", "no", "0"])
def test_false(text: str) -> None:
    assert env(DEBUG=text).bool("DEBUG", default=True) is False


@pytest.mark.parametrize(
    ("read", "sentence"),
    [
        (lambda: env(PORT="80a").int("PORT"), "PORT is '80a': it must be a whole number."),
        (lambda: env(DEBUG="flase").bool("DEBUG"), "DEBUG is 'flase': it must be true or false."),
        (
            lambda: env(FRESHET_ENV="prod").choice("FRESHET_ENV", ("development", "production"), default="x"),
            "FRESHET_ENV is 'prod': it must be one of development, production.",
        ),
        (
            lambda: env(KEEP_JOBS_DAYS="-5").at_least("KEEP_JOBS_DAYS", 1, default=180),
            "KEEP_JOBS_DAYS is -5: it must be 1 or more.",
        ),
    ],
    ids=["number", "switch", "choice", "least"],
)
def test_a_malformed_value_is_named_in_one_sentence(read, sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        read()
    assert str(raised.value) == sentence


@pytest.mark.parametrize(("text", "read"), [("", 180), ("1", 1), ("30", 30)], ids=str)
def test_the_least_that_makes_sense_is_taken(text: str, read: int) -> None:
    assert env(KEEP_JOBS_DAYS=text).at_least("KEEP_JOBS_DAYS", 1, default=180) == read


@pytest.mark.spec("A93")
def test_all_that_is_missing_is_named_in_one_sentence() -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        require(env(SECRET_KEY="s"), ["SECRET_KEY", "DATABASE_URL", "PUBLIC_URL"])
    sentence = str(raised.value)
    assert "SECRET_KEY" not in sentence
    assert "DATABASE_URL (" in sentence
    assert "PUBLIC_URL (" in sentence
    assert "\n" not in sentence


# Names of the past


@pytest.mark.parametrize(
    ("older", "name"),
    [
        ("TOKEN_ENCRYPTION_KEY", "TOKEN_ENCRYPTION_KEYS"),
        ("JWT_SECRET", "SECRET_KEY"),
        ("ADMIN_SECRET_KEY", "SECRET_KEY"),
    ],
)
def test_an_older_name_supplies_what_its_present_name_does_not(older: str, name: str) -> None:
    old = env(**{older: "of old"})
    assert adopt_older_names(old) == {name: older}
    assert old.str(name) == "of old"


def test_a_present_name_goes_before_its_older_ones() -> None:
    both = env(SECRET_KEY="new", JWT_SECRET="of old")
    assert adopt_older_names(both) == {}
    assert both.str("SECRET_KEY") == "new"


# Encryption keys


def test_keys_are_kept_in_their_order() -> None:
    new, old = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    assert encryption_keys(env(TOKEN_ENCRYPTION_KEYS=f"{new}, {old},")) == [new, old]


@pytest.mark.parametrize("bad", ["garbage", "c2hvcnQ=", "ä" * 44, ","], ids=["text", "too short", "not ASCII", "none"])
def test_a_malformed_key_is_refused_and_not_repeated(bad: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="TOKEN_ENCRYPTION_KEYS") as raised:
        encryption_keys(env(TOKEN_ENCRYPTION_KEYS=bad if bad == "," else f"{Fernet.generate_key().decode()},{bad}"))
    assert bad == "," or bad not in str(raised.value)


# The database


def test_without_an_address_there_is_a_file() -> None:
    found = database(env(), otherwise=SQLITE)
    assert (found["ENGINE"], found["NAME"]) == ("django.db.backends.sqlite3", str(SQLITE))


def test_every_sqlite_transaction_begins_as_a_writer() -> None:
    options = database(env(DATABASE_URL="sqlite:////srv/freshet.sqlite3"), otherwise=SQLITE)["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]


def test_postgresql_keeps_what_the_address_says_and_adds_time_limits() -> None:
    url = "postgres://ann:p%40ss@db.example.com:6543/freshet?sslmode=require"
    found = database(env(DATABASE_URL=url), otherwise=SQLITE)
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["USER"], found["PASSWORD"], found["PORT"], found["NAME"]) == ("ann", "p@ss", 6543, "freshet")
    assert found["OPTIONS"]["sslmode"] == "require"
    assert "lock_timeout=10s" in found["OPTIONS"]["options"]


@pytest.mark.parametrize(
    "url",
    [
        "hunter2",
        "http://ann:hunter2@db/freshet",
        "mysql://ann:hunter2@db/freshet",
        "postgres://ann:hunter2@db",
        "postgres://ann:hunter2@db:port/freshet",
        "//ann:hunter2@db/freshet",
    ],
)
@pytest.mark.filterwarnings("error")
def test_a_malformed_address_is_refused_and_its_password_not_repeated(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL is malformed") as raised:
        database(env(DATABASE_URL=url), otherwise=SQLITE)
    assert "hunter2" not in str(raised.value)


# The broker


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("", ""),
        ("redis://cache:6379/0", "redis://cache:6379/0"),
        ("rediss://default:p@cache:25061", "rediss://default:p@cache:25061?ssl_cert_reqs=CERT_REQUIRED"),
        (
            "rediss://cache:6380/0?ssl_ca_certs=ca.pem",
            "rediss://cache:6380/0?ssl_ca_certs=ca.pem&ssl_cert_reqs=CERT_REQUIRED",
        ),
        ("rediss://cache:25061/0?ssl_cert_reqs=CERT_NONE", "rediss://cache:25061/0?ssl_cert_reqs=CERT_NONE"),
    ],
    ids=["none", "plain", "DigitalOcean's", "with other words", "as it was said"],
)
def test_over_tls_the_certificate_of_the_broker_has_to_be_right(url: str, read: str) -> None:
    found = broker_url(env(REDIS_URL=url))
    assert found == read
    if url.startswith("rediss://"):
        used = Connection(found).ssl
        assert isinstance(used, dict)
        assert used["ssl_cert_reqs"] == (CERT_NONE if "NONE" in url else CERT_REQUIRED)


# The public address


@pytest.mark.parametrize(
    ("url", "origin", "host"),
    [
        ("https://freshet.example.com", "https://freshet.example.com", "freshet.example.com"),
        ("https://freshet.example.com/", "https://freshet.example.com", "freshet.example.com"),
        ("https://Freshet.Example.com:443", "https://freshet.example.com", "freshet.example.com"),
        ("http://freshet.local:8080", "http://freshet.local:8080", "freshet.local"),
        ("http://192.0.2.7:9000", "http://192.0.2.7:9000", "192.0.2.7"),
        ("http://[2001:db8::7]:9000", "http://[2001:db8::7]:9000", "[2001:db8::7]"),
        ("https://[2001:db8::7]", "https://[2001:db8::7]", "[2001:db8::7]"),
    ],
)
def test_the_public_address_gives_origin_and_host(url: str, origin: str, host: str) -> None:
    assert public_url(env(PUBLIC_URL=url), default="") == origin
    assert host_of(origin) == host


@pytest.mark.parametrize(
    "url",
    [
        "freshet.example.com",
        "localhost:8000",
        "ftp://freshet.example.com",
        "https://",
        "https://example.com/freshet",
        "https://example.com:https",
        "https://[::1",
        "https://ann@example.com",
    ],
)
def test_what_is_no_address_of_a_site_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="PUBLIC_URL is "):
        public_url(env(PUBLIC_URL=url), default="")


# Sandboxes


@pytest.mark.parametrize("written", ["", "{broken", "[]", '{"plain": 7}'])
def test_without_a_running_sandbox_its_usual_address_holds(tmp_path: Path, written: str) -> None:
    (tmp_path / "sandbox.json").write_text(written)
    assert sandbox_url(env(), "PLAIN_URL", tmp_path, provider="plain") == "http://127.0.0.1:8100/plain"


def test_a_running_sandbox_tells_its_address(tmp_path: Path) -> None:
    (tmp_path / "sandbox.json").write_text('{"pid": 7, "port": 8104, "plain": "http://127.0.0.1:8104/plain"}')
    assert sandbox_url(env(), "PLAIN_URL", tmp_path, provider="plain") == "http://127.0.0.1:8104/plain"
    named = env(PLAIN_URL="http://[::1]:9/plain/")
    assert sandbox_url(named, "PLAIN_URL", tmp_path, provider="plain") == "http://[::1]:9/plain"


@pytest.mark.parametrize("url", ["https://graph.example.com", "http://127.0.0.1.example.com/x", "http://10.0.0.1"])
def test_a_sandbox_is_never_on_another_machine(tmp_path: Path, url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="not on this machine"):
        sandbox_url(env(PLAIN_URL=url), "PLAIN_URL", tmp_path, provider="plain")


# Keys of a development machine

MAKE_SECRETS = """
import os, sys
from pathlib import Path
from config.environment import development_secrets
sys.stdin.readline()
development_secrets(Path(sys.argv[1]))
print(os.environ["SECRET_KEY"], os.environ["TOKEN_ENCRYPTION_KEYS"])
"""


@pytest.mark.once
def test_processes_that_start_at_once_get_the_same_keys_from_a_private_file(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secrets.env"
    command = [sys.executable, "-c", MAKE_SECRETS, str(path)]
    surroundings = {"SECRET_KEY": "", "PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen(command, env=surroundings, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    keys = {process.communicate(timeout=20)[0] for process in started}
    assert len(keys) == 1
    assert len(keys.pop().split()) == 2
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


# Mail


def test_without_an_address_there_is_no_mail_server() -> None:
    assert mail_server(env()) == mail_server(env(EMAIL_URL=" ")) == {}


@pytest.mark.parametrize(
    ("url", "tls", "ssl"),
    [
        ("smtp+tls://me%40example.com:p%2Fw@mail.example.com:587", True, None),
        ("smtp+ssl://me%40example.com:p%2Fw@mail.example.com:587", None, True),
        ("smtp://me%40example.com:p%2Fw@mail.example.com:587", None, None),
    ],
)
def test_a_mail_server_is_read_from_its_address(url: str, tls: bool | None, ssl: bool | None) -> None:
    found = mail_server(env(EMAIL_URL=url))
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example.com", 587)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("me@example.com", "p/w")
    assert (found.get("EMAIL_USE_TLS"), found.get("EMAIL_USE_SSL")) == (tls, ssl)


def test_mails_may_go_into_the_log() -> None:
    assert mail_server(env(EMAIL_URL="consolemail://"))["EMAIL_BACKEND"].endswith("console.EmailBackend")


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "smtp://mail.example.com",
        "smtp://me:hidden@:25",
        "smtp://me:hidden@host:port",
        "smtps://me:hidden@host:465",
        "http://me:hidden@host:25",
        "smtp://me:hidden@[::1:25",
    ],
)
def test_a_malformed_mail_server_is_named_without_its_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL is malformed: it must be like") as error:
        mail_server(env(EMAIL_URL=url))
    assert "hidden" not in str(error.value)


def test_a_file_that_a_setting_names_is_read(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text('{\n  "a": 1\n}\n')
    assert secret_file(env(KEY_FILE=str(file)), "KEY_FILE") == '{\n  "a": 1\n}'
    assert secret_file(env(KEY_FILE=""), "KEY_FILE") == ""


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xff"], ids=["no file", "no text"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "key.json"
    if content:
        file.write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match=r"^KEY_FILE is '.*key\.json', and there is no text file"):
        secret_file(env(KEY_FILE=str(file)), "KEY_FILE")


SECRET = f"whsec_{b64encode(bytes(32)).decode()}"


def test_a_webhook_has_an_address_and_a_secret_or_neither() -> None:
    assert env().webhook() == env(WEBHOOK_SECRET=SECRET).webhook() == ("", "")
    address = "https://receiver.example.com/hook"
    assert env(WEBHOOK_URL=address, WEBHOOK_SECRET=SECRET).webhook() == (address, SECRET)


@pytest.mark.parametrize(
    ("url", "secret", "said"),
    [
        ("https://receiver.example.com", "", "WEBHOOK_SECRET signs"),
        ("https://receiver.example.com", "secret", "WEBHOOK_SECRET signs"),
        ("https://receiver.example.com", "whsec_c2hvcnQ=", "WEBHOOK_SECRET signs"),
        ("https://receiver.example.com", "whsec_%%%", "WEBHOOK_SECRET signs"),
        ("receiver.example.com/hook", SECRET, "WEBHOOK_URL is malformed"),
        ("file:///etc/passwd", SECRET, "WEBHOOK_URL is malformed"),
    ],
)
def test_a_webhook_that_could_not_be_signed_or_sent_ends_the_start(url: str, secret: str, said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=said) as raised:
        env(WEBHOOK_URL=url, WEBHOOK_SECRET=secret).webhook()
    assert not secret or secret not in str(raised.value)

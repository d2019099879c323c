"""/healthz and /readyz: whether this process serves, and whether it has what it needs for that, for whoever asks."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings
from pytest_django import DjangoAssertNumQueries

from tests.fixtures.workers import Broker

ROOT = Path(__file__).parents[2]
ASK = """
import django
django.setup()
from django.test import Client
print(Client().get("/readyz").content.decode())
"""


def ask(path: str = "/readyz", **headers: str) -> tuple[int, dict[str, Any]]:
    answer = Client().get(path, headers=headers)
    return answer.status_code, answer.json()


def ask_elsewhere(tmp_path: Path, **settings: str) -> str:
    """What a process with other settings answers."""
    environment = os.environ | {"VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings", **settings}
    command = [sys.executable, "-c", ASK]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


@pytest.mark.spec("A49")
def test_anybody_may_ask() -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["freshet.example.com"], BACKGROUND_SYNC_ENABLED=False)
def test_a_platform_asks_by_the_machines_address_over_plain_http(db: None) -> None:
    assert ask("/healthz", host="10.244.3.7:8080") == (200, {"status": "ok"})
    assert ask("/readyz", host="10.244.3.7:8080") == (200, {"status": "ready"})
    assert Client().get("/sign-in/", headers={"host": "10.244.3.7:8080"}, secure=True).status_code == 400
    assert Client().get("/sign-in/", headers={"host": "freshet.example.com"}).status_code == 301


def test_ready_while_database_and_broker_answer(db: None, broker: Broker) -> None:
    assert ask() == (200, {"status": "ready"})
    broker.stop()
    assert ask() == (503, {"status": "not ready", "missing": ["broker"]})
    assert ask("/healthz") == (200, {"status": "ok"})
    broker.start()
    assert ask() == (200, {"status": "ready"})


def test_it_costs_two_queries(db: None, broker: Broker, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(2):
        ask()


def test_a_broker_that_listens_and_says_nothing_is_not_waited_for(db: None, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://:s3cret@127.0.0.1:{silent.getsockname()[1]}/0"
        began = time.monotonic()
        assert ask() == (503, {"status": "not ready", "missing": ["broker"]})
        assert time.monotonic() - began < 1.5


def test_a_broker_behind_tls_is_asked_in_the_words_of_celery(db: None, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.REDIS_URL = f"rediss://127.0.0.1:{listener.getsockname()[1]}/0?ssl_cert_reqs=CERT_REQUIRED"
        assert ask() == (503, {"status": "not ready", "missing": ["broker"]})
        listener.settimeout(1)
        caller, _ = listener.accept()
        with caller:
            assert caller.recv(1) == b"\x16"  # how a TLS handshake begins


@pytest.mark.parametrize("url", ["", "nonsense", "redis://no-such-host.invalid:6379/0"])
def test_without_a_broker_it_is_ready_only_where_none_is_needed(db: None, settings: Any, url: str) -> None:
    settings.REDIS_URL = url
    assert ask() == (503, {"status": "not ready", "missing": ["broker"]})
    settings.BACKGROUND_SYNC_ENABLED = False
    assert ask() == (200, {"status": "ready"})


@override_settings(BACKGROUND_SYNC_ENABLED=False)
def test_not_ready_while_a_migration_waits(db: None) -> None:
    applied = MigrationRecorder.Migration.objects
    applied.filter(app="syncing").order_by("-id")[0].delete()
    assert ask() == (503, {"status": "not ready", "missing": ["migrations"]})


@pytest.mark.once
def test_a_database_that_does_not_answer_is_named_without_its_address(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    database = f"postgres://freshet:s3cret@127.0.0.1:{port}/freshet"
    said = ask_elsewhere(tmp_path, DATABASE_URL=database, BACKGROUND_SYNC_ENABLED="false")
    assert said == '{"status": "not ready", "missing": ["database"]}'


@pytest.mark.once
def test_an_empty_database_is_not_ready(tmp_path: Path) -> None:
    said = ask_elsewhere(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3", BACKGROUND_SYNC_ENABLED="false")
    assert said == '{"status": "not ready", "missing": ["migrations"]}'

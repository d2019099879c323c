"""What every test may use. Fixtures of our trade (people, connections, sandboxes) live in tests/fixtures/."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache

pytest_plugins = [
    "tests.plugins.spec",
    "tests.plugins.databases",
    "tests.plugins.browser",
    "tests.fixtures.people",
    "tests.fixtures.api",
    "tests.fixtures.synced",
    "tests.fixtures.calendar",
    "tests.fixtures.plain",
    "tests.fixtures.engine",
    "tests.fixtures.sandbox",
    "tests.fixtures.commands",
    "tests.fixtures.routes",
    "tests.fixtures.workers",
    "tests.fixtures.wizard",
    "tests.fixtures.post_office",
]


@pytest.fixture(autouse=True)
def ask_as_often_as_you_like(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an address may ask only so many times a minute; tests/connections/api/test_cron.py sets that again."""
    cache.clear()
    monkeypatch.setattr("connections.api.cron.TenAMinute.rate", "100000/min")


@pytest.fixture(autouse=True)
def say_no_less_than_before() -> Iterator[None]:
    """A quiet command lowers the level of its whole process, which here goes on with other tests."""
    yield
    logging.getLogger("syncing").setLevel(logging.NOTSET)


def pytest_configure() -> None:
    """What is started in production collects files, and another test beside it would see them come and go."""
    name = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    os.environ["STATIC_ROOT"] = str(Path(os.environ.get("VAR_DIR") or "var") / f"static-{name}")


def pytest_sessionstart() -> None:
    if real := [name for name, provider in settings.PROVIDERS.items() if not provider["sandbox"]]:
        raise pytest.UsageError(
            f"These tests would call the real service of {', '.join(real)}. Run them by ./bin/test."
        )

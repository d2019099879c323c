"""Which database the tests run on, and where it lives."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django import DjangoDbBlocker

PROCESSES = {"start_worker", "installation", "commands", "processes"}
DATABASE = {"db", "transactional_db", "django_db_setup", "live_server", "database_url", "empty_database"}


def is_postgres() -> bool:
    return "postgresql" in settings.DATABASES["default"]["ENGINE"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """On SQLite a file, so that the processes which tests start see the same database."""
    if not is_postgres():
        name = tmp_path_factory.mktemp("database") / "test.sqlite3"
        connections["default"].settings_dict["TEST"]["NAME"] = str(name)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """On SQLite tests empty their tables by DELETE, which the table of audit events refuses."""
    if not is_postgres():
        with django_db_blocker.unblock():
            statement("DROP TRIGGER connections_auditevent_no_delete")


@pytest.fixture
def database_url(transactional_db: None) -> str:
    """The test database as a DATABASE_URL, for processes that a test starts."""
    used = connections["default"].settings_dict
    if not is_postgres():
        return f"sqlite:///{used['NAME']}"
    host = used["OPTIONS"].get("host") or used["HOST"]
    return f"postgresql://{used['USER']}:{used['PASSWORD']}@/{used['NAME']}?{urlencode({'host': host})}"


@pytest.fixture
def empty_database(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path: Path
) -> Iterator[BaseDatabaseWrapper]:
    """A second database of the same kind, without any table, as the connection "empty"."""
    used = connections["default"].settings_dict
    name = f"{used['NAME']}_empty" if is_postgres() else str(tmp_path / "empty.sqlite3")
    with django_db_blocker.unblock():
        if is_postgres():
            statement(f"DROP DATABASE IF EXISTS {name}")
            statement(f"CREATE DATABASE {name}")
        connections.databases["empty"] = {**used, "NAME": name}
        try:
            yield connections["empty"]
        finally:
            connections["empty"].close()
            del connections["empty"]
            del connections.databases["empty"]
            if is_postgres():
                statement(f"DROP DATABASE {name}")


def statement(sql: str) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture(scope="session")
def recordings_dir() -> Path:
    """Recorded answers of the real services, kept outside the repository."""
    beside = Path(__file__).parents[3] / "shared" / "data"
    path = Path(os.environ.get("RECORDINGS_DIR") or beside)
    if not path.is_dir():
        pytest.skip("no recordings here: set RECORDINGS_DIR to their folder")
    return path


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that start workers or whole installations have limits in seconds; those that ask for no database do not
    depend on which it is."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if PROCESSES & fixtures:
            item.add_marker("alone")
        elif not (DATABASE & fixtures or any(item.get_closest_marker(name) for name in ("django_db", "sqlite"))):
            item.add_marker("pure")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("postgres") and not is_postgres():
        missing("needs PostgreSQL: ./bin/test --postgres", required="REQUIRE_POSTGRES")
    if item.get_closest_marker("sqlite") and is_postgres():
        pytest.skip("needs SQLite")


def missing(reason: str, *, required: str) -> None:
    """Skip, or fail where the part that is missing was promised."""
    if os.environ.get(required) == "1":
        pytest.fail(f"{reason} ({required}=1)", pytrace=False)
    pytest.skip(reason)

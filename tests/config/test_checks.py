"""`manage.py check`: columns that are missing although nothing is to migrate, settings under older names."""

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import override_settings


def migrate() -> None:
    call_command("migrate", database="empty", verbosity=0)


def lose_a_column(database: BaseDatabaseWrapper) -> None:
    with database.cursor() as cursor:
        cursor.execute("ALTER TABLE connections_workspace DROP COLUMN timezone")


@pytest.mark.django_db
@pytest.mark.spec("A19")
def test_a_migrated_database_lacks_nothing() -> None:
    call_command("check", databases=["default"])


@pytest.mark.spec("A19", "A104")
def test_a_column_that_is_gone_is_reported_though_nothing_is_to_migrate(empty_database: BaseDatabaseWrapper) -> None:
    migrate()
    call_command("check", databases=["empty"])
    lose_a_column(empty_database)
    call_command("migrate", database="empty", check_unapplied=True, verbosity=0)
    with pytest.raises(SystemCheckError, match="connections_workspace has no column timezone"):
        call_command("check", databases=["empty"])


@pytest.mark.spec("A19")
def test_a_table_that_is_gone_is_reported_column_by_column(empty_database: BaseDatabaseWrapper) -> None:
    migrate()
    with empty_database.cursor() as cursor:
        cursor.execute("DROP TABLE connections_membership")
    with pytest.raises(SystemCheckError, match="connections_membership has no column role"):
        call_command("check", databases=["empty"])


def test_nothing_is_reported_while_migrations_are_due(empty_database: BaseDatabaseWrapper) -> None:
    call_command("check", databases=["empty"])
    migrate()
    lose_a_column(empty_database)
    with empty_database.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'projects'")
    call_command("check", databases=["empty"])


def test_no_database_is_asked_unless_it_is_named() -> None:
    assert [found for found in run_checks() if found.id == "freshet.E001"] == []


@override_settings(OLDER_NAMES_IN_USE={"SECRET_KEY": "JWT_SECRET"})
def test_an_older_name_is_pointed_out() -> None:
    (found,) = [found for found in run_checks() if found.id == "freshet.W001"]
    assert found.msg == "SECRET_KEY is unset, and JWT_SECRET is read in its place."
    assert found.hint == "Rename JWT_SECRET to SECRET_KEY."

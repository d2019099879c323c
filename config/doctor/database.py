"""Is the database there, up to date, set as we need it, and does its clock agree with ours?"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from config.doctor.finding import Finding, Level, many, ok, warning, wrong
from syncing.status.workers import living

BUSY_WRITERS = 4
"""As many as SQLite serves well."""

SETTINGS = {"idle_in_transaction_session_timeout": "30s", "lock_timeout": "10s", "statement_timeout": "2min"}
MOST_IN_USE = 0.8
BEHIND = 2.0
"""Seconds between two clocks that are worth a word."""


def database_works(now: datetime) -> Iterator[Finding]:
    place = _place()
    try:
        connection.ensure_connection()
    except (DatabaseError, OSError) as error:
        said = f"{place} cannot be reached ({type(error).__name__}: {_first_line(error)})."
        yield wrong("Database", said, "Look whether it runs, and whether DATABASE_URL is right.")
        return
    version = ".".join(map(str, connection.get_database_version()))
    yield ok("Database", f"{'PostgreSQL' if _is_postgres() else 'SQLite'} {version}, {place}.")
    applied = migrations()
    yield applied
    if applied.level == Level.OK:
        yield from _postgres() if _is_postgres() else _sqlite(now)


def migrations() -> Finding:
    executor = MigrationExecutor(connection)
    due = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not due:
        return ok("Migrations", "All are applied.")
    first = f"{due[0][0].app_label}.{due[0][0].name}"
    return wrong(
        "Migrations", f"{many(len(due), 'migration')} to go, the first is {first}.", "Run `manage.py migrate`."
    )


def clocks_agree(now: datetime) -> Iterator[Finding]:
    if not _is_postgres():
        return  # it runs in our own process
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone() or (before,)
    apart = (theirs.astimezone(UTC) - before - (timezone.now() - before) / 2).total_seconds()
    if abs(apart) < BEHIND:
        yield ok("Clock", f"The database's clock differs by {abs(apart):.1f} s.")
        return
    said = f"The database's clock is {abs(apart):.0f} s {'ahead' if apart > 0 else 'behind'} of this machine's."
    yield warning("Clock", said, "Let NTP set the clocks of all machines: leases are counted by them.")


def _is_postgres() -> bool:
    return connection.vendor == "postgresql"


def _place() -> str:
    """Where it is; never with its password."""
    found = connection.settings_dict
    if not _is_postgres():
        return f"the file {Path(str(found['NAME'])).name}"
    return f"the database {found['NAME']} at {found['HOST'] or 'this machine'}"


def _first_line(error: Exception) -> str:
    line = (str(error).strip().splitlines() or [""])[0][:200]
    password = connection.settings_dict.get("PASSWORD")
    return line.replace(password, "[removed]") if password else line


def _postgres() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, current_setting(name) FROM unnest(%s::text[]) AS name", [list(SETTINGS)])
        found = dict(cursor.fetchall())
        cursor.execute("SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity")
        in_use, most = cursor.fetchone() or (0, 1)
    other = [f"{name} is {found[name]}" for name in SETTINGS if found[name] in ("0", "")]
    if other:
        remedy = "Let the address be without options of its own: ours set them."
        said = f"{', '.join(other)}: a process that hangs would hold its locks for ever."
        yield warning("Database settings", said, remedy)
    else:
        yield ok("Database settings", ", ".join(f"{name} {found[name]}" for name in SETTINGS))
    if in_use > MOST_IN_USE * most:
        remedy = "Run fewer processes, or let the database take more connections."
        yield warning("Database connections", f"{in_use} of {most} are in use.", remedy)
    else:
        yield ok("Database connections", f"{in_use} of {most} are in use.")


def _sqlite(now: datetime) -> Iterator[Finding]:
    workers = living(now)
    slots = sum(worker.slots for worker in workers)
    hosts = {worker.name.partition(":")[0] for worker in workers}
    if slots > BUSY_WRITERS or len(hosts) > 1:
        said = (
            f"{many(len(workers), 'worker')} with {many(slots, 'slot')} write, and SQLite serves up to {BUSY_WRITERS}."
        )
        yield warning("SQLite", said, "Move to PostgreSQL: set DATABASE_URL.")
    elif settings.PRODUCTION:
        said = "SQLite is in use. It is on this machine's disk, and goes with it."
        yield warning("SQLite", said, "Back the file up, or set DATABASE_URL to a PostgreSQL.")

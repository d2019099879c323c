"""Every address that changes something leaves exactly one row of audit, which nobody can alter."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from connections.models import AuditEvent
from tests.fixtures.api import Caller
from tests.fixtures.plain import TOKEN
from tests.fixtures.routes import Scene
from tests.routes import TABLE, Route, declared, routes
from tests.test_roles import label

UNSAFE = [(method, route) for route in routes() for method in declared(route) if method != "GET"]
UNCHANGED = {
    "POST connections/new": "a draft in one's own session",
    "POST connections/new/<draft_id>/accounts": "a draft in one's own session",
    "POST connections/oauth/<provider>/begin": "a trip in one's own session; what comes of it has rows",
    "POST connections/<connection_id>/reconnect/sign-in": "the same",
    "POST connections/<connection_id>/preview": "it reads a spreadsheet, and saves nothing",
    "POST ui/sync-intervals/preview": "it reckons, and saves nothing",
    "POST api/admin/smart_sync": "a look at what is due, as Beat's; what it starts names cron as its trigger",
    "POST sign-in": "who is signed in already is sent on",
}
"""The addresses that leave none, and why."""


BY_PROGRAMS = [(one, two) for one, two in UNSAFE if declared(two)[one].api and declared(two)[one].rows]


def test_only_what_changes_nothing_leaves_no_row() -> None:
    """The others leave one each: see below. Signing in and out: tests/connections/views/test_signing.py."""
    assert {key for key, entry in TABLE.items() if not key.startswith("GET ") and not entry.rows} == UNCHANGED.keys()
    assert {entry.rows for key, entry in TABLE.items() if not key.startswith("GET ")} == {0, 1}


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "route"), UNSAFE, ids=label)
def test_a_change_leaves_exactly_one_row(method: str, route: Route, scene: Scene, callers: dict[str, Caller]) -> None:
    entry = declared(route)[method]
    who = "staff" if entry.staff else "alice"
    answer = scene.ask(callers[who], method, route, entry)
    assert answer.status_code == (entry.staff or entry.ok) or entry.others
    events = list(AuditEvent.objects.values())
    assert len(events) == entry.rows
    for event in events:
        assert (event["actor"], event["address"]) == (f"{who}@example.com", "127.0.0.1")
        assert event["workspace_id"] == (None if entry.staff else scene.connection.workspace_id)
        assert event["at"] <= timezone.now()
    assert TOKEN not in str(events)


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "route"), UNSAFE, ids=label)
def test_whoever_may_not_leaves_none(method: str, route: Route, scene: Scene, callers: dict[str, Caller]) -> None:
    entry = declared(route)[method]
    for name in ("vera", "charlie", "nobody", "read token"):
        if entry.expected(name) in (400, 401, 403, 404):
            scene.ask(callers[name], method, route, entry)
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "route"), BY_PROGRAMS, ids=label)
def test_a_program_is_named(method: str, route: Route, scene: Scene, callers: dict[str, Caller]) -> None:
    scene.ask(callers["admin token"], method, route, declared(route)[method])
    assert AuditEvent.objects.get().actor.startswith("token A program ")


def refused(database: BaseDatabaseWrapper, sql: str) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic(using=database.alias), database.cursor() as cursor:
        cursor.execute(sql)
    return str(error.value)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE connections_auditevent SET actor = 'nobody'",
        "UPDATE connections_auditevent SET action = action WHERE id = 1",
        "DELETE FROM connections_auditevent",
        "DELETE FROM connections_auditevent WHERE id = 1",
    ],
)
def test_the_database_itself_refuses_to_change_or_to_delete_a_row(
    empty_database: BaseDatabaseWrapper, sql: str
) -> None:
    call_command("migrate", database="empty", verbosity=0)
    events = AuditEvent.objects.using("empty")
    events.create(at=timezone.now(), actor="alice", action="sync started", target="connection 1")
    before = list(events.values())
    assert "audit events are only ever added" in refused(empty_database, sql)
    assert list(events.values()) == before
    events.create(at=timezone.now(), actor="alice", action="sync started", target="connection 2")
    assert events.count() == 2


@pytest.mark.django_db
def test_the_database_of_these_tests_refuses_updates_too() -> None:
    AuditEvent.objects.create(at=timezone.now(), actor="alice", action="sync started", target="connection 1")
    assert "only ever added" in refused(connections["default"], "UPDATE connections_auditevent SET actor = 'nobody'")

"""Connections through the API: the list with its figures, one of them, changes, removal."""

from typing import Any

import pytest
from django.urls import reverse

from connections.models import AuditEvent, Connection, Workspace
from syncing.models import SyncJob
from tests.fixtures.api import Caller
from tests.fixtures.synced import KIND, SECRET, make_connection, make_job
from tests.syncing.api.test_sync import EIGHT

pytestmark = pytest.mark.django_db
LIST = "/api/connections/"
OWN = [
    "id",
    "provider",
    "name",
    "external_account_id",
    "timezone",
    "currency",
    "paused",
    "is_sandbox",
    "needs_reconnect",
    "created_at",
]


def path(connection: Connection) -> str:
    return reverse("api_connection", args=[connection.pk])


@pytest.mark.spec("A47")
def test_the_list_holds_the_workspace_with_its_figures(
    callers: dict[str, Caller], connection: Connection, strange_workspace: Workspace
) -> None:
    make_connection(strange_workspace, "Charlie's")
    page = callers["vera"].get(LIST).json()
    assert {name: page[name] for name in ("next", "previous")} == {"next": None, "previous": None}
    (found,) = page["results"]
    assert sorted(found) == sorted(OWN + EIGHT)
    assert found["id"] == str(connection.pk)
    assert (found["total_syncs_attempted"], found["sync_frequency"], found["last_sync_error"]) == (45, "hourly", None)
    assert found["created_at"].endswith("Z")


def test_the_list_may_be_narrowed(api: Caller, workspace: Workspace, connection: Connection) -> None:
    broken = make_connection(workspace, "Broken", sync={"sync_status": "error"})
    for query, expected in (
        ("sync_status=error", [broken]),
        ("sync_status=idle", [connection]),
        (f"provider={KIND}", [connection, broken]),
        (f"provider={KIND}&sync_status=syncing", []),
    ):
        found = api.get(f"{LIST}?{query}").json()["results"]
        assert [each["id"] for each in found] == [str(each.pk) for each in expected]


@pytest.mark.parametrize("query", ["provider=nowhere", "sync_status=odd", "provider=%00", "sync_status="])
def test_a_filter_that_makes_no_sense_names_the_choices(api: Caller, query: str) -> None:
    answer = api.get(f"{LIST}?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["invalid"]) == [query.partition("=")[0]]


def test_the_list_costs_as_many_queries_for_ten_as_for_one(
    api: Caller, workspace: Workspace, connection: Connection, django_assert_num_queries: Any
) -> None:
    api.get(LIST)
    for number in range(9):
        make_connection(workspace, f"Another {number}")
    with django_assert_num_queries(2):
        assert len(api.get(LIST).json()["results"]) == 10


def test_one_shows_its_options_and_never_a_secret(api: Caller, connection: Connection) -> None:
    answer = api.get(path(connection))
    assert sorted(answer.json()) == sorted([*OWN, *EIGHT, "options", "workspace"])
    assert SECRET not in answer.content.decode()
    assert connection.credential.ciphertext not in answer.content.decode()


def test_a_dead_login_shows(api: Caller, connection: Connection) -> None:
    connection.credential.mark_dead("It ended.")
    assert api.get(path(connection)).json()["needs_reconnect"] is True


def test_name_pause_and_options_may_change(callers: dict[str, Caller], connection: Connection) -> None:
    body = {"name": " Shop ", "paused": True, "options": {"conversion_action": "lead"}}
    answer = callers["adam"].patch(path(connection), body)
    assert answer.status_code == 200
    connection.refresh_from_db()
    assert (connection.name, connection.paused, connection.options) == ("Shop", True, {"conversion_action": "lead"})
    assert answer.json() == callers["adam"].get(path(connection)).json()
    (event,) = AuditEvent.objects.filter(action="connection changed")
    assert (event.actor, event.before["paused"], event.after["paused"]) == ("adam@example.com", False, True)


def test_an_operator_may_pause_and_nothing_more(callers: dict[str, Caller], connection: Connection) -> None:
    assert callers["bob"].patch(path(connection), {"paused": True}).json()["paused"] is True
    assert callers["bob"].patch(path(connection), {"paused": False, "name": "Mine"}).status_code == 403
    assert callers["vera"].patch(path(connection), {"paused": False}).status_code == 403
    assert Connection.objects.get(pk=connection.pk).paused is True


def test_what_is_not_named_stays(api: Caller, connection: Connection) -> None:
    connection.options = {"conversion_action": "lead", "other": "kept"}
    connection.paused = True
    connection.save()
    bodies: list[Any] = [{}, None, {"options": {}}, {"options": {"conversion_action": "lead"}}]
    for body in bodies:
        assert api.patch(path(connection), body).status_code == 200
    held = Connection.objects.get(pk=connection.pk)
    assert (held.options, held.paused, held.name) == (connection.options, True, connection.name)
    assert not AuditEvent.objects.filter(action="connection changed").exists()


def test_a_form_without_a_body_changes_nothing(api: Caller, connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(paused=True)
    answer = api.ask("PATCH", path(connection), "", content_type="application/x-www-form-urlencoded")
    assert answer.json()["paused"] is True


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": None}, "name"),
        ({"paused": "perhaps"}, "paused"),
        ({"paused": None}, "paused"),
        ({"options": []}, "options"),
        ({"options": {"nothing": "x"}}, "options.nothing"),
        ({"options": {"conversion_action": {"a": 1}}}, "options.conversion_action"),
        ({"options": {"conversion_action": "a\x00b"}}, "options.conversion_action"),
        ({"options": {"conversion_action": "not a thing!!"}}, "options.conversion_action"),
        ({"timezone": "UTC"}, "timezone"),
        ({"workspace": 1}, "workspace"),
        ({"external_account_id": "act_2"}, "external_account_id"),
        ({"sync_frequency": "daily"}, "sync_frequency"),
    ],
)
def test_nothing_else_may_change(api: Caller, connection: Connection, body: Any, field: str) -> None:
    answer = api.patch(path(connection), body)
    assert answer.status_code == 400
    assert field in answer.json()["invalid"]
    assert not AuditEvent.objects.exists()


def test_a_removed_one_is_gone_at_once_with_its_login_and_its_job(api: Caller, connection: Connection) -> None:
    job = make_job(connection, connection.created_at, "pending")
    answer = api.ask("DELETE", path(connection))
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.get(path(connection)).status_code == 404
    assert api.ask("DELETE", path(connection)).status_code == 404
    assert api.get(LIST).json()["results"] == []
    assert api.get("/api/jobs/").json()["results"] == []
    assert SyncJob.objects.get(pk=job.pk).status == "cancelled"
    assert Connection.objects.get(pk=connection.pk).credential.ciphertext == ""
    assert AuditEvent.objects.filter(action="connection removed").count() == 1


@pytest.mark.parametrize("name", ["bob", "vera", "trigger token", "read token"])
def test_only_an_admin_changes_or_removes(callers: dict[str, Caller], connection: Connection, name: str) -> None:
    for method in ("PATCH", "DELETE"):
        answer = callers[name].ask(method, path(connection), {"name": "Mine"} if method == "PATCH" else None)
        assert answer.status_code == 403
        assert "This needs the role " in answer.json()["detail"]
    assert Connection.objects.get(pk=connection.pk).name == connection.name

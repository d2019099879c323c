"""Connecting through the API: the provider is asked first, and a refusal leaves nothing behind."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from connections import registry
from connections.models import AuditEvent, Connection, Credential, Membership, Workspace
from connections.sandbox.server import SandboxServer
from syncing.models import SyncJob
from tests.fixtures.api import Caller
from tests.fixtures.plain import KIND, TOKEN
from tests.fixtures.sandbox import demo_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain")]
LIST, FROM_ENV = "/api/connections/", "/api/connections/from-env"
BODY = {"provider": KIND, "account_id": "account-1", "secrets": {"token": TOKEN}}


def test_an_account_is_connected_and_its_first_sync_queued(callers: dict[str, Caller], workspace: Workspace) -> None:
    answer = callers["adam"].post(LIST, BODY)
    assert answer.status_code == 201, answer.content
    made = Connection.objects.get()
    assert answer.json() == callers["adam"].get(f"{LIST}{made.pk}").json()
    assert (made.workspace, made.provider, made.external_account_id) == (workspace, KIND, "account-1")
    assert (answer.json()["name"], answer.json()["sync_status"]) == ("Plain account", "queued")
    assert SyncJob.objects.get().connection == made
    assert made.credential.secrets() == {"token": TOKEN}
    assert TOKEN not in answer.content.decode()
    assert [event.actor for event in AuditEvent.objects.filter(action="connection made")] == ["adam@example.com"]


@pytest.mark.spec("C3")
@pytest.mark.parametrize(("asked", "frequency"), [({}, "manual"), ({"sync_frequency": "hourly"}, "hourly")])
def test_a_frequency_may_be_given_and_is_manual_otherwise(api: Caller, asked: Any, frequency: str) -> None:
    answer = api.post(LIST, BODY | asked)
    assert (answer.status_code, answer.json()["sync_frequency"]) == (201, frequency)
    assert Connection.objects.get().schedules.filter(next_due_at=None).exists() is (frequency == "manual")


@pytest.mark.spec("C3")
def test_connecting_again_never_changes_the_frequency(api: Caller) -> None:
    api.post(LIST, BODY)
    again = api.post(LIST, BODY | {"sync_frequency": "realtime"})
    assert (again.status_code, again.json()["sync_frequency"]) == (200, "manual")
    assert not Connection.objects.get().schedules.filter(next_due_at__isnull=False).exists()


def test_a_name_may_be_given(api: Caller) -> None:
    answer = api.post(LIST, BODY | {"name": "Shop"})
    assert (answer.status_code, answer.json()["name"]) == (201, "Shop")
    assert [(event.action, event.before) for event in AuditEvent.objects.all()] == [("connection made", {})]


def test_another_name_with_the_same_login_renames_it(api: Caller) -> None:
    api.post(LIST, BODY)
    answer = api.post(LIST, BODY | {"name": "Shop"})
    assert (answer.status_code, answer.json()["name"]) == (200, "Shop")
    (event,) = AuditEvent.objects.filter(action__startswith="connection").exclude(action="connection made")
    assert (event.action, event.before, event.after) == (
        "connection renewed",
        {"name": "Plain account"},
        {"name": "Shop"},
    )


def test_the_same_account_again_gets_the_new_login_and_keeps_its_history(api: Caller) -> None:
    first = api.post(LIST, BODY).json()
    again = api.post(LIST, BODY)
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert Connection.objects.count() == 1


def test_what_the_provider_refuses_is_said_and_leaves_nothing(api: Caller) -> None:
    answer = api.post(LIST, BODY | {"secrets": {"token": "canary-secret"}})
    assert answer.status_code == 422
    assert answer.json() == {"detail": "The token is not known.", "remedy": "Make a new one."}
    assert not Connection.objects.exists()
    assert not Credential.objects.exists()
    assert not AuditEvent.objects.filter(action__startswith="connection").exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"provider": "nowhere"}, "provider"),
        ({"provider": None}, "provider"),
        ({"sync_frequency": "often"}, "sync_frequency"),
        ({"account_id": ""}, "account_id"),
        ({"account_id": "x" * 301}, "account_id"),
        ({"account_id": "a\x00b"}, "account_id"),
        ({"secrets": {}}, "secrets.token"),
        ({"secrets": {"token": ""}}, "secrets.token"),
        ({"secrets": {"token": "t" * 4097}}, "secrets.token"),
        ({"secrets": {"token": TOKEN, "other": "x"}}, "secrets.other"),
        ({"secrets": "token"}, "secrets"),
        ({"options": {"nothing": "x"}}, "options.nothing"),
        ({"options": 7}, "options"),
        ({"workspace": 2**80}, "workspace"),
        ({"workspace": 999_999}, "workspace"),
        ({"workspace": "mine"}, "workspace"),
        ({"is_sandbox": False}, "is_sandbox"),
        ({"paused": True}, "paused"),
    ],
)
def test_what_makes_no_sense_never_reaches_the_provider(api: Caller, changed: Any, field: str) -> None:
    answer = api.post(LIST, BODY | changed)
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["invalid"]
    assert TOKEN not in answer.content.decode()
    assert not Connection.objects.exists()


STRANGE = [
    "1/../../me",
    "../act_1001001",
    "a b?x=1#y",
    "\U0001f600",
    "%2e%2e%2f",
    "a\nb",
    "{}",
    "act_",
    "' OR 1=1 --",
    "é",
]


@pytest.mark.parametrize("account_id", STRANGE)
def test_a_strange_account_is_the_providers_to_refuse(api: Caller, sandbox: SandboxServer, account_id: str) -> None:
    """With a login that is good, through every provider's own library."""
    for kind in registry.SOURCES.keys() - {KIND}:
        body = {"provider": kind, "account_id": account_id, "secrets": dict(demo_account(kind).secrets)}
        answer = api.post(LIST, body)
        assert answer.status_code == 422, answer.content
        assert list(answer.json()) == ["detail", "remedy"]
    assert not Connection.objects.exists()


def test_a_providers_demo_account_is_connected_through_its_own_library(api: Caller, sandbox: SandboxServer) -> None:
    for kind in registry.SOURCES.keys() - {KIND}:
        demo = demo_account(kind)
        answer = api.post(LIST, {"provider": kind, "account_id": demo.account_id, "secrets": dict(demo.secrets)})
        assert (answer.status_code, answer.json()["is_sandbox"]) == (201, True)


def test_whoever_belongs_to_several_workspaces_says_which(
    callers: dict[str, Caller], alice: User, workspace: Workspace, strange_workspace: Workspace
) -> None:
    Membership.objects.create(user=alice, workspace=strange_workspace, role="admin")
    answer = callers["alice"].post(LIST, BODY)
    assert answer.status_code == 400
    assert f"{strange_workspace.pk} (Charlie's Chocolates)" in answer.json()["invalid"]["workspace"][0]
    assert callers["alice"].post(LIST, BODY | {"workspace": strange_workspace.pk}).status_code == 201
    assert Connection.objects.get().workspace == strange_workspace


def test_nobody_connects_into_the_workspace_of_others(callers: dict[str, Caller], workspace: Workspace) -> None:
    answer = callers["charlie"].post(LIST, BODY | {"workspace": workspace.pk})
    assert (answer.status_code, list(answer.json()["invalid"])) == (400, ["workspace"])
    assert not Connection.objects.exists()


@pytest.mark.parametrize("name", ["bob", "vera", "trigger token", "read token"])
@pytest.mark.parametrize("named", [True, False])
def test_it_takes_an_admin(callers: dict[str, Caller], workspace: Workspace, name: str, named: bool) -> None:
    answer = callers[name].post(LIST, BODY | ({"workspace": workspace.pk} if named else {}))
    assert answer.status_code == 403
    assert "needs the role admin" in answer.json()["detail"]
    assert not Connection.objects.exists()


@pytest.fixture
def environment(settings: Any) -> dict[str, str]:
    held = {"account_id": "account-7", "token": TOKEN}
    settings.PROVIDERS = {**settings.PROVIDERS, KIND: {"sandbox": True, "from_environment": held}}
    return held


@pytest.mark.spec("A95")
def test_development_connects_what_the_environment_holds_and_production_has_no_such_address(
    api: Caller, environment: dict[str, str], settings: Any
) -> None:
    settings.PRODUCTION = True
    assert api.post(FROM_ENV, {"provider": KIND}).status_code == 404
    settings.PRODUCTION = False
    answer = api.post(FROM_ENV, {"provider": KIND})
    assert (answer.status_code, answer.json()["external_account_id"]) == (201, "account-7")
    assert Connection.objects.get().credential.secrets() == {"token": TOKEN}
    assert TOKEN not in answer.content.decode()


@pytest.mark.spec("A95")
def test_a_connection_that_a_person_made_never_uses_the_environment(api: Caller, environment: dict[str, str]) -> None:
    assert api.post(LIST, {"provider": KIND, "account_id": "account-1"}).status_code == 400
    api.post(LIST, BODY)
    environment["token"] = "of-the-environment"
    assert Connection.objects.get().credential.secrets() == {"token": TOKEN}


@pytest.mark.parametrize("missing", ["account_id", "token"])
def test_what_the_environment_lacks_is_named(api: Caller, environment: dict[str, str], missing: str) -> None:
    environment[missing] = ""
    answer = api.post(FROM_ENV, {"provider": KIND})
    assert (answer.status_code, list(answer.json())) == (409, ["detail", "remedy"])
    assert missing.replace("_", " ") in answer.json()["detail"]

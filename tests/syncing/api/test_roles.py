"""Every operation of the schema with everybody: who may, who may not, and who learns nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from connections.models import AuditEvent, Connection, Credential
from syncing.models import ConnectionSync, SyncJob
from tests.fixtures.api import CALLERS, RANK, Caller, with_session
from tests.fixtures.synced import make_chunk, make_job

pytestmark = pytest.mark.django_db
VIEWER, OPERATOR, ADMIN = 1, 2, 3
NEEDS = {
    "connections_list": VIEWER,
    "connections_one": VIEWER,
    "connections_sync_status": VIEWER,
    "jobs_list": VIEWER,
    "jobs_one": VIEWER,
    "connections_sync_now": OPERATOR,
    "connections_sync_entities": OPERATOR,
    "connections_sync_metrics": OPERATOR,
    "connections_backfill": OPERATOR,
    "connections_sync_frequency": OPERATOR,
    "jobs_retry": OPERATOR,
    "jobs_cancel": OPERATOR,
    "jobs_resume": OPERATOR,
    "connections_create": ADMIN,
    "connections_change": ADMIN,
    "connections_remove": ADMIN,
    "connections_from_env": ADMIN,
}
"""The role that each operation takes. A new operation has to be entered here."""
BODIES = {
    "connections_sync_frequency": {"sync_frequency": "daily"},
    "connections_change": {"name": "Another name"},
    "connections_create": {"provider": "plain", "account_id": "a", "secrets": {"token": "plain-token"}},
    "connections_from_env": {"provider": "plain"},
}
OF_ALL = ("connections_list", "jobs_list", "connections_create", "connections_from_env")
"""Those that name no object: a stranger gets an answer about a workspace of their own."""
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, operations in SchemaGenerator().get_schema(public=True)["paths"].items()
    for method, operation in operations.items()
    if path.startswith(("/api/connections/", "/api/jobs/"))
}
CHANGING = [name for name, (method, _, _) in OPERATIONS.items() if method != "GET"]


@pytest.fixture
def failed(connection: Connection) -> SyncJob:
    made = make_job(connection, timezone.now(), "failed", failed_chunks=1)
    make_chunk(made, 0, "ads", "failed")
    return made


@pytest.fixture
def known(plain: None, settings: Any) -> None:
    held = {"account_id": "account-7", "token": "plain-token"}
    settings.PROVIDERS = {**settings.PROVIDERS, "plain": {"sandbox": True, "from_environment": held}}


STATES: dict[str, dict[str, Any]] = {
    "jobs_cancel": {"status": "in_progress", "closed_at": None},
    "jobs_resume": {"status": "cancelled"},
}
"""What the job has to be, where it is not a failed one that is asked about."""


def address(name: str, job: SyncJob) -> tuple[str, str]:
    method, path, _ = OPERATIONS[name]
    SyncJob.objects.filter(pk=job.pk).update(**STATES.get(name, {"status": job.status}))
    return method, path.format(connection_id=job.connection_id, job_id=job.pk)


def test_every_operation_has_its_role() -> None:
    assert NEEDS.keys() == OPERATIONS.keys()


@pytest.mark.usefixtures("known")
@pytest.mark.spec("A50")
@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", NEEDS)
def test_who_may_do_what(callers: dict[str, Caller], failed: SyncJob, name: str, caller: str) -> None:
    asked = address(name, failed)
    before = list(snapshot())
    answer = callers[caller].ask(*asked, BODIES.get(name))
    rank = RANK[caller]
    if caller == "nobody":
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"]
    elif caller == "charlie" and name in OF_ALL:
        assert answer.status_code in (200, 201)
        assert str(failed.connection_id) not in answer.content.decode()
    elif caller == "charlie":
        assert answer.status_code == 404
    elif rank < NEEDS[name]:
        assert answer.status_code == 403
        assert answer.json()["detail"].startswith("This needs the role")
    else:
        assert answer.status_code in (200, 201, 202, 204), answer.content
    assert str(answer.status_code) in OPERATIONS[name][2]["responses"]
    if answer.status_code in (401, 403, 404):
        assert list(snapshot()) == before


def snapshot() -> Iterator[Any]:
    """All that a caller could have changed."""
    for model in (Connection, Credential, ConnectionSync, SyncJob, AuditEvent):
        yield list(model._default_manager.order_by("pk").values())


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("name", CHANGING)
def test_no_change_without_a_csrf_token_in_a_session(alice: Any, failed: SyncJob, name: str) -> None:
    asked = address(name, failed)
    before = list(snapshot())
    session = Caller(with_session(alice).client)
    answer = session.ask(*asked, BODIES.get(name))
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]
    assert list(snapshot()) == before


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("name", CHANGING)
def test_every_change_leaves_one_line_in_the_audit(callers: dict[str, Caller], failed: SyncJob, name: str) -> None:
    answer = callers["alice"].ask(*address(name, failed), BODIES.get(name))
    assert answer.status_code < 300
    (event,) = AuditEvent.objects.exclude(action__startswith="signed")
    assert (event.actor, event.workspace_id) == ("alice@example.com", failed.connection.workspace_id)
    assert "plain-token" not in str(event.before) + str(event.after)

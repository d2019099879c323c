"""Requests that the schema allows or forbids, by the hundred: no answer is a fault, none is undocumented."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounds
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.wsgi import application
from connections.models import Connection, Workspace
from connections.sandbox.server import SandboxServer
from syncing.models import SyncJob
from tests.fixtures.api import Caller
from tests.fixtures.synced import make_chunk, make_connection, make_job

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # PostgreSQL refuses more than SQLite does
EXAMPLES = 30
CRON_TOKEN = "a-cron-token-of-the-tests"
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(public=True))
SCHEMA.app = application
NAMES = [operation["operationId"] for path in SCHEMA.raw_schema["paths"].values() for operation in path.values()]
MODES = {"allowed": GenerationMode.POSITIVE, "forbidden": GenerationMode.NEGATIVE}


def cases(name: str, mode: GenerationMode, send: Callable[[Case], None]) -> None:
    """Make up requests of this operation and send each of them. The same ones in every run."""
    strategy = SCHEMA.find_operation_by_id(name).as_strategy(generation_mode=mode)

    @bounds(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def each(case: Case) -> None:
        send(case)

    each()


@pytest.fixture(autouse=True)
def one_database_connection() -> Iterator[None]:
    """As Django's own test client has it: a request does not close what the test's transaction lives in."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def there(workspace: Workspace, sandbox: SandboxServer) -> Callable[[Case], None]:
    """Lets every other case meet a connection and a job that exist."""
    sent = 0

    def aim(case: Case) -> None:
        nonlocal sent
        sent += 1
        if sent % 2 and case.path_parameters:
            connection = Connection.objects.kept().first() or make_connection(workspace)
            job = SyncJob.objects.filter(connection=connection).first() or failed_job(connection)
            known = {"connection_id": str(connection.pk), "job_id": str(job.pk)}
            case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})

    return aim


def failed_job(connection: Connection) -> SyncJob:
    job = make_job(connection, connection.created_at, "failed", failed_chunks=1)
    make_chunk(job, 0, "ads", "failed")
    return job


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_one_that_the_schema_tells_of(
    api: Caller, there: Callable[[Case], None], settings: Any, name: str, mode: str
) -> None:
    settings.CRON_TOKENS = [CRON_TOKEN]
    of_cron = {"Authorization": f"Bearer {CRON_TOKEN}"}

    def send(case: Case) -> None:
        there(case)
        headers = of_cron if case.path.startswith("/api/admin/") else api.headers
        case.call_and_validate(headers=headers, checks=CHECKS)

    cases(name, MODES[mode], send)


@pytest.mark.parametrize("name", NAMES)
def test_nobody_gets_past_the_door(there: Callable[[Case], None], name: str) -> None:
    def send(case: Case) -> None:
        there(case)
        answer = case.call()
        assert answer.status_code in (401, 404)  # 404: the address itself is nonsense
        case.validate_response(answer, checks=[not_a_server_error, content_type_conformance])

    cases(name, GenerationMode.POSITIVE, send)

"""Jobs through the API: newest first, one with its chunks, another try for what failed."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from connections.models import AuditEvent, Connection, Workspace
from syncing.models import SyncJob
from tests.fixtures.api import Caller
from tests.fixtures.synced import make_chunk, make_connection, make_job

pytestmark = pytest.mark.django_db
JOBS = "/api/jobs/"
KEYS = """
records_read records_created records_updated records_unchanged records_quarantined error remedy id connection status
lane sync_type sync_phase trigger scope progress_percentage total_chunks completed_chunks failed_chunks created_at
started_at closed_at
""".split()


def test_the_list_is_newest_first_and_holds_only_ones_own(
    api: Caller, connection: Connection, strange_workspace: Workspace
) -> None:
    now = timezone.now()
    old, new = make_job(connection, now - timedelta(hours=1)), make_job(connection, now, "pending")
    make_job(make_connection(strange_workspace), now)
    found = api.get(JOBS).json()["results"]
    assert [each["id"] for each in found] == [str(new.pk), str(old.pk)]
    assert [each["status"] for each in found] == ["queued", "completed"]
    assert list(found[0]) == KEYS
    assert (found[0]["error"], found[0]["started_at"]) == (None, None)


def test_the_list_may_be_narrowed(api: Caller, workspace: Workspace, connection: Connection) -> None:
    other, now = make_connection(workspace, "Other"), timezone.now()
    make_job(connection, now, "pending")
    make_job(other, now - timedelta(hours=1), "failed")
    for query, expected in (
        (f"connection={other.pk}", ["failed"]),
        (f"connection={uuid4()}", []),
        ("status=queued", ["queued"]),
        ("status=failed", ["failed"]),
        (f"status=failed&connection={connection.pk}", []),
    ):
        assert [each["status"] for each in api.get(f"{JOBS}?{query}").json()["results"]] == expected


@pytest.mark.parametrize("query", ["connection=7", "connection=%00", "status=pending", "status=odd"])
def test_a_filter_that_makes_no_sense_is_refused(api: Caller, query: str) -> None:
    answer = api.get(f"{JOBS}?{query}")
    assert (answer.status_code, list(answer.json()["invalid"])) == (400, [query.partition("=")[0]])


def test_one_comes_with_its_chunks_in_pages(api: Caller, job: SyncJob) -> None:
    found = api.get(f"{JOBS}{job.pk}").json()
    assert list(found) == [*KEYS, "chunks"]
    assert [each["stream"] for each in found["chunks"]["results"]] == ["campaigns", "ad_metrics"]
    assert found["chunks"]["results"][1]["start_date"] == "2026-11-01"
    for number in range(2, 60):
        make_chunk(job, number, "ads")
    first = api.get(f"{JOBS}{job.pk}").json()["chunks"]
    second = api.get(first["next"]).json()["chunks"]
    orders = [each["chunk_order"] for page in (first, second) for each in page["results"]]
    assert (orders, second["next"]) == (list(range(60)), None)


def test_one_that_stands_still_is_answered_by_304(api: Caller, job: SyncJob) -> None:
    first = api.get(f"{JOBS}{job.pk}")
    assert api.get(f"{JOBS}{job.pk}", **{"If-None-Match": first["ETag"]}).status_code == 304
    SyncJob.objects.update(progress_percentage=50)
    assert api.get(f"{JOBS}{job.pk}", **{"If-None-Match": first["ETag"]}).status_code == 200


@pytest.fixture
def failed(connection: Connection) -> SyncJob:
    made = make_job(connection, timezone.now(), "completed_with_failures", failed_chunks=1)
    make_chunk(made, 0, "campaigns")
    make_chunk(made, 1, "ads", "failed", error="It failed.", remedy="Act.", error_detail="the provider's own words")
    return made


def test_the_errors_of_chunks_are_sentences(api: Caller, failed: SyncJob) -> None:
    chunk = api.get(f"{JOBS}{failed.pk}").json()["chunks"]["results"][1]
    assert (chunk["status"], chunk["error"], chunk["remedy"]) == ("failed", "It failed.", "Act.")


def test_what_failed_runs_again_as_a_job_of_its_own(callers: dict[str, Caller], failed: SyncJob) -> None:
    answer = callers["bob"].post(f"{JOBS}{failed.pk}/retry")
    assert answer.status_code == 202
    again = SyncJob.objects.get(follows=failed)
    assert answer.json() == {"job_id": str(again.pk), "status": "queued", "queue": "degraded"}
    assert list(again.chunks.values_list("stream", "status")) == [("ads", "pending")]
    assert AuditEvent.objects.filter(action="failed chunks retried", actor="bob@example.com").count() == 1


def test_what_cannot_be_retried_says_why(api: Caller, job: SyncJob, failed: SyncJob) -> None:
    answer = api.post(f"{JOBS}{job.pk}/retry")
    assert (answer.status_code, answer.json()["detail"]) == (409, "No chunk of this job has failed.")
    make_job(failed.connection, timezone.now(), "in_progress")
    answer = api.post(f"{JOBS}{failed.pk}/retry")
    assert (answer.status_code, answer.json()["detail"]) == (409, "A sync of this connection is running.")
    assert answer.json()["remedy"]


@pytest.mark.parametrize("name", ["vera", "read token"])
def test_a_viewer_does_not_retry(callers: dict[str, Caller], failed: SyncJob, name: str) -> None:
    assert callers[name].get(f"{JOBS}{failed.pk}").status_code == 200
    assert callers[name].post(f"{JOBS}{failed.pk}/retry").status_code == 403


def test_strangers_learn_nothing(callers: dict[str, Caller], failed: SyncJob) -> None:
    assert callers["charlie"].get(f"{JOBS}{failed.pk}").status_code == 404
    assert callers["charlie"].post(f"{JOBS}{failed.pk}/retry").status_code == 404
    assert callers["charlie"].get(f"{JOBS}?connection={failed.connection_id}").json()["results"] == []


def test_the_list_costs_two_queries(api: Caller, job: SyncJob, django_assert_num_queries: Any) -> None:
    api.get(JOBS)
    with django_assert_num_queries(2):
        api.get(JOBS)


@pytest.mark.spec("C32")
def test_a_job_is_cancelled_and_resumed(callers: dict[str, Caller], connection: Connection) -> None:
    running = make_job(connection, timezone.now(), "in_progress")
    make_chunk(running, 0, "ads", "pending")
    answer = callers["bob"].post(f"{JOBS}{running.pk}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert callers["bob"].post(f"{JOBS}{running.pk}/cancel").json()["detail"] == "This job has ended already."
    assert [callers["bob"].post(f"{JOBS}{running.pk}/resume").status_code for _ in range(2)] == [202, 200]
    again = SyncJob.objects.get(follows=running)
    refused = callers["bob"].post(f"{JOBS}{again.pk}/resume")
    assert (refused.status_code, refused.json()["detail"]) == (409, "This job was not interrupted.")

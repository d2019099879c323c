"""Meta will not answer so much at once: the question is asked in smaller parts until it does."""

from datetime import date
from typing import Any

import pytest

from connections.sandbox.server import SandboxServer
from projects.models import Coverage
from syncing.models import SyncChunk, SyncJob
from tests.fixtures.engine import drain, enqueue, sync
from tests.fixtures.sandbox import MetaConnection, SharedClock, assert_true, stored_rows, true_rows

pytestmark = pytest.mark.once

STILL: dict[str, Any] = {"campaigns": 2, "ad_sets": 4, "ads": 8, "dense": True, "drift": False}


def pieces(job: SyncJob) -> set[tuple[Any, ...]]:
    """Days, stretch of the list, and number of ids of each chunk."""
    chunks = job.chunks.all()
    return {
        ((each.end_date - each.start_date).days + 1, each.entity_offset, each.entity_limit, len(each.entity_ids))
        for each in chunks
        if each.start_date and each.end_date
    }


def refusals(sandbox: SandboxServer) -> int:
    return sum(call.status != 200 for call in sandbox.meta.calls.all(path="/insights"))


def test_too_many_days_are_split_by_dates(
    meta_connection: MetaConnection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    connection = meta_connection("42", rows_per_call=16, **STILL)
    job = sync(connection, clock)
    assert job.status == SyncJob.Status.COMPLETED
    assert refusals(sandbox)
    assert {days for days, *_ in pieces(job)} == {1, 2, 3, 4, 7}
    assert not job.chunks.exclude(entity_ids=[]).exists()
    assert_true(sandbox, connection)
    assert job.total_chunks == job.completed_chunks > 3 + 4 * 5
    assert job.records_read == job.records_created


@pytest.mark.spec("T15", "T48")
def test_too_many_objects_are_split_by_ids(
    meta_connection: MetaConnection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    connection = meta_connection("42", rows_per_call=3, **STILL)
    sync(connection, clock, "campaigns", "ad_sets", "ads")
    day = date(2026, 3, 9)
    job = sync(connection, clock, "ad_metrics", since=day, until=day)
    assert job.status == SyncJob.Status.COMPLETED
    assert pieces(job) == {(1, offset, 2, 2) for offset in (0, 2, 4, 6)}
    asked = {name for each in job.chunks.all() for name in each.entity_ids}
    assert asked == {ad.id for ad in sandbox.meta.account("42").structure.ads}
    ads = {key: row for key, row in true_rows(sandbox, connection, day, day).items() if key[0] == "ad"}
    assert stored_rows(connection) == ads
    (covered,) = Coverage.objects.all()
    assert (covered.date, covered.row_count, covered.fewer_than_before) == (day, 8, False)


def test_days_then_objects_and_the_totals_are_right(
    meta_connection: MetaConnection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    connection = meta_connection("42", rows_per_call=3, **STILL)
    since, until = date(2026, 3, 6), date(2026, 3, 12)
    job = sync(connection, clock, since=since, until=until)
    assert job.status == SyncJob.Status.COMPLETED
    assert {(1, 0, 2, 2), (1, 6, 2, 2)} <= pieces(job)
    assert_true(sandbox, connection, since, until)
    assert set(Coverage.objects.filter(stream="ad_metrics").values_list("row_count", flat=True)) == {8}


@pytest.mark.parametrize("error", ["100-1487534", "100-1504018", "2-1504038"])
def test_each_way_to_say_too_much_is_understood(
    meta_connection: MetaConnection, sandbox: SandboxServer, clock: SharedClock, error: str
) -> None:
    connection = meta_connection("42", **STILL)
    sandbox.meta.faults.add({"kind": "error", "error": error, "path": "/insights", "level": "adset", "times": 2})
    job = sync(connection, clock)
    assert (job.status, job.total_chunks) == (SyncJob.Status.COMPLETED, 3 + 4 * 5 + 2)
    assert_true(sandbox, connection)


def test_one_object_and_day_that_stay_too_much_fail_in_words(
    meta_connection: MetaConnection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    connection = meta_connection("42", **STILL)
    sync(connection, clock, "campaigns", "ad_sets", "ads")
    sandbox.meta.faults.add({"kind": "error", "error": "100-1487534", "path": "/insights", "level": "ad"})
    day = date(2026, 3, 9)
    job = sync(connection, clock, "ad_metrics", "campaign_metrics", since=day, until=day)
    assert job.status == SyncJob.Status.COMPLETED_WITH_FAILURES
    assert job.error == "8 of 9 chunks failed. The first: That was more data than Meta gives in one answer."
    failed = job.chunks.filter(status=SyncChunk.Status.FAILED)
    assert {(each.stream, len(each.entity_ids), each.entity_limit) for each in failed} == {("ad_metrics", 1, 1)}
    assert set(Coverage.objects.values_list("stream", flat=True)) == {"campaign_metrics"}


@pytest.mark.parametrize("limit", [100, 25])
def test_a_page_that_is_too_large_is_asked_for_in_halves(
    meta_connection: MetaConnection, sandbox: SandboxServer, clock: SharedClock, limit: int
) -> None:
    connection = meta_connection("42", page_limit=limit, **{**STILL, "ads": 30})
    job = sync(connection, clock)
    assert (job.status, job.total_chunks) == (SyncJob.Status.COMPLETED, 3 + 4 * 5)
    answered = {int(call.params["limit"]) for call in sandbox.meta.calls.all(path="/insights") if call.status == 200}
    assert max(answered) <= limit
    assert_true(sandbox, connection)


def test_the_smallest_page_that_is_still_too_large_is_split_like_too_much(
    meta_connection: MetaConnection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    connection = meta_connection("42", **STILL)
    sandbox.meta.faults.add({"kind": "error", "error": "reduce-data", "path": "/insights", "level": "ad", "times": 6})
    job = enqueue(connection, clock.now, "ad_metrics")
    drain(clock, jobs=[job.pk])
    job.refresh_from_db()
    assert (job.status, job.total_chunks) == (SyncJob.Status.COMPLETED, 5 + 1)

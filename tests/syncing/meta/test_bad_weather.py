"""What Meta and the line to it do now and then: the rows that are stored are the same as on a good day."""

from typing import Any

import pytest
from django.db.models import Sum

from connections.models import Connection
from connections.sandbox.server import SandboxServer
from projects.models import Coverage, DailyMetric
from syncing.models import QuarantinedRecord, SyncChunk, SyncJob
from tests.fixtures.engine import sync, telemetry
from tests.fixtures.sandbox import MetaConnection, SharedClock, assert_true, configure, stored_rows

pytestmark = pytest.mark.once

STILL: dict[str, Any] = {"campaigns": 3, "ad_sets": 8, "ads": 24, "dense": True, "drift": False}


@pytest.fixture
def connection(meta_connection: MetaConnection) -> Connection:
    return meta_connection("42", **STILL)


def fired(sandbox: SandboxServer) -> list[int]:
    return [rule.fired for rule in sandbox.meta.faults.rules]


@pytest.mark.spec("A108", "T49")
def test_totals_are_the_truth_with_limits_and_server_errors_in_between(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock, settings: Any
) -> None:
    configure(settings, page_size=10)
    sandbox.meta.faults.add(
        {"kind": "error", "error": "613", "seconds": 1, "probability": 0.02, "seed": 3},
        {"kind": "error", "error": "1-99", "probability": 0.02, "seed": 4},
    )
    job = sync(connection, clock)
    assert all(times >= 2 for times in fired(sandbox)), "nothing went wrong, so nothing was shown"
    assert (job.status, job.error) == (SyncJob.Status.COMPLETED, "")
    assert_true(sandbox, connection)
    assert job.records_read == job.records_created
    sandbox.meta.faults.clear()
    assert sync(connection, clock).records_unchanged == job.records_created


def test_totals_are_the_truth_on_a_line_that_breaks(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock, settings: Any
) -> None:
    configure(settings, page_size=10)
    kinds = ("reset", "html", "truncated", "garbage", "empty_body", "error_is_text", "error_data_is_text")
    for seed, kind in enumerate(kinds):
        sandbox.meta.faults.add(
            {"kind": kind, "probability": 0.005, "seed": seed}, {"kind": kind, "nth": [10 + 9 * seed]}
        )
    job = sync(connection, clock)
    assert all(times >= 1 for times in fired(sandbox)[1::2])
    assert (job.status, job.error) == (SyncJob.Status.COMPLETED, "")
    assert_true(sandbox, connection)
    assert set(job.chunks.values_list("error", "error_kind", "remedy")) == {("", "", "")}


@pytest.mark.parametrize("fault", [{"kind": "hang"}, {"kind": "slow", "bytes_per_second": 50}], ids=["hangs", "drips"])
def test_an_answer_that_does_not_come_is_asked_for_again(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock, settings: Any, fault: dict[str, Any]
) -> None:
    configure(settings, answer_seconds=1)
    sandbox.meta.faults.add({**fault, "nth": [2, 9]})
    job = sync(connection, clock)
    assert fired(sandbox) == [2]
    assert (job.status, sum(job.chunks.values_list("retry_count", flat=True))) == (SyncJob.Status.COMPLETED, 2)
    assert_true(sandbox, connection)


@pytest.mark.spec("T17", "T62", "T64")
def test_a_line_that_stays_broken_is_a_failure_in_words_and_the_next_run_heals_it(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sandbox.meta.faults.add({"kind": "html", "path": "/insights", "level": "campaign"})
    job = sync(connection, clock)
    assert job.status == SyncJob.Status.COMPLETED_WITH_FAILURES
    assert job.error == "5 of 23 chunks failed. The first: Meta's servers are in trouble (HTTP 502)."
    assert set(job.chunks.filter(stream="campaign_metrics").values_list("retry_count", "status")) == {(3, "failed")}
    assert set(job.chunks.exclude(stream="campaign_metrics").values_list("status", flat=True)) == {"completed"}
    state = telemetry(connection)
    assert (state.sync_status, state.last_sync_completed_at) == ("error", None)
    assert not Coverage.objects.filter(stream="campaign_metrics").exists()
    sandbox.meta.faults.clear()
    sync(connection, clock)
    assert_true(sandbox, connection)
    state = telemetry(connection)
    assert (state.sync_status, state.last_sync_error) == ("idle", "")


# Lists with flaws


@pytest.mark.parametrize(
    "flaw",
    [
        {"kind": "empty_page_with_next", "probability": 0.3, "seed": 1},
        {"kind": "next_without_cursors"},
        {"kind": "duplicate_rows"},
        {"kind": "extra_field"},
        {"kind": "no_quota_headers"},
    ],
    ids=lambda flaw: flaw["kind"],
)
def test_a_flawed_list_is_stored_like_a_sound_one(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock, settings: Any, flaw: dict[str, Any]
) -> None:
    configure(settings, page_size=25)
    sandbox.meta.faults.add(flaw)
    job = sync(connection, clock)
    assert fired(sandbox)[0] > 5
    assert (job.status, job.records_quarantined) == (SyncJob.Status.COMPLETED, 0)
    assert_true(sandbox, connection)
    counted = Coverage.objects.filter(stream="ad_metrics").aggregate(Sum("row_count"))
    assert counted == {"row_count__sum": DailyMetric.objects.filter(level="ad").count()}


@pytest.mark.spec("A16", "T65")
def test_a_list_that_leads_in_circles_fails_in_words_and_the_others_are_stored(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sandbox.meta.faults.add({"kind": "cursor_loop", "path": "/adsets"})
    job = sync(connection, clock)
    assert job.status == SyncJob.Status.COMPLETED_WITH_FAILURES
    assert job.error == "Meta's list leads in circles."
    failed = job.chunks.get(status=SyncChunk.Status.FAILED)
    assert (failed.stream, failed.retry_count) == ("ad_sets", 3)
    assert job.completed_chunks == job.total_chunks - 1
    assert_true(sandbox, connection)
    assert telemetry(connection).last_sync_error == "Meta's list leads in circles."


def test_a_record_that_makes_no_sense_is_put_aside_and_the_rest_is_stored(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sandbox.meta.faults.add({"kind": "malformed_record", "path": "/insights", "level": "ad", "times": 1, "index": 3})
    job = sync(connection, clock)
    assert (job.status, job.records_quarantined) == (SyncJob.Status.COMPLETED, 1)
    assert job.records_read == job.records_created + 1
    (aside,) = QuarantinedRecord.objects.all()
    assert (aside.connection, aside.stream, aside.job_id) == (connection, "ad_metrics", job.pk)
    assert aside.reason == "spend is 'abc', not an amount from 0 on."
    assert '"spend":"abc"' in aside.raw
    missing = DailyMetric.objects.filter(level="ad").count()
    assert missing == 24 * 29 - 1
    clock.move(minutes=1)
    sync(connection, clock, "account_metrics")
    assert QuarantinedRecord.objects.filter(pk=aside.pk).exists()
    sync(connection, clock)
    assert_true(sandbox, connection)
    assert not QuarantinedRecord.objects.exists(), "it reads well now"


@pytest.mark.parametrize(
    ("flaw", "fewer"), [({"kind": "no_rows"}, 29), ({"kind": "missing_rows", "count": 2, "times": 1}, 1)]
)
def test_rows_that_are_no_longer_told_stay_and_their_days_are_marked(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock, flaw: dict[str, Any], fewer: int
) -> None:
    sync(connection, clock)
    before = stored_rows(connection)
    clock.move(minutes=10)
    sandbox.meta.faults.add({**flaw, "path": "/insights", "level": "ad"})
    job = sync(connection, clock)
    assert (job.status, job.records_created, job.records_updated) == (SyncJob.Status.COMPLETED, 0, 0)
    assert stored_rows(connection) == before
    marked = Coverage.objects.filter(fewer_than_before=True)
    assert set(marked.values_list("stream", flat=True)) == {"ad_metrics"}
    assert marked.count() == fewer
    sandbox.meta.faults.clear()
    sync(connection, clock)
    assert not Coverage.objects.filter(fewer_than_before=True).exists()


def test_an_empty_list_of_ads_deletes_nothing(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sync(connection, clock)
    clock.move(hours=25)
    sandbox.meta.faults.add({"kind": "no_rows", "path": "/ads"})
    assert sync(connection, clock).status == SyncJob.Status.COMPLETED
    sandbox.meta.faults.clear()
    assert_true(sandbox, connection, since=min(day for _, _, day in stored_rows(connection)))

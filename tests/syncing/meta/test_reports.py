"""Large slices of a Meta account are read by reports, through the queue: made once, looked at, stored as they were."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from connections.models import Connection
from connections.providers.meta.sandbox.reports import Report
from connections.providers.meta.source import MetaSource
from connections.sandbox.server import SandboxServer
from connections.sources import Slice
from projects.models import Ad, Change, Coverage, DailyMetric
from syncing import planner, runner, scheduler
from syncing.budget import Purse
from syncing.models import CallBudget, ConnectionSync, SyncChunk, SyncJob
from tests.fixtures.engine import drain, sync
from tests.fixtures.sandbox import MetaConnection, SharedClock, configure, stored_rows, true_rows

pytestmark = [pytest.mark.django_db, pytest.mark.once]

STILL: dict[str, Any] = {"campaigns": 2, "ad_sets": 4, "ads": 8, "dense": True, "drift": False}
SINCE, UNTIL = date(2026, 2, 1), date(2026, 2, 20)
ROWS = 8 * 20
LINE = 100
"""More rows than this are many, in these tests."""
ASKED = {"kind": "report", "method": "POST"}


@pytest.fixture
def connection(meta_connection: MetaConnection, clock: SharedClock, settings: Any) -> Connection:
    """Its ads are known."""
    configure(settings, report_rows=LINE)
    made = meta_connection("42", **STILL)
    sync(made, clock, "campaigns", "ad_sets", "ads")
    return made


@pytest.fixture
def reports(sandbox: SandboxServer) -> Callable[[], list[Report]]:
    return lambda: sandbox.meta.reports("42")


def job_of(
    connection: Connection, clock: SharedClock, *pieces: Slice, lane: str = "backfill", urgent: bool = True
) -> SyncJob:
    """A job of these slices of all ads, which are many rows each. Somebody waits for it."""
    times = {"created_at": clock.now, "planned_at": clock.now}
    job = SyncJob.objects.create(connection=connection, lane=lane, urgent=urgent, **times)
    ids = tuple(Ad.objects.order_by("external_id").values_list("external_id", flat=True))
    plans = [
        planner.Plan(MetaSource.stream("ad_metrics"), Slice(each.since, each.until, ids), offset=0, limit=100)
        for each in pieces or (Slice(SINCE, UNTIL),)
    ]
    scheduler.add_chunks(job, plans, clock.now)
    return job


def run_to_the_end(job: SyncJob, clock: SharedClock) -> SyncJob:
    drain(clock, jobs=[job.pk])
    job.refresh_from_db()
    return job


def hurry(job: SyncJob, clock: SharedClock) -> SyncJob:
    """The same, from one ready chunk to the next."""
    while chunk := job.chunks.open().order_by("ready_at").first():
        clock.move(seconds=max(0.0, (chunk.ready_at - clock.now).total_seconds()))
        drain_ready(job, clock)
    job.refresh_from_db()
    return job


def drain_ready(job: SyncJob, clock: SharedClock) -> None:
    stop = threading.Event()
    while chunk := SyncChunk.claim_next(clock.now, jobs=[job.pk]):
        runner.run_chunk(chunk, clock=clock, stop=stop, purse=Purse(clock))


def ads_of(sandbox: SandboxServer, connection: Connection, since: date = SINCE, until: date = UNTIL) -> Any:
    return {key: row for key, row in true_rows(sandbox, connection, since, until).items() if key[0] == "ad"}


# The way it goes


@pytest.mark.spec("T48", "T70")
def test_a_large_slice_is_read_by_one_report(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock, reports: Callable[[], list[Report]]
) -> None:
    sandbox.meta.faults.add({**ASKED, "seconds": 45})
    before, called_before = clock.now, len(sandbox.meta.calls.all(path=""))
    job = run_to_the_end(job_of(connection, clock), clock)
    assert (job.status, job.records_created) == (SyncJob.Status.COMPLETED, ROWS)
    assert stored_rows(connection) == ads_of(sandbox, connection)
    assert len(reports()) == 1
    assert clock.now - before == timedelta(seconds=50)
    chunk = job.chunks.get()
    assert (chunk.attempts, chunk.retry_count, chunk.error, chunk.calls) == (1, 0, "", 1 + 5 + 1)
    assert len(sandbox.meta.calls.all(path="")) - called_before == chunk.calls
    assert Coverage.objects.filter(stream="ad_metrics", row_count=8).count() == 20
    again = run_to_the_end(job_of(connection, clock), clock)
    assert (again.records_created, again.records_updated, again.records_unchanged) == (0, 0, ROWS)
    assert len(reports()) == 2


def test_ninety_days_of_a_batch_of_ads_are_a_report_by_default(
    meta_connection: MetaConnection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    connection = meta_connection("43", campaigns=2, ad_sets=4, ads=56, dense=True, drift=False)
    sync(connection, clock, "campaigns", "ad_sets", "ads")
    since, until = date(2025, 12, 1), date(2026, 2, 28)
    job = run_to_the_end(job_of(connection, clock, Slice(since, until)), clock)
    assert (job.status, job.records_created) == (SyncJob.Status.COMPLETED, 56 * 90)
    assert [report.account_id for report in sandbox.meta.reports()] == ["43"]
    assert {row[2] for row in stored_rows(connection)} == set(planner.days(since, until))
    assert sum(row[3] for row in stored_rows(connection).values()) == sum(
        row[3] for row in ads_of(sandbox, connection, since, until).values()
    )


def test_where_nobody_waits_it_is_looked_at_once_a_minute(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    """The schedule has few calls, and a look is one."""
    sandbox.meta.faults.add({**ASKED, "seconds": 100})
    job = hurry(job_of(connection, clock, urgent=False), clock)
    assert (job.status, job.chunks.get().calls) == (SyncJob.Status.COMPLETED, 1 + 2 + 1)


def test_nobody_holds_the_chunk_while_meta_works(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock, reports: Callable[[], list[Report]]
) -> None:
    sandbox.meta.faults.add({**ASKED, "seconds": 60})
    job = job_of(connection, clock)
    drain_ready(job, clock)
    chunk = job.chunks.get()
    assert (chunk.status, chunk.lease_token, chunk.attempts) == ("pending", None, 0)
    assert chunk.ready_at == clock.now + timedelta(seconds=10)
    assert chunk.checkpoint
    assert chunk.checkpoint["report"]["id"] == reports()[0].id
    assert not DailyMetric.objects.exists()
    assert "token" not in str(chunk.checkpoint)


def test_several_are_made_at_a_time_but_no_more_than_slices_in_flight(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock, reports: Callable[[], list[Report]]
) -> None:
    ConnectionSync.objects.filter(connection=connection).update(slices_in_flight=2)
    sandbox.meta.faults.add({**ASKED, "seconds": 30})
    pieces = [Slice(day, day + timedelta(days=19)) for day in planner.days(SINCE, SINCE + timedelta(days=4))]
    job = job_of(connection, clock, *pieces, lane="sync")
    drain_ready(job, clock)
    assert len(reports()) == 2
    assert run_to_the_end(job, clock).status == SyncJob.Status.COMPLETED
    assert len(reports()) == 5
    asked_at = [report.asked_at for report in reports()]
    assert all(third - first >= timedelta(seconds=30) for first, third in zip(asked_at, asked_at[2:], strict=False))


@pytest.mark.spec("T50")
def test_reading_it_for_long_is_cut_at_400_seconds_and_goes_on_in_the_same_report(
    connection: Connection,
    sandbox: SandboxServer,
    clock: SharedClock,
    settings: Any,
    reports: Callable[[], list[Report]],
) -> None:
    """A page takes a minute here."""
    configure(settings, report_rows=LINE, page_size=10)
    job = job_of(connection, clock)
    drain_ready(job, clock)
    clock.move(seconds=10)

    def slow() -> Any:
        return clock.move(seconds=12)

    stop = threading.Event()
    spans = []
    while chunk := SyncChunk.claim_next(clock.now, jobs=[job.pk]):
        runner.run_chunk(chunk, clock=slow, stop=stop, purse=Purse(clock))
        assert chunk.started_at
        spans.append((clock.now - chunk.started_at).total_seconds())
    job.refresh_from_db()
    assert (job.status, job.records_created) == (SyncJob.Status.COMPLETED, ROWS)
    assert len(spans) > 1
    assert max(spans) < 400 + 120
    assert len(reports()) == 1


def test_a_number_that_was_read_after_the_report_was_asked_for_stays(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    """Else a report would turn the clock back, for a page of history that nobody reads again."""
    first = run_to_the_end(job_of(connection, clock), clock)
    assert first.records_created == ROWS
    sandbox.meta.faults.add({**ASKED, "seconds": 300, "times": 1})
    job = job_of(connection, clock)
    drain_ready(job, clock)
    clock.move(seconds=61)
    changed = sandbox.meta.restate("42", 5, since=SINCE, until=UNTIL)
    sync(connection, clock, "ad_metrics", since=SINCE, until=UNTIL)
    fresh = ads_of(sandbox, connection)
    assert len(changed) == 5
    assert stored_rows(connection) == fresh
    assert Change.objects.filter(field="clicks").count() == 5
    hurry(job, clock)
    assert stored_rows(connection) == fresh


# How it goes wrong


@pytest.mark.spec("T64")
@pytest.mark.parametrize("course", [{"ends": "skipped"}, {"ends": "failed"}, {"ends": "failed", "error": "2"}])
def test_a_report_that_fails_is_made_anew_up_to_three_times(
    connection: Connection, clock: SharedClock, sandbox: SandboxServer, reports: Callable[[], list[Report]], course: Any
) -> None:
    sandbox.meta.faults.add({**ASKED, "seconds": 5, "times": 3, **course})
    job = run_to_the_end(job_of(connection, clock), clock)
    assert (job.status, job.records_created) == (SyncJob.Status.COMPLETED, ROWS)
    assert len(reports()) == 4
    assert job.chunks.get().retry_count == 3
    assert stored_rows(connection) == ads_of(sandbox, connection)


@pytest.mark.spec("T64", "T66")
def test_one_that_always_fails_ends_the_chunk_in_words_and_can_be_tried_again_by_hand(
    connection: Connection, clock: SharedClock, sandbox: SandboxServer, reports: Callable[[], list[Report]]
) -> None:
    sandbox.meta.faults.add({**ASKED, "seconds": 5, "times": 4, "ends": "failed", "error": "-2-2490547"})
    job = run_to_the_end(job_of(connection, clock), clock)
    assert (job.status, len(reports())) == (SyncJob.Status.FAILED, 4)
    chunk = job.chunks.get()
    assert (chunk.status, chunk.error_code) == (SyncChunk.Status.FAILED, "-2/2490547")
    assert chunk.error == "Meta could not finish the report."
    again = scheduler.retry_failed(job, now=clock.now, trigger="user")
    assert run_to_the_end(again, clock).status == SyncJob.Status.COMPLETED
    assert stored_rows(connection) == ads_of(sandbox, connection)


@pytest.mark.parametrize("said", ["at once", "by the report"])
def test_too_much_for_a_report_is_split(
    connection: Connection, clock: SharedClock, sandbox: SandboxServer, reports: Callable[[], list[Report]], said: str
) -> None:
    error = {"error": "100-1487534", "method": "POST", "path": "/insights", "times": 1}
    ends = {"ends": "failed", "seconds": 5} if said == "by the report" else {}
    sandbox.meta.faults.add({**error, **ends, "kind": "report" if ends else "error"})
    job = run_to_the_end(job_of(connection, clock), clock)
    assert (job.status, job.total_chunks, job.records_created) == (SyncJob.Status.COMPLETED, 2, ROWS)
    pieces = sorted(job.chunks.values_list("start_date", "end_date"))
    assert pieces == [(SINCE, date(2026, 2, 10)), (date(2026, 2, 11), UNTIL)]
    assert len(reports()) == (1 if ends else 0), "the halves are few enough rows to be asked for at once"
    assert stored_rows(connection) == ads_of(sandbox, connection)


def test_one_that_never_ends_is_made_anew_after_an_hour(
    connection: Connection, clock: SharedClock, sandbox: SandboxServer, reports: Callable[[], list[Report]]
) -> None:
    sandbox.meta.faults.add({**ASKED, "ends": "never", "times": 1})
    job = hurry(job_of(connection, clock), clock)
    assert (job.status, job.records_created) == (SyncJob.Status.COMPLETED, ROWS)
    first, second = reports()
    assert second.asked_at - first.asked_at == timedelta(hours=1)
    assert job.chunks.get().retry_count == 0


@pytest.mark.parametrize(
    ("course", "made"),
    [
        ({"unknown_seconds": 15}, 1),
        ({"full_seconds": 20, "seconds": 30}, 1),
        ({"ends": "vanished", "seconds": 15}, 2),
        ({"ends": "vanished", "seconds": 0}, 2),
    ],
)
def test_one_that_is_unknown_for_a_while_is_waited_for_and_one_that_vanishes_is_made_anew(
    connection: Connection,
    clock: SharedClock,
    sandbox: SandboxServer,
    reports: Callable[[], list[Report]],
    course: dict[str, Any],
    made: int,
) -> None:
    sandbox.meta.faults.add({**ASKED, "times": 1, **course})
    job = run_to_the_end(job_of(connection, clock), clock)
    assert (job.status, job.records_created) == (SyncJob.Status.COMPLETED, ROWS)
    assert len(reports()) == made
    assert job.chunks.get().retry_count == 0


@pytest.mark.parametrize("path", ["/6", "/insights"])
def test_a_limit_parks_the_look_and_the_same_report_is_looked_at_then(
    connection: Connection,
    clock: SharedClock,
    sandbox: SandboxServer,
    reports: Callable[[], list[Report]],
    path: str,
) -> None:
    limited = {"kind": "error", "error": "80000", "minutes": 7, "times": 1, "method": "GET", "path": path}
    sandbox.meta.faults.add(limited)
    before = clock.now
    job = hurry(job_of(connection, clock), clock)
    assert (job.status, job.records_created) == (SyncJob.Status.COMPLETED, ROWS)
    assert clock.now - before >= timedelta(minutes=7)
    assert len(reports()) == 1
    assert job.chunks.get().retry_count == 0


def test_looks_count_against_the_budget_and_wait_for_it(
    connection: Connection,
    clock: SharedClock,
    sandbox: SandboxServer,
    settings: Any,
    reports: Callable[[], list[Report]],
) -> None:
    used = sum(CallBudget.objects.filter(bucket__key="act_42").values_list("calls", flat=True))
    configure(settings, report_rows=LINE, burst_calls_per_hour=used + 3)
    sandbox.meta.faults.add({**ASKED, "seconds": 60})
    job = job_of(connection, clock)
    drain(clock, jobs=[job.pk])
    assert len(sandbox.meta.calls.all(path="/6")) == 2
    chunk = job.chunks.get()
    assert (chunk.error_kind, chunk.retry_count) == ("rate_limited", 0)
    assert hurry(job, clock).status == SyncJob.Status.COMPLETED
    assert len(reports()) == 1


@pytest.mark.spec("T70")
def test_a_page_of_it_that_breaks_is_read_again_and_stored_once(
    connection: Connection,
    clock: SharedClock,
    sandbox: SandboxServer,
    settings: Any,
    reports: Callable[[], list[Report]],
) -> None:
    configure(settings, report_rows=LINE, page_size=50)
    faults = [{"kind": kind, "path": "/insights", "method": "GET"} for kind in ("truncated", "html")]
    sandbox.meta.faults.add({**faults[0], "nth": 2}, {**faults[1], "nth": 4})
    job = run_to_the_end(job_of(connection, clock), clock)
    assert (job.status, job.records_created, job.records_updated) == (SyncJob.Status.COMPLETED, ROWS, 0)
    assert (job.records_read, len(reports())) == (ROWS, 1)
    assert stored_rows(connection) == ads_of(sandbox, connection)


def test_a_look_that_echoes_the_token_stores_none_of_it(
    connection: Connection, clock: SharedClock, sandbox: SandboxServer
) -> None:
    sandbox.meta.faults.add({"kind": "token_echo", "method": "GET", "path": "/6"})
    job = run_to_the_end(job_of(connection, clock), clock)
    chunk = SyncChunk.objects.filter(sync_job=job).values().get()
    assert (chunk["status"], chunk["error_kind"]) == ("failed", "needs_reconnect")
    assert "sandbox-demo-token" not in f"{chunk} {vars(job)}"
    assert "[removed]" in chunk["error_detail"]

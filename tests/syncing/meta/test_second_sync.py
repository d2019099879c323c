"""What a sync after the first one writes: what differs from what is stored, and nothing else."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connections.models import Connection
from connections.sandbox.server import SandboxServer
from projects.models import Ad, AdSet, Campaign, Change, DailyMetric
from syncing.models import SyncJob
from tests.fixtures.engine import sync, telemetry
from tests.fixtures.sandbox import (
    NUMBERS,
    MetaConnection,
    Rows,
    SharedClock,
    account_of,
    assert_true,
    stored_rows,
    true_rows,
    true_structure,
)
from tests.plugins.databases import is_postgres

DATA_TABLES = (Campaign, AdSet, Ad, DailyMetric, Change)
SMALL = {"campaigns": 2, "ad_sets": 4, "ads": 8}
STILL: dict[str, Any] = {**SMALL, "dense": True, "drift": False}
"""An account whose numbers no longer move by themselves."""


@pytest.fixture
def demo(meta_connection: MetaConnection, clock: SharedClock) -> Connection:
    """The demo account, read a minute ago."""
    made = meta_connection()
    sync(made, clock)
    return made


@pytest.fixture
def still(meta_connection: MetaConnection, clock: SharedClock) -> Connection:
    made = meta_connection("42", **STILL)
    sync(made, clock)
    return made


def row_versions() -> list[tuple[Any, ...]]:
    """Where each row stands on disk, and who wrote it: PostgreSQL gives both anew to every version of a row."""
    found = []
    with database.cursor() as cursor:
        for model in DATA_TABLES:
            cursor.execute(f"SELECT ctid::text, xmin::text, id FROM {model._meta.db_table} ORDER BY id")
            found += cursor.fetchall()
    return found


def writes(queries: CaptureQueriesContext) -> list[str]:
    tables = [model._meta.db_table for model in DATA_TABLES]
    said = [query["sql"].partition(" times: ")[2] or query["sql"] for query in queries.captured_queries]
    return [
        sql
        for sql in said
        if sql.startswith(("INSERT", "UPDATE", "DELETE", "COPY")) and any(f'"{table}"' in sql for table in tables)
    ]


@pytest.mark.spec("A5", "A28", "A82", "A111")
def test_a_second_sync_without_news_writes_no_data_row(demo: Connection, clock: SharedClock) -> None:
    before = telemetry(demo)
    versions = row_versions() if is_postgres() else []
    clock.move(seconds=20)
    with CaptureQueriesContext(database) as queries:
        job = sync(demo, clock)
    assert writes(queries) == []
    assert (row_versions() if is_postgres() else []) == versions
    assert (job.status, job.records_created, job.records_updated) == (SyncJob.Status.COMPLETED, 0, 0)
    assert job.records_read == job.records_unchanged > 2000
    after = telemetry(demo)
    assert after.total_syncs_attempted == before.total_syncs_attempted + 1
    assert after.total_syncs_with_changes == before.total_syncs_with_changes
    assert after.last_metrics_changed_at == before.last_metrics_changed_at
    assert after.last_sync_completed_at == job.closed_at
    assert not Change.objects.exists()


def test_the_capture_would_have_seen_a_write(meta_connection: MetaConnection, clock: SharedClock) -> None:
    with CaptureQueriesContext(database) as queries:
        sync(meta_connection("42", **SMALL), clock, "campaigns", "account_metrics")
    assert {sql.split()[0] for sql in writes(queries)} == ({"COPY"} if is_postgres() else {"INSERT"})


@pytest.mark.spec("A12", "A14", "A29", "A34", "A81")
def test_an_hour_later_exactly_the_rows_that_differ_are_updated(
    demo: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    before, was = true_rows(sandbox, demo), telemetry(demo)
    clock.move(hours=1)
    after = true_rows(sandbox, demo)
    job = sync(demo, clock)
    assert stored_rows(demo) == after
    differing = {key for key in before if after[key] != before[key]}
    assert 0 < len(differing) < len(before)
    assert (job.records_created, job.records_updated) == (len(after.keys() - before.keys()), len(differing))
    assert numbers_in(Change.objects.filter(job_id=job.pk)) == differences(before, after)
    moved = DailyMetric.objects.filter(connection=demo, changed_at=clock.now)
    assert set(moved.values_list("level", "external_id", "date")) == differing
    now = telemetry(demo)
    assert now.total_syncs_with_changes == was.total_syncs_with_changes + 1
    assert now.last_metrics_changed_at == job.closed_at == clock.now


def differences(before: Rows, after: Rows) -> set[tuple[Any, ...]]:
    """Key, day, field, value before and value after, of every number that differs."""
    return {
        (f"{level}/{name}", day, field, float(was), float(becomes))
        for (level, name, day), numbers in before.items()
        for field, was, becomes in zip(NUMBERS, numbers, after[level, name, day], strict=True)
        if was != becomes
    }


def numbers_in(changes: Any) -> set[tuple[Any, ...]]:
    rows = list(changes.filter(table="daily_metric").exclude(field="actions"))
    found = {(row.key, row.date, row.field, float(row.before), float(row.after)) for row in rows}
    assert len(found) == len(rows), "a change is remembered twice"
    return found


def test_a_changed_action_is_remembered_without_those_that_stayed(demo: Connection, clock: SharedClock) -> None:
    clock.move(hours=1)
    sync(demo, clock)
    change = Change.objects.filter(field="actions", key__startswith="ad/").first()
    assert change
    assert "actions." in str(change.before)
    assert change.before != change.after


@pytest.mark.parametrize("number", [1, 280])
def test_so_many_restated_values_are_so_many_updated_rows(
    meta_connection: MetaConnection, sandbox: SandboxServer, clock: SharedClock, number: int
) -> None:
    connection = meta_connection("42", **{**STILL, "ads": 30})
    sync(connection, clock)
    before = true_rows(sandbox, connection)
    restated = sandbox.meta.restate("42", number)
    job = sync(connection, clock, "ad_metrics")
    assert (job.records_created, job.records_updated) == (0, number)
    assert job.records_unchanged == 29 * 30 - number
    changes = Change.objects.filter(job_id=job.pk)
    assert {(row.key, row.date, row.field) for row in changes} == {
        (f"ad/{name}", day, "clicks") for name, day in restated
    }
    assert changes.count() == number
    assert all(int(str(row.after)) == int(str(row.before)) + 1 for row in changes)
    parents = sync(connection, clock)
    after = true_rows(sandbox, connection)
    assert parents.records_updated == sum(after[key] != before[key] for key in before) - number
    assert_true(sandbox, connection)


def asked_for_edits(sandbox: SandboxServer) -> int:
    """Calls that asked for what was edited since."""
    calls = [call for call in sandbox.meta.calls.all() if call.path.endswith("/ads")]
    return sum("updated_time" in call.params.get("filtering", "") for call in calls)


def test_an_edited_ad_is_found_by_the_time_of_its_edit(
    still: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    ad = sandbox.meta.account("42").structure.ads[5]
    was = telemetry(still)
    clock.move(hours=2)
    sandbox.meta.edit(ad.id, name="A better name")
    clock.move(minutes=1)
    sandbox.meta.calls.clear()
    job = sync(still, clock)
    assert asked_for_edits(sandbox) == 1
    assert (job.records_created, job.records_updated) == (0, 1)
    (change,) = Change.objects.all()
    assert (change.table, change.key, change.date) == ("ad", ad.id, None)
    assert (change.field, change.before, change.after) == ("name", ad.fields["name"], "A better name")
    assert_true(sandbox, still)
    now = telemetry(still)
    assert now.total_syncs_with_changes == was.total_syncs_with_changes + 1
    assert now.last_metrics_changed_at == was.last_metrics_changed_at, "no number has changed"


@pytest.mark.parametrize("kind", ["campaign", "adset", "ad"])
def test_a_status_that_changed_in_silence_is_found_by_the_sweep(
    still: Connection, sandbox: SandboxServer, clock: SharedClock, kind: str
) -> None:
    """With a campaign, those of its ad sets and ads change too."""
    before = true_structure(sandbox, still)
    node = sandbox.meta.account("42").structure.by_kind[kind][0]
    clock.move(hours=2)
    sandbox.meta.edit(node.id, silent=True, effective_status="WITH_ISSUES")
    after = true_structure(sandbox, still)
    differing = {name for name in before if before[name] != after[name]}
    assert node.id in differing
    job = sync(still, clock)
    assert job.records_updated == len(differing)
    changes = Change.objects.values_list("key", "field", "before", "after")
    assert set(changes) == {(name, "effective_status", "ACTIVE", "WITH_ISSUES") for name in differing}
    assert len(changes) == len(differing)
    assert_true(sandbox, still)


def test_a_new_ad_is_found_with_its_numbers(still: Connection, sandbox: SandboxServer, clock: SharedClock) -> None:
    clock.move(minutes=30)
    sandbox.meta.add_account("42", **{**STILL, "ads": 9})
    new = sandbox.meta.account("42").structure.ads[8]
    sandbox.meta.edit(new.id, name="Brand new")
    clock.move(minutes=5)
    sync(still, clock)
    assert Ad.objects.get(external_id=new.id).name == "Brand new"
    assert DailyMetric.objects.filter(level="ad", external_id=new.id).count() == 29
    assert_true(sandbox, still)


@pytest.mark.spec("C1")
def test_what_was_lost_or_altered_here_is_written_again_though_the_provider_has_no_news(
    still: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    """The row alone says whether it differs: nothing else is remembered, in no cache and by no process."""
    lost, altered = DailyMetric.objects.filter(connection=still, level="ad").order_by("-date", "pk")[:2]
    lost.delete()
    DailyMetric.objects.filter(pk=altered.pk).update(clicks=7_777_777, fingerprint=altered.fingerprint ^ 1)
    clock.move(seconds=20)
    job = sync(still, clock)
    assert (job.records_created, job.records_updated) == (1, 1)
    assert_true(sandbox, still)
    cache.clear()
    clock.move(seconds=20)
    job = sync(still, clock)
    assert (job.records_created, job.records_updated) == (0, 0)


def test_a_day_later_the_list_is_read_whole_again(
    still: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    clock.move(hours=25)
    sandbox.meta.calls.clear()
    sync(still, clock)
    assert asked_for_edits(sandbox) == 0
    since = clock.now.astimezone(still.zone).date() - timedelta(days=29)
    assert_true(sandbox, still, since=since)


def test_days_of_an_outage_are_made_up_for(still: Connection, sandbox: SandboxServer, clock: SharedClock) -> None:
    first = min(day for _, _, day in stored_rows(still))
    clock.move(days=40)
    sync(still, clock)
    assert_true(sandbox, still, since=first)


def test_a_window_that_failed_is_made_up_for_however_old_it_is_by_then(
    still: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    first = min(day for _, _, day in stored_rows(still))
    clock.move(days=40)
    today = clock.now.date()
    window = {"since": str(today - timedelta(days=34)), "until": str(today - timedelta(days=28))}
    asked = json.dumps(window, separators=(",", ":"))
    sandbox.meta.faults.add({"kind": "html", "level": "ad", "where": {"time_range": asked}})
    job = sync(still, clock)
    assert (job.status, job.failed_chunks) == (SyncJob.Status.COMPLETED_WITH_FAILURES, 1)
    sandbox.meta.faults.clear()
    clock.move(days=30)
    assert sync(still, clock).status == SyncJob.Status.COMPLETED
    assert_true(sandbox, still, since=first)


def test_an_old_month_leaves_the_daily_runs_alone(
    still: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    """What lies between that month and the daily runs is not read by surprise."""
    november = {"since": clock.now.date().replace(year=2025, month=11, day=1)}
    november["until"] = november["since"].replace(day=30)
    job = sync(still, clock, **november)
    assert (job.sync_type, job.status) == (SyncJob.Type.RANGE, SyncJob.Status.COMPLETED)
    assert true_rows(sandbox, still, **november).items() <= stored_rows(still).items()
    sandbox.meta.calls.clear()
    sync(still, clock)
    windows = [call.params["time_range"] for call in sandbox.meta.calls.all(path=f"act_{account_of(still)}/insights")]
    assert min(windows) >= '{"since":"2026-02-12"'
    assert not DailyMetric.objects.filter(date__gt=november["until"], date__lt="2026-02-12").exists()


def test_an_old_month_that_comes_first_is_no_beginning(
    meta_connection: MetaConnection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    connection = meta_connection("42", **STILL)
    since = clock.now.date().replace(month=1, day=1)
    sync(connection, clock, since=since, until=since + timedelta(days=6))
    sandbox.meta.calls.clear()
    sync(connection, clock)
    assert (
        min(call.params["time_range"] for call in sandbox.meta.calls.all(path="/insights")) >= '{"since":"2026-02-12"'
    )

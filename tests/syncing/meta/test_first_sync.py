"""The first sync of an account stores what the provider holds, row by row."""

from datetime import date, timedelta

import pytest

from connections.models import Connection
from connections.sandbox.server import SandboxServer
from projects.models import Ad, AdSet, Campaign, Coverage, DailyMetric
from syncing.models import SyncJob
from tests.connections.providers.meta.asking import Graph
from tests.fixtures.engine import sync, telemetry
from tests.fixtures.sandbox import (
    MetaConnection,
    SharedClock,
    account_of,
    assert_true,
    last_dates,
    stored_rows,
    true_structure,
)

AUCKLAND = {"timezone": "Pacific/Auckland", "currency": "JPY", "campaigns": 3, "ad_sets": 6, "ads": 14}
AUCKLAND |= {"archived_ads": 2, "archived_campaigns": 1, "deleted_ads": 2}


@pytest.fixture(params=["demo", "auckland"])
def connection(request: pytest.FixtureRequest, meta_connection: MetaConnection) -> Connection:
    return meta_connection() if request.param == "demo" else meta_connection("42", **AUCKLAND)


@pytest.mark.spec("A20", "A22", "A26", "A108")
def test_the_first_sync_stores_every_row_that_the_provider_holds(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    job = sync(connection, clock)
    assert (job.status, job.error) == (SyncJob.Status.COMPLETED, "")
    assert_true(sandbox, connection)
    stored = len(stored_rows(connection)) + len(true_structure(sandbox, connection))
    assert job.counts() == {"read": stored, "created": stored, "updated": 0, "unchanged": 0, "quarantined": 0}
    assert job.sync_type == SyncJob.Type.INITIAL


def test_the_account_names_its_time_zone_and_currency(meta_connection: MetaConnection, clock: SharedClock) -> None:
    demo, auckland = meta_connection(), meta_connection("42", **AUCKLAND)
    assert (demo.name, demo.timezone, demo.currency) == ("Demo Shop", "America/New_York", "USD")
    assert (auckland.name, auckland.timezone, auckland.currency) == ("Test Shop", "Pacific/Auckland", "JPY")
    assert (demo.anchor_date, auckland.anchor_date) == (date(2026, 3, 12), date(2026, 3, 13))
    sync(auckland, clock, "account_metrics")
    assert set(DailyMetric.objects.values_list("currency", flat=True)) == {"JPY"}


@pytest.mark.spec("A23")
def test_days_are_the_accounts_days_and_today_is_among_them(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sync(connection, clock)
    first, today = last_dates(connection, clock.now)
    dates = DailyMetric.objects.filter(connection=connection, level="account").order_by("date")
    assert list(dates.values_list("date", flat=True)) == [first + timedelta(days=at) for at in range(29)]
    covered = Coverage.objects.filter(connection=connection, stream="ad_metrics").order_by("date")
    assert [(each.date, each.fewer_than_before) for each in covered] == [
        (first + timedelta(days=at), False) for at in range(29)
    ]
    assert sum(each.row_count for each in covered) == DailyMetric.objects.filter(level="ad").count()
    windows = {call.params["time_range"] for call in sandbox.meta.calls.all(path="/insights")}
    assert f'{{"since":"{today - timedelta(days=6)}","until":"{today}"}}' in windows
    assert len(windows) == 5


def test_archived_objects_are_stored_and_deleted_ones_are_not(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sync(connection, clock)
    account = sandbox.meta.account(account_of(connection))
    for table, nodes in ((Campaign, account.structure.campaigns), (Ad, account.structure.ads)):
        archived = {node.id for node in nodes if node.effective_status == "ARCHIVED"}
        stored = table._default_manager.filter(effective_status="ARCHIVED").values_list("external_id", flat=True)
        assert archived
        assert set(stored) == archived
    assert not Ad.objects.filter(external_id__in=[ad.id for ad in account.structure.ads if ad.deleted]).exists()
    assert AdSet.objects.count() == account.ad_sets


def test_actions_are_kept_whole(connection: Connection, sandbox: SandboxServer, clock: SharedClock) -> None:
    sync(connection, clock, "ad_metrics")
    since, until = last_dates(connection, clock.now)
    asked = Graph(sandbox).everything(
        f"{connection.external_account_id}/insights",
        level="ad",
        time_range={"since": str(since), "until": str(until)},
        time_increment="1",
        fields="ad_id,actions,action_values",
    )
    told = {
        (row["ad_id"], row["date_start"]): {each: ordered(row.get(each, [])) for each in ("actions", "action_values")}
        for row in asked
    }
    stored = DailyMetric.objects.filter(level="ad").values_list("external_id", "date", "actions")
    assert {(name, str(day)): actions for name, day, actions in stored} == told
    assert any(len(each["actions"]) > 5 for each in told.values())


def ordered(actions: list[dict[str, str]]) -> list[dict[str, str]]:
    """Meta's order means nothing; ours is by type."""
    return sorted(actions, key=lambda action: action["action_type"])


@pytest.mark.spec("A10", "A11", "A35", "A87")
def test_the_connection_tells_what_happened(connection: Connection, clock: SharedClock) -> None:
    started_at = clock.now
    job = sync(connection, clock)
    state = telemetry(connection)
    assert (state.sync_status, state.last_sync_error) == ("idle", "")
    assert state.last_sync_attempted_at == started_at
    assert state.last_sync_completed_at == state.last_metrics_changed_at == job.closed_at
    assert (state.total_syncs_attempted, state.total_syncs_with_changes) == (1, 1)
    assert (job.progress_percentage, job.failed_chunks) == (100, 0)
    assert job.completed_chunks == job.total_chunks == 3 + 4 * 5

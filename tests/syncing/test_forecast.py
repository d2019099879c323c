"""How many calls the settings need, and what follows where a budget is too small."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from connections.models import Connection, Workspace
from syncing import scheduler, tuning
from syncing.forecast import Forecast, expected_calls, forecast
from syncing.models import ConnectionSync, ObjectSyncConfig, SyncSchedule
from tests.fixtures.engine import NOON, MakeAccount, Watch, drain, enqueue
from tests.fixtures.plain import AccountDays, Campaigns
from tests.fixtures.synced import KIND, make_connection

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def account(workspace: Workspace, frequency: str, **sync: Any) -> Connection:
    made = make_connection(workspace, f"{frequency} account", sync={"sync_frequency": frequency, **sync})
    scheduler.reschedule([made.pk], NOON)
    return made


def measured(connection: Connection, calls: float) -> None:
    SyncSchedule.objects.filter(connection=connection).update(average_calls=calls)


def allow(settings: Any, **limits: int) -> None:
    settings.PROVIDERS = {**settings.PROVIDERS, KIND: settings.PROVIDERS[KIND] | limits}


def now() -> Forecast:
    return forecast(tuning.ordered())


def test_without_a_schedule_nothing_is_needed(workspace: Workspace) -> None:
    account(workspace, "manual")
    assert now() == Forecast(load=now().load, needs=(), accounts=0, own_pace=0)
    assert now().load.calls == 0


def test_what_was_never_measured_is_reckoned_by_what_a_run_reads(workspace: Workspace) -> None:
    """Totals every 30 s, three levels every half hour, three lists every hour; once a day all 29 days in five calls."""
    account(workspace, "realtime")
    totals = 120 * (2880 - 1 + 5) / 2880
    levels = 3 * 2 * (48 - 1 + 5) / 48
    assert now().load.calls == pytest.approx(totals + levels + 3)
    assert now().load.fast == pytest.approx(totals)
    assert now().load.guessed


def test_a_run_of_days_reads_one_window_and_once_a_day_all_of_them() -> None:
    assert expected_calls(Campaigns(), timedelta(hours=1)) == 1
    assert expected_calls(AccountDays(), timedelta(hours=1)) == pytest.approx(25 / 24)
    assert expected_calls(AccountDays(), timedelta(days=1)) == 2
    assert expected_calls(AccountDays(), timedelta(days=7)) == 2


def test_what_was_measured_counts(workspace: Workspace) -> None:
    connection = account(workspace, "smart")
    measured(connection, 2.5)
    assert now().load.calls == pytest.approx(2.5 * (3 * 1 + 4 * 2))
    assert not now().load.guessed


def test_a_measured_run_is_reckoned_anew_for_another_interval(workspace: Workspace) -> None:
    """At half an hour one run in 48 reads five windows; once a day each run does."""
    connection = account(workspace, "smart")
    a_run = 52 / 48
    measured(connection, a_run)
    daily = [tuning.moves([row], lambda _: {"sync_interval_minutes": 1440}) for row in tuning.ordered()]
    then = forecast(tuning.applied(tuning.ordered(), [move for each in daily for move in each]))
    assert then.load.calls == pytest.approx((3 * a_run + 4 * 5) / 24)
    assert {row.sync_interval_minutes for row in ObjectSyncConfig.objects.filter(provider="meta")} == {30, 60}


def test_changes_make_what_hangs_on_them_due_early(workspace: Workspace) -> None:
    """Every second sync brought some: so each level is read at its half hour and at every second look at the totals."""
    connection = account(workspace, "realtime", total_syncs_attempted=10, total_syncs_with_changes=5)
    measured(connection, 1)
    assert now().load.calls == pytest.approx(120 + 3 * (2 + 60) + 3)
    assert now().load.fast == pytest.approx(120 + 3 * 60)
    ObjectSyncConfig.objects.update(cascade_sync=False)
    assert now().load.calls == pytest.approx(120 + 3 * 2 + 3)


def test_both_budgets_of_an_account_are_weighed(workspace: Workspace) -> None:
    connection = account(workspace, "hourly")
    found = {need.limit.bucket: need for need in now().needs}
    bucket = connection.external_account_id
    assert {name: need.per_hour for name, need in found.items()} == {bucket: 2000, f"{bucket}/scheduled": 180}
    assert found[bucket].load == found[f"{bucket}/scheduled"].load == now().load
    assert now().needs[0].limit.bucket == f"{bucket}/scheduled"
    assert now().short == 0
    assert now().needs[0].per_day == 24 * 180


def test_a_budget_that_is_too_small_comes_first_and_slows_the_fastest(workspace: Workspace, settings: Any) -> None:
    allow(settings, calls_per_hour=60)
    connection = account(workspace, "realtime")
    measured(connection, 1)
    account(workspace, "hourly")
    need = now().needs[0]
    assert (need.limit.bucket, need.is_over, now().short) == (f"{connection.external_account_id}/scheduled", True, 1)
    left = 60 * 60 / 76 - 9  # a call is earned in 76 minutes / 60, and the levels and lists take 9 an hour
    assert need.effective == pytest.approx(30 * 120 / left, rel=0.01)
    assert need.mark == pytest.approx(100 * 60 / need.load.calls)


def test_where_nothing_is_fast_everything_comes_more_seldom(workspace: Workspace, settings: Any) -> None:
    allow(settings, calls_per_hour=5)
    measured(account(workspace, "smart"), 1)
    need = now().needs[0]
    assert need.load.calls == pytest.approx(11)
    assert need.effective is None
    assert need.times_as_seldom == pytest.approx(11 / 5 * 62 / 60)


def test_accounts_that_cannot_run_need_nothing(workspace: Workspace) -> None:
    account(workspace, "hourly")
    before = now().load.calls
    for fields in ({"paused": True}, {"removed_at": NOON}, {"is_sandbox": False}):
        Connection.objects.filter(pk=account(workspace, "realtime").pk).update(**fields)
    broken = account(workspace, "realtime")
    type(broken.credential).objects.filter(pk=broken.credential_id).update(needs_reconnect=True)
    assert (now().load.calls, now().accounts) == (before, 1)


def test_what_is_switched_off_needs_nothing(workspace: Workspace) -> None:
    measured(account(workspace, "smart"), 1)
    ObjectSyncConfig.objects.exclude(object_type="ads").update(is_sync_enabled=False)
    assert now().load.calls == 1


def test_two_connections_of_one_account_share_its_budget(
    workspace: Workspace, strange_workspace: Workspace, charlie: User
) -> None:
    one = account(workspace, "hourly")
    alone = now().load.calls
    two = make_connection(
        strange_workspace, "Other", external_account_id=one.external_account_id, sync={"sync_frequency": "hourly"}
    )
    scheduler.reschedule([two.pk], NOON)
    assert len(now().needs) == 2
    assert now().needs[0].load.calls == pytest.approx(2 * alone)
    assert (now().needs[0].accounts, now().needs[0].names) == (2, ("Other", "hourly account"))


def test_accounts_with_a_pace_of_their_own_are_counted(workspace: Workspace) -> None:
    for frequency in ("smart", "daily", "realtime", "manual"):
        account(workspace, frequency)
    assert (now().accounts, now().own_pace) == (3, 2)


def test_what_is_forecast_is_what_is_called(make_account: MakeAccount, watch: Watch, tmp_path: Path) -> None:
    """A whole day of the real engine, half an hour a step, against the forecast that was made before it."""
    journal = tmp_path / "calls"
    connection = make_account(journal=str(journal), salt="quiet")
    enqueue(connection)
    drain(watch)
    ConnectionSync.set_frequency(connection.pk, "smart")
    scheduler.reschedule([connection.pk], watch.now)
    before, foreseen = len(journal.read_text().splitlines()), forecast([]).calls_per_day
    for _ in range(48):
        watch.move(minutes=30)
        scheduler.enqueue_due(watch.now)
        drain(watch)
    called = len(journal.read_text().splitlines()) - before
    assert foreseen == pytest.approx(24 + 2 * 25)
    assert called == pytest.approx(foreseen, rel=0.05)

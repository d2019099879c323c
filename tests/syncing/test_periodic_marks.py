"""What runs from time to time leaves its mark, whatever came of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connections.models import Connection
from syncing import periodic, scheduler
from syncing.models import ConnectionSync, SchedulerHeartbeat, SyncJob, SyncSchedule
from syncing.scheduler import Dispatched
from tests.fixtures.engine import MakeAccount

pytestmark = pytest.mark.django_db


def paced(account: Connection, frequency: str) -> Connection:
    ConnectionSync.set_frequency(account.pk, frequency)
    scheduler.reschedule([account.pk], timezone.now())
    return account


def mark(name: str) -> SchedulerHeartbeat:
    return SchedulerHeartbeat.objects.get(name=name)


def test_each_run_leaves_when_it_was_and_what_it_started(make_account: MakeAccount) -> None:
    begun_at = timezone.now()
    for frequency in ("realtime", "hourly", "manual"):
        paced(make_account(), frequency)
    assert periodic.dispatch_realtime().jobs == 1
    assert periodic.smart_sync().jobs == 1
    periodic.sweep()
    for name, jobs in (("dispatch-realtime", 1), ("smart-sync", 1), ("sweep", 0)):
        row = mark(name)
        assert begun_at <= row.ran_at <= timezone.now()
        assert (row.jobs, row.held_back, row.error) == (jobs, 0, "")
    assert periodic.smart_sync().jobs == 0
    assert mark("smart-sync").jobs == 0, "each says what its last run did"


def test_a_cron_is_told_from_the_schedule(account: Connection) -> None:
    paced(account, "hourly")
    periodic.smart_sync(trigger=SyncJob.Trigger.CRON)
    assert SyncJob.objects.get().trigger == "cron"


def test_a_run_that_fails_says_so_and_the_next_one_takes_it_back() -> None:
    def fail(_: object) -> Dispatched:
        raise ZeroDivisionError("with a detail that is for the log")

    with pytest.raises(ZeroDivisionError):
        periodic._run("smart-sync", fail)
    assert mark("smart-sync").error == "ZeroDivisionError"
    periodic.smart_sync()
    assert mark("smart-sync").error == ""


@pytest.mark.parametrize(
    "damage",
    [{"next_due_at": None}, {"next_due_at": timezone.now() + timedelta(days=400)}, {"interval_seconds": None}],
    ids=["taken off", "in a far future", "without an interval"],
)
def test_the_smart_sync_mends_what_a_hand_in_the_database_has_left(account: Connection, damage: dict[str, Any]) -> None:
    paced(account, "hourly")
    SyncSchedule.objects.update(**damage)
    assert periodic.dispatch_realtime().jobs == 0
    assert periodic.smart_sync().streams == 3
    soon = timezone.now() + timedelta(hours=1)
    for schedule in SyncSchedule.objects.all():
        assert schedule.interval_seconds == 3600
        assert schedule.next_due_at
        assert schedule.next_due_at <= soon


def test_what_cannot_be_mended_delays_nothing_that_is_due(account: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said in the mark and in the log, and what is due starts all the same."""
    paced(account, "hourly")

    def fail(_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(scheduler, "heal", fail)
    assert periodic.smart_sync().jobs == 1
    row = mark("smart-sync")
    assert (row.jobs, row.error) == (1, "ZeroDivisionError")
    monkeypatch.undo()
    periodic.smart_sync()
    assert mark("smart-sync").error == ""

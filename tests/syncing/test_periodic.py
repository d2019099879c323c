"""What Beat is told to do, how often, and what becomes of it where background sync is off."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from config.celery import app
from syncing import periodic, scheduler
from syncing.models import ConnectionSync, Decision, SchedulerHeartbeat, SyncChunk, SyncJob, SyncSchedule
from syncing.receivers import PACE_IS_A_SETTING
from tests.fixtures.engine import MakeAccount, bare_job
from tests.fixtures.workers import Broker

pytestmark = pytest.mark.django_db
NAMES = (periodic.SMART_SYNC, periodic.DISPATCH_REALTIME, periodic.SWEEP, periodic.PRUNE)


@pytest.fixture(autouse=True)
def known() -> None:
    """The tasks, as every worker finds them when it starts."""
    app.loader.import_default_modules()


def run(name: str) -> None:
    """As a worker does whom Beat's message reaches."""
    app.tasks[PeriodicTask.objects.get(name=name).task]()


def give_each_something_to_do(make_account: MakeAccount) -> None:
    """A realtime connection that is due, a chunk that nobody was woken for, and a decision of long ago."""
    now = timezone.now()
    due = make_account()
    ConnectionSync.set_frequency(due.pk, "realtime")
    scheduler.reschedule([due.pk], now - timedelta(minutes=10))
    SyncSchedule.objects.filter(connection=due).update(next_due_at=now - timedelta(minutes=1))
    waiting = make_account()
    bare_job(waiting, chunks=1)
    Decision.objects.create(connection=waiting, stream="x", decided_at=now - timedelta(days=40), verdict="started")


def done(broker: Broker) -> dict[str, Any]:
    """What the tasks leave behind."""
    return {
        "started": SyncJob.objects.filter(trigger="schedule").count(),
        "woken": broker.waiting("sync"),
        "deleted": int(not Decision.objects.filter(stream="x").exists()),
        "ran": list(SchedulerHeartbeat.objects.values_list("name", flat=True)),
    }


WORK = dict(zip(NAMES, ("started", "started", "woken", "deleted"), strict=True))
NOTHING = {"started": 0, "woken": 0, "deleted": 0, "ran": []}


@pytest.mark.spec("L3")
@pytest.mark.parametrize("name", NAMES)
def test_with_the_switch_off_each_task_returns_at_once(
    name: str, make_account: MakeAccount, broker: Broker, settings: Any
) -> None:
    give_each_something_to_do(make_account)
    schedules, chunks = list(SyncSchedule.objects.order_by("pk").values()), list(SyncChunk.objects.values())
    settings.BACKGROUND_SYNC_ENABLED = False
    run(name)
    assert done(broker) == NOTHING
    assert list(SyncSchedule.objects.order_by("pk").values()) == schedules
    assert list(SyncChunk.objects.values()) == chunks
    settings.BACKGROUND_SYNC_ENABLED = True
    run(name)
    after = done(broker)
    assert (after[WORK[name]], after["ran"]) == (1, [name]), "there was nothing that it could have done"


@pytest.mark.spec("L7", "A39", "C5", "V12")
def test_beat_is_told_what_to_do_how_often_and_in_which_queue(settings: Any) -> None:
    rows = {row.name: row for row in PeriodicTask.objects.exclude(task__startswith="celery.")}
    assert rows.keys() == {*NAMES, periodic.SMART_SYNC_PROJECTS}
    every = {name: row.interval.every for name, row in rows.items() if row.interval}
    assert {row.interval.period for row in rows.values() if row.interval} == {"seconds"}
    assert every == periodic.every_seconds() | {periodic.SMART_SYNC_PROJECTS: 1800}
    assert every[periodic.SMART_SYNC] == 300
    assert every[periodic.DISPATCH_REALTIME] == settings.DISPATCH_SECONDS == 10
    assert every[periodic.SWEEP] == settings.SWEEP_SECONDS
    night = rows[periodic.PRUNE].crontab
    assert (night.hour, night.minute, night.day_of_month, str(night.timezone)) == ("3", "30", "*", "UTC")
    for name, row in rows.items():
        assert (row.queue, row.enabled, row.one_off, row.args, row.kwargs) == ("scheduler", True, False, "[]", "{}")
        assert row.task in app.tasks
        assert row.expire_seconds == every.get(name, 6 * 3600)  # a message that waited longer has been overtaken


def test_what_staff_make_of_the_rows_stays_but_a_pace_that_is_a_setting(settings: Any) -> None:
    other = IntervalSchedule.objects.create(every=77, period="seconds")
    noon = CrontabSchedule.objects.create(hour="12", minute="0")
    PeriodicTask.objects.filter(interval__isnull=False).update(interval=other, enabled=False, description="Mine.")
    PeriodicTask.objects.filter(name=periodic.PRUNE).update(crontab=noon, enabled=False, description="Mine.")
    settings.DISPATCH_SECONDS, settings.SWEEP_SECONDS = 20, 30
    call_command("migrate", verbosity=0)
    rows = {row.name: row for row in PeriodicTask.objects.filter(name__in=NAMES)}
    assert {(row.enabled, row.description) for row in rows.values()} == {(False, "Mine.")}
    assert (rows[periodic.SMART_SYNC].interval, rows[periodic.PRUNE].crontab) == (other, noon)
    paces = {name: (rows[name].interval.every, rows[name].expire_seconds) for name in PACE_IS_A_SETTING}
    assert paces == {periodic.DISPATCH_REALTIME: (20, 20), periodic.SWEEP: (30, 30)}


@pytest.mark.parametrize("name", PACE_IS_A_SETTING)
def test_a_crontab_in_the_place_of_a_setting_leaves_a_row_that_can_be_saved(name: str, settings: Any) -> None:
    """Of two kinds of moments in one row, the library would refuse the next save in the admin."""
    noon = CrontabSchedule.objects.create(hour="12", minute="0")
    PeriodicTask.objects.filter(name=name).update(interval=None, crontab=noon)
    call_command("migrate", verbosity=0)
    row = PeriodicTask.objects.get(name=name)
    assert (row.interval.every, row.crontab) == (periodic.every_seconds()[name], None)
    row.full_clean()
    row.save()
    setting = {periodic.DISPATCH_REALTIME: "DISPATCH_SECONDS", periodic.SWEEP: "SWEEP_SECONDS"}[name]
    assert setting in row.description

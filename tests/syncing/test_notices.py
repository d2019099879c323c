"""What every page says first: nobody starts what is due, nobody deletes what is old."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from config.doctor.finding import Level
from config.doctor.processes import scheduler_looks
from connections.models import Connection
from syncing import periodic
from syncing.explaining.facts import gather
from syncing.models import SchedulerHeartbeat, SyncSchedule, WorkerHeartbeat
from syncing.status import rounds
from syncing.status.notices import OFF, notice
from syncing.status.pulse import pulse
from tests.fixtures.engine import MakeAccount, add_chunks, bare_job
from tests.fixtures.workers import Broker

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SPOKEN = {"smart-sync": "15 min", "dispatch-realtime": "61 s"}
SILENT = "The schedule is silent: nothing starts by itself."


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture(autouse=True)
def all_well(broker: Broker, now: datetime) -> None:
    """A worker with Beat in it, and every task ran a moment ago."""
    row = {"queues": ["realtime", "sync", "scheduler"], "slots": 4, "has_beat": True}
    WorkerHeartbeat.objects.create(name="box:1", started_at=now - 24 * HOUR, seen_at=now + HOUR, **row)
    for name in (*periodic.every_seconds(), periodic.PRUNE):
        SchedulerHeartbeat.objects.create(name=name, ran_at=now)


def ran(name: str, at: datetime) -> None:
    SchedulerHeartbeat.objects.filter(name=name).update(ran_at=at)


def test_the_names_are_those_of_the_tasks() -> None:
    assert rounds.STARTERS == (periodic.SMART_SYNC, periodic.DISPATCH_REALTIME)
    assert rounds.PRUNE == periodic.PRUNE


def test_nothing_is_said_while_all_is_well(now: datetime) -> None:
    assert notice(now) is None


@pytest.mark.parametrize(
    ("name", "silent_after"),
    [("smart-sync", timedelta(minutes=15)), ("dispatch-realtime", timedelta(minutes=1))],
)
def test_a_starter_that_misses_three_runs_is_told_of(now: datetime, name: str, silent_after: timedelta) -> None:
    """Within a minute it may be a restart."""
    ran(name, now - silent_after)
    assert notice(now) is None
    ran(name, now - silent_after - timedelta(seconds=1))
    found = notice(now)
    assert found
    assert found.title == SILENT
    assert name not in found.sentence
    assert found.sentence.startswith(f"The scheduler has not looked for {SPOKEN[name]}, and should look every ")


@pytest.mark.parametrize(
    ("name", "ago", "began", "is_silent"),
    [
        ("smart-sync", 899, 86_400, False),
        ("smart-sync", 901, 86_400, True),
        ("smart-sync", 3600, 899, False),
        ("smart-sync", 3600, 901, True),
        ("dispatch-realtime", 59, 86_400, False),
        ("dispatch-realtime", 61, 86_400, True),
        ("dispatch-realtime", 61, 59, False),
    ],
)
def test_everybody_says_alike_whether_anybody_looks(
    make_account: MakeAccount, now: datetime, name: str, ago: int, began: int, is_silent: bool
) -> None:
    """The banner, the operations, the doctor and the explanation; and the overview of the look at everything."""
    ran(name, now - timedelta(seconds=ago))
    WorkerHeartbeat.objects.update(started_at=now - timedelta(seconds=began))
    said = {
        "banner": notice(now) is not None,
        "operations": any(rounds.state(each, now).code == "overdue" for each in rounds.rounds(now)),
        "doctor": any(finding.level == Level.WRONG for finding in scheduler_looks(now)),
        "explanation": not gather(make_account(), now).looks[name].is_taken(now),
    }
    if name == periodic.SMART_SYNC:
        said["overview"] = pulse(periodic.looks(), now).state.code == "late"
    assert said == dict.fromkeys(said, is_silent)


def test_how_often_it_should_run_is_what_the_admin_says(now: datetime) -> None:
    ran("smart-sync", now - HOUR)
    hourly = IntervalSchedule.objects.create(every=1, period="hours")
    PeriodicTask.objects.filter(name="smart-sync").update(interval=hourly)
    assert notice(now) is None
    ran("smart-sync", now - 4 * HOUR)
    found = notice(now)
    assert found
    assert found.sentence.startswith("The scheduler has not looked for 4 h, and should look every hour.")


@pytest.mark.parametrize(
    ("trouble", "remedy"),
    [
        ("switched off", "is switched off. Switch it on in the admin"),
        ("no beat", "Beat does not run"),
        ("no broker", "Look whether Redis or Valkey runs"),
        ("no worker", "start one with ./bin/run"),
        ("another", "Look at the worker's log for what the task ran into"),
    ],
)
def test_the_remedy_is_where_the_trouble_is(now: datetime, broker: Broker, trouble: str, remedy: str) -> None:
    ran("smart-sync", now - HOUR)
    if trouble == "switched off":
        PeriodicTask.objects.filter(name="smart-sync").update(enabled=False)
    if trouble == "no beat":
        WorkerHeartbeat.objects.update(has_beat=False)
    if trouble == "no worker":
        WorkerHeartbeat.objects.update(slots=0, queues=[])
    if trouble == "no broker":
        broker.stop()
    found = notice(now)
    assert found
    assert remedy in found.remedy
    assert ("Sync now still works" in found.sentence) == (trouble != "no worker")
    assert ("No worker lives" in found.sentence) == (trouble == "no worker")


def test_a_schedule_that_never_ran_is_told_of_once_something_waits_for_it(
    make_account: MakeAccount, now: datetime
) -> None:
    SchedulerHeartbeat.objects.all().delete()
    PeriodicTask.objects.update(date_changed=now - 2 * HOUR)
    assert notice(now) is None
    account = make_account(sync={"sync_frequency": "hourly"}, paused=True)
    SyncSchedule.objects.filter(connection=account).update(next_due_at=now - HOUR)
    assert notice(now) is None, "what is paused is waited for by nobody"
    Connection.objects.update(paused=False)
    found = notice(now)
    assert found
    assert found.sentence.startswith("It never ran.")


def test_where_the_switch_is_off_silence_is_meant(now: datetime, settings: Any) -> None:
    ran("smart-sync", now - HOUR)
    settings.BACKGROUND_SYNC_ENABLED = False
    assert notice(now) == OFF


def test_work_that_nobody_takes_goes_first(account: Connection, now: datetime) -> None:
    add_chunks(bare_job(account), 1)
    WorkerHeartbeat.objects.all().delete()
    ran("smart-sync", now - HOUR)
    found = notice(now)
    assert found
    assert found.title == "No worker can be reached right now."


def test_what_was_not_pruned_for_three_days(now: datetime) -> None:
    ran("prune", now - timedelta(days=3))
    assert notice(now) is None
    ran("prune", now - timedelta(days=4))
    found = notice(now)
    assert found
    assert found.title == "Nothing old has been deleted for 4 days."
    assert "manage.py prune" in found.remedy
    SchedulerHeartbeat.objects.filter(name="prune").delete()
    assert notice(now) is None, "a new installation has nothing old"
    PeriodicTask.objects.filter(name="prune").update(date_changed=now - timedelta(days=4))
    assert notice(now) is not None


@pytest.mark.parametrize("page", ["/", "/settings"])
def test_it_stands_on_the_pages(page: str, alice: User, signed_in: Callable[[User], Client], now: datetime) -> None:
    browser = signed_in(alice)
    assert SILENT not in browser.get(page).content.decode()
    ran("smart-sync", now - HOUR)
    assert SILENT in browser.get(page).content.decode()

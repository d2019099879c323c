"""manage.py prune: what it says, and what it leaves alone."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from connections.models import Connection
from projects.models import Change
from syncing import tasks
from syncing.models import Decision, SchedulerHeartbeat
from tests.fixtures.engine import eventually
from tests.fixtures.workers import Workers

pytestmark = pytest.mark.django_db


def prune(*words: str) -> list[str]:
    printed = StringIO()
    call_command("prune", *words, stdout=printed)
    return printed.getvalue().splitlines()


def fill(account: Connection, number: int) -> None:
    now = timezone.now()
    seen = {"connection": account, "table": "t", "key": "k", "field": "f"}
    Change.objects.bulk_create([Change(seen_at=now - timedelta(days=763), **seen) for _ in range(number)])
    Change.objects.create(seen_at=now, **seen)
    long_ago = now - timedelta(days=2)
    Decision.objects.create(connection=account, stream="x", decided_at=long_ago, verdict="started")


def test_it_says_what_it_would_do_and_does_nothing(account: Connection) -> None:
    fill(account, 1200)
    assert prune("--dry-run") == ["1 decisions would be deleted", "1,200 changes would be deleted"]
    assert Change.objects.count() == 1201
    assert not SchedulerHeartbeat.objects.exists()


def test_it_does_it_and_says_what_it_did(account: Connection) -> None:
    fill(account, 1200)
    assert prune() == ["1 decisions deleted", "1,200 changes deleted"]
    assert Change.objects.count() == 1
    assert SchedulerHeartbeat.objects.get(name="prune").deleted == {"decisions": 1, "changes": 1200}


def test_where_nothing_is_old_it_says_so(account: Connection) -> None:
    assert prune("--dry-run") == ["Nothing to delete."]
    assert prune() == ["Nothing was old enough."]


def test_beat_does_it_every_night() -> None:
    row = PeriodicTask.objects.get(name="prune")
    assert (row.task, row.queue, row.enabled, row.interval) == ("syncing.prune", "scheduler", True, None)
    assert (row.crontab.hour, row.crontab.minute, str(row.crontab.timezone)) == ("3", "30", "UTC")
    assert row.expire_seconds < 86400


def test_what_staff_made_of_the_row_stays(account: Connection) -> None:
    PeriodicTask.objects.filter(name="prune").update(enabled=False)
    call_command("migrate", verbosity=0)
    assert not PeriodicTask.objects.get(name="prune").enabled


def test_with_the_switch_off_the_task_returns_at_once(account: Connection, settings: Any) -> None:
    fill(account, 1)
    settings.BACKGROUND_SYNC_ENABLED = False
    tasks.prune()
    assert Change.objects.count() == 2


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_a_worker_does_it_when_beat_says_so(account: Connection, start_worker: Workers) -> None:
    fill(account, 5)
    start_worker()
    tasks.prune.delay()
    eventually(lambda: Change.objects.count() == 1, "prune")
    eventually(lambda: SchedulerHeartbeat.objects.filter(name="prune").exists(), "its heartbeat")

"""manage.py workers: who lives, and what waits."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from connections.models import Connection
from syncing.models import SyncChunk, WorkerHeartbeat
from tests.fixtures.engine import add_chunks, bare_job

pytestmark = pytest.mark.django_db


def workers() -> tuple[int, list[str]]:
    printed = StringIO()
    try:
        call_command("workers", stdout=printed)
    except SystemExit as ended:
        return int(ended.code or 0), printed.getvalue().splitlines()
    return 0, printed.getvalue().splitlines()


def beat(seconds_ago: int, **fields: Any) -> None:
    seen_at = timezone.now() - timedelta(seconds=seconds_ago)
    row = {"queues": ["realtime", "sync"], "slots": 4, "started_at": seen_at, "seen_at": seen_at}
    WorkerHeartbeat.objects.create(**row | fields)


@pytest.mark.spec("A99")
def test_a_living_worker_and_what_waits_for_it(account: Connection) -> None:
    beat(3, name="machine:7", has_beat=True)
    beat(40, name="machine:6")
    add_chunks(bare_job(account), 2)
    SyncChunk.objects.update(ready_at=timezone.now() - timedelta(minutes=1))
    code, lines = workers()
    assert code == 0
    assert lines[0] == "machine:7: 4 slots on realtime, sync, sends the periodic tasks"
    assert [line.partition(",")[0] for line in lines[1:]] == [
        "realtime: nothing waits",
        "sync: 2 chunks ready",
        "parser: nothing waits",
        "backfill: nothing waits",
    ]


@pytest.mark.spec("A88")
def test_the_length_of_a_queue_is_seen_in_the_database_in_the_admin_and_by_command(
    account: Connection, staff: User, signed_in: Callable[[User], Client]
) -> None:
    add_chunks(bare_job(account), 3)
    assert SyncChunk.objects.open().filter(queue="sync").count() == 3
    page = signed_in(staff).get("/admin/syncing/syncchunk/?queue=sync&status__exact=pending").content.decode()
    assert "3 sync chunks" in page
    assert "0 sync chunks" in signed_in(staff).get("/admin/syncing/syncchunk/?queue=backfill").content.decode()
    assert any(line.startswith("sync: 3 chunks ready") for line in workers()[1])


@pytest.mark.spec("A99")
def test_work_that_waits_for_nobody_is_an_error(account: Connection) -> None:
    assert workers()[0] == 0
    add_chunks(bare_job(account), 1)
    code, lines = workers()
    assert (code, lines[0]) == (1, "No worker lives. ./bin/run starts one; so does: celery -A config worker")


@pytest.mark.spec("A99")
def test_a_worker_that_listens_elsewhere_is_no_help(account: Connection) -> None:
    beat(3, name="machine:7", queues=["backfill"])
    add_chunks(bare_job(account), 1)
    code, lines = workers()
    assert (code, lines[-1]) == (1, "No living worker listens to: sync.")


def test_without_background_sync_no_worker_is_missed(settings: Any) -> None:
    settings.BACKGROUND_SYNC_ENABLED = False
    assert workers()[1][0].startswith("Background sync is off")

"""`manage.py enqueue_due`: the schedule without Beat."""

import signal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from connections.models import Connection
from syncing import scheduler
from syncing.models import ConnectionSync, SyncJob, SyncSchedule
from tests.fixtures.engine import MakeAccount, Processes, eventually


def paced(account: Connection, frequency: str) -> Connection:
    ConnectionSync.set_frequency(account.pk, frequency)
    scheduler.reschedule([account.pk], timezone.now())
    return account


@pytest.mark.django_db
def test_it_starts_what_is_due_and_leaves_it_to_the_workers(
    account: Connection, settings: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    settings.REDIS_URL = "redis://localhost:1/0"
    paced(account, "hourly")
    call_command("enqueue_due")
    assert capsys.readouterr().out == "Started 1 job for 3 objects; 0 held back.\n"
    assert SyncJob.objects.get().status == "pending"
    call_command("enqueue_due")
    assert capsys.readouterr().out == "Started 0 jobs for 0 objects; 0 held back.\n"


@pytest.mark.django_db
@pytest.mark.parametrize("every", ["0", "301"])
def test_a_pace_that_makes_no_sense_is_refused(every: str) -> None:
    with pytest.raises(CommandError, match="1 to 300"):
        call_command("enqueue_due", "--loop", "--every", every)


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("A40")
def test_without_workers_it_runs_what_it_starts(make_account: MakeAccount, processes: Processes) -> None:
    processes.environment |= {"BACKGROUND_SYNC_ENABLED": "false", "REDIS_URL": ""}
    paced(make_account(), "hourly")
    code, said = processes.run("enqueue_due")
    assert (code, SyncJob.objects.get().status) == (0, "completed"), said
    assert "Started 1 job for 3 objects" in said


@pytest.mark.django_db(transaction=True)
def test_a_loop_keeps_a_realtime_connection_going_and_ends_when_asked(
    make_account: MakeAccount, processes: Processes
) -> None:
    processes.environment |= {"BACKGROUND_SYNC_ENABLED": "false", "REDIS_URL": "", "SWEEP_SECONDS": "1"}
    account = paced(make_account(), "realtime")
    loop = processes.start("enqueue_due", "--loop", "--every", "1")
    done = SyncJob.objects.filter(connection=account, status="completed")
    eventually(done.exists, "the first sync")
    SyncSchedule.objects.filter(connection=account, stream="account_days").update(next_due_at=timezone.now())
    eventually(lambda: done.count() >= 2, "the second sync")
    loop.send_signal(signal.SIGTERM)
    assert loop.wait(10) == 0
    assert not SyncJob.objects.active().exists()

"""manage.py sync: queue it, or run it here and say by exit code how it went."""

import signal
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from connections.models import Connection
from syncing.models import SyncChunk, SyncJob
from syncing.scope import Scope
from tests.fixtures.engine import (
    MakeAccount,
    Processes,
    assert_complete,
    change,
    enqueue,
    eventually,
)

pytestmark = pytest.mark.django_db(transaction=True)


def sync(*words: Any, **options: Any) -> tuple[int, str]:
    """Exit code and what was printed."""
    printed = StringIO()
    try:
        call_command("sync", *map(str, words), stdout=printed, **options)
    except SystemExit as ended:
        return int(ended.code or 0), printed.getvalue()
    return 0, printed.getvalue()


def foreground(*words: Any) -> tuple[int, str]:
    return sync(*words, "--foreground")


def today(account: Connection) -> date:
    return timezone.now().astimezone(account.zone).date()


# Queue


def test_a_sync_is_queued_and_its_job_named(account: Connection) -> None:
    code, printed = sync(account.pk)
    job = SyncJob.objects.get()
    assert (code, printed) == (0, f"{account}: job {job.pk}\n")
    assert (job.status, job.trigger) == ("pending", "command")


def test_a_running_job_is_joined(account: Connection) -> None:
    job = enqueue(account)
    assert sync(account.pk) == (0, f"{account}: joined job {job.pk}\n")


def test_streams_and_dates_are_the_jobs_scope(account: Connection) -> None:
    streams = ["--stream", "account_days", "--stream", "campaigns"]
    sync(account.pk, *streams, "--since", "2026-01-01", "--until", "2026-01-31")
    scope = Scope.from_json(SyncJob.objects.get().scope)
    assert (set(scope.streams), scope.since) == ({"account_days", "campaigns"}, date(2026, 1, 1))
    assert scope.until == date(2026, 1, 31)


def test_a_range_without_an_end_goes_on_to_today(account: Connection) -> None:
    sync(account.pk, "--since", "2026-01-01")
    assert Scope.from_json(SyncJob.objects.get().scope).until == today(account)


def test_all_are_those_that_may_run(make_account: MakeAccount) -> None:
    first, paused, second = make_account(), make_account(paused=True), make_account()
    sync("--all")
    assert set(SyncJob.objects.values_list("connection", flat=True)) == {first.pk, second.pk}
    assert paused.jobs.count() == 0


def test_those_never_read_are_those_that_no_sync_has_completed_of(make_account: MakeAccount) -> None:
    fresh, manual = make_account(), make_account(sync={"sync_frequency": "manual"})
    failed = make_account(sync={"last_sync_attempted_at": timezone.now()})
    make_account(sync={"last_sync_completed_at": timezone.now()})
    sync("--all", "--never-read")
    assert set(SyncJob.objects.values_list("connection", flat=True)) == {fresh.pk, manual.pk, failed.pk}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["x", "--never-read"], "--never-read needs --all."),
        ([], "Give the id of one connection, or --all."),
        (["--all", "x"], "Give the id of one connection, or --all."),
        (["nonsense"], "There is no connection nonsense"),
        (["00000000-0000-4000-8000-000000000000"], "There is no connection"),
    ],
    ids=["not all", "none", "both", "nonsense", "unknown"],
)
def test_a_connection_has_to_be_chosen(words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        sync(*words)


def test_what_cannot_run_is_said_in_a_sentence(make_account: MakeAccount) -> None:
    with pytest.raises(CommandError, match=r"This connection is paused\. Resume it first\."):
        sync(make_account(paused=True).pk)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--until", "2026-01-01"], "--until needs --since."),
        (["--since", "yesterday"], "--since: invalid"),
        (["--since", "2026-02-01", "--until", "2026-01-01"], "2026-02-01 is after 2026-01-01."),
        (["--stream", "nothing"], "There is no stream called 'nothing'. Choose from: campaigns"),
    ],
)
def test_dates_and_streams_have_to_make_sense(account: Connection, words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        sync(account.pk, *words)


# Run here


@pytest.mark.spec("A8", "A26", "A108")
def test_0_all_rows_are_stored(make_account: MakeAccount) -> None:
    account = make_account(campaigns=5, page_size=3)
    code, printed = foreground(account.pk)
    assert code == 0
    assert printed.splitlines()[-1] == (
        f"{account}: completed; 89 read, 89 created, 0 updated, 0 unchanged, 0 quarantined"
    )
    assert_complete(account, today(account) - timedelta(days=13), today(account))
    code, printed = foreground(account.pk)
    assert (code, printed.splitlines()[-1]) == (
        0,
        f"{account}: completed; 89 read, 0 created, 0 updated, 89 unchanged, 0 quarantined",
    )


def test_1_chunks_failed_and_are_named(account: Connection) -> None:
    change(account, errors=[{"kind": "misconfigured", "stream": stream} for stream in ("account_days", "campaigns")])
    code, printed = foreground(account.pk)
    assert code == 1
    assert "completed with failures" in printed
    assert [line for line in printed.splitlines() if "failed:" in line] == [
        "  failed: 3 chunks: Trouble: misconfigured. Wait.",
    ]


def test_3_the_rest_must_wait_and_running_it_again_goes_on(make_account: MakeAccount, time_machine: Any) -> None:
    morning = timezone.now().replace(hour=8)
    time_machine.move_to(morning, tick=True)
    later = morning + timedelta(minutes=30)
    moment = later.isoformat()
    limited = {"kind": "limited", "stream": "account_days", "retry_at": moment, "until": moment}
    account = make_account(errors=[limited])
    code, printed = foreground(account.pk)
    assert code == 3
    assert printed.splitlines()[-1] == f"{account}: waits until {later:%Y-%m-%dT%H:%M:%SZ}. Slow down."
    assert SyncJob.objects.get().is_active
    time_machine.move_to(later + timedelta(seconds=1), tick=True)
    code, printed = foreground(account.pk)
    assert (code, "joined job" in printed) == (0, True)
    assert SyncJob.objects.count() == 1


def test_what_a_joined_job_does_not_read_is_read_after_it(account: Connection) -> None:
    """Exit code 0 says that what was asked for is stored, also where another job stood in the way."""
    enqueue(account, timezone.now(), "campaigns")
    code, printed = foreground(account.pk, "--stream", "account_days")
    assert code == 0
    assert [line.split("; ")[1].split(",")[0] for line in printed.splitlines()[1:]] == ["3 read", "14 read"]
    assert not SyncJob.objects.active().exists()


def test_130_interrupted_and_nothing_is_held(make_account: MakeAccount, processes: Processes) -> None:
    account = make_account(campaigns=200, page_size=1, delay_ms=20)
    process = processes.start("sync", str(account.pk), "--stream", "campaigns", "--foreground")
    eventually(lambda: SyncChunk.objects.filter(records_read__gt=2).exists(), "pages to be stored")
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=10)
    assert process.returncode == 130, printed
    assert "Interrupted: what was read is stored, the rest waits in the queue." in printed
    chunk = SyncChunk.objects.get()
    assert (chunk.status, chunk.lease_token, chunk.attempts) == ("pending", None, 0)
    assert chunk.checkpoint == {"page": chunk.records_read - 1}
    change(account, delay_ms=0)
    assert foreground(account.pk, "--stream", "campaigns")[0] == 0
    assert SyncChunk.objects.get().records_created == 200

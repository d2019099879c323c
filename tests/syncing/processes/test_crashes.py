"""A process that is killed anywhere costs time and nothing else: the next one ends with the same rows."""

import signal
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from connections.models import Connection
from projects.models import Change, Coverage, DailyMetric
from syncing.models import SyncChunk, SyncJob
from tests.fixtures.engine import (
    MakeAccount,
    Processes,
    assert_complete,
    change,
    enqueue,
    eventually,
    telemetry,
)

pytestmark = pytest.mark.django_db(transaction=True)


def today(account: Connection) -> date:
    return timezone.now().astimezone(account.zone).date()


def calls(journal: Path) -> list[list[str]]:
    """Process, account, stream, first date, ids and page of every call that reached the provider."""
    return [line.split(" ") for line in journal.read_text().splitlines()]


@pytest.mark.spec("A108", "T70", "T71")
@pytest.mark.parametrize(
    "place",
    [
        "while_starting",
        "after_claim:3",
        "mid_page:4",
        "before_commit:5",
        "after_commit:5",
        "before_close",
        "between_structure_and_planning",
        "after_planning",
    ],
)
def test_a_killed_process_loses_and_doubles_nothing(
    make_account: MakeAccount, processes: Processes, place: str
) -> None:
    account = make_account(campaigns=5, page_size=8)
    words = ["sync", str(account.pk), "--foreground", "--parallel", "2"]
    code, printed = processes.run(*words, die=place)
    assert code == -signal.SIGKILL, printed
    assert SyncJob.objects.active().filter(connection=account).exists()

    code, printed = processes.run(*words)
    assert (code, "joined job" in printed) == (0, True), printed
    assert_complete(account, today(account) - timedelta(days=13), today(account))
    job = SyncJob.objects.get()
    held = 5 + DailyMetric.objects.count()
    assert job.counts() == {"read": held, "created": held, "updated": 0, "unchanged": 0, "quarantined": 0}
    assert job.chunks.count() == 5
    assert Coverage.objects.filter(stream="campaign_days", row_count=5, fewer_than_before=False).count() == 14
    assert not Change.objects.exists()
    state = telemetry(account)
    assert (state.sync_status, state.total_syncs_attempted, state.total_syncs_with_changes) == ("idle", 1, 1)


def is_stopped(process_id: int) -> bool:
    return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def everything(account: Connection) -> list[Any]:
    tables: list[Any] = [DailyMetric, Change, Coverage, SyncChunk, SyncJob]
    held = [list(table.objects.order_by("pk").values()) for table in tables]
    return [*held, telemetry(account).total_syncs_attempted]


def test_a_process_that_was_paused_past_its_lease_stores_nothing(
    make_account: MakeAccount, processes: Processes
) -> None:
    """It holds a page in its hand with numbers of a campaign that has none any more when the next process reads it."""
    account = make_account(page_size=7)
    job = enqueue(account, timezone.now(), "campaign_days")
    words = ["sync", str(account.pk), "--stream", "campaign_days", "--foreground", "--parallel", "1"]
    paused = processes.start(*words, pause="before_page:2")
    eventually(lambda: is_stopped(paused.pid), "the process to stop")
    assert DailyMetric.objects.count() == 7

    change(account, silent=["c0002"])
    code, printed = processes.run(*words)
    assert code == 0, printed
    before = everything(account)

    paused.send_signal(signal.SIGCONT)
    printed, _ = paused.communicate(timeout=10)
    assert paused.returncode == 0, printed
    assert "another process has taken the chunk over" in printed
    assert everything(account) == before
    job.refresh_from_db()
    assert (job.status, job.records_read) == ("completed", DailyMetric.objects.count())


def both(processes: Processes, tmp_path: Path, *words: str) -> list[tuple[int, str]]:
    """Two processes that begin at the same moment."""
    go, started = tmp_path / "go", []
    for number in range(2):
        ready = tmp_path / f"ready-{number}"
        started.append((processes.start(*words, ready=str(ready), go=str(go)), ready))
    for _, ready in started:
        eventually(ready.exists, "both processes to be ready")
    go.touch()
    ended = [(process, process.communicate(timeout=20)[0]) for process, _ in started]
    return [(process.returncode, printed) for process, printed in ended]


def test_two_processes_on_one_job_run_every_chunk_once(
    make_account: MakeAccount, processes: Processes, tmp_path: Path
) -> None:
    journal = tmp_path / "calls"
    account = make_account(campaigns=4, page_size=7, delay_ms=50, journal=str(journal), sync={"slices_in_flight": 8})
    since, until = date(2026, 1, 1), date(2026, 2, 25)
    words = ["sync", str(account.pk), "--since", str(since), "--until", str(until), "--foreground", "--parallel", "4"]
    for code, printed in both(processes, tmp_path, *words):
        assert code == 0, printed
    assert_complete(account, since, until)
    made = calls(journal)
    assert len({process for process, *_ in made}) == 2
    assert len(made) == len({tuple(call) for _, *call in made}) == 1 + 8 * 4 + 8
    job = SyncJob.objects.get()
    assert set(job.chunks.values_list("attempts", "retry_count")) == {(1, 0)}
    assert (job.chunks.count(), telemetry(account).total_syncs_attempted) == (17, 1)


@pytest.mark.spec("T49")
def test_two_processes_share_one_budget(make_account: MakeAccount, processes: Processes, tmp_path: Path) -> None:
    journal = tmp_path / "calls"
    account = make_account(campaigns=4, page_size=7, per_hour=20, journal=str(journal))
    words = ["sync", str(account.pk), "--since", "2026-01-01", "--until", "2026-02-25", "--foreground"]
    for code, printed in both(processes, tmp_path, *words):
        assert code == 3, printed
        assert "The budget of 20 calls an hour is used up." in printed
    assert 10 <= len(calls(journal)) <= 20
    job = SyncJob.objects.get()
    assert job.is_active
    assert set(job.chunks.values_list("retry_count", "lease_token")) == {(0, None)}

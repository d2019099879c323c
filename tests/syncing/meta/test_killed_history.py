"""A worker that is killed while history is read: what was read stays, and only the rest is read."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from connections.accounts import connect
from connections.models import Workspace
from connections.sandbox.server import SandboxServer
from projects.models import Coverage
from syncing.models import ConnectionSync, SyncChunk, SyncJob
from tests.fixtures.workers import Workers, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
TOKEN = "token-of-a-shop"
NUMBERS = {"kind": "hold", "path": "/insights"}
DONE = SyncChunk.Status.COMPLETED


def asked(sandbox: SandboxServer) -> list[tuple[str, str, str]]:
    """The level and the days of each question for numbers."""
    questions = []
    for call in sandbox.meta.calls.all(path="/insights"):
        days = json.loads(call.params["time_range"])
        questions.append((call.params["level"], days["since"], days["until"]))
    return questions


@pytest.mark.spec("T83", "C32")
def test_only_chunks_that_were_not_done_run_again(
    sandbox: SandboxServer, workspace: Workspace, start_worker: Workers
) -> None:
    now = timezone.now()
    sandbox.clock.freeze(now)
    opened = (now - timedelta(days=500)).date()
    shop = {"campaigns": 2, "ad_sets": 2, "ads": 2, "tokens": [TOKEN], "start_date": opened.isoformat()}
    sandbox.meta.add_account("78", name="Old Shop", **shop)
    made = connect(workspace, "meta", "act_78", {"access_token": TOKEN}, now=now).connection
    killed = start_worker(chunk_delay_ms=200)
    wait_until(lambda: SyncJob.objects.filter(lane="backfill").exists(), "the recent phase to end", 60)
    history = SyncJob.objects.get(lane="backfill")
    wait_until(lambda: history.chunks.filter(status=DONE).count() >= 5, "some of history to be read", 60)
    sandbox.meta.faults.add(NUMBERS)
    in_hand = history.chunks.filter(lease_token__isnull=False, finished_at=None)
    wait_until(lambda: sandbox.meta.faults.waiting > 0 and in_hand.exists(), "a chunk to be in hand", 30)
    killed.kill()
    done = dict(history.chunks.filter(status=DONE).values_list("pk", "finished_at"))
    hit = set(in_hand.values_list("pk", flat=True))
    assert hit
    assert 5 <= len(done) < history.total_chunks
    sandbox.meta.faults.clear()
    before = len(asked(sandbox))

    start_worker(chunk_delay_ms=200)

    def is_over() -> bool:
        history.refresh_from_db()
        return not history.is_active

    wait_until(is_over, "the end of history", 90)
    assert (history.status, history.failed_chunks) == (SyncJob.Status.COMPLETED, 0)
    assert dict(history.chunks.filter(pk__in=done).values_list("pk", "finished_at")) == done
    assert set(history.chunks.filter(pk__in=done).values_list("attempts", flat=True)) == {1}
    assert set(history.chunks.filter(attempts__gt=1).values_list("pk", flat=True)) <= hit
    levels = {
        "account_metrics": "account",
        "campaign_metrics": "campaign",
        "adset_metrics": "adset",
        "ad_metrics": "ad",
    }
    read = {
        (levels[chunk.stream], str(chunk.start_date), str(chunk.end_date))
        for chunk in history.chunks.filter(pk__in=done)
    }
    assert not read & set(asked(sandbox)[before:]), "it was asked again for what is stored"
    assert ConnectionSync.objects.get(pk=made.pk).phase_2_completed_at
    for stream in levels:
        held = set(Coverage.objects.filter(connection=made, stream=stream).values_list("date", flat=True))
        today = now.astimezone(made.zone).date()
        first = made.history_start(today)
        assert first
        assert held >= {first + timedelta(days=at) for at in range((today - first).days)}

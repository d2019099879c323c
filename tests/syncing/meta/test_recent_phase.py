"""The first minutes of a large account: what the recent phase is made of, and how long it takes."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connections.sandbox.server import SandboxServer
from projects.models import Coverage
from syncing import foreground, scheduler
from syncing.models import ConnectionSync
from tests.fixtures.sandbox import AFTERNOON, LEVELS, MetaConnection, configure, stored_rows, true_rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

SPEED = 8
"""Seconds of the account's clock in one of ours."""
SECONDS = {"campaign": 60 / 2, "adset": 45 / 2}
"""How long each page takes to be answered; a whole chunk has two: 60 and 45 seconds. One of ads is a report."""
DAYS, PAGE_SIZE = 5, 125
CHUNKS = {"structure": 3, "account_metrics": 1, "campaign_metrics": 8, "adset_metrics": 14, "ad_metrics": 10}


@pytest.mark.spec("T2", "T57", "T58", "T59", "T60")
@pytest.mark.parametrize(("at_once", "minutes"), [(4, 12.0), (2, 13.5)], ids=["four at a time", "two at a time"])
def test_a_large_account_is_ready_within_minutes(
    sandbox: SandboxServer, meta_connection: MetaConnection, settings: Any, at_once: int, minutes: float
) -> None:
    """351 campaigns, 700 ad sets and 1,000 ads into an empty database; the metric chunks alone would take 6 minutes
    four at a time, and 11.75 two at a time."""
    configure(settings, page_size=PAGE_SIZE)
    settings.LEASE_SECONDS *= SPEED  # whoever is alive here works at our speed
    young = AFTERNOON.date() - timedelta(days=DAYS - 1)  # or the stand-in would take its time to make up the rows
    size = {"campaigns": 351, "ad_sets": 700, "ads": 1000, "report_seconds": 30}
    account = meta_connection("4242", **size, active_ads=1000, dense=True, drift=False, start_date=young)
    ConnectionSync.objects.filter(pk=account.pk).update(slices_in_flight=at_once)
    sandbox.clock.set_speed(SPEED)
    sandbox.clock.set_offset((AFTERNOON - datetime.now(UTC)).total_seconds())
    sandbox.clock.unfreeze()
    for level, seconds in SECONDS.items():
        sandbox.meta.faults.add({"kind": "delay", "level": level, "path": "/insights", "ms": 1000 * seconds / SPEED})
    clock = sandbox.clock.now
    job = scheduler.enqueue_first(account, now=clock(), trigger="user").job
    assert foreground.run_jobs([job.pk], threads=at_once, stop=threading.Event(), clock=clock) == []
    job.refresh_from_db()
    assert job.status == "completed"
    found = list(job.chunks.order_by("chunk_order"))
    counted = {kind: sum(chunk.chunk_type == kind for chunk in found) for kind in CHUNKS}
    assert (counted, len(found)) == (CHUNKS, sum(CHUNKS.values()))
    lists_ended = max(chunk.finished_at for chunk in found if chunk.finished_at and not chunk.start_date)
    assert min(chunk.started_at for chunk in found if chunk.started_at and chunk.start_date) >= lists_ended
    assert job.closed_at
    assert job.closed_at - job.created_at < timedelta(minutes=minutes)
    dates = {(chunk.start_date, chunk.end_date) for chunk in found if chunk.start_date}
    assert dates == {(account.anchor_date - timedelta(days=90), account.anchor_date)}
    assert Coverage.objects.filter(connection=account).count() == 91 * len(LEVELS)
    since, until = account.anchor_date - timedelta(days=90), account.anchor_date
    assert stored_rows(account).keys() == true_rows(sandbox, account, since, until).keys()

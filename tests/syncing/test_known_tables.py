"""The tables under the names and columns that people's own SQL knows."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database

from connections.models import Connection
from syncing import planner, scheduler
from syncing.models import ConnectionSync, SyncChunk, SyncJob
from syncing.scope import Scope
from tests.fixtures.engine import NOON, TODAY, MakeAccount, Watch, drain, enqueue, sync

pytestmark = pytest.mark.django_db


def ask(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


@pytest.mark.spec("T74", "T19")
def test_the_known_questions_are_answered(account: Connection, watch: Watch, alice: User) -> None:
    first = scheduler.enqueue_now(account, now=watch(), trigger="user", user=alice).job
    drain(watch)
    second = scheduler.enqueue_now(account, now=watch.move(minutes=5), trigger="user", user=alice).job
    jobs = ask("SELECT id, created_at FROM sync_jobs WHERE user_id = %s ORDER BY created_at DESC", alice.pk)
    assert [as_text(row[0]) for row in jobs] == [second.pk.hex, first.pk.hex]
    orders = ask("SELECT chunk_order FROM sync_job_chunks WHERE sync_job_id = %s ORDER BY chunk_order", known(first))
    assert [order for (order,) in orders] == list(range(SyncChunk.objects.filter(sync_job=first).count()))
    active = ask("SELECT id FROM sync_jobs WHERE status IN ('pending', 'in_progress')")
    assert [as_text(row[0]) for row in active] == [second.pk.hex]


@pytest.mark.spec("T8", "T12")
@pytest.mark.parametrize(("phase", "completion"), [("recent_90_days", "phase_1"), ("historical_backfill", "phase_2")])
def test_each_phase_has_its_name_and_its_completion(account: Connection, phase: str, completion: str) -> None:
    job = enqueue(account)
    assert ask("SELECT sync_phase FROM sync_jobs") == [(None,)]
    SyncJob.objects.filter(pk=job.pk).update(sync_phase=phase)
    ConnectionSync.objects.filter(connection=account).update(**{f"{completion}_completed_at": NOON})
    assert SyncJob.objects.get(sync_phase=phase).get_sync_phase_display() == SyncJob.Phase(phase).label
    assert ConnectionSync.objects.filter(**{f"{completion}_completed_at": NOON}).exists()


@pytest.mark.spec("T16")
def test_a_chunk_stores_its_first_and_last_date(account: Connection, watch: Watch) -> None:
    sync(account, watch, "account_days", since=TODAY - timedelta(days=8), until=TODAY)
    rows = ask("SELECT start_date, end_date FROM sync_job_chunks ORDER BY chunk_order")
    wanted = [(TODAY - timedelta(days=6), TODAY), (TODAY - timedelta(days=8), TODAY - timedelta(days=7))]
    assert [tuple(map(str, row)) for row in rows] == [tuple(map(str, row)) for row in wanted]


@pytest.mark.spec("T61", "T72")
def test_chunk_starts_of_a_history_job_are_spaced_and_others_are_not(make_account: MakeAccount, settings: Any) -> None:
    assert (settings.CHUNK_DELAY_MS, settings.RECENT_DAYS) == (2000, 90)
    assert gaps(make_account(), SyncJob.Lane.BACKFILL) == {timedelta(seconds=2)}
    assert gaps(make_account(), SyncJob.Lane.SYNC) == {timedelta(0)}


def gaps(connection: Connection, lane: str) -> set[timedelta]:
    job = SyncJob.objects.create(connection=connection, lane=lane, created_at=NOON, scope=Scope().as_json())
    streams = connection.source_class.streams
    scheduler.add_chunks(job, planner.metrics(streams, TODAY - timedelta(days=20), TODAY), NOON)
    starts = list(job.chunks.order_by("chunk_order").values_list("ready_at", flat=True))
    return {later - earlier for earlier, later in pairwise(starts)}


def known(job: SyncJob) -> str:
    """An id as this database writes it."""
    return job.pk.hex if database.vendor == "sqlite" else str(job.pk)


def as_text(value: Any) -> str:
    return str(value).replace("-", "")

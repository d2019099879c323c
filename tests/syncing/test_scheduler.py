"""Into the queue: one active job for a connection, and every question answered by it or by the next."""

from datetime import date
from typing import Any

import pytest
from django.db import DataError

from connections.models import Connection
from syncing import scheduler
from syncing.models import ObjectSyncConfig, SyncChunk, SyncJob
from syncing.receivers import seed_object_types
from syncing.scheduler import NotRunnable, enqueue_now
from syncing.scope import Scope
from tests.fixtures.engine import (
    FIRST_DAY,
    NOON,
    TODAY,
    MakeAccount,
    Watch,
    drain,
    enqueue,
    insist,
    sync,
    telemetry,
    together,
)

pytestmark = pytest.mark.django_db
JANUARY = Scope((), date(2026, 1, 1), date(2026, 1, 31))


def ask(account: Connection, scope: Scope = Scope(), trigger: str = "user") -> scheduler.Enqueued:  # noqa: B008
    return enqueue_now(account, now=NOON, trigger=trigger, scope=scope)


# One active job


@pytest.mark.spec("A8", "T19")
def test_a_question_becomes_a_job_with_its_first_chunks(account: Connection) -> None:
    answer = ask(account)
    assert not answer.deduplicated
    job = SyncJob.objects.get()
    assert (job.pk, job.status, job.trigger, job.created_at) == (answer.job.pk, "pending", "user", NOON)
    chunk = job.chunks.get()
    assert (chunk.stream, chunk.chunk_type, chunk.chunk_order, chunk.queue, chunk.rank) == (
        "campaigns",
        "structure",
        0,
        "sync",
        13,
    )
    assert (chunk.ready_at, chunk.created_at, chunk.status, chunk.max_retries) == (NOON, NOON, "pending", 3)


@pytest.mark.spec("T20")
def test_a_job_is_stored_with_its_chunks_or_not_at_all(account: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DataError("invalid value")

    with monkeypatch.context() as patch:
        patch.setattr(SyncChunk.objects, "bulk_create", fail)
        with pytest.raises(DataError):
            ask(account)
    assert not SyncJob.objects.exists()
    assert telemetry(account).sync_status == "idle"
    assert ask(account).job.chunks.count() == 1


@pytest.mark.parametrize("scope", [Scope(), Scope(("campaigns",)), Scope(("account_days", "campaigns"))])
def test_a_second_question_that_is_part_of_the_first_joins_it(account: Connection, scope: Scope) -> None:
    first = ask(account)
    second = ask(account, scope)
    assert (second.job.pk, second.deduplicated) == (first.job.pk, True)
    assert SyncJob.objects.get().rerun == []


def test_a_second_question_that_asks_for_more_is_remembered_once(account: Connection) -> None:
    first = ask(account, Scope(("campaigns",)))
    for scope in (JANUARY, JANUARY, Scope(), Scope(("account_days",))):
        assert ask(account, scope).job.pk == first.job.pk
    (january, everything) = map(Scope.from_json, SyncJob.objects.get().rerun)
    assert (january.since, january.until) == (JANUARY.since, JANUARY.until)
    assert (len(everything.streams), everything.is_range) == (3, False)


def test_a_stream_that_is_switched_off_is_no_part_of_all(account: Connection, watch: Watch) -> None:
    ObjectSyncConfig.objects.update_or_create(
        provider=account.provider,
        object_type="account_days",
        defaults={
            "display_name": "Days",
            "is_sync_enabled": False,
            "sync_interval_minutes": 30,
            "staleness_threshold_minutes": 60,
        },
    )
    ask(account)
    ask(account, Scope(("account_days",)))
    drain(watch)
    assert SyncChunk.objects.filter(stream="account_days").exists()


def test_another_connection_has_jobs_of_its_own(make_account: MakeAccount) -> None:
    assert ask(make_account()).job.pk != ask(make_account()).job.pk


def test_a_closed_job_is_not_joined(account: Connection, watch: Watch) -> None:
    first = sync(account, watch)
    second = ask(account)
    assert (second.deduplicated, second.job.pk == first.pk) == (False, False)


@pytest.mark.django_db(transaction=True)
def test_fifty_that_ask_at_once_get_one_job(account: Connection) -> None:
    answers = together(lambda _: insist(lambda: ask(account)), range(50))
    assert len({answer.job.pk for answer in answers}) == 1
    assert [answer.deduplicated for answer in answers].count(False) == 1
    assert SyncJob.objects.count() == 1
    assert SyncChunk.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_that_ask_for_different_things_at_once_are_all_remembered(account: Connection) -> None:
    def ask_for(day: int) -> scheduler.Enqueued:
        scope = Scope(("account_days",), date(2026, 1, day), date(2026, 1, day))
        answer: scheduler.Enqueued = insist(lambda: ask(account, scope))
        return answer

    together(ask_for, range(1, 13))
    job = SyncJob.objects.get()
    days = {Scope.from_json(stored).since for stored in [job.scope, *job.rerun]}
    assert days == {date(2026, 1, day) for day in range(1, 13)}


# What kind of job


@pytest.mark.spec("T9")
def test_a_job_says_what_kind_of_sync_it_is(account: Connection, watch: Watch) -> None:
    assert sync(account, watch).sync_type == "initial"
    assert sync(account, watch).sync_type == "manual"
    assert sync(account, watch, since=FIRST_DAY, until=TODAY).sync_type == "range"
    assert ask(account, trigger="schedule").job.sync_type == "incremental"


def test_until_one_has_succeeded_a_sync_is_the_initial_one(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(errors=[{"kind": "misconfigured"}])
    assert sync(account, watch).status == "failed"
    assert sync(account, watch).sync_type == "initial"


def test_a_range_reads_its_dates_and_the_whole_lists(account: Connection, watch: Watch) -> None:
    job = sync(account, watch, since=date(2026, 1, 1), until=date(2026, 1, 10))
    windows = job.chunks.filter(stream="account_days").order_by("chunk_order").values_list("start_date", "end_date")
    assert list(windows) == [(date(2026, 1, 4), date(2026, 1, 10)), (date(2026, 1, 1), date(2026, 1, 3))]
    assert job.chunks.filter(stream="campaigns").count() == 1


def test_named_streams_are_all_that_is_read(account: Connection, watch: Watch) -> None:
    assert set(sync(account, watch, "account_days").chunks.values_list("stream", flat=True)) == {"account_days"}
    assert set(sync(account, watch, "campaigns").chunks.values_list("stream", flat=True)) == {"campaigns"}


def test_today_is_the_accounts_day(account: Connection, watch: Watch) -> None:
    account.timezone = "Pacific/Kiritimati"
    account.save()
    job = sync(account, watch)
    assert max(day for day in job.chunks.values_list("end_date", flat=True) if day) == date(2026, 3, 21)


# Settings of the object types


@pytest.mark.spec("T17")
def test_an_object_type_says_how_often_it_is_retried(account: Connection) -> None:
    seed_object_types()
    ObjectSyncConfig.objects.filter(provider="plain").update(max_retry_attempts=7)
    enqueue(account)
    assert SyncChunk.objects.get().max_retries == 7


def test_what_is_switched_off_is_left_out(account: Connection, watch: Watch) -> None:
    seed_object_types()
    ObjectSyncConfig.objects.filter(provider="plain", object_type="account_days").update(is_sync_enabled=False)
    streams = set(sync(account, watch).chunks.values_list("stream", flat=True))
    assert streams == {"campaigns", "campaign_days"}


def test_object_types_are_seeded_once_and_keep_what_people_changed(account: Connection) -> None:
    seed_object_types()
    ObjectSyncConfig.objects.filter(provider="plain", object_type="campaigns").update(sync_interval_minutes=5)
    seed_object_types()
    row = ObjectSyncConfig.objects.get(provider="plain", object_type="campaigns")
    assert (row.sync_interval_minutes, row.staleness_threshold_minutes, row.display_name) == (5, 120, "Campaigns")
    assert ObjectSyncConfig.objects.get(provider="plain", object_type="campaign_days").depends_on == "campaigns"


# Refused


def refusal(account: Connection, scope: Scope = Scope()) -> str:  # noqa: B008
    with pytest.raises(NotRunnable) as refused:
        ask(account, scope)
    assert not SyncJob.objects.exists()
    assert telemetry(account).sync_status == "idle"
    return f"{refused.value.sentence} {refused.value.remedy}"


def test_a_paused_connection_is_not_synced(make_account: MakeAccount) -> None:
    assert refusal(make_account(paused=True)) == "This connection is paused. Resume it first."


def test_a_dead_login_is_not_used(account: Connection) -> None:
    account.credential.mark_dead("It expired.")
    account.credential.refresh_from_db()
    assert refusal(account).startswith("The login needs to be renewed: It expired. Connect the account again")


def test_a_connection_of_the_other_mode_says_so(account: Connection, settings: Any) -> None:
    settings.PROVIDERS = {**settings.PROVIDERS, "plain": {"sandbox": False}}
    assert "made for the Plain sandbox" in refusal(account)


@pytest.mark.parametrize(
    ("scope", "sentence"),
    [
        (Scope((), TODAY, FIRST_DAY), "2026-03-20 is after 2026-03-07."),
        (Scope(("nothing",)), "'nothing'. Choose from: campaigns, campaign_days, account_days."),
    ],
    ids=["dates", "streams"],
)
def test_a_question_that_makes_no_sense_is_refused(account: Connection, scope: Scope, sentence: str) -> None:
    assert sentence in refusal(account, scope)


def test_nothing_switched_on_is_nothing_to_read(account: Connection) -> None:
    seed_object_types()
    ObjectSyncConfig.objects.filter(provider="plain").update(is_sync_enabled=False)
    assert "switched off" in refusal(account)

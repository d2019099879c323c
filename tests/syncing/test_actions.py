"""What people and programs may ask for: one way in, one line in the audit, whoever asks."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from connections.access import Actor
from connections.models import ApiToken, AuditEvent, Connection, Workspace
from syncing import actions, scheduler
from syncing.models import ConnectionSync, SyncJob
from syncing.scope import Scope
from tests.fixtures.engine import FIRST_DAY, NOON, MakeAccount, Watch, drain, insist, sync, telemetry, together
from tests.fixtures.workers import Broker

pytestmark = pytest.mark.django_db(transaction=True)


def press(account: Connection, actor: Actor, **scope: Any) -> actions.Started:
    return actions.sync_now(account, actor, now=timezone.now(), scope=Scope(**scope))


def written_down() -> list[tuple[str, str]]:
    return list(AuditEvent.objects.order_by("pk").values_list("actor", "action"))


@pytest.mark.spec("A89")
def test_a_press_and_the_schedule_share_one_job(account: Connection, alice: User, broker: Broker) -> None:
    """Whoever comes second joins: there are the same chunks, once."""
    scheduled = scheduler.enqueue_now(account, now=timezone.now(), trigger="schedule").job
    pressed = press(account, Actor(alice))
    assert (pressed.job.pk, pressed.deduplicated) == (scheduled.pk, True)
    assert SyncJob.objects.count() == 1


def test_ten_presses_at_once_make_one_job(account: Connection, alice: User, broker: Broker) -> None:
    """Ten requests in the same moment, each by its own connection to the database."""
    started = together(lambda _: insist(lambda: press(account, Actor(alice))), range(10))
    assert len({each.job.pk for each in started}) == SyncJob.objects.count() == 1
    assert [each.deduplicated for each in started].count(False) == 1
    assert written_down() == [("alice@example.com", "sync started")]


@pytest.mark.spec("A89")
def test_by_hand_or_by_schedule_the_same_chunks_are_run(
    make_account: MakeAccount, watch: Watch, alice: User, broker: Broker
) -> None:
    by_hand, by_schedule = make_account(), make_account()
    jobs = [sync(each, watch) for each in (by_hand, by_schedule)]
    watch.move(hours=1)
    pressed = actions.sync_now(by_hand, Actor(alice), now=watch.now).job
    scheduled = scheduler.enqueue_now(by_schedule, now=watch.now, trigger="schedule").job
    assert {job.pk for job in jobs}.isdisjoint({pressed.pk, scheduled.pk})
    columns = ("stream", "chunk_type", "start_date", "end_date", "updated_since", "rank", "max_retries")
    planned = [list(job.chunks.order_by("chunk_order").values_list(*columns)) for job in (pressed, scheduled)]
    assert planned[0] == planned[1]


def test_a_program_is_told_from_a_person(
    account: Connection, workspace: Workspace, alice: User, broker: Broker
) -> None:
    token = ApiToken(workspace=workspace, name="Warehouse")
    assert press(account, Actor(token=token)).job.trigger == "api"
    SyncJob.objects.all().delete()
    assert press(account, Actor(alice)).job.trigger == "user"
    assert [name for name, _ in written_down()] == ["token Warehouse", "alice@example.com"]


def test_without_a_broker_the_job_is_queued_and_says_that_it_comes_later(
    account: Connection, alice: User, broker: Broker
) -> None:
    broker.stop()
    started = press(account, Actor(alice))
    assert (started.degraded, started.deduplicated) == (True, False)
    assert started.job.chunks.open().exists()


def test_with_a_broker_nothing_is_said(account: Connection, alice: User, broker: Broker) -> None:
    assert not press(account, Actor(alice)).degraded


def test_the_frequency_is_changed_and_written_down(account: Connection, alice: User) -> None:
    actions.set_frequency(account, Actor(alice), "realtime", now=NOON)
    assert telemetry(account).sync_frequency == "realtime"
    event = AuditEvent.objects.get()
    assert (event.before, event.after) == ({"sync_frequency": "manual"}, {"sync_frequency": "realtime"})


def test_an_unknown_frequency_changes_nothing(account: Connection, alice: User) -> None:
    with pytest.raises(ValueError, match="weekly"):
        actions.set_frequency(account, Actor(alice), "weekly", now=NOON)
    assert ConnectionSync.objects.get().sync_frequency == "manual"
    assert not AuditEvent.objects.exists()


def test_what_follows_a_running_job_is_its_askers_own(
    account: Connection, watch: Watch, alice: User, bob: User, broker: Broker
) -> None:
    first = actions.sync_now(account, Actor(alice), now=watch.now).job
    asked = Scope(("account_days",), since=FIRST_DAY, until=FIRST_DAY)
    joined = actions.sync_now(account, Actor(bob), now=watch.now, scope=asked)
    assert (joined.job.pk, joined.deduplicated) == (first.pk, True)
    assert written_down() == [("alice@example.com", "sync started"), ("bob@example.com", "sync started")]
    assert AuditEvent.objects.latest("pk").after == {"job": str(first.pk)} | asked.as_json()
    drain(watch)
    (followed,) = SyncJob.objects.filter(follows=first)
    assert (followed.user, followed.trigger, followed.status) == (bob, "user", "completed")


def test_no_more_than_a_few_requests_wait_for_a_running_job(account: Connection, alice: User, broker: Broker) -> None:
    press(account, Actor(alice))
    days = [NOON.date() - timedelta(days=back) for back in range(scheduler.MOST_TO_FOLLOW + 1)]
    for day in days[:-1]:
        press(account, Actor(alice), streams=("account_days",), since=day, until=day)
    with pytest.raises(scheduler.NotRunnable, match="Too much is waiting for the running sync to end"):
        press(account, Actor(alice), streams=("account_days",), since=days[-1], until=days[-1])
    assert len(SyncJob.objects.get().rerun) == scheduler.MOST_TO_FOLLOW


def test_a_request_that_was_under_way_when_the_connection_was_removed_starts_nothing(
    account: Connection, alice: User, broker: Broker
) -> None:
    seen_before = Connection.objects.select_related("credential", "sync").get(pk=account.pk)
    actions.remove(account, Actor(alice), now=NOON)
    with pytest.raises(scheduler.NotRunnable, match="This connection was removed"):
        press(seen_before, Actor(alice))
    removed_at = Connection.objects.get(pk=account.pk).removed_at
    actions.remove(seen_before, Actor(alice), now=NOON + timedelta(minutes=1))
    assert Connection.objects.get(pk=account.pk).removed_at == removed_at
    assert [action for _, action in written_down()] == ["connection removed"]

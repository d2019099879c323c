"""Google counts operations by the Cloud project: one budget for all connections, and one pause when it is used up."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import User

from connections.access import Actor
from connections.models import Connection
from connections.providers.google_ads.sandbox.world import MANAGER, Customer
from connections.sandbox.calls import busiest
from connections.sandbox.server import SandboxServer
from syncing import actions, explaining, pacing, runner, scheduler
from syncing.models import Bucket, ConnectionSync, SyncJob
from syncing.scheduler.known import known_of
from tests.fixtures.engine import sync, telemetry
from tests.fixtures.sandbox import SharedClock
from tests.syncing.google_ads.customer import Haste, connected, questions, same_ids, stored, true
from tests.syncing.google_ads.manager import OPENED, YESTERDAY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

TOLD = timedelta(seconds=40_591)
A_DAY, AN_HOUR = 2_880, 120
SHOPS = ("5550000001", "5550000002", "5550000003")


@pytest.fixture
def shops(
    sandbox: SandboxServer, clock: SharedClock, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> list[Connection]:
    """Three customers of one project with the lowest access level, each read once."""
    google = {**settings.PROVIDERS["google_ads"], "access_level": "explorer"}
    settings.PROVIDERS = {**settings.PROVIDERS, "google_ads": google}
    same_ids(monkeypatch)
    world = sandbox.google_ads.customers
    for number in SHOPS:
        world[number] = Customer(number, f"Shop {number[-1]}", opened=OPENED, campaigns=2, groups=1, ads=1)
    world[MANAGER].below += SHOPS
    found = [connected(clock.now, number) for number in SHOPS]
    Connection.objects.update(opened_date=OPENED)  # nothing is before
    for connection in found:
        assert sync(connection, clock, recent=True).status == SyncJob.Status.COMPLETED
    clock.move(hours=2)
    return found


def paced(connections: list[Connection], frequency: ConnectionSync.Frequency, now: datetime) -> None:
    for connection in connections:
        ConnectionSync.set_frequency(connection.pk, frequency)
    scheduler.reschedule([connection.pk for connection in connections], now)


def work(clock: SharedClock, until: datetime, *, every: timedelta) -> None:
    """The scheduler's looks and the workers' rounds."""
    while clock.now < until:
        at = clock.now
        scheduler.enqueue_due(at)
        runner.run_ready(until=at + timedelta(seconds=10), clock=clock, stop=Haste(clock))
        clock.move(seconds=max(0.0, (min(at + every, until) - clock.now).total_seconds()))


def newest(connection: Connection) -> SyncJob:
    return SyncJob.objects.filter(connection=connection).latest("created_at")


def recorded(recordings_dir: Path) -> dict[str, Any]:
    (path,) = (recordings_dir / "google_ads" / "errors").glob("quota*.json")
    found: dict[str, Any] = orjson.loads(path.read_bytes())["error"]["details"][0]
    return found


@pytest.mark.spec("A43")
def test_the_recorded_limit_parks_all_of_the_project_until_its_time(
    shops: list[Connection], sandbox: SandboxServer, clock: SharedClock, recordings_dir: Path, alice: User
) -> None:
    fault = {"kind": "error", "status": "RESOURCE_EXHAUSTED", "body": recorded(recordings_dir), "times": 1}
    sandbox.google_ads.faults.add(fault)
    sandbox.google_ads.calls.clear()
    paced(shops, ConnectionSync.Frequency.HALF_HOURLY, clock.now)
    while not questions(sandbox):
        work(clock, clock.now + timedelta(minutes=1), every=timedelta(minutes=1))
    assert len(questions(sandbox)) == 1
    until = Bucket.objects.get(blocked_until__isnull=False).blocked_until
    assert until
    assert timedelta(0) <= questions(sandbox)[0].at + TOLD - until < timedelta(minutes=1)

    work(clock, clock.now + timedelta(hours=2), every=timedelta(minutes=10))
    for connection in shops:
        answer = explaining.explain(Connection.objects.get(pk=connection.pk), "campaign_metrics", clock.now).answer
        assert answer.headline.code == "quiet"
        assert "Cloud project has used up its Google Ads operations" in answer.headline.sentence
        assert [(each.label, each.at) for each in answer.headline.moments] == [("goes on", until)]
        actions.sync_now(connection, Actor(alice), now=clock.now)
    work(clock, until, every=timedelta(minutes=20))
    assert len(questions(sandbox)) == 1, "it was asked before the told time"
    for connection in shops:
        assert newest(connection).is_active
        assert telemetry(connection).not_before == until
        assert "Cloud project" in telemetry(connection).not_before_reason

    work(clock, until + timedelta(minutes=1), every=timedelta(seconds=30))
    for number, connection in zip(SHOPS, shops, strict=True):
        assert newest(connection).status == SyncJob.Status.COMPLETED
        assert set(newest(connection).chunks.values_list("retry_count", flat=True)) == {0}
        assert stored(connection, OPENED, YESTERDAY) == true(sandbox, number, OPENED, YESTERDAY)


@pytest.mark.spec("A41", "A43")
def test_three_that_want_every_30_seconds_share_the_operations_of_the_project(
    shops: list[Connection], sandbox: SandboxServer, clock: SharedClock
) -> None:
    sandbox.google_ads.quota.per_day = A_DAY
    sandbox.google_ads.calls.clear()
    paced(shops, ConnectionSync.Frequency.REALTIME, clock.now)
    begin = clock.now
    work(clock, begin + timedelta(minutes=75), every=timedelta(seconds=30))
    asked = [question.at for question in questions(sandbox)]
    assert busiest(asked) <= AN_HOUR * 0.8, "work that nobody waits for leaves some to whom somebody waits for"
    assert len(asked) > 60, "what is allowed is used"
    assert not Bucket.objects.filter(blocked_until__isnull=False).exists(), "Google had to refuse"
    each = [sum(question.scope == number for question in questions(sandbox)) for number in SHOPS]
    assert max(each) <= 2 * min(each), "none is left behind"
    for connection in shops:
        found = pacing.paces([known_of(connection).connection], {}, clock.now)[connection.pk]
        assert found.runs
        assert found.runs > 120
        assert "96 calls an hour are allowed" in found.sentence
        assert "beside all else that is read with them" in found.sentence

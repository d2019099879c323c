"""One manager account with 40 customers: 36 are read, 4 say why not, and none waits for another."""

from datetime import datetime
from typing import Any

import pytest

from connections import asking
from connections.accounts import connect_all
from connections.models import Connection, Workspace
from connections.providers.google_ads.sandbox.world import MANAGER
from connections.sandbox.server import SandboxServer
from connections.sources import AccountChoice
from projects.models import Campaign
from syncing import scheduler
from syncing.models import ConnectionSync, SyncJob
from tests.fixtures.engine import telemetry
from tests.fixtures.sandbox import SharedClock, demo_account
from tests.syncing.google_ads.customer import configure, pass_time, stored, true
from tests.syncing.google_ads.manager import OPENED, YESTERDAY, Below, forty_customers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def below(sandbox: SandboxServer, settings: Any) -> Below:
    configure(settings, access_level="basic")
    return forty_customers(sandbox)


def choices(clock: SharedClock) -> dict[str, AccountChoice]:
    """What people choose from."""
    found = asking.choices("google_ads", dict(demo_account("google_ads").secrets), now=clock.now)
    return {each.account.external_id: each for each in found}


def connected(clock: SharedClock) -> dict[str, Connection]:
    """All that can be chosen, by their numbers."""
    workspace = Workspace.objects.create(name="An agency")
    numbers = [number for number, choice in choices(clock).items() if not choice.refusal]
    secrets = dict(demo_account("google_ads").secrets)
    made = connect_all(workspace, "google_ads", numbers, secrets, now=clock.now, start_sync=False)
    found = {each.connection.external_account_id: each.connection for each in made}
    Connection.objects.filter(workspace=workspace).update(opened_date=OPENED)  # nothing is before
    for connection in found.values():
        ConnectionSync.set_frequency(connection.pk, "30min")
        scheduler.enqueue_first(connection, now=clock.now, trigger="command")
    scheduler.reschedule([connection.pk for connection in found.values()], clock.now)
    return found


def first_since(connection: Connection, moment: datetime) -> SyncJob:
    return SyncJob.objects.filter(connection=connection, created_at__gte=moment).earliest("created_at")


def suspended(sandbox: SandboxServer, number: str) -> None:
    sandbox.google_ads.customers[number].change(status="SUSPENDED")


def shut_out(sandbox: SandboxServer, number: str) -> None:
    manager = sandbox.google_ads.customers[MANAGER]
    manager.below = tuple(each for each in manager.below if each != number)


def test_36_can_be_chosen_and_4_say_why_not(below: Below, clock: SharedClock) -> None:
    found = choices(clock)
    assert {number for number, choice in found.items() if not choice.refusal} == set(below.opened)
    assert len(below.opened) == 36
    said = {number: found[number].refusal for number in (*below.off, below.invited)}
    words = ("It was cancelled", "Google has suspended it", "It is closed for good", "has not accepted")
    assert [word in text for word, text in zip(words, said.values(), strict=True)] == [True] * 4
    assert found.keys() - said.keys() - set(below.opened) == {MANAGER}


def test_all_36_are_read_and_those_that_are_shut_later_say_why_and_delay_no_other(
    below: Below, sandbox: SandboxServer, clock: SharedClock
) -> None:
    connections, begin = connected(clock), clock.now
    assert connections.keys() == set(below.opened)
    pass_time(clock, minutes=5)
    for number, connection in connections.items():
        job = first_since(connection, begin)
        assert (job.status, job.error) == (SyncJob.Status.COMPLETED, "")
        assert Campaign.objects.filter(connection=connection).count() == 2
        assert stored(connection, OPENED, YESTERDAY) == true(sandbox, number, OPENED, YESTERDAY)

    off, without_access = below.opened[0], below.opened[17]
    suspended(sandbox, off)
    shut_out(sandbox, without_access)
    shut_at = clock.now
    pass_time(clock, minutes=40)
    said = {number: telemetry(connection).last_sync_error for number, connection in connections.items()}
    assert "This Google Ads account is not open." in said.pop(off)
    assert "This login may not read the Google Ads account." in said.pop(without_access)
    assert set(said.values()) == {""}
    for number in said:
        job = first_since(connections[number], shut_at)
        assert job.status == SyncJob.Status.COMPLETED
        assert job.closed_at == job.created_at, f"{number} had to wait"
    for number in (off, without_access):
        assert first_since(connections[number], shut_at).status == SyncJob.Status.FAILED
        assert telemetry(connections[number]).last_sync_remedy

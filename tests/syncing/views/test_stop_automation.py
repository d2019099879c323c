"""Stop all automation: a page that says what happens then, and a button that does it."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from connections.models import AuditEvent, Connection, Membership, Workspace
from syncing import scheduler
from syncing.models import ConnectionSync, SyncJob
from tests.fixtures.people import make_person
from tests.fixtures.synced import make_connection, make_job

SignIn = Callable[[User], Client]
ADDRESS = reverse("stop_automation")


@pytest.fixture
def scheduled(workspace: Workspace, strange_workspace: Workspace, now: datetime) -> list[Connection]:
    """An hourly one and a realtime one of Alice's, a manual one of hers, and an hourly one of somebody else's."""
    mine = [(workspace, "hourly"), (workspace, "realtime"), (workspace, "manual"), (strange_workspace, "hourly")]
    made = [make_connection(place, frequency, sync={"sync_frequency": frequency}) for place, frequency in mine]
    scheduler.reschedule([each.pk for each in made], now)
    return made


def frequencies() -> list[str]:
    return list(ConnectionSync.objects.order_by("connection__name").values_list("sync_frequency", flat=True))


def test_the_page_says_what_happens_and_changes_nothing(
    alice: User, scheduled: list[Connection], signed_in: SignIn
) -> None:
    page = signed_in(alice).get(ADDRESS).content.decode()
    assert "2 of 3 accounts follow a schedule now" in page
    assert "Sync now still works" in page
    assert "BACKGROUND_SYNC_ENABLED=false" in page
    assert frequencies() == ["hourly", "hourly", "manual", "realtime"]
    assert not AuditEvent.objects.exists()


@pytest.mark.spec("A85")
def test_everything_of_ones_own_is_manual_and_nothing_is_due_any_more(
    alice: User, scheduled: list[Connection], now: datetime, signed_in: SignIn
) -> None:
    running = make_job(scheduled[0], now, SyncJob.Status.IN_PROGRESS)
    client = signed_in(alice)
    page = client.post(ADDRESS, follow=True).content.decode()
    assert "2 accounts set to manual. Nothing starts by itself any more; Sync now still works." in page
    *mine, theirs = scheduled
    assert [ConnectionSync.objects.get(pk=each.pk).sync_frequency for each in mine] == ["manual"] * 3
    assert ConnectionSync.objects.get(pk=theirs.pk).sync_frequency == "hourly"
    due = [each.pk for each in scheduled if each.schedules.filter(next_due_at__isnull=False).exists()]
    assert due == [theirs.pk]
    events = AuditEvent.objects.order_by("target_name").values_list("action", "before", "after")
    manual = {"sync_frequency": "manual"}
    assert list(events) == [
        ("frequency changed", {"sync_frequency": "hourly"}, manual),
        ("frequency changed", {"sync_frequency": "realtime"}, manual),
    ]
    running.refresh_from_db()
    assert running.is_active
    assert scheduler.enqueue_due(now).jobs == 1  # theirs
    client.post(ADDRESS)
    assert AuditEvent.objects.count() == 2


@pytest.mark.spec("A85")
def test_the_settings_lead_there_and_say_how_to_stop_the_scheduler(
    alice: User, bob: User, connection: Connection, signed_in: SignIn
) -> None:
    page = signed_in(alice).get("/settings").content.decode()
    assert f'href="{ADDRESS}"' in page
    assert "To stop the scheduler itself" in page
    assert f'href="{ADDRESS}"' not in signed_in(bob).get("/settings").content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_may_not_changes_nothing(
    method: str, bob: User, charlie: User, connection: Connection, signed_in: SignIn
) -> None:
    """Charlie runs a workspace of his own, in which there is nothing to stop."""
    codes = [getattr(signed_in(each), method)(ADDRESS).status_code for each in (bob, charlie)]
    assert codes == [403, 200 if method == "get" else 302]
    assert frequencies() == ["hourly"]


def test_an_admin_may(workspace: Workspace, connection: Connection, signed_in: SignIn) -> None:
    assert signed_in(make_person("ada", workspace, Membership.Role.ADMIN)).post(ADDRESS).status_code == 302
    assert frequencies() == ["manual"]

"""Pages say their times in the workspace's zone, with UTC beside it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from connections.models import Connection, Workspace
from syncing.models import ConnectionSync


def test_the_exact_time_is_the_workspaces_and_utc(
    alice: User, connection: Connection, signed_in: Callable[[User], Client]
) -> None:
    moment = datetime(2026, 1, 15, 11, 30, tzinfo=UTC)
    ConnectionSync.objects.filter(connection=connection).update(last_sync_completed_at=moment)
    page = signed_in(alice).get("/").content.decode()
    assert 'datetime="2026-01-15T11:30:00Z" title="15 Jan 2026, 12:30:00 CET · 15 Jan 2026, 11:30:00 UTC"' in page
    assert "Times are in C" in page


def test_an_unknown_zone_is_utc(alice: User, connection: Connection, signed_in: Callable[[User], Client]) -> None:
    Workspace.objects.update(timezone="Middle/Earth")
    assert "Times are in UTC" in signed_in(alice).get("/").content.decode()


def test_the_zone_ends_with_the_page(alice: User, signed_in: Callable[[User], Client]) -> None:
    signed_in(alice).get("/")
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize("days", [0, 400])
def test_the_time_tag_has_its_words(
    days: int, alice: User, connection: Connection, now: datetime, signed_in: Callable[[User], Client]
) -> None:
    ConnectionSync.objects.update(last_sync_completed_at=now - timedelta(days=days))
    page = signed_in(alice).get("/").content.decode()
    assert ("1 year ago" if days else "just now") in page

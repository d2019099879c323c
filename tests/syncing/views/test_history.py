"""The history of all syncs: which are listed, what is said of each, and how well they go."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from connections.models import Connection, Workspace
from syncing.models import SyncChunk, SyncJob
from syncing.status import success
from tests.fixtures.synced import make_chunk, make_connection, make_job

SignIn = Callable[[User], Client]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Status = SyncJob.Status


def page_of(client: Client, **asked: Any) -> str:
    answer = client.get("/history/", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def rows(page: str, title: str = "jobs-title") -> list[str]:
    """What one reads in each line of the table under this heading."""
    table = page.partition(f'id="{title}"')[2].partition("</section>")[0].partition("<tbody")[2]
    lines = re.findall(r"<tr role=\"row\">(.*?)</tr>", table, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", line)).split()) for line in lines]


@pytest.fixture
def other(workspace: Workspace) -> Connection:
    return make_connection(workspace, "Bluebird")


@pytest.mark.spec("T81")
def test_the_syncs_of_all_accounts_are_listed_newest_first(
    alice: User, connection: Connection, other: Connection, now: datetime, signed_in: SignIn
) -> None:
    figures: dict[str, Any] = {"total_chunks": 12, "completed_chunks": 12}
    figures |= {"records_created": 1234, "records_updated": 56}
    make_job(connection, now - 3 * HOUR, user=alice, sync_type="manual", **figures)
    failed = {"total_chunks": 9, "completed_chunks": 7, "failed_chunks": 2, "error": "2 of 9 chunks failed."}
    job = make_job(other, now - 2 * HOUR, Status.COMPLETED_WITH_FAILURES, trigger="schedule", **failed)
    make_job(other, now, Status.IN_PROGRESS, lane="backfill", progress_percentage=43, total_chunks=4)
    page = page_of(signed_in(alice))
    assert rows(page) == [
        "just now Bluebird Syncing Backfill of history by a person 0 of 4 0 0 43 %",
        "2 hours ago Bluebird Partly failed 2 of 9 chunks failed. Sync by the schedule 7 of 9 2 failed 0 0 1 min",
        "3 hours ago Alpine Outfitters CH Completed Sync now by alice@example.com 12 of 12 1 234 56 1 min",
    ]
    assert f"/jobs/{job.pk}/" in page


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ({}, 5),
        ({"state": "running"}, 1),
        ({"state": "failed"}, 2),
        ({"state": "completed"}, 1),
        ({"state": "cancelled"}, 1),
        ({"phase": "recent_90_days"}, 1),
        ({"phase": "historical_backfill"}, 1),
        ({"phase": "none"}, 3),
        ({"phase": "none", "state": "failed"}, 1),
        ({"state": "x", "phase": "x", "since": "x", "connection": "x", "before": "x"}, 5),
        ({"since": "0001-01-01"}, 5),
        ({"since": "2026-02-31"}, 5),
        ({"since": "9999-12-31"}, 0),
        ({"connection": "00000000-0000-0000-0000-000000000000"}, 0),
    ],
    ids=str,
)
def test_filters_choose_what_is_listed(
    asked: dict[str, str], listed: int, alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    make_job(connection, now, Status.PENDING)
    make_job(connection, now - HOUR, Status.FAILED)
    make_job(connection, now - HOUR, Status.COMPLETED_WITH_FAILURES, sync_phase="historical_backfill")
    make_job(connection, now - HOUR, Status.COMPLETED, sync_phase="recent_90_days")
    make_job(connection, now - HOUR, Status.CANCELLED)
    assert len(rows(page_of(signed_in(alice), **asked))) == listed


def test_one_account_and_since_a_day_of_the_workspace(
    alice: User, connection: Connection, other: Connection, now: datetime, signed_in: SignIn
) -> None:
    make_job(connection, now - 3 * DAY)
    make_job(connection, now - HOUR)
    make_job(other, now - HOUR)
    page = page_of(signed_in(alice), connection=str(connection.pk))
    assert len(rows(page)) == 2
    assert f'<option value="{connection.pk}" selected>' in page
    today = (now - HOUR).astimezone(connection.workspace.zone).date()
    assert len(rows(page_of(signed_in(alice), connection=str(connection.pk), since=today.isoformat()))) == 1


def test_pages_keep_their_filters(alice: User, connection: Connection, now: datetime, signed_in: SignIn) -> None:
    for number in range(120):
        make_job(connection, now - number * HOUR, total_chunks=number)
    make_job(connection, now, Status.FAILED)
    client, seen, address = signed_in(alice), [], "/history/?state=completed"
    while address:
        page = client.get(address).content.decode()
        seen += [line.partition(" of ")[2].split()[0] for line in rows(page)]
        older = re.search(r'href="(\?[^"]+)">Older', page)
        address = f"/history/{unescape(older[1])}" if older else ""
    assert seen == [str(number) for number in range(120)]


def test_strangers_see_their_own_only(
    charlie: User, strange_workspace: Workspace, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    job = make_job(connection, now, records_created=1)
    make_chunk(job, 0, "campaigns")
    page = page_of(signed_in(charlie))
    assert "Nothing was synced yet" in page
    assert connection.name not in page
    assert rows(page, "success-title") == []
    mine = make_connection(strange_workspace, "Cocoa")
    make_job(mine, now)
    assert "No sync matches" in page_of(signed_in(charlie), connection=str(connection.pk))
    assert len(rows(page_of(signed_in(charlie)))) == 1


@pytest.mark.spec("T82")
def test_share_of_successes_average_and_slow_ones_of_syncs_and_object_types(
    alice: User, connection: Connection, other: Connection, now: datetime, signed_in: SignIn
) -> None:
    for number in range(1, 21):
        status = Status.FAILED if number == 20 else Status.COMPLETED
        begun = now - number * HOUR
        job = make_job(connection, begun, status, started_at=begun, closed_at=begun + timedelta(seconds=10 * number))
        ended = SyncChunk.Status.FAILED if number > 15 else SyncChunk.Status.COMPLETED
        make_chunk(job, 0, "campaigns", ended, actual_duration_seconds=number)
    make_chunk(job, 1, "ads", actual_duration_seconds=2.5)
    make_chunk(job, 2, "ads", SyncChunk.Status.PENDING)
    make_job(connection, now, Status.CANCELLED)
    make_job(connection, now - 15 * DAY, Status.FAILED)
    make_chunk(make_job(other, now - 8 * DAY), 0, "ads", SyncChunk.Status.FAILED, created_at=now - 8 * DAY)
    page = page_of(signed_in(alice))
    assert rows(page, "success-title") == [
        "Meta Ads: whole syncs 21 syncs 95.2 % 1 min 42 s 3 min 10 s",
        "Ads 1 chunk 100.0 % 2.5 s 2.5 s",
        "Campaigns 20 chunks 75.0 % 10 s 19 s",
    ]
    assert "whole syncs of the last 14 days, object types of the last 7" in page
    of_one = rows(page_of(signed_in(alice), connection=str(other.pk)), "success-title")
    assert of_one == ["Meta Ads: whole syncs 1 sync 100.0 % 1 min 1 min"]


def test_the_window_is_as_long_as_all_of_it_is_kept_and_thirty_days_at_most(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn, settings: Any
) -> None:
    make_chunk(make_job(connection, now - 29 * DAY), 0, "ads", created_at=now - 29 * DAY)
    make_job(connection, now - 31 * DAY)
    settings.KEEP_DAYS = settings.KEEP_DAYS | {"chunks": 90, "quiet jobs": 90}
    page = page_of(signed_in(alice))
    assert "whole syncs of the last 30 days, object types of the last 30" in page
    assert [line.partition("% ")[0] for line in rows(page, "success-title")] == [
        "Meta Ads: whole syncs 1 sync 100.0 ",
        "Ads 1 chunk 100.0 ",
    ]


def test_no_more_than_the_newest_are_reckoned_with(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(success, "MOST", 3)
    for number in range(5):
        make_chunk(make_job(connection, now - number * HOUR), 0, "ads")
    assert [line.partition(" 100.0")[0].split()[-2:] for line in rows(page_of(signed_in(alice)), "success-title")] == [
        ["3", "syncs"],
        ["3", "chunks"],
    ]


def test_many_syncs_and_accounts_cost_no_more_queries(
    alice: User,
    workspace: Workspace,
    now: datetime,
    signed_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(12):
        for hours in range(6):
            make_chunk(make_job(make_connection(workspace, f"Account {number}-{hours}"), now - hours * HOUR), 0, "ads")
    client = signed_in(alice)
    with django_assert_max_num_queries(10):  # one of them for the badge, one for the navigation
        assert len(rows(page_of(client))) == 50

"""The timeline of a connection: what happened, who did it, in which order, and only for those who may see it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connections import accounts, audit
from connections.access import Actor
from connections.models import AuditEvent, Connection, Membership, Workspace
from syncing import actions
from syncing.models import ConnectionSync, Decision, SyncJob
from tests.fixtures.people import make_person
from tests.fixtures.synced import SECRET, make_connection, make_job

SignIn = Callable[[User], Client]
HOUR = timedelta(hours=1)


def page_of(client: Client, connection: Connection, **asked: str) -> str:
    answer = client.get(reverse("timeline", args=[connection.pk]), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def items(client: Client, connection: Connection, **asked: str) -> list[str]:
    """What one reads in each line."""
    page = page_of(client, connection, **asked)
    found = re.search(r'<ol class="timeline">(.*?)</ol>', page, re.DOTALL)
    lines = re.findall(r"<li>(.*?)</li>", found[1], re.DOTALL) if found else []
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", line)).split()) for line in lines]


def hold_back(connection: Connection, at: datetime, verdict: str = "budget") -> None:
    Decision.objects.create(
        connection=connection, stream="ads", decided_at=at, verdict=verdict, reason="178 of 180 calls are used."
    )


def test_what_people_do_is_told_with_who_did_it(
    alice: User, bob: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    actions.set_frequency(connection, Actor(bob), "daily", now=now - 5 * HOUR)
    accounts.change(connection, Actor(alice), now=now - 4 * HOUR, paused=True)
    accounts.change(connection, Actor(alice), now=now - 3 * HOUR, paused=False, name="Bluebird")
    started = actions.sync_now(connection, Actor(bob), now=now - 2 * HOUR)
    audit.record("a command", "connection renewed", connection, workspace=connection.workspace, now=now - HOUR)
    audit.record(Actor(bob), "history asked for", connection, workspace=connection.workspace, now=now)
    assert items(signed_in(alice), connection, only="people") == [
        "just now Change History asked for bob@example.com",
        "1 hour ago Change Connected the account again a command",
        "2 hours ago Change Asked for a sync bob@example.com",
        "3 hours ago Change Resumed it and renamed it from Alpine Outfitters CH to Bluebird alice@example.com",
        "4 hours ago Change Paused it alice@example.com",
        "5 hours ago Change Set the frequency from Hourly to Daily bob@example.com",
    ]
    assert reverse("job", args=[started.job.pk]) in page_of(signed_in(alice), connection, only="people")


@pytest.mark.spec("T81")
def test_all_kinds_stand_in_one_order_newest_first(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    actions.set_frequency(connection, Actor(alice), "daily", now=now - 6 * HOUR)
    make_job(connection, now - 5 * HOUR, user=alice, sync_type="manual", records_created=1234, records_updated=5)
    failed = {"error": "2 of 9 chunks failed.", "failed_chunks": 2, "total_chunks": 9, "trigger": "schedule"}
    make_job(connection, now - 4 * HOUR, SyncJob.Status.COMPLETED_WITH_FAILURES, **failed)
    hold_back(connection, now - 3 * HOUR)
    ended = {"phase_1_completed_at": now - 2 * HOUR, "phase_2_completed_at": now - HOUR}
    ConnectionSync.objects.filter(connection=connection).update(**ended)
    make_job(connection, now, SyncJob.Status.IN_PROGRESS, progress_percentage=40, lane="backfill")
    assert items(signed_in(alice), connection) == [
        "just now Syncing Backfill of history by a person 40 % done",
        "1 hour ago Complete All history is read",
        "2 hours ago Complete The recent days are read",
        "3 hours ago Held back Ads the schedule 178 of 180 calls are used.",
        (
            "4 hours ago Partly failed Sync by the schedule 0 created, 0 updated, 0 unchanged; 2 of 9 chunks failed; "
            "took 1 min 2 of 9 chunks failed."
        ),
        "5 hours ago Completed Sync now by alice@example.com 1 234 created, 5 updated, 0 unchanged; took 1 min",
        "6 hours ago Change Set the frequency from Hourly to Daily alice@example.com",
    ]


@pytest.mark.parametrize(
    ("only", "shown"),
    [("", 4), ("people", 1), ("syncs", 2), ("problems", 2), ("nonsense", 4)],
)
def test_chips_choose_what_is_listed(
    only: str, shown: int, alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    actions.set_frequency(connection, Actor(alice), "daily", now=now)
    make_job(connection, now, records_created=1)
    make_job(connection, now - HOUR, SyncJob.Status.FAILED)
    hold_back(connection, now)
    assert len(items(signed_in(alice), connection, only=only)) == shown


def test_what_started_is_no_problem(alice: User, connection: Connection, now: datetime, signed_in: SignIn) -> None:
    hold_back(connection, now, "started")
    assert items(signed_in(alice), connection) == []
    assert "Nothing of this kind is known" in page_of(signed_in(alice), connection)


def test_quiet_syncs_of_the_schedule_are_one_line(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    for minutes in range(5, 12):
        make_job(connection, now - timedelta(minutes=minutes), trigger="schedule")
    make_job(connection, now - HOUR, records_updated=1, trigger="schedule")
    make_job(connection, now - 2 * HOUR, trigger="schedule")
    lines = items(signed_in(alice), connection)
    assert len(lines) == 3
    assert "7 syncs in which nothing differed by the schedule, since " in lines[0]
    assert "Nothing differed, so nothing was written" in lines[2]


def test_pages_go_on_where_the_one_before_ended_and_lose_nothing(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    """Also where many things happened at one moment."""
    client = signed_in(alice)
    for number in range(120):
        at = now - timedelta(minutes=number // 8)
        make_job(connection, at, records_created=number + 1)
        audit.record(Actor(alice), f"deed {number}", connection, workspace=connection.workspace, now=at)
    seen, page = [], page_of(client, connection)
    while True:
        seen += re.findall(r"Deed \d+|(?<=<p class=\"small-print\">)\d+ created", page)
        older = re.search(r'href="\?before=([^"]+)">Earlier', page)
        if not older:
            break
        page = client.get(f"{reverse('timeline', args=[connection.pk])}?before={older[1]}").content.decode()
        assert ">Newest<" in page
    assert len(seen) == len(set(seen)) == 240


@pytest.mark.parametrize("before", ["x", "0001-01-01T00:00:00+14:00", "2026-13-01", "\0"])
def test_a_place_that_makes_no_sense_means_the_newest(
    before: str, alice: User, synced: Connection, signed_in: SignIn
) -> None:
    assert items(signed_in(alice), synced, before=before) == items(signed_in(alice), synced)


def test_many_events_cost_no_more_queries(
    alice: User,
    connection: Connection,
    now: datetime,
    signed_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(60):
        at = now - number * HOUR
        make_job(connection, at, user=alice, records_created=1)
        hold_back(connection, at)
        audit.record(Actor(alice), "sync started", connection, workspace=connection.workspace, now=at)
    client = signed_in(alice)
    with django_assert_max_num_queries(10):
        page_of(client, connection)


def test_only_its_own_events_are_told(
    alice: User, workspace: Workspace, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    other = make_connection(workspace, "Other")
    make_job(other, now, records_created=1)
    hold_back(other, now)
    audit.record(Actor(alice), "sync started", other, workspace=workspace, now=now)
    AuditEvent.objects.create(workspace_id=0, at=now, actor="x", action="y", target=f"connection {connection.pk}")
    assert items(signed_in(alice), connection) == []


def test_a_viewer_reads_it_and_a_stranger_learns_nothing(
    workspace: Workspace, charlie: User, synced: Connection, signed_in: SignIn
) -> None:
    viewer = make_person("vera", workspace, Membership.Role.VIEWER)
    assert items(signed_in(viewer), synced)
    assert SECRET not in page_of(signed_in(viewer), synced)
    assert signed_in(charlie).get(reverse("timeline", args=[synced.pk])).status_code == 404


def test_the_page_of_the_connection_leads_there(alice: User, synced: Connection, signed_in: SignIn) -> None:
    page = signed_in(alice).get(reverse("connection", args=[synced.pk])).content.decode()
    assert f'href="{reverse("timeline", args=[synced.pk])}"' in page
    assert f'href="{reverse("history")}?connection={synced.pk}"' in page

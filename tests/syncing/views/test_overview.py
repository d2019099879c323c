"""The list of connections."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from connections.models import Connection, Membership, Workspace
from syncing import scheduler
from syncing.models import ConnectionSync, SchedulerHeartbeat, SyncJob
from tests.fixtures.people import make_person
from tests.fixtures.synced import SECRET, make_connection, make_job
from tests.syncing.views.test_settings import make_many

SignIn = Callable[[User], Client]


def page_of(client: Client, **asked: str) -> str:
    answer = client.get("/", asked)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.spec("A81")
def test_each_row_tells_when_it_was_checked_and_when_it_changed(
    alice: User, synced: Connection, signed_in: SignIn
) -> None:
    page = " ".join(page_of(signed_in(alice)).split())
    assert "<dt>checked</dt><dd><time" in page
    assert page.index("2 minutes ago") < page.index("<dt>changed</dt>") < page.index("15 minutes ago")
    assert "45 attempts | 12 changes (26.7%)" in page
    assert "Last 1 syncs: 1 brought changes" in page


def test_a_team_mate_sees_the_same(bob: User, synced: Connection, signed_in: SignIn) -> None:
    assert synced.name in page_of(signed_in(bob))


def test_a_stranger_sees_what_to_do_first_and_nothing_of_others(
    charlie: User, synced: Connection, signed_in: SignIn
) -> None:
    page = page_of(signed_in(charlie))
    assert synced.name not in page
    assert "No account is connected yet" in page


@pytest.mark.django_db
def test_who_is_not_signed_in_is_asked_to(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/sign-in/?next=/"


def test_a_dead_login_is_the_first_thing_one_reads(alice: User, connection: Connection, signed_in: SignIn) -> None:
    connection.credential.mark_dead("The password was changed.")
    page = page_of(signed_in(alice))
    assert "1 account, 1 needs you" in page
    assert page.index("The password was changed.") < page.index("<table")
    assert "Needs reconnecting" in page


def test_a_hostile_name_is_text(alice: User, workspace: Workspace, signed_in: SignIn) -> None:
    make_connection(workspace, "<img src=x onerror=alert(1)>{{7*7}}\u202e")
    page = page_of(signed_in(alice))
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;{{7*7}}" in page


def test_no_secret_is_on_the_page(alice: User, connection: Connection, signed_in: SignIn) -> None:
    page = page_of(signed_in(alice))
    assert SECRET not in page
    assert connection.credential.ciphertext not in page


def test_ten_connections_cost_no_more_queries_than_one(
    alice: User,
    workspace: Workspace,
    now: datetime,
    signed_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(10):
        made = make_connection(workspace, f"Account {number}")
        for hours in range(20):
            make_job(made, now - timedelta(hours=hours), SyncJob.Status.COMPLETED)
    client = signed_in(alice)
    with django_assert_max_num_queries(22):
        page = page_of(client)
    assert page.count("Last 14 syncs: 14 found nothing new") == 10


def test_the_page_is_answered_under_a_strict_policy(alice: User, signed_in: SignIn) -> None:
    answer = signed_in(alice).get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "style=" not in answer.content.decode()
    assert "onclick" not in answer.content.decode()


def test_each_account_has_its_sync_now_for_who_may_press_it(
    bob: User, workspace: Workspace, connection: Connection, signed_in: SignIn
) -> None:
    viewer = make_person("vera", workspace, Membership.Role.VIEWER)
    address = f'action="/connections/{connection.pk}/sync/"'
    assert address in page_of(signed_in(bob))
    assert address not in page_of(signed_in(viewer))


def test_who_may_connect_accounts_is_offered_to(alice: User, bob: User, signed_in: SignIn) -> None:
    assert "Connect an account" in page_of(signed_in(alice))
    assert "Connect an account" not in page_of(signed_in(bob))


def test_the_list_is_narrowed_by_state_and_words(alice: User, workspace: Workspace, signed_in: SignIn) -> None:
    make_connection(workspace, "Alpine", paused=True)
    make_connection(workspace, "Baltic", sync={"sync_status": "syncing"})
    make_connection(workspace, "Celtic").credential.mark_dead("Gone.")
    client = signed_in(alice)
    rows = {
        state: rows_of(page_of(client, state=state)) for state in ("", "paused", "running", "needs-you", "nonsense")
    }
    assert rows == {
        "": ["Alpine", "Baltic", "Celtic"],
        "paused": ["Alpine"],
        "running": ["Baltic"],
        "needs-you": ["Celtic"],
        "nonsense": ["Alpine", "Baltic", "Celtic"],
    }
    assert rows_of(page_of(client, q="ALT")) == ["Baltic"]
    assert "No account matches" in page_of(client, state="paused", q="baltic")
    assert 'href="?state=paused" aria-current="true"><span class="overall-number">1<' in page_of(client, state="paused")


def rows_of(page: str) -> list[str]:
    return re.findall(r'class="row-title"[^>]*><bdi>([^<]*)', page)


def test_a_thousand_connections_come_in_pages_of_fifty_and_in_few_queries(
    alice: User,
    workspace: Workspace,
    signed_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_many(workspace, 1000)
    Connection.objects.filter(name__startswith="Account 000").update(paused=True)
    client = signed_in(alice)
    with django_assert_max_num_queries(22):
        page = page_of(client, page="20")
    assert rows_of(page)[0] == "Account 0950"
    assert len(rows_of(page)) == 50
    assert "951 to 1000 of 1000" in page
    assert "1\u202f000 accounts" in page
    assert len(rows_of(page_of(client, state="paused"))) == 10


def test_of_many_that_need_somebody_a_few_are_told_and_the_others_are_a_click_away(
    alice: User, workspace: Workspace, signed_in: SignIn
) -> None:
    for number in range(8):
        make_connection(workspace, f"Account {number}").credential.mark_dead("Gone.")
    page = page_of(signed_in(alice))
    assert page.count("error-card-bad") == 5
    assert "3 more need you" in page
    assert '<a href="?state=needs-you">' in page


# How fresh everything is


def make_fresh(connection: Connection, now: datetime, **fields: Any) -> Connection:
    """Read a moment ago, by a schedule that has time."""
    usual = {
        "interval_seconds": 3600,
        "next_due_at": now + timedelta(minutes=50),
        "last_completed_at": now - timedelta(minutes=10),
        "stale_at": now + timedelta(hours=2),
    }
    connection.schedules.update(**(usual | fields))
    return connection


@pytest.fixture
def of_all_sorts(workspace: Workspace, now: datetime) -> dict[str, Connection]:
    """A connection of each freshness."""
    of = {name: make_fresh(make_connection(workspace, name), now) for name in ("Fresh", "Paused")}
    of["Due"] = make_fresh(make_connection(workspace, "Due"), now, next_due_at=now)
    of["Stale"] = make_fresh(make_connection(workspace, "Stale"), now, next_due_at=now, stale_at=now)
    of["Failing"] = make_fresh(make_connection(workspace, "Failing"), now, consecutive_failures=2)
    of["Manual"] = make_fresh(make_connection(workspace, "Manual"), now, **dict.fromkeys(UNSCHEDULED))
    Connection.objects.filter(pk=of["Paused"].pk).update(paused=True)
    return of


UNSCHEDULED = ("interval_seconds", "next_due_at", "stale_at")


@pytest.mark.spec("C16")
def test_the_share_of_objects_within_their_threshold_is_counted_and_each_number_leads_to_its_list(
    alice: User, of_all_sorts: dict[str, Connection], signed_in: SignIn
) -> None:
    """Four of the six have schedules that run, and one of these is stale."""
    client = signed_in(alice)
    page = " ".join(page_of(client).split())
    streams = of_all_sorts["Fresh"].schedules.count()
    assert '<p class="overall-figure">75 %</p>' in page
    assert f"of {4 * streams} scheduled objects are within their threshold; {streams} are not" in page
    for state, name in {
        "fresh": "Fresh",
        "due": "Due",
        "stale": "Stale",
        "failing": "Failing",
        "paused": "Paused",
        "not_scheduled": "Manual",
    }.items():
        assert f'href="?state={state}"><span class="overall-number">1</span>' in page
        assert rows_of(page_of(client, state=state)) == [name]


def test_late_is_no_alarm_and_red_is_for_what_needs_somebody(
    alice: User, of_all_sorts: dict[str, Connection], signed_in: SignIn
) -> None:
    page = page_of(signed_in(alice))
    assert "pill-wait pill-stale" in page
    assert "-bad" not in page


def test_where_nothing_is_scheduled_there_is_no_share(alice: User, connection: Connection, signed_in: SignIn) -> None:
    page = page_of(signed_in(alice))
    assert "Nothing is scheduled: accounts wait for Sync now." in page
    assert " %</p>" not in page


def test_the_rows_say_when_each_is_looked_at_next(
    alice: User, of_all_sorts: dict[str, Connection], signed_in: SignIn
) -> None:
    text = " ".join(re.sub(r"<[^>]+>", " ", page_of(signed_in(alice))).split())
    assert "next in 49 min" in text
    assert "next within 5 min" in text
    assert text.count("next in 49 min") == 2  # none of what is paused, due, stale or manual


def test_the_scheduler_says_when_it_last_looked(
    alice: User, connection: Connection, now: datetime, settings: Any, signed_in: SignIn
) -> None:
    client = signed_in(alice)

    def text() -> str:
        return " ".join(re.sub(r"<[^>]+>", " ", page_of(client)).split())

    assert "Scheduler Not seen yet" in text()
    beat = SchedulerHeartbeat.objects.create(name="smart-sync", ran_at=now - timedelta(seconds=90))
    assert "Scheduler At work Looked 1 minute ago ; at everything every 5 min. Background sync is on." in text()
    beat.ran_at = now - timedelta(minutes=16)
    beat.save()
    assert "Scheduler Late" in text()
    settings.BACKGROUND_SYNC_ENABLED = False
    assert "Scheduler Off" in text()
    assert "Background sync is off." in text()


@pytest.mark.spec("C6")
def test_a_row_says_at_which_pace_it_really_runs(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    ConnectionSync.set_frequency(connection.pk, "realtime")
    scheduler.reschedule([connection.pk], now)
    connection.schedules.update(average_calls=0)
    connection.schedules.filter(stream="account_metrics").update(average_calls=4)
    page = " ".join(page_of(signed_in(alice)).split())
    assert "Realtime (every 30s)" in page
    why = "180 calls an hour are allowed, one in 25 s, and one round takes 4."
    title = f"Asked for every 30 s; runs about every 101 s: {why}"
    assert f'title="{title}">runs about <span class="text-nowrap">every 101 s</span></span>' in page

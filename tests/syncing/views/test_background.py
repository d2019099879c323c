"""The badge of what runs in the background."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connections.access import Actor
from connections.models import Connection, Workspace
from syncing.models import SyncJob
from syncing.status.background import background_of
from tests.fixtures.synced import make_chunk, make_connection, make_job

SignIn = Callable[[User], Client]
BADGE = 'id="background-badge"'


def make_history(connection: Connection, now: datetime, **fields: Any) -> SyncJob:
    fields = {"total_chunks": 10, "completed_chunks": 4, "progress_percentage": 40} | fields
    phase = {"lane": "backfill", "sync_phase": "historical_backfill"}
    return make_job(connection, now, SyncJob.Status.IN_PROGRESS, planned_at=now, **phase, **fields)


@pytest.fixture
def history(connection: Connection, now: datetime) -> SyncJob:
    job = make_history(connection, now)
    make_chunk(job, 0, "ad_metrics")
    return job


def page_of(client: Client) -> str:
    return client.get(reverse("ads")).content.decode()


def poll(client: Client, page: str, added: str = "") -> Any:
    asked = page.partition('id="background-poll" hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    assert asked.startswith(reverse("background"))
    return client.get(asked + added, headers={"HX-Request": "true"})


@pytest.mark.spec("T6", "T35", "C36")
def test_it_stands_on_every_page_while_history_is_read(alice: User, history: SyncJob, signed_in: SignIn) -> None:
    client = signed_in(alice)
    for name in ("overview", "settings", "ads"):
        page = client.get(reverse(name)).content.decode()
        assert BADGE in page
        assert page.index(BADGE) > page.index('id="background-slot"')
    history.close(history.created_at, error="", remedy="", changed=True, metrics_changed=True)
    assert BADGE not in page_of(client)


def test_several_accounts_make_one_badge_with_the_sum(
    alice: User, history: SyncJob, workspace: Workspace, signed_in: SignIn, now: datetime
) -> None:
    make_history(make_connection(workspace, "Baltic"), now, total_chunks=30, completed_chunks=13)
    page = page_of(signed_in(alice))
    assert "2 accounts" in page
    assert "42 %" in page


def test_a_stranger_sees_none(charlie: User, history: SyncJob, signed_in: SignIn) -> None:
    assert BADGE not in page_of(signed_in(charlie))


@pytest.mark.spec("T38")
def test_while_nothing_changed_the_answer_is_empty_and_costs_one_query(
    alice: User, history: SyncJob, signed_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(alice)
    page = page_of(client)
    with django_assert_num_queries(3):  # the session, the person
        assert poll(client, page).status_code == 204
    SyncJob.objects.update(completed_chunks=5)
    answer = poll(client, page)
    assert answer.status_code == 200
    assert "50 %" in answer.content.decode()


def test_where_nothing_runs_a_page_pays_one_query(
    alice: User, connection: Connection, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert not background_of(Actor(alice)).jobs


@pytest.mark.spec("T37")
def test_opened_it_tells_each_account(alice: User, history: SyncJob, signed_in: SignIn) -> None:
    client = signed_in(alice)
    page = page_of(client)
    answer = poll(client, page, "&open=1").content.decode()
    assert "4 of 10 parts done" in answer
    assert "historical data" in answer
    assert "One moment" not in answer
    assert poll(client, answer, "&open=1").status_code == 204


@pytest.mark.spec("T39", "T40")
def test_at_the_end_it_says_so_once_and_asks_no_more(alice: User, history: SyncJob, signed_in: SignIn) -> None:
    client = signed_in(alice)
    page = page_of(client)
    history.close(history.created_at, error="", remedy="", changed=True, metrics_changed=True)
    answer = poll(client, page)
    assert answer.status_code == 286
    text = answer.content.decode()
    assert "Historical data sync complete!" in text
    assert BADGE not in text
    assert "Historical data sync complete!" not in page_of(client)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("failed", "could not be read: It &lt;failed&gt;. Retry it."),
        ("completed_with_failures", "See what failed, and try it again</a>"),
        ("cancelled", "was stopped. What it had read is stored."),
    ],
)
@pytest.mark.spec("T94")
def test_an_end_that_is_not_well_is_said_in_words(
    status: str, said: str, alice: User, history: SyncJob, signed_in: SignIn, now: datetime
) -> None:
    client = signed_in(alice)
    page = page_of(client)
    SyncJob.objects.update(status=status, closed_at=now, error="It <failed>.", remedy="Retry it.")
    assert said in poll(client, page).content.decode()


def test_what_ended_elsewhere_is_not_told_to_strangers(
    charlie: User, history: SyncJob, signed_in: SignIn, now: datetime
) -> None:
    SyncJob.objects.update(status="completed", closed_at=now)
    asked = {"v": "x", "watch": [str(history.pk), "nonsense"]}
    answer = signed_in(charlie).get(reverse("background"), asked, headers={"HX-Request": "true"})
    assert answer.status_code == 286
    assert "Historical" not in answer.content.decode()


def test_without_its_script_it_is_no_page(alice: User, history: SyncJob, signed_in: SignIn) -> None:
    assert signed_in(alice).get(reverse("background")).headers["Location"] == reverse("overview")

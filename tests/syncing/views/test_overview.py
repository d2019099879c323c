"""The list of connections."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from connections.models import Connection, Workspace
from syncing.models import SyncJob
from tests.fixtures.synced import SECRET, make_connection, make_job

SignIn = Callable[[User], Client]


def page_of(client: Client) -> str:
    answer = client.get("/")
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
    with django_assert_max_num_queries(8):
        page = page_of(client)
    assert page.count("Last 14 syncs: 14 found nothing new") == 10


def test_the_page_is_answered_under_a_strict_policy(alice: User, signed_in: SignIn) -> None:
    answer = signed_in(alice).get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "style=" not in answer.content.decode()
    assert "onclick" not in answer.content.decode()

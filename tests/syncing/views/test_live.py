"""Pages that move: what a poll is answered, and what it costs."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connections.models import Connection, Workspace
from syncing.models import ConnectionSync, SyncJob
from tests.fixtures.synced import make_chunk, make_connection, make_job

SignIn = Callable[[User], Client]
SIGNING_IN = 2
"""The queries for the session and the person, on every page."""


@pytest.fixture
def running(connection: Connection, now: datetime) -> SyncJob:
    ConnectionSync.objects.update(sync_status="syncing")
    job = make_job(connection, now, SyncJob.Status.IN_PROGRESS, total_chunks=3)
    make_chunk(job, 0, "campaigns", "running")
    return job


def pages(job: SyncJob) -> dict[str, str]:
    return {
        "overview": "/?state=running",
        "settings": "/settings?q=alpine",
        "connection": reverse("connection", args=[job.connection_id]) + "?days=28",
        "job": reverse("job", args=[job.pk]),
    }


def poll(client: Client, address: str) -> Any:
    return client.get(address, headers={"HX-Request": "true"})


def poll_address(client: Client, address: str) -> str:
    """Where the page at this address asks."""
    page = client.get(address).content.decode()
    return page.partition('id="poll" hx-get="')[2].partition('"')[0].replace("&amp;", "&")


NAMES = ["overview", "settings", "connection", "job"]


@pytest.mark.spec("A67")
@pytest.mark.parametrize("name", NAMES)
def test_while_nothing_changed_the_answer_is_empty_and_costs_one_query(
    name: str, alice: User, running: SyncJob, signed_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(alice)
    asked = poll_address(client, pages(running)[name])
    with django_assert_num_queries(SIGNING_IN + 1):
        answer = poll(client, asked)
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("name", NAMES)
def test_a_change_is_drawn_as_the_part_that_moves(name: str, alice: User, running: SyncJob, signed_in: SignIn) -> None:
    client = signed_in(alice)
    asked = poll_address(client, pages(running)[name])
    SyncJob.objects.update(completed_chunks=1)
    answer = poll(client, asked)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in text
    assert 'id="live"' not in text
    assert "every 2s" in text
    assert "HX-Request" in answer.headers["Vary"]


@pytest.mark.spec("A68")
@pytest.mark.parametrize("name", NAMES)
def test_at_the_end_the_page_is_told_to_ask_no_more(
    name: str, alice: User, running: SyncJob, now: datetime, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    asked = poll_address(client, pages(running)[name])
    running.chunks.update(status="completed", finished_at=now)
    running.close(now, error="", remedy="", changed=False, metrics_changed=False)
    answer = poll(client, asked)
    assert answer.status_code == 286
    assert "every 2s" not in answer.content.decode()


def test_a_page_on_which_nothing_runs_never_asks(alice: User, connection: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)
    for address in ("/", "/settings", reverse("connection", args=[connection.pk])):
        assert "every 2s" not in client.get(address).content.decode()


def test_a_history_that_is_being_read_is_watched_and_blocks_no_button(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    make_job(connection, now, SyncJob.Status.IN_PROGRESS, lane=SyncJob.Lane.BACKFILL)
    page = signed_in(alice).get("/settings").content.decode()
    assert "every 2s" in page
    assert "aria-disabled" not in page


def test_a_poll_shows_nothing_of_others(alice: User, charlie: User, running: SyncJob, signed_in: SignIn) -> None:
    mine, strange = signed_in(alice), signed_in(charlie)
    for name, address in pages(running).items():
        answer = poll(strange, poll_address(mine, address))
        assert answer.status_code == (404 if name in ("connection", "job") else 286)
        assert running.connection.name not in answer.content.decode()


@pytest.mark.spec("A69")
@pytest.mark.parametrize(("before", "words"), [(12, "No changes detected"), (11, "New data synced ✨")])
def test_news_is_told_by_the_growth_of_the_counter(
    before: int, words: str, alice: User, connection: Connection, job: SyncJob, signed_in: SignIn
) -> None:
    """12 syncs of this connection have brought changes by now."""
    page = signed_in(alice).get(f"/settings?watch={job.pk}:{before}").content.decode()
    assert f"✓ Sync complete! {words}" in page
    assert "Completed in 1m 0s • Total attempts: 45 • Changes detected: 12" in page


def test_the_news_of_a_later_sync_is_not_this_ones(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    quiet = make_job(connection, now, SyncJob.Status.COMPLETED, records_created=0, records_updated=0)
    page = signed_in(alice).get(f"/settings?watch={quiet.pk}:11").content.decode()
    assert "✓ Sync complete! No changes detected" in page


@pytest.mark.spec("A75")
def test_a_sync_that_failed_is_told_with_its_error_and_what_to_do(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    failed = make_job(connection, now, SyncJob.Status.FAILED, error="It <said> no.", remedy="Ask again.")
    page = " ".join(signed_in(alice).get(f"/settings?watch={failed.pk}:12").content.decode().split())
    assert "The sync did not end well: It &lt;said&gt; no." in page
    assert "<strong>What to do:</strong> Ask again." in page
    assert "Sync complete" not in page


def test_a_watched_job_of_others_tells_nothing(
    charlie: User, strange_workspace: Workspace, job: SyncJob, signed_in: SignIn
) -> None:
    make_connection(strange_workspace)
    assert "Sync complete" not in signed_in(charlie).get(f"/settings?watch={job.pk}:0").content.decode()


@pytest.mark.parametrize("nonsense", ["", "x", "x:1", f"{'0' * 32}:x", "\0:1", f"{'0' * 32}:99999999999999999999"])
def test_nonsense_to_watch_is_passed_over(
    nonsense: str, alice: User, connection: Connection, signed_in: SignIn
) -> None:
    answer = signed_in(alice).get("/settings", {"watch": nonsense, "v": "\0"})
    assert answer.status_code == 200
    assert "Sync complete" not in answer.content.decode()


def test_messages_of_an_action_come_with_the_part(alice: User, connection: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)
    answer = client.post(
        reverse("set_frequency", args=[connection.pk]),
        {"sync_frequency": "daily", "next": "/settings"},
        headers={"HX-Request": "true"},
        follow=True,
    )
    text = answer.content.decode()
    assert '<div id="toasts" hx-ext="ignore:morph" hx-swap-oob="beforeend">' in text
    assert "Saved. Alpine Outfitters CH: Daily." in text
    assert "<html" not in text


@pytest.mark.parametrize("name", NAMES)
def test_the_pages_are_only_read(name: str, alice: User, running: SyncJob, signed_in: SignIn) -> None:
    client = signed_in(alice)
    address = pages(running)[name]
    assert client.post(address).status_code == 405
    assert client.head(address).status_code == 200
    page = client.get(poll_address(client, address))
    assert (page.status_code, "<html" in page.content.decode()) == (200, True)


def test_what_a_page_waits_for_fits_into_an_address(
    alice: User, workspace: Workspace, now: datetime, signed_in: SignIn
) -> None:
    """gunicorn refuses lines of more than 4,094 bytes."""
    for number in range(60):
        job = make_job(make_connection(workspace, f"Account {number:02}"), now, SyncJob.Status.IN_PROGRESS)
    client = signed_in(alice)
    ended = [f"{uuid4()}:12345" for _ in range(70)]
    page = client.get("/settings", {"watch": ended}).content.decode()
    carried = re.findall(r'name="watch" value="([^"]+)"', page)
    assert len(carried) == 50
    assert set(carried).isdisjoint(ended)
    pressed = client.post(reverse("sync_now", args=[job.connection_id]), {"next": "/settings", "watch": ended})
    assert len(pressed.headers["Location"]) < 3_000
    assert f"{job.pk}%3A0" in pressed.headers["Location"]

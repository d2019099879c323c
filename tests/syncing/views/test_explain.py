"""The pages that say why something did sync or did not."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connections.models import Connection, Membership, Workspace
from syncing import scheduler
from syncing.models import Decision, SyncJob, SyncSchedule
from tests.fixtures.people import make_person
from tests.fixtures.synced import SECRET, make_chunk, make_job

SignIn = Callable[[User], Client]


@pytest.fixture
def hourly(connection: Connection, now: datetime) -> Connection:
    scheduler.reschedule([connection.pk], now)
    return connection


def page_of(client: Client, connection: Connection, *stream: str) -> str:
    answer = client.get(reverse("explain_stream" if stream else "explain", args=[connection.pk, *stream]))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_every_object_type_has_its_line_and_leads_to_its_page(
    alice: User, hourly: Connection, signed_in: SignIn
) -> None:
    page = page_of(signed_in(alice), hourly)
    for stream in hourly.source_class.streams:
        assert f'href="{reverse("explain_stream", args=[hourly.pk, stream.name])}"' in page
    assert SECRET not in page


@pytest.mark.parametrize("name", ["viewer", "operator", "admin"])
def test_every_member_sees_it(name: str, hourly: Connection, workspace: Workspace, signed_in: SignIn) -> None:
    person = make_person(f"new-{name}", workspace, Membership.Role(name))
    assert "What was looked at" in page_of(signed_in(person), hourly, "campaigns")


def test_for_a_stranger_there_is_no_such_page(charlie: User, hourly: Connection, signed_in: SignIn) -> None:
    client = signed_in(charlie)
    assert client.get(reverse("explain", args=[hourly.pk])).status_code == 404
    assert client.get(reverse("explain_stream", args=[hourly.pk, "campaigns"])).status_code == 404


def test_what_does_not_exist_is_not_found(alice: User, hourly: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)
    assert client.get(reverse("explain_stream", args=[hourly.pk, "nonsense"])).status_code == 404
    assert client.get(reverse("explain", args=[uuid4()])).status_code == 404
    Connection.objects.update(removed_at=hourly.created_at)
    assert client.get(reverse("explain", args=[hourly.pk])).status_code == 404


def test_who_is_not_signed_in_is_asked_to(client: Client, hourly: Connection) -> None:
    assert client.get(reverse("explain", args=[hourly.pk])).headers["Location"].startswith("/sign-in/")


def test_the_answer_stands_above_all_that_was_looked_at(
    alice: User, hourly: Connection, now: datetime, signed_in: SignIn
) -> None:
    SyncSchedule.objects.filter(connection=hourly, stream="campaigns").update(
        next_due_at=now + timedelta(minutes=30, seconds=30), last_completed_at=now - timedelta(minutes=9, seconds=5)
    )
    page = page_of(signed_in(alice), hourly, "campaigns")
    assert page.index("What to do:") < page.index("What was looked at") < page.index("Due in the next 24 hours")
    assert "in 30 minutes" in page
    assert "9 minutes ago" in page
    assert page.count("<li><time") == 20


def test_what_stays_until_somebody_acts_leads_to_the_buttons(
    alice: User, hourly: Connection, signed_in: SignIn
) -> None:
    Connection.objects.update(paused=True)
    page = page_of(signed_in(alice), hourly, "campaigns")
    assert "The connection is paused" in page
    assert "Open the connection and its buttons" in page


def test_times_ahead_are_the_workspaces(alice: User, hourly: Connection, signed_in: SignIn) -> None:
    SyncSchedule.objects.update(next_due_at=datetime.fromisoformat("2027-01-10T11:30:00+00:00"))
    assert "Sun 10 Jan, 12:30 CET" in page_of(signed_in(alice), hourly, "campaigns")


def test_syncs_and_decisions_are_listed_with_their_figures(
    alice: User, hourly: Connection, job: SyncJob, now: datetime, signed_in: SignIn
) -> None:
    Decision.objects.create(
        connection=hourly,
        stream="campaigns",
        decided_at=now,
        verdict="budget",
        reason="175 of 180 calls of this hour are used.",
        age_seconds=7500,
        interval_seconds=3600,
        is_stale=True,
        priority=3,
        calls_used=175,
        calls_allowed=180,
        next_look_at=now + timedelta(minutes=20, seconds=30),
    )
    page = page_of(signed_in(alice), hourly, "campaigns")
    assert f'href="/jobs/{job.pk}/"' in page
    for part in ("Nothing differed, so nothing was written.", "175 of 180 calls of this hour", "2 h 5 min", "stale"):
        assert part in page
    assert "looked at again <time" in page


def test_it_moves_while_a_sync_runs(alice: User, hourly: Connection, now: datetime, signed_in: SignIn) -> None:
    running = make_job(hourly, now, SyncJob.Status.IN_PROGRESS, total_chunks=2)
    lease = {"lease_token": uuid4(), "ready_at": now + timedelta(hours=1)}
    make_chunk(running, 0, "campaigns", "running", **lease)
    client, address = signed_in(alice), reverse("explain_stream", args=[hourly.pk, "campaigns"])
    first = client.get(address)
    assert "It is being read now" in first.content.decode()
    assert "every 2s" in first.content.decode()
    version = first.context["live"].version
    same = client.get(address, {"v": version}, headers={"HX-Request": "true"})
    assert same.status_code == 204
    SyncJob.objects.update(closed_at=now, status="completed")
    assert client.get(address, {"v": version}, headers={"HX-Request": "true"}).status_code == 286


def test_a_page_costs_few_queries(
    alice: User,
    hourly: Connection,
    job: SyncJob,
    signed_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = signed_in(alice)
    with django_assert_max_num_queries(24):
        page_of(client, hourly, "campaigns")
    with django_assert_max_num_queries(22):
        page_of(client, hourly)


def test_hostile_names_are_only_text(alice: User, hourly: Connection, signed_in: SignIn) -> None:
    Connection.objects.update(name="<img src=x onerror=alert(1)>")
    Decision.objects.create(
        connection=hourly, stream="ads", decided_at=hourly.created_at, verdict="blocked", reason="<b>quiet</b>"
    )
    page = page_of(signed_in(alice), hourly, "ads")
    assert "<img src=x" not in page
    assert "&lt;b&gt;quiet&lt;/b&gt;" in page

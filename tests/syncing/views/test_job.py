"""The page of one job."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connections.models import Connection, Membership, Workspace
from syncing.models import SyncChunk, SyncJob
from tests.fixtures.people import make_person
from tests.fixtures.synced import make_chunk, make_job

SignIn = Callable[[User], Client]


def page_of(client: Client, job: SyncJob, **asked: str) -> str:
    answer = client.get(reverse("job", args=[job.pk]), asked)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace("\u202f", "_").split())


def test_the_counts_and_the_chunks_are_shown(alice: User, job: SyncJob, signed_in: SignIn) -> None:
    page = page_of(signed_in(alice), job)
    assert "2 of 2 chunks done" in page
    for shown in ("1_300", "1_193", "Campaigns", "Ads by day", "1 to 7 Nov 2026", "1_292", "5 s", "took 1 min"):
        assert shown in page


def test_the_gantt_has_a_bar_for_each_chunk_that_started(alice: User, job: SyncJob, signed_in: SignIn) -> None:
    make_chunk(job, 2, "ads", SyncChunk.Status.PENDING)
    assert page_of(signed_in(alice), job).count("<title>") - 1 == 2


@pytest.mark.spec("A82")
def test_a_job_without_changes_is_explained_as_normal(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    quiet = make_job(connection, now, records_read=40, records_unchanged=40)
    page = page_of(signed_in(alice), quiet)
    assert "Nothing differed, so nothing was written" in page
    assert "That is normal" in page


def test_a_team_mate_sees_the_same(bob: User, job: SyncJob, signed_in: SignIn) -> None:
    assert "2 of 2 chunks done" in page_of(signed_in(bob), job)


def test_for_a_stranger_there_is_no_such_page(charlie: User, job: SyncJob, signed_in: SignIn) -> None:
    assert signed_in(charlie).get(reverse("job", args=[job.pk])).status_code == 404


def test_who_is_not_signed_in_is_asked_to(client: Client, job: SyncJob) -> None:
    assert client.get(reverse("job", args=[job.pk])).headers["Location"].startswith("/sign-in/")


def test_a_failed_chunk_says_what_to_do(alice: User, job: SyncJob, signed_in: SignIn) -> None:
    make_chunk(
        job,
        2,
        "ads",
        SyncChunk.Status.FAILED,
        retry_count=3,
        error="It did not answer <in> time.",
        remedy="Retry it later.",
        error_detail="<html>502</html>",
    )
    page = page_of(signed_in(alice), job)
    assert "It did not answer &lt;in&gt; time." in page
    assert "Retry it later." in page
    assert "&lt;html&gt;502&lt;/html&gt;" in page
    assert "3 of 3 retries" in page


def test_a_waiting_chunk_says_when_it_is_ready(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    running = make_job(connection, now - timedelta(seconds=30), SyncJob.Status.IN_PROGRESS, total_chunks=1)
    make_chunk(running, 0, "ads", SyncChunk.Status.PENDING, ready_at=now + timedelta(minutes=9, seconds=30))
    page = page_of(signed_in(alice), running)
    assert "not before <time" in page
    assert "in 9 minutes" in page
    assert "data-elapsed" in page


def test_entities_and_days_of_a_chunk_are_said(alice: User, job: SyncJob, signed_in: SignIn) -> None:
    make_chunk(
        job, 2, "ads", entity_offset=50, entity_limit=50, start_date=date(2025, 12, 29), end_date=date(2026, 1, 4)
    )
    page = page_of(signed_in(alice), job)
    assert "50 entities from 50" in page
    assert "29 Dec 2025 to 4 Jan 2026" in page


@pytest.mark.parametrize("status", SyncJob.Status.values)
def test_every_status_has_its_page(
    status: str, alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    page = page_of(signed_in(alice), make_job(connection, now, status))
    assert "No chunks are kept" in page
    assert "Unknown" not in page


def test_many_chunks_come_in_pages_and_in_few_queries(
    alice: User, job: SyncJob, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for order in range(2, 130):
        make_chunk(job, order, "ads")
    client = signed_in(alice)
    with django_assert_max_num_queries(14):
        page = page_of(client, job)
    assert "1 to 100 of 130" in page
    assert "101 to 130 of 130" in page_of(client, job, page="2")


def test_failed_chunks_are_offered_to_who_may_retry_them_and_once_the_job_has_ended(
    bob: User, workspace: Workspace, job: SyncJob, signed_in: SignIn
) -> None:
    viewer = make_person("vera", workspace, Membership.Role.VIEWER)
    assert "Retry failed chunks" not in page_of(signed_in(bob), job)
    SyncJob.objects.update(failed_chunks=1, status="completed_with_failures")
    assert "Retry failed chunks" in page_of(signed_in(bob), job)
    assert f'action="/jobs/{job.pk}/retry/"' in page_of(signed_in(bob), job)
    assert "Retry failed chunks" not in page_of(signed_in(viewer), job)
    SyncJob.objects.update(closed_at=None, status="in_progress")
    assert "Retry failed chunks" not in page_of(signed_in(bob), job)


def test_what_is_no_longer_kept_cannot_be_tried_again(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    job = make_job(connection, now - timedelta(days=30), SyncJob.Status.FAILED, total_chunks=1, failed_chunks=1)
    make_chunk(job, 0, "ads", SyncChunk.Status.FAILED)
    assert "Retry failed chunks" in page_of(signed_in(alice), job)
    job.chunks.all().delete()
    shown = page_of(signed_in(alice), job)
    assert "Retry failed chunks" not in shown
    assert "No chunks are kept" in shown

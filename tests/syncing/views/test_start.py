"""The page of an account's first sync."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connections.models import Connection
from syncing.models import SyncJob
from tests.fixtures.synced import make_chunk, make_job

SignIn = Callable[[User], Client]
TITLE = "Syncing Your Facebook Ads Data"


@pytest.fixture
def recent(connection: Connection, now: datetime) -> SyncJob:
    Connection.objects.update(anchor_date=now.astimezone(connection.zone).date())
    job = make_job(connection, now, SyncJob.Status.IN_PROGRESS, sync_phase="recent_90_days", total_chunks=3)
    make_chunk(job, 0, "campaigns")
    return job


def address(job: SyncJob) -> str:
    return reverse("start", args=[job.connection_id])


def page_of(client: Client, job: SyncJob) -> str:
    return " ".join(client.get(address(job)).content.decode().replace("\u202f", "_").split())


def poll(client: Client, page: str, job: SyncJob) -> Any:
    version = re.findall(r"start/\?v=(\w+)", page)[0]
    return client.get(address(job), {"v": version}, headers={"HX-Request": "true"})


@pytest.mark.spec("T31")
def test_it_is_called_as_people_call_the_data(alice: User, recent: SyncJob, signed_in: SignIn) -> None:
    page = page_of(signed_in(alice), recent)
    assert TITLE in page
    assert "Continue in background" in page


@pytest.mark.spec("T75")
def test_while_nothing_changed_the_answer_is_empty_and_costs_one_query(
    alice: User, recent: SyncJob, signed_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(alice)
    page = page_of(client, recent)
    assert "every 2s" in page
    with django_assert_num_queries(3):  # the session, the person
        assert poll(client, page, recent).status_code == 204
    SyncJob.objects.update(completed_chunks=1)
    assert poll(client, page, recent).status_code == 200


@pytest.mark.spec("T32", "T33")
def test_at_the_end_it_leads_on_and_asks_no_more(alice: User, recent: SyncJob, signed_in: SignIn) -> None:
    client = signed_in(alice)
    page = page_of(client, recent)
    recent.close(recent.created_at, error="", remedy="", changed=True, metrics_changed=True)
    answer = poll(client, page, recent)
    assert answer.status_code == 286
    text = answer.content.decode()
    assert "Your recent data is ready!" in text
    assert "data-leave" in text
    make_job(recent.connection, recent.created_at, "in_progress", lane="backfill", sync_phase="historical_backfill")
    answer = poll(client, page, recent)
    assert answer.status_code == 200
    assert "Historical data is syncing in the background" in answer.content.decode()


def test_who_comes_back_later_is_not_led_away(alice: User, recent: SyncJob, signed_in: SignIn, now: datetime) -> None:
    SyncJob.objects.update(status="completed", closed_at=now - timedelta(hours=1))
    page = page_of(signed_in(alice), recent)
    assert "Your recent data is ready!" in page
    assert "data-leave" not in page


@pytest.mark.spec("C22")
def test_the_plan_is_exact_when_the_objects_are_known(
    alice: User, recent: SyncJob, signed_in: SignIn, now: datetime
) -> None:
    client = signed_in(alice)
    assert "how much that is shows when the campaigns are known" in page_of(client, recent)
    SyncJob.objects.update(planned_at=now, total_chunks=4)
    make_chunk(recent, 1, "ad_metrics", actual_duration_seconds=60, calls=2)
    page = page_of(client, recent)
    assert "91 days" in page
    assert "4 parts, about" in page
    assert re.search(r"History</dt><dd> <span>\d+ \w+ \d+ to \d+ \w+ \d+, 1_03\d days</span>", page)
    assert "12 parts, about 24 calls" in page, "12 periods of one batch of ads"


def test_without_a_recent_phase_it_leads_to_the_account(alice: User, connection: Connection, signed_in: SignIn) -> None:
    answer = signed_in(alice).get(reverse("start", args=[connection.pk]))
    assert answer.headers["Location"] == reverse("connection", args=[connection.pk])


def test_for_a_stranger_there_is_no_such_page(charlie: User, recent: SyncJob, signed_in: SignIn) -> None:
    assert signed_in(charlie).get(address(recent)).status_code == 404


def test_trying_again_leads_back_here(alice: User, recent: SyncJob, signed_in: SignIn) -> None:
    make_chunk(recent, 1, "ads", "failed", error="No answer.")
    recent.count_chunks()
    recent.close(recent.created_at, error="No answer.", remedy="", changed=True, metrics_changed=True)
    client = signed_in(alice)
    page = page_of(client, recent)
    assert "Try the failed parts again" in page
    assert "Continue anyway" in page
    answer = client.post(reverse("retry_failed", args=[recent.pk]), {"from": "start"})
    assert answer.headers["Location"] == address(recent)
    assert TITLE in page_of(client, recent)

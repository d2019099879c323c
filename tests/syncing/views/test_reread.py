"""Having a range of days read again: what it will take is said first."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections.models import AuditEvent, Connection
from projects.models import DailyMetric
from syncing.models import ObjectSyncConfig, SyncChunk, SyncJob
from syncing.status.streams import label, object_types
from tests.fixtures.synced import make_chunk, make_days, make_job

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
ADS, WHOLE = "ad_metrics", "account_metrics"


@pytest.fixture
def today(connection: Connection, now: datetime) -> date:
    return now.astimezone(connection.zone).date()


@pytest.fixture
def page(connection: Connection) -> str:
    return reverse("range", args=[connection.pk])


def asked(since: date | str, until: date | str, *streams: str) -> dict[str, str | list[str]]:
    return {"streams": list(streams), "since": str(since), "until": str(until)}


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_last_week_of_all_that_goes_by_days_is_offered(
    alice: User, connection: Connection, page: str, today: date, signed_in: SignIn
) -> None:
    html = signed_in(alice).get(page).content.decode()
    dated = [stream.name for stream in connection.source_class.streams if stream.cursor_field]
    assert re.findall(r'name="streams" value="(\w+)" checked', html) == dated
    assert f'value="{today - timedelta(days=6)}"' in html
    assert f'value="{today}"' in html
    assert "Read these days again" not in html
    only = signed_in(alice).get(page, {"streams": ADS}).content.decode()
    assert re.findall(r'name="streams" value="(\w+)" checked', only) == [ADS]


@pytest.mark.spec("T78")
def test_the_plan_is_what_is_then_done(
    alice: User, connection: Connection, page: str, today: date, signed_in: SignIn
) -> None:
    until = today - timedelta(days=100)
    since = until - timedelta(days=59)
    make_days(connection, until, 7)
    client = signed_in(alice)
    said = text_of(client.get(page, asked(since, until, ADS, WHOLE)).content.decode())
    assert not SyncJob.objects.exists()
    labels = {name: label(connection, name, object_types()) for name in (ADS, WHOLE)}
    parts = {name: int(said.split(f" {words} ")[-1].split()[0]) for name, words in labels.items()}
    assert "7 of 60 days held already" in said
    assert "0 of 60 days held already" in said
    assert "at least as many calls" in said
    answer = client.post(page, asked(since, until, ADS, WHOLE))
    job = SyncJob.objects.get()
    assert answer.headers["Location"] == reverse("job", args=[job.pk])
    assert job.sync_type == SyncJob.Type.RANGE
    made = list(job.chunks.values_list("stream", flat=True))
    assert {name: made.count(name) for name in labels} == parts
    days = {
        (chunk.stream, chunk.start_date + timedelta(days=at))
        for chunk in job.chunks.all()
        if chunk.start_date and chunk.end_date
        for at in range((chunk.end_date - chunk.start_date).days + 1)
    }
    assert days == {(stream, since + timedelta(days=at)) for stream in (ADS, WHOLE) for at in range(60)}
    assert DailyMetric.objects.count() == 7
    assert AuditEvent.objects.get(action="sync started").after["since"] == str(since)


def test_calls_and_time_are_those_of_the_last_syncs(
    alice: User, connection: Connection, page: str, today: date, now: datetime, signed_in: SignIn
) -> None:
    job = make_job(connection, now - timedelta(hours=1))
    for at in range(3):
        make_chunk(job, at, WHOLE, calls=4, actual_duration_seconds=30, start_date=today, end_date=today)
    make_chunk(job, 3, WHOLE, "failed", calls=400, actual_duration_seconds=3000)
    said = text_of(signed_in(alice).get(page, asked(today, today, WHOLE)).content.decode())
    assert "In all 1 part, about 4 calls, about 30 seconds While" in said
    month = asked(today - timedelta(days=27), today, WHOLE)
    said = text_of(signed_in(alice).get(page, month).content.decode())
    assert "at least as many calls" in said, "a day says nothing of a week"
    both = text_of(signed_in(alice).get(page, asked(today, today, WHOLE, ADS)).content.decode())
    assert re.search(r"In all 2 parts, about 8 calls While", both), "no time where one of them was never measured"


@pytest.mark.parametrize(
    ("since", "until", "types", "sentence"),
    [
        (-3, 0, (), "Choose at least one object type."),
        (-3, 0, ("nonsense",), "nonsense is not one of the available choices"),
        (-3, -4, (ADS,), "The first day is after the last one."),
        (-5000, 0, (ADS,), "The provider keeps numbers of this account since"),
        (0, 2, (ADS,), "in the account’s time zone."),
        ("31.12.", 0, (ADS,), "A date, please."),
        ("", 0, (ADS,), "A date, please."),
    ],
)
def test_a_mistake_is_said_and_nothing_starts(
    alice: User,
    page: str,
    today: date,
    signed_in: SignIn,
    since: int | str,
    until: int,
    types: tuple[str, ...],
    sentence: str,
) -> None:
    first = since if isinstance(since, str) else today + timedelta(days=since)
    words = asked(first, today + timedelta(days=until), *types)
    for answer in (signed_in(alice).get(page, words), signed_in(alice).post(page, words)):
        said = text_of(answer.content.decode())
        assert sentence in said
        assert "Read these days again" not in said
    assert not SyncJob.objects.exists()


def test_what_cannot_run_says_why(
    alice: User, connection: Connection, page: str, today: date, signed_in: SignIn
) -> None:
    Connection.objects.update(paused=True)
    answer = signed_in(alice).post(page, asked(today, today, ADS))
    assert "This connection is paused. Resume it first." in text_of(answer.content.decode())
    assert not SyncJob.objects.exists()


def test_what_runs_already_takes_it_along(
    alice: User, connection: Connection, page: str, today: date, signed_in: SignIn
) -> None:
    running = make_job(connection, timezone.now(), "in_progress", total_chunks=1, scope={"streams": ["ads"]})
    make_chunk(running, 0, "ads", "pending")
    client = signed_in(alice)
    answer = client.post(page, asked(today, today, ADS), follow=True)
    assert "these days are read with it or after it" in text_of(answer.content.decode())
    running.refresh_from_db()
    assert [again["since"] for again in running.rerun] == [str(today)]
    assert SyncChunk.objects.count() == 1


def test_what_is_switched_off_can_be_read_all_the_same(
    alice: User, connection: Connection, page: str, today: date, signed_in: SignIn
) -> None:
    ObjectSyncConfig.objects.filter(object_type=ADS).update(is_sync_enabled=False)
    html = signed_in(alice).get(page).content.decode()
    assert f'value="{ADS}" checked' not in html
    assert "Switched off in the sync intervals" in html
    signed_in(alice).post(page, asked(today, today, ADS))
    assert SyncJob.objects.get().chunks.get().stream == ADS

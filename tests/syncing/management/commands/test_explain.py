"""`manage.py explain`: the same answers for whoever has a terminal only."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from connections.models import Connection
from syncing import scheduler
from syncing.models import ConnectionSync, Decision, SyncJob
from tests.fixtures.commands import Commands
from tests.fixtures.engine import MakeAccount
from tests.fixtures.synced import SECRET, make_chunk, make_job

pytestmark = pytest.mark.django_db


def explained(*words: object) -> str:
    out = StringIO()
    call_command("explain", *map(str, words), stdout=out)
    return out.getvalue()


@pytest.fixture
def hourly(connection: Connection) -> Connection:
    scheduler.reschedule([connection.pk], timezone.now())
    return connection


def test_all_streams_come_with_a_line_each(hourly: Connection) -> None:
    said = explained(hourly.pk)
    assert "7 object types" in said
    assert all(f"\n  {stream.name} " in said for stream in hourly.source_class.streams)


def test_one_stream_comes_with_all_that_was_looked_at(hourly: Connection, job: SyncJob) -> None:
    Decision.objects.create(
        connection=hourly, stream="campaigns", decided_at=timezone.now(), verdict="started", reason="It was due."
    )
    said = explained(hourly.pk, "campaigns")
    for part in (
        "Campaigns of Alpine Outfitters CH",
        "What was looked at, in the order in which it counts:",
        "Frequency: The frequency is Hourly, which means every hour for it.",
        "What to do:",
        "Due in the next 24 hours, every hour, in Europe/Zurich:",
        "Nothing differed, so nothing was written.",
        "Started: It was due.",
    ):
        assert part in said
    assert SECRET not in said


def test_a_program_gets_json(hourly: Connection) -> None:
    found: dict[str, Any] = json.loads(explained(hourly.pk, "campaigns", "--json"))
    assert found["connection"] == str(hourly.pk)
    assert found["answer"]["code"] in {check["code"] for check in found["checks"]} | {"starts"}
    assert len(found["due_in_24_hours"]) == 20
    assert len(json.loads(explained(hourly.pk, "--json"))["streams"]) == 7


def test_a_job_and_a_chunk_are_explained_by_their_ids(hourly: Connection) -> None:
    now = timezone.now()
    job = make_job(hourly, now, SyncJob.Status.PENDING, total_chunks=1)
    chunk = make_chunk(job, 0, "ads", "pending", ready_at=now + timedelta(minutes=9), error="Slow down.")
    assert "It waits. Slow down." in explained(job.pk)
    said = explained(chunk.pk)
    assert "It waits. Slow down." in said
    assert "goes on in" in said
    checks = json.loads(explained(chunk.pk, "--json"))["checks"]
    assert checks[0]["verdict"] == "waits"


def test_a_removed_connection_is_still_explained(make_account: MakeAccount) -> None:
    account = make_account()
    Connection.objects.update(removed_at=timezone.now())
    ConnectionSync.objects.all().delete()
    assert "was removed" in explained(account.pk, "campaigns")


@pytest.mark.parametrize("wrong", ["nonsense", "99999999", "00000000-0000-4000-8000-000000000000", "9" * 30, "²"])
def test_what_does_not_exist_is_refused_in_words(wrong: str) -> None:
    with pytest.raises(CommandError, match="There is no connection, job or chunk"):
        explained(wrong)


def test_an_unknown_object_type_is_refused_with_the_known_ones(hourly: Connection, job: SyncJob) -> None:
    with pytest.raises(CommandError, match="Choose from: campaigns, ad_sets, ads"):
        explained(hourly.pk, "nonsense")
    with pytest.raises(CommandError, match="for a connection only"):
        explained(job.pk, "campaigns")


@pytest.mark.django_db(transaction=True)
def test_as_a_process_of_its_own(hourly: Connection, commands: Commands) -> None:
    ran = commands.run("explain", str(hourly.pk), "ads")
    assert (ran.code, "Ads of Alpine Outfitters CH" in ran.said) == (0, True)
    assert commands.run("explain", "nonsense").code == 1

"""Sync now, pace and status: the shapes of the guides key for key, and what they do."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from connections.access import Actor
from connections.models import AuditEvent, Connection
from syncing import actions, wakeups
from syncing.models import ConnectionSync, ObjectSyncConfig, SyncChunk, SyncJob
from tests.fixtures.api import Caller
from tests.fixtures.engine import Watch, change, drain, enqueue, sync

pytestmark = pytest.mark.django_db
Frequency = ConnectionSync.Frequency
EIGHT = [
    "sync_frequency",
    "sync_status",
    "last_sync_attempted_at",
    "last_sync_completed_at",
    "last_metrics_changed_at",
    "total_syncs_attempted",
    "total_syncs_with_changes",
    "last_sync_error",
]


def path(name: str, connection: Connection) -> str:
    return reverse(f"api_{name}", args=[connection.pk])


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """One that takes messages, as far as this process knows."""
    settings.REDIS_URL = "redis://localhost:1/0"
    monkeypatch.setattr(wakeups, "_quiet_until", 0.0)


@pytest.fixture
def own(make_account: Any, workspace: Any) -> Connection:
    """An account of the plain provider, in the callers' workspace."""
    account: Connection = make_account()
    account.workspace = workspace
    account.save()
    return account


# Sync now


@pytest.mark.spec("A44", "C11")
def test_a_new_job_is_stored_and_answered_at_once(api: Caller, connection: Connection, broker: None) -> None:
    answer = api.post(path("sync_now", connection))
    assert answer.status_code == 202
    job = SyncJob.objects.get()
    assert answer.json() == {"job_id": str(job.pk), "status": "queued"}
    assert (job.status, job.trigger, job.connection) == ("pending", "api", connection)
    assert not SyncChunk.objects.exclude(lease_token=None, started_at=None).exists()


@pytest.mark.spec("A3")
def test_no_request_of_a_sync_talks_to_the_provider(api: Caller, own: Connection, watch: Watch, tmp_path: Path) -> None:
    journal = tmp_path / "calls"
    change(own, journal=str(journal))
    for name in ("sync_now", "sync_entities", "sync_metrics"):
        assert api.post(path(name, own)).status_code in (200, 202)
    assert not journal.exists()
    watch.now = timezone.now()
    drain(watch)
    assert journal.read_text().count("\n") > 2


def test_a_second_request_joins_the_job_that_runs(api: Caller, connection: Connection, broker: None) -> None:
    first = api.post(path("sync_now", connection)).json()
    for status in ("pending", "in_progress"):
        SyncJob.objects.update(status=status)
        answer = api.post(path("sync_now", connection))
        assert (answer.status_code, answer.json()) == (200, first | {"deduplicated": True})
    assert SyncJob.objects.count() == 1


def test_without_a_broker_the_job_is_stored_all_the_same(api: Caller, connection: Connection) -> None:
    answer = api.post(path("sync_now", connection))
    said = {"job_id": str(SyncJob.objects.get().pk), "status": "queued", "queue": "degraded"}
    assert (answer.status_code, answer.json()) == (202, said)
    again = api.post(path("sync_now", connection))
    assert (again.status_code, again.json()) == (200, said | {"deduplicated": True})


@pytest.mark.parametrize(
    ("trouble", "said", "remedy"),
    [
        ({"paused": True}, "This connection is paused.", "Resume it first."),
        ({"is_sandbox": False}, "It is a real account", "Change the provider's mode"),
        ({"needs_reconnect": True, "needs_reconnect_reason": "It ended."}, "It ended.", "Connect the account again"),
    ],
    ids=["paused", "wrong mode", "needs reconnect"],
)
def test_what_may_not_run_says_why_and_what_to_do(
    api: Caller, connection: Connection, trouble: dict[str, Any], said: str, remedy: str
) -> None:
    owner: Any = connection.credential if "needs_reconnect" in trouble else connection
    type(owner).objects.filter(pk=owner.pk).update(**trouble)
    for name in ("sync_now", "sync_entities", "sync_metrics"):
        answer = api.post(path(name, connection))
        assert answer.status_code == 409
        assert list(answer.json()) == ["detail", "remedy"]
        assert said in answer.json()["detail"]
        assert remedy in answer.json()["remedy"]
    assert not SyncJob.objects.exists()


def test_streams_and_days_may_be_named(api: Caller, own: Connection) -> None:
    today = timezone.now().astimezone(own.zone).date()
    since = today - timedelta(days=9)
    body = {"streams": ["account_days", "campaign_days", "account_days"], "since": since.isoformat()}
    assert api.post(path("sync_now", own), body).status_code == 202
    job = SyncJob.objects.get()
    assert job.scope == {
        "streams": ["campaign_days", "account_days"],
        "since": since.isoformat(),
        "until": today.isoformat(),
    }
    assert job.sync_type == "range"


TODAY = timezone.now().date()
FAR = (TODAY - timedelta(days=1200)).isoformat()
LATER = (TODAY + timedelta(days=3)).isoformat()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"streams": ["nothing"]}, "streams"),
        ({"streams": "campaigns"}, "streams"),
        ({"streams": [None]}, "streams.0"),
        ({"streams": ["a\x00b"]}, "streams.0"),
        ({"streams": ["campaigns"] * 101}, "streams"),
        ({"until": TODAY.isoformat()}, "until"),
        ({"since": "10000-01-01"}, "since"),
        ({"since": "2026-02-30"}, "since"),
        ({"since": "0001-01-01"}, "since"),
        ({"since": FAR}, "since"),
        ({"since": LATER}, "since"),
        ({"since": TODAY.isoformat(), "until": LATER}, "until"),
        ({"since": TODAY.isoformat(), "until": (TODAY - timedelta(days=9)).isoformat()}, "since"),
        ({"since": 20260101}, "since"),
        ({"since": "2026-01-01T00:00:00Z"}, "since"),
        ({"days": 7}, "days"),
    ],
)
def test_a_scope_that_makes_no_sense_is_refused(api: Caller, own: Connection, body: Any, field: str) -> None:
    answer = api.post(path("sync_now", own), body)
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["invalid"]
    assert not SyncJob.objects.exists()


@pytest.mark.spec("A24")
def test_entities_and_metrics_are_the_same_sync_with_a_scope(api: Caller, own: Connection) -> None:
    assert api.post(path("sync_entities", own)).status_code == 202
    job = SyncJob.objects.get()
    assert job.scope == {"streams": ["campaigns"], "since": None, "until": None}
    job.delete()
    assert api.post(path("sync_metrics", own)).status_code == 202
    assert SyncJob.objects.get().scope["streams"] == ["campaign_days", "account_days"]


def test_metrics_take_days(api: Caller, own: Connection) -> None:
    today = timezone.now().astimezone(own.zone).date().isoformat()
    assert api.post(path("sync_metrics", own), {"since": today, "until": today}).status_code == 202
    assert SyncJob.objects.get().sync_type == "range"
    assert api.post(path("sync_entities", own), {"since": today}).status_code == 400


def test_what_is_switched_off_is_not_read(api: Caller, own: Connection) -> None:
    fields = {"sync_interval_minutes": 60, "staleness_threshold_minutes": 60, "is_sync_enabled": False}
    for name in ("account_days", "campaigns"):
        ObjectSyncConfig.objects.create(provider=own.provider, object_type=name, display_name=name, **fields)
    assert api.post(path("sync_metrics", own)).status_code == 202
    assert SyncJob.objects.get().scope["streams"] == ["campaign_days"]
    answer = api.post(path("sync_entities", own))
    assert (answer.status_code, list(answer.json())) == (409, ["detail", "remedy"])


def test_who_started_it_is_written_down_once(callers: dict[str, Caller], connection: Connection) -> None:
    for name in ("bob", "trigger token"):
        callers[name].post(path("sync_now", connection))
    (event,) = AuditEvent.objects.filter(action="sync started")
    assert (event.actor, event.address) == ("bob@example.com", "127.0.0.1")
    assert SyncJob.objects.get().trigger == "user"


# Pace


@pytest.mark.spec("A45", "A2", "A6")
@pytest.mark.parametrize("frequency", Frequency.values)
def test_every_frequency_may_be_chosen(callers: dict[str, Caller], connection: Connection, frequency: str) -> None:
    answer = callers["bob"].patch(path("sync_frequency", connection), {"sync_frequency": frequency})
    assert answer.status_code == 200
    assert list(answer.json()) == EIGHT
    assert answer.json().items() <= callers["vera"].get(path("sync_status", connection)).json().items()
    assert answer.json()["sync_frequency"] == frequency
    assert ConnectionSync.objects.get(pk=connection.pk).sync_frequency == frequency


@pytest.mark.parametrize("value", ["Realtime", "15min", "", None, 30, True, ["daily"], "daily\x00"])
def test_another_is_refused_with_the_choices(api: Caller, connection: Connection, value: Any) -> None:
    answer = api.patch(path("sync_frequency", connection), {"sync_frequency": value})
    assert answer.status_code == 400
    assert ConnectionSync.objects.get(pk=connection.pk).sync_frequency == "hourly"
    if value:
        assert "manual, realtime, 30min, hourly, daily, smart" in answer.json()["detail"]


@pytest.mark.spec("A83")
def test_it_may_change_while_a_job_runs_which_ends_undisturbed(
    api: Caller, own: Connection, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = enqueue(own, watch.now)
    job.mark_started(watch.now)
    answer = api.patch(path("sync_frequency", own), {"sync_frequency": "realtime"}).json()
    assert (answer["sync_frequency"], answer["sync_status"]) == ("realtime", "syncing")
    drain(watch, jobs=[job.pk])
    status = api.get(path("sync_status", own)).json()
    assert (status["sync_frequency"], status["sync_status"]) == ("realtime", "idle")
    assert SyncJob.objects.get().status == "completed"


@pytest.mark.spec("A86")
def test_one_is_set_to_manual_or_paused_without_touching_the_others(
    api: Caller, connection: Connection, own: Connection
) -> None:
    before = api.get(path("connection", own)).json()
    assert api.patch(path("sync_frequency", connection), {"sync_frequency": "manual"}).status_code == 200
    assert api.patch(path("connection", connection), {"paused": True}).json()["paused"] is True
    assert api.get(path("connection", own)).json() == before
    assert api.post(path("sync_now", own)).status_code == 202


# Status


@pytest.mark.spec("A46", "A48")
def test_the_status_has_the_eight_fields_of_the_guide(api: Caller, connection: Connection, now: datetime) -> None:
    found = api.get(path("sync_status", connection)).json()
    assert list(found)[:8] == EIGHT
    assert {name: found[name] for name in EIGHT} == {
        "sync_frequency": "hourly",
        "sync_status": "idle",
        "last_sync_attempted_at": zulu(now - timedelta(minutes=3)),
        "last_sync_completed_at": zulu(now - timedelta(minutes=2)),
        "last_metrics_changed_at": zulu(now - timedelta(minutes=15)),
        "total_syncs_attempted": 45,
        "total_syncs_with_changes": 12,
        "last_sync_error": None,
    }


def zulu(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def test_one_that_never_ran_has_nulls(api: Caller, own: Connection) -> None:
    found = api.get(path("sync_status", own)).json()
    assert [found[name] for name in EIGHT] == ["manual", "idle", None, None, None, 0, 0, None]


def test_the_figures_agree_with_the_jobs_and_keep_the_last_error(api: Caller, own: Connection, watch: Watch) -> None:
    sync(own, watch)
    done = api.get(path("sync_status", own)).json()
    assert (done["total_syncs_attempted"], done["total_syncs_with_changes"]) == (1, 1)
    watch.move(hours=1)
    sync(change(own, errors=[{"kind": "misconfigured"}]), watch)
    failed = api.get(path("sync_status", own)).json()
    assert (failed["sync_status"], failed["total_syncs_attempted"]) == ("error", 2)
    assert "Trouble: misconfigured." in failed["last_sync_error"]
    assert failed["last_sync_completed_at"] == done["last_sync_completed_at"]


def test_an_unchanged_status_is_answered_by_304(api: Caller, connection: Connection) -> None:
    first = api.get(path("sync_status", connection))
    again = api.get(path("sync_status", connection), **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    actions.set_frequency(connection, Actor(), "daily", now=timezone.now())
    assert api.get(path("sync_status", connection), **{"If-None-Match": first["ETag"]}).status_code == 200

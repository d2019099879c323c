"""The buttons of the control room."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from connections.frequencies import choice
from connections.models import AuditEvent, Connection, Membership, Workspace
from syncing.models import ConnectionSync, SyncJob
from syncing.views import actions as views
from tests.fixtures.engine import MakeAccount, Watch, drain, telemetry
from tests.fixtures.people import make_person
from tests.fixtures.synced import make_chunk, make_connection, make_job
from tests.fixtures.workers import Broker

SignIn = Callable[[User], Client]
BUTTONS = ("sync_now", "set_frequency", "pause", "resume")


@pytest.fixture
def viewer(workspace: Workspace) -> User:
    return make_person("vera", workspace, Membership.Role.VIEWER)


@pytest.fixture
def failed_job(connection: Connection, now: datetime) -> SyncJob:
    job = make_job(connection, now - timedelta(hours=1), SyncJob.Status.FAILED, failed_chunks=1, total_chunks=1)
    make_chunk(job, 0, "campaigns", "failed", error="It did not answer.")
    return job


def press(client: Client, name: str, target: Any, **fields: Any) -> Any:
    return client.post(reverse(name, args=[target.pk]), {"next": "/settings?q=a&v=1", **fields})


def said(answer: Any) -> str:
    return " | ".join(str(each) for each in get_messages(answer.wsgi_request))


@pytest.mark.spec("A57", "A74")
def test_sync_now_is_answered_before_anything_is_read_and_the_status_is_queued(
    alice: User, connection: Connection, signed_in: SignIn
) -> None:
    answer = press(signed_in(alice), "sync_now", connection)
    job = SyncJob.objects.get(connection=connection)
    assert answer.status_code == 302
    assert (job.status, job.user, job.trigger) == ("pending", alice, "user")
    assert job.chunks.filter(started_at__isnull=False).count() == 0
    assert telemetry(connection).sync_status == "queued"
    assert answer.headers["Location"] == f"/settings?q=a&v=1&watch={job.pk}%3A12#account-{connection.pk}"


@pytest.mark.spec("A70")
def test_a_second_press_joins_the_running_sync(
    alice: User, bob: User, connection: Connection, signed_in: SignIn
) -> None:
    first, second = (press(signed_in(each), "sync_now", connection) for each in (alice, bob))
    assert first.headers["Location"] == second.headers["Location"]
    assert SyncJob.objects.count() == 1
    assert AuditEvent.objects.filter(action="sync started").count() == 1


def test_a_refusal_is_said_with_what_to_do(alice: User, workspace: Workspace, signed_in: SignIn) -> None:
    paused = make_connection(workspace, "Delta", paused=True)
    answer = press(signed_in(alice), "sync_now", paused)
    assert said(answer) == "Delta: This connection is paused. Resume it first."
    assert not SyncJob.objects.exists()


def test_a_dead_login_is_said_with_what_to_do(alice: User, connection: Connection, signed_in: SignIn) -> None:
    connection.credential.mark_dead("The password was changed.")
    words = said(press(signed_in(alice), "sync_now", connection))
    assert "The login needs to be renewed: The password was changed." in words
    assert "Connect the account again" in words


def test_without_a_broker_it_is_queued_and_says_so(
    alice: User, connection: Connection, settings: Any, signed_in: SignIn
) -> None:
    settings.REDIS_URL = ""
    answer = press(signed_in(alice), "sync_now", connection)
    assert said(answer) == "Queued; no worker can be reached right now. It starts by itself."
    assert SyncJob.objects.active().count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_has_gone_away_is_noticed_by_the_press_itself(
    broker: Broker, alice: User, connection: Connection, signed_in: SignIn
) -> None:
    broker.stop()
    answer = press(signed_in(alice), "sync_now", connection)
    assert said(answer) == "Queued; no worker can be reached right now. It starts by itself."
    assert SyncJob.objects.active().count() == 1


def test_all_accounts_of_a_provider_are_synced_and_what_is_refused_is_said(
    alice: User,
    bob: User,
    connection: Connection,
    workspace: Workspace,
    strange_workspace: Workspace,
    signed_in: SignIn,
) -> None:
    make_connection(workspace, "Second")
    make_connection(workspace, "Delta", paused=True)
    theirs = make_connection(strange_workspace)
    client = signed_in(alice)
    press(client, "sync_now", connection)
    answer = client.post(reverse("sync_provider"), {"provider": connection.provider, "next": "/settings"})
    assert "1 sync started, 1 already running." in said(answer)
    assert "Delta: This connection is paused. Resume it first." in said(answer)
    assert SyncJob.objects.count() == 2
    assert not SyncJob.objects.filter(connection=theirs).exists()
    assert answer.headers["Location"].count("watch=") == 1


@pytest.mark.parametrize("provider", ["x", "", "a\0b", "x" * 10_000], ids=["unknown", "none", "null", "long"])
def test_a_provider_that_nobody_knows_starts_nothing(
    provider: str, alice: User, connection: Connection, signed_in: SignIn
) -> None:
    answer = signed_in(alice).post(reverse("sync_provider"), {"provider": provider})
    assert said(answer) == "There is no account to sync."
    assert not SyncJob.objects.exists()


@pytest.mark.spec("A56", "T79")
@pytest.mark.parametrize("frequency", ConnectionSync.Frequency.values)
def test_a_frequency_is_saved_by_its_button(
    frequency: str, alice: User, connection: Connection, signed_in: SignIn
) -> None:
    answer = press(signed_in(alice), "set_frequency", connection, sync_frequency=frequency)
    assert answer.status_code == 302
    assert telemetry(connection).sync_frequency == frequency
    due = "when somebody presses Sync now" if frequency == "manual" else f"within {ticks(frequency)}"
    assert said(answer) == f"Saved. Alpine Outfitters CH: {choice(frequency).label}. Next sync {due}."
    event = AuditEvent.objects.get()
    assert (event.actor, event.before, event.after) == (
        alice.get_username(),
        {"sync_frequency": "hourly"},
        {"sync_frequency": frequency},
    )


def ticks(frequency: str) -> str:
    """How long it may take until the scheduler looks."""
    return "10 s" if frequency == "realtime" else "5 min"


@pytest.mark.spec("T55")
def test_what_the_schedule_runs_is_joined_and_hurried_by_a_press(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    """Its button stays as it is: the schedule's runs are silent."""
    job = make_job(connection, now, SyncJob.Status.IN_PROGRESS, trigger="schedule", scope={"streams": ["ads"]})
    client = signed_in(alice)
    answer = client.post(reverse("sync_provider"), {"provider": connection.provider, "next": "/settings"})
    assert "1 sync started" in said(answer)
    job.refresh_from_db()
    assert job.urgent
    assert f"watch={job.pk}" in answer.headers["Location"]


@pytest.mark.parametrize("nonsense", ["", "REALTIME", "5min", "\0"])
def test_what_is_no_frequency_changes_nothing(
    nonsense: str, alice: User, connection: Connection, signed_in: SignIn
) -> None:
    answer = press(signed_in(alice), "set_frequency", connection, sync_frequency=nonsense)
    assert "Nothing was saved." in said(answer)
    assert telemetry(connection).sync_frequency == "hourly"
    assert not AuditEvent.objects.exists()


@pytest.mark.spec("A83")
def test_a_new_frequency_holds_at_once_and_the_running_sync_ends_undisturbed(
    alice: User, make_account: MakeAccount, watch: Watch, signed_in: SignIn
) -> None:
    account = make_account()
    Membership.objects.create(user=alice, workspace=account.workspace, role="operator")
    client = signed_in(alice)
    press(client, "sync_now", account)
    job = SyncJob.objects.get()
    watch.now = job.created_at
    answer = press(client, "set_frequency", account, sync_frequency="daily")
    assert "The sync that runs goes on undisturbed." in said(answer)
    assert telemetry(account).sync_frequency == "daily"
    drain(watch, jobs=[job.pk])
    job.refresh_from_db()
    assert job.status == "completed"
    assert telemetry(account).sync_frequency == "daily"


@pytest.mark.spec("A86")
def test_one_connection_is_paused_and_resumed_without_touching_the_others(
    alice: User, connection: Connection, workspace: Workspace, signed_in: SignIn
) -> None:
    make_connection(workspace, "Other")
    client = signed_in(alice)
    press(client, "pause", connection)
    assert dict(Connection.objects.values_list("name", "paused")) == {connection.name: True, "Other": False}
    press(client, "set_frequency", connection, sync_frequency="manual")
    assert set(ConnectionSync.objects.values_list("connection__name", "sync_frequency")) == {
        (connection.name, "manual"),
        ("Other", "manual"),
    }
    press(client, "resume", connection)
    assert not Connection.objects.filter(paused=True).exists()
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True)) == [
        "connection changed",
        "frequency changed",
        "connection changed",
    ]


def test_failed_chunks_are_tried_again(alice: User, failed_job: SyncJob, signed_in: SignIn) -> None:
    answer = signed_in(alice).post(reverse("retry_failed", args=[failed_job.pk]), {"next": "/x"})
    again = SyncJob.objects.get(follows=failed_job)
    assert again.is_active
    assert again.chunks.get().status == "pending"
    assert answer.headers["Location"] == f"/jobs/{again.pk}/?watch={again.pk}%3A12"
    failed_job.refresh_from_db()
    assert not failed_job.is_active
    refused = signed_in(alice).post(reverse("retry_failed", args=[failed_job.pk]))
    assert "A sync of this connection is running." in said(refused)


def test_a_script_is_sent_to_the_page_of_the_new_job(alice: User, failed_job: SyncJob, signed_in: SignIn) -> None:
    address = reverse("retry_failed", args=[failed_job.pk])
    answer = signed_in(alice).post(address, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"].startswith(f"/jobs/{SyncJob.objects.get(follows=failed_job).pk}/?watch=")


# Who may


@pytest.mark.parametrize("name", BUTTONS)
def test_an_operator_may_and_each_press_leaves_one_trace(
    name: str, bob: User, connection: Connection, signed_in: SignIn
) -> None:
    Connection.objects.update(paused=name == "resume")
    assert press(signed_in(bob), name, connection, sync_frequency="daily").status_code == 302
    assert AuditEvent.objects.get().actor == bob.get_username()


@pytest.mark.parametrize("name", BUTTONS)
def test_a_viewer_may_not_and_reads_why(name: str, viewer: User, connection: Connection, signed_in: SignIn) -> None:
    answer = press(signed_in(viewer), name, connection, sync_frequency="daily")
    assert answer.status_code == 403
    assert "This needs the role operator in Alpine Outfitters; yours is viewer." in answer.content.decode()
    assert not AuditEvent.objects.exists()
    assert not SyncJob.objects.exists()


@pytest.mark.parametrize("name", BUTTONS)
def test_for_a_stranger_there_is_no_such_connection(
    name: str, charlie: User, connection: Connection, signed_in: SignIn
) -> None:
    assert press(signed_in(charlie), name, connection, sync_frequency="daily").status_code == 404
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("name", BUTTONS)
def test_it_has_to_be_a_post_with_its_token(name: str, alice: User, connection: Connection) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    address = reverse(name, args=[connection.pk])
    assert strict.get(address).status_code == 405
    assert strict.post(address, {"sync_frequency": "daily"}).status_code == 403
    assert not AuditEvent.objects.exists()


def test_who_may_retry(viewer: User, charlie: User, failed_job: SyncJob, signed_in: SignIn) -> None:
    address = reverse("retry_failed", args=[failed_job.pk])
    codes = [signed_in(each).post(address).status_code for each in (viewer, charlie)]
    assert codes == [403, 404]
    assert signed_in(viewer).get(address).status_code == 405


def test_a_viewer_syncs_no_provider(viewer: User, connection: Connection, signed_in: SignIn) -> None:
    answer = signed_in(viewer).post(reverse("sync_provider"), {"provider": connection.provider})
    assert said(answer) == "There is no account to sync."
    assert not SyncJob.objects.exists()
    assert signed_in(viewer).get(reverse("sync_provider")).status_code == 405


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/x", "/\\evil.example", "javascript:x", ""]
)
def test_it_leads_back_to_pages_of_ours_only(
    elsewhere: str, alice: User, connection: Connection, signed_in: SignIn
) -> None:
    answer = signed_in(alice).post(reverse("pause", args=[connection.pk]), {"next": elsewhere})
    assert answer.headers["Location"] == "/"


def test_of_very_many_accounts_one_press_starts_a_part_and_says_so(
    alice: User, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn
) -> None:
    monkeypatch.setattr(views, "MOST_STARTED", 2)
    for number in range(3):
        provider = make_connection(workspace, f"Account {number}").provider
    client = signed_in(alice)
    answer = client.post(reverse("sync_provider"), {"provider": provider})
    assert "2 syncs started. | 1 more account could not be started at once: press again." in said(answer)
    assert "1 sync started, 2 already running." in said(client.post(reverse("sync_provider"), {"provider": provider}))
    assert SyncJob.objects.count() == 3

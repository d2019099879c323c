"""The settings page: every account with its frequency, its state and its sync."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from connections.frequencies import CHOICES
from connections.models import Connection, Membership, Workspace
from syncing.models import ConnectionSync, SyncJob, WorkerHeartbeat
from syncing.status import live
from tests.fixtures.people import make_person
from tests.fixtures.synced import SECRET, make_chunk, make_connection, make_job

SignIn = Callable[[User], Client]
Status = ConnectionSync.Status


@pytest.fixture
def viewer(workspace: Workspace) -> User:
    return make_person("vera", workspace, Membership.Role.VIEWER)


def page_of(client: Client, **asked: str) -> str:
    answer = client.get("/settings", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(client: Client, **asked: str) -> str:
    """What one reads there."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page_of(client, **asked))).replace("\u202f", "_").split())


@pytest.mark.spec("A54")
def test_every_account_of_her_workspaces_is_listed(alice: User, workspace: Workspace, signed_in: SignIn) -> None:
    for name in ("Alpine", "Baltic"):
        make_connection(workspace, name)
    text = text_of(signed_in(alice))
    assert "Alpine Meta Ads · act_" in text
    assert "Baltic Meta Ads · act_" in text


@pytest.mark.spec("A55")
def test_each_account_has_a_choice_with_a_word_of_advice_for_every_option(
    alice: User, connection: Connection, signed_in: SignIn
) -> None:
    page = page_of(signed_in(alice))
    assert [each.label for each in CHOICES][:5] == ["Manual", "Realtime", "Every 30 min", "Hourly", "Daily"]
    for each in CHOICES:
        selected = " selected" if each.value == "hourly" else ""
        assert f'<option value="{each.value}"{selected} data-help="' in page
        assert f"<dt>{each.label}</dt>" in page
    assert ">Save<" in page


@pytest.mark.parametrize(
    ("value", "label", "meaning", "good_for"),
    [
        pytest.param(
            "manual",
            "Manual",
            "No automated sync (you click Sync now).",
            "Testing, low-traffic accounts.",
            marks=pytest.mark.spec("A76"),
        ),
        pytest.param(
            "realtime",
            "Realtime",
            "Syncs every 30 seconds, as far as the provider's limits allow.",
            "High-spend accounts ($10k+/day).",
            marks=pytest.mark.spec("A77"),
        ),
        pytest.param(
            "30min",
            "Every 30 min",
            "Syncs every 30 minutes.",
            "Medium-spend accounts ($1k-10k/day).",
            marks=pytest.mark.spec("A78"),
        ),
        pytest.param(
            "hourly",
            "Hourly",
            "Syncs every hour.",
            "Standard accounts ($100-1k/day).",
            marks=pytest.mark.spec("A79"),
        ),
        pytest.param(
            "daily",
            "Daily",
            "Syncs once per day.",
            "Low-spend accounts (<$100/day).",
            marks=pytest.mark.spec("A80"),
        ),
    ],
)
def test_the_advice_for(
    value: str, label: str, meaning: str, good_for: str, alice: User, workspace: Workspace, signed_in: SignIn
) -> None:
    """Once for everybody, and beside the account that has chosen it."""
    make_connection(workspace, sync={"sync_frequency": value})
    text = text_of(signed_in(alice))
    assert f"{label} {meaning} {good_for}" in text
    assert text.count(f"{meaning} {good_for}") == 2


@pytest.mark.spec("A59", "A61", "A62", "A63", "A64")
def test_the_card_tells_the_frequency_the_times_and_the_share(
    alice: User, connection: Connection, signed_in: SignIn
) -> None:
    ConnectionSync.set_frequency(connection.pk, "realtime")
    text = text_of(signed_in(alice))
    assert "Frequency: Realtime (every 30s)" in text
    assert "Last attempted: 3 min ago" in text
    assert "Last completed: 2 min ago" in text
    assert "Last change: 15 min ago" in text
    assert "45 attempts | 12 changes (26.7%)" in text


@pytest.mark.spec("A60")
@pytest.mark.parametrize(
    ("status", "word"),
    [(Status.IDLE, "Idle"), (Status.QUEUED, "Queued"), (Status.SYNCING, "Syncing"), (Status.ERROR, "Error")],
)
def test_the_status_is_a_word(status: str, word: str, alice: User, connection: Connection, signed_in: SignIn) -> None:
    ConnectionSync.objects.update(sync_status=status)
    assert f"Status: {word} " in text_of(signed_in(alice))


@pytest.mark.spec("A65")
def test_it_tells_what_the_queue_does_with_an_accounts_job(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    job = make_job(connection, now, SyncJob.Status.PENDING, total_chunks=3)
    client = signed_in(alice)
    assert "In the queue, waits for its turn" in text_of(client)
    SyncJob.objects.update(status="in_progress", started_at=now, completed_chunks=2)
    assert "2 of 3 chunks done" in text_of(client)
    assert f'href="/jobs/{job.pk}/"' in page_of(client)


def test_a_sync_that_runs_counts_its_seconds(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    make_job(connection, now - timedelta(seconds=76), SyncJob.Status.IN_PROGRESS)
    page = page_of(signed_in(alice))
    assert 'Syncing... <span data-elapsed="75.' in page
    assert ">1m 15s</span>" in page
    assert f'id="sync-{connection.pk}" class="btn btn-sync btn-primary" type="button" aria-disabled="true"' in page


@pytest.mark.spec("A75")
def test_a_failed_sync_shows_its_error_and_what_to_do(alice: User, workspace: Workspace, signed_in: SignIn) -> None:
    failed = {
        "sync_status": "error",
        "last_sync_error": "The app may not <read> this.",
        "last_sync_remedy": "Allow it.",
    }
    make_connection(workspace, sync=failed)
    text = text_of(signed_in(alice))
    assert "Status: Error" in text
    assert "Last error: The app may not <read> this. What to do: Allow it." in text


def test_a_sync_that_has_to_wait_says_why_while_its_seconds_run_on(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    ConnectionSync.objects.update(sync_status="syncing", last_sync_error="An older error.")
    ConnectionSync.block(connection.pk, now + timedelta(minutes=23, seconds=30), "Too many calls.")
    job = make_job(connection, now, SyncJob.Status.IN_PROGRESS, total_chunks=3)
    client = signed_in(alice)
    text = text_of(client)
    assert "Status: Rate limited" in text
    assert "Too many calls. It goes on by itself in 23 minutes" in text
    assert "An older error." not in text
    ConnectionSync.objects.update(not_before=None)
    Connection.objects.update(paused=True)
    assert "0 of 3 chunks done; it goes on when it is resumed" in text_of(client)
    assert f'href="/jobs/{job.pk}/"' in page_of(client)


def test_an_error_is_not_told_twice(alice: User, connection: Connection, now: datetime, signed_in: SignIn) -> None:
    failed = make_job(connection, now, SyncJob.Status.FAILED, error="It broke.", remedy="Mend it.")
    ConnectionSync.objects.update(sync_status="error", last_sync_error="It broke.", last_sync_remedy="Mend it.")
    client = signed_in(alice)
    assert text_of(client).count("It broke.") == 1
    assert text_of(client, watch=f"{failed.pk}:12").count("It broke.") == 1
    connection.credential.mark_dead("It ended.")
    text = text_of(client, watch=f"{failed.pk}:12")
    assert (text.count("It broke."), text.count("It ended.")) == (1, 1)


@pytest.mark.spec("A58")
def test_a_button_for_all_accounts_names_its_provider(
    alice: User, workspace: Workspace, plain: None, signed_in: SignIn
) -> None:
    """The label stands in the registry: each provider has its button as soon as it has an account."""
    for _ in range(2):
        make_connection(workspace)
    client = signed_in(alice)
    text = text_of(client)
    assert "Sync Meta Ads 2 accounts" in text
    assert "Sync Plain" not in text
    Connection.objects.filter(pk=make_connection(workspace).pk).update(provider="plain")
    assert "Sync Plain 1 account" in text_of(client)


def test_what_mends_an_account_stands_beside_why_it_does_not_run(
    alice: User, workspace: Workspace, signed_in: SignIn
) -> None:
    paused = make_connection(workspace, "Alpine", paused=True)
    dead = make_connection(workspace, "Baltic")
    dead.credential.mark_dead("The password was changed.")
    page = page_of(signed_in(alice))
    assert f'action="/connections/{paused.pk}/resume/"' in page
    assert f'href="/connections/{dead.pk}/reconnect/"' in page
    assert "The password was changed." in page


@pytest.mark.parametrize(("address", "page"), [("/settings/?q=a", "/settings?q=a"), ("/connections/?q=a", "/?q=a")])
def test_other_forms_of_an_address_lead_to_the_page(address: str, page: str, alice: User, signed_in: SignIn) -> None:
    assert signed_in(alice).get(address).headers["Location"] == page


def test_an_operator_has_the_same_controls(bob: User, connection: Connection, signed_in: SignIn) -> None:
    text = text_of(signed_in(bob))
    assert "Sync now" in text
    assert "Save" in text


def test_a_viewer_sees_everything_and_may_press_nothing(
    viewer: User, connection: Connection, signed_in: SignIn
) -> None:
    page = page_of(signed_in(viewer))
    assert "45 attempts | 12 changes (26.7%)" in page
    live = page[page.index('id="live"') :]
    assert "<form" not in live
    assert "<button" not in live


def test_a_stranger_sees_nothing_of_others(charlie: User, connection: Connection, signed_in: SignIn) -> None:
    text = text_of(signed_in(charlie))
    assert connection.name not in text
    assert "No account is connected yet" in text


@pytest.mark.django_db
def test_who_is_not_signed_in_is_asked_to(client: Client) -> None:
    assert client.get("/settings").headers["Location"] == "/sign-in/?next=/settings"


def test_no_sentence_tells_of_another_release(alice: User, connection: Connection, signed_in: SignIn) -> None:
    text = text_of(signed_in(alice))
    assert "release" not in text
    assert "What is saved here counts from the next look on; a sync that runs ends first." in text


def test_accounts_are_found_by_name_and_by_id(alice: User, workspace: Workspace, signed_in: SignIn) -> None:
    found = make_connection(workspace, "Nordic Bikes")
    make_connection(workspace, "Alpine")
    client = signed_in(alice)
    for words in ("nordic", "bikes NORDIC", found.external_account_id):
        text = text_of(client, q=words)
        assert "Nordic Bikes" in text
        assert "Alpine" not in text
    assert "No account matches" in text_of(client, q="100%_nowhere\0")


@pytest.mark.parametrize("asked", ["0", "-1", "x", "99999999999", "²"])
def test_nonsense_for_a_page_is_passed_over(asked: str, alice: User, connection: Connection, signed_in: SignIn) -> None:
    assert connection.name in text_of(signed_in(alice), page=asked)


# Whether syncs can run at all


def test_a_switched_off_background_is_said(alice: User, settings: Any, signed_in: SignIn) -> None:
    settings.BACKGROUND_SYNC_ENABLED = False
    text = text_of(signed_in(alice))
    assert "Background sync is off: nothing runs by itself. Sync now still works." in text


def test_work_that_waits_for_a_worker_is_said_until_one_lives(
    alice: User, connection: Connection, now: datetime, settings: Any, signed_in: SignIn
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1"
    client = signed_in(alice)
    assert "can be reached" not in text_of(client)
    job = make_job(connection, now, SyncJob.Status.PENDING)
    make_chunk(job, 0, "campaigns", "pending", ready_at=now)
    assert "No worker can be reached right now." in text_of(client)
    WorkerHeartbeat.objects.create(name="w:1", queues=["sync"], slots=4, started_at=now, seen_at=now)
    assert "can be reached" not in text_of(client)
    settings.REDIS_URL = ""
    assert "The workers cannot be told that work waits." in text_of(client)


# Many of them


def test_a_thousand_accounts_are_shown_in_pages_and_in_few_queries(
    alice: User,
    workspace: Workspace,
    signed_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_many(workspace, 1000)
    client = signed_in(alice)
    with django_assert_max_num_queries(21):
        page = page_of(client, page="2")
    assert page.count('class="card account"') == 50
    assert "51 to 100 of 1000" in page
    assert SECRET not in page


def make_many(workspace: Workspace, number: int) -> None:
    first = make_connection(workspace, "Account 0000")
    made = Connection.objects.bulk_create(
        Connection(
            workspace=workspace,
            credential=first.credential,
            provider=first.provider,
            name=f"Account {at:04}",
            external_account_id=f"many_{at}",
            is_sandbox=first.is_sandbox,
            anchor_date=first.anchor_date,
        )
        for at in range(1, number)
    )
    ConnectionSync.objects.bulk_create(ConnectionSync(connection=each) for each in made)


# Sync status: the two phases, and the last syncs


def stands(client: Client, connection: Connection) -> list[str]:
    """What one reads of the phases."""
    page = page_of(client, q=connection.external_account_id)
    found = re.findall(r"<dt>((?:Recent|Historical)[^<]*)</dt><dd>(.*?)</dd>", page, re.DOTALL)
    said = [f"{label} {re.sub(r'<[^>]+>', ' ', text)}" for label, text in found]
    return [" ".join(unescape(each).split()) for each in said]


@pytest.mark.spec("T41", "T43", "T45")
def test_the_sync_status_of_every_account_with_its_last_syncs(
    alice: User, workspace: Workspace, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    other = make_connection(workspace, "Bluebird")
    for hours in range(5):
        make_job(connection, now - timedelta(hours=hours), user=alice, sync_type="manual")
    page, text = page_of(signed_in(alice)), text_of(signed_in(alice))
    assert "Sync status All syncs Alpine Outfitters CH" in text
    assert "Last completed: 2 min ago" in text
    assert "Last completed: never" in text
    of_first, of_second = page.split('class="card account"')[1:]
    links = re.findall(r'/jobs/([0-9a-f-]+)/">Sync now', of_first)
    assert links == [str(pk) for pk in SyncJob.objects.order_by("-created_at").values_list("pk", flat=True)[:3]]
    assert f'href="/history/?connection={connection.pk}"' in of_first
    assert "/jobs/" not in of_second
    assert 'href="/history/"' in page
    assert other.name in of_second


@pytest.mark.spec("T42")
def test_both_phases_are_told_with_their_dates_and_their_progress(
    alice: User, connection: Connection, signed_in: SignIn
) -> None:
    client, at = signed_in(alice), datetime(2026, 11, 12, 8, 30, tzinfo=UTC)
    state = ConnectionSync.objects.filter(connection=connection)
    assert stands(client, connection) == ["Recent 90 days: not asked for", "Historical data: not asked for"]
    recent = make_job(connection, at, "in_progress", sync_phase="recent_90_days", progress_percentage=43)
    assert stands(client, connection)[0].startswith("Recent 90 days: 43 %")
    recent.close(at, error="", remedy="", changed=True, metrics_changed=True)
    state.update(phase_1_completed_at=at)
    history = {"sync_phase": "historical_backfill", "lane": "backfill", "progress_percentage": 7}
    backfill = make_job(connection, at, "in_progress", **history)
    assert stands(client, connection)[0] == "Recent 90 days: complete since Thu 12 Nov, 09:30 CET"
    assert stands(client, connection)[1].startswith("Historical data: 7 %")
    assert f'value="7" aria-label="Historical data of {connection.name}"' in page_of(client)
    SyncJob.objects.filter(pk=backfill.pk).update(status="completed_with_failures", closed_at=at)
    assert stands(client, connection)[1].startswith("Historical data: not complete: some of it failed")
    SyncJob.objects.filter(pk=backfill.pk).update(status="cancelled")
    assert stands(client, connection)[1].startswith("Historical data: stopped")
    state.update(phase_2_completed_at=at)
    assert stands(client, connection)[1] == "Historical data: complete since Thu 12 Nov, 09:30 CET"


def test_a_phase_that_ends_draws_the_page_anew(alice: User, connection: Connection, now: datetime) -> None:
    mine = Connection.objects.filter(pk=connection.pk)
    before = live.of_connections(mine).version
    ConnectionSync.objects.filter(connection=connection).update(phase_2_completed_at=now)
    assert live.of_connections(mine).version != before


def test_the_status_of_many_accounts_costs_no_more_queries(
    alice: User,
    workspace: Workspace,
    now: datetime,
    signed_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(20):
        made = make_connection(workspace, f"Account {number}")
        for hours in range(4):
            make_job(made, now - timedelta(hours=hours), sync_phase="recent_90_days", user=alice)
    client = signed_in(alice)
    with django_assert_max_num_queries(21):
        page_of(client)

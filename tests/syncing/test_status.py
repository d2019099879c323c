"""The read models: states, freshness, numbers and drawings."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from connections.access import Actor
from connections.models import ApiToken, Connection, Workspace
from projects.numbers.sums import Sums
from syncing.models import ConnectionSync, SyncChunk, SyncJob
from syncing.status.connections import connections_of, standing, standings_of
from syncing.status.controls import controls, elapsed
from syncing.status.gantt import gantt
from syncing.status.held import held
from syncing.status.jobs import chunk_row, job_row, original_error
from syncing.status.listing import Listing
from syncing.status.numbers import account_numbers
from syncing.status.outcomes import Watch, counted, outcome, outcomes
from syncing.status.streams import object_types
from syncing.status.ticks import summary, ticks
from tests.fixtures.ads import read_days
from tests.fixtures.synced import MICROS, make_chunk, make_connection, make_days, make_job

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


# A connection's state: the first that applies


@pytest.mark.spec("C2")
@pytest.mark.parametrize(
    ("dead", "paused", "real", "sync", "expected", "red"),
    [
        (False, False, False, {}, "never_synced", False),
        (False, False, False, {"last_sync_attempted_at": NOON}, "idle", False),
        (False, False, False, {"sync_status": "queued"}, "queued", False),
        (False, False, False, {"sync_status": "syncing"}, "syncing", False),
        (False, False, False, {"sync_status": "error", "last_sync_error": "x"}, "retrying", False),
        (False, False, False, {"sync_status": "error", "last_sync_remedy": "do"}, "error", True),
        (False, False, False, {"sync_status": "syncing", "not_before": NOON + HOUR}, "rate_limited", False),
        (False, False, False, {"sync_status": "syncing", "not_before": NOON - HOUR}, "syncing", False),
        (False, False, True, {"sync_status": "syncing"}, "wrong_mode", False),
        (False, True, True, {"sync_status": "error", "last_sync_remedy": "do"}, "paused", False),
        (True, True, False, {"sync_status": "syncing"}, "needs_reconnect", True),
    ],
)
def test_the_state_is_what_a_person_should_hear_first(
    workspace: Workspace, dead: bool, paused: bool, real: bool, sync: dict[str, object], expected: str, red: bool
) -> None:
    connection = make_connection(workspace, sync=sync, paused=paused)
    connection.credential.needs_reconnect = dead
    connection.is_sandbox ^= real
    found = standing(connection, {}, NOON)
    assert found.state.code == expected
    stored = ConnectionSync.objects.get(pk=connection.pk).sync_status
    assert stored == sync.get("sync_status", "idle")
    assert stored in {"idle", "queued", "syncing", "error"} == set(ConnectionSync.Status.values)
    assert (found.state.tone == "bad") is red
    assert found.state.word
    assert found.state.meaning


def test_a_person_has_the_connections_of_her_workspaces(alice: User, charlie: User, connection: Connection) -> None:
    assert list(connections_of(Actor(alice))) == [connection]
    assert not connections_of(Actor(charlie)).exists()


def test_the_list_finds_by_state_what_the_states_say(workspace: Workspace, alice: User) -> None:
    """The filters are the database's, the pills are Python's: both have to mean the same."""
    syncs: list[dict[str, object]] = [
        {},
        {"sync_status": "queued"},
        {"sync_status": "syncing"},
        {"sync_status": "error", "last_sync_error": "x"},
        {"sync_status": "error", "last_sync_remedy": "do"},
        {"sync_status": "error", "last_sync_remedy": "do", "not_before": NOON + HOUR},
        {"sync_status": "error", "last_sync_remedy": "do", "not_before": NOON - HOUR},
    ]
    for sync in syncs:
        make_connection(workspace, sync=sync)
        make_connection(workspace, sync=sync, paused=True)
        make_connection(workspace, sync=sync).credential.mark_dead("Gone.")
        make_connection(workspace, sync=sync, paused=True).credential.mark_dead("Gone.")
        real = make_connection(workspace, sync=sync)
        Connection.objects.filter(pk=real.pk).update(is_sandbox=not real.is_sandbox)
    everything = connections_of(Actor(alice))
    stands = standings_of(everything, NOON)
    expected = {
        "": stands,
        "needs-you": [each for each in stands if each.state.tone == "bad"],
        "running": [each for each in stands if each.state.code in ("queued", "syncing")],
        "error": [each for each in stands if each.state.word == "Error"],
    }
    found = {code: Listing(everything, NOON, state=code).found for code in expected}
    assert {code: set(each) for code, each in found.items()} == {
        code: {each.connection for each in those} for code, those in expected.items()
    }
    counts = {chip.code: chip.count for chip in Listing(everything, NOON).chips()}
    assert counts == {code: len(those) for code, those in expected.items()}
    assert all(counts.values())


@pytest.mark.parametrize(("asked", "shown"), [("1", 50), ("2", 1), ("9", 1)])
def test_a_page_beyond_the_last_is_the_last(workspace: Workspace, alice: User, asked: str, shown: int) -> None:
    """Also for the question whether anything moves on it."""
    for number in range(51):
        make_connection(workspace, f"Account {number:02}")
    listing = Listing.asked(connections_of(Actor(alice)), {"page": asked}, NOON)
    assert list(listing.shown()) == list(listing.page())
    assert len(listing.shown()) == shown
    assert not Listing.asked(connections_of(Actor(alice)), {"page": asked, "q": "nowhere"}, NOON).shown()


@pytest.mark.parametrize(
    ("scope", "may"), [("read", (False, False)), ("trigger", (True, False)), ("admin", (True, True))]
)
def test_a_token_may_press_what_its_scope_allows(
    workspace: Workspace, connection: Connection, scope: str, may: tuple[bool, bool]
) -> None:
    token, _ = ApiToken.issue(workspace, "Dashboard", scope, now=NOON)
    actor = Actor(token=token)
    (row,) = controls(actor, standings_of(connections_of(actor), NOON), [], NOON)
    assert (row.may_operate, row.may_admin) == may


def test_the_share_of_syncs_that_brought_changes(connection: Connection, workspace: Workspace) -> None:
    assert round(standing(connection, {}, NOON).changes_percentage, 1) == 26.7
    assert standing(make_connection(workspace), {}, NOON).changes_percentage == 0


# Numbers


def test_the_last_28_days_end_today_in_the_accounts_time_zone(workspace: Workspace) -> None:
    connection = make_connection(workspace, timezone="Pacific/Auckland")
    make_days(connection, date(2026, 3, 21), 60)
    numbers = account_numbers(connection, NOON, days=90)
    assert (numbers.span.since, numbers.span.until) == (date(2026, 2, 22), date(2026, 3, 21))
    (total,) = numbers.totals
    assert total.before
    assert total.recent.spend_micros == total.before.spend_micros == 28 * 100 * MICROS
    assert total.recent.roas == Decimal("3.5")
    assert len(numbers.days) == 60


def test_a_period_that_is_only_partly_held_is_nothing_to_compare_with(workspace: Workspace) -> None:
    connection = make_connection(workspace)
    make_days(connection, NOON.date(), 29)
    (total,) = account_numbers(connection, NOON, days=90).totals
    assert total.before is None


def test_a_period_is_held_when_it_was_read_whatever_happened_in_it(workspace: Workspace) -> None:
    """An account that began to run three weeks ago has spent nothing before; that is known, not missing."""
    connection = make_connection(workspace)
    make_days(connection, NOON.date(), 21)
    read_days(connection, "account_metrics", date(2026, 1, 24), 35)
    numbers = account_numbers(connection, NOON, days=90)
    assert [(total.recent.clicks, total.before) for total in numbers.totals] == [(21 * 200, Sums())]
    assert [day.sums and day.sums.clicks for day in numbers.days] == [0] * 35 + [200] * 21


def test_days_that_were_not_read_in_between_have_no_numbers(workspace: Workspace) -> None:
    connection = make_connection(workspace)
    make_days(connection, NOON.date() - timedelta(days=3), 2)
    days = account_numbers(connection, NOON, days=28).days
    assert [day.sums.clicks if day.sums else None for day in days] == [200, 200, None, None, None]


def test_amounts_of_two_currencies_are_never_added(workspace: Workspace) -> None:
    """The account was kept in euros until a fortnight ago."""
    connection = make_connection(workspace, currency="USD")
    make_days(connection, NOON.date() - timedelta(days=14), 42, currency="EUR", impressions=1)
    make_days(connection, NOON.date(), 14)
    numbers = account_numbers(connection, NOON, days=28)
    assert [(total.currency, total.recent.spend_micros) for total in numbers.totals] == [
        ("USD", 14 * 100 * MICROS),
        ("EUR", 14 * 100 * MICROS),
    ]
    assert (numbers.currency, numbers.others) == ("USD", ["EUR"])
    assert sum(day.sums.spend_micros for day in numbers.days if day.sums) == 14 * 100 * MICROS


def test_days_on_which_nothing_ran_are_told_from_days_that_nobody_read(workspace: Workspace) -> None:
    connection = make_connection(workspace)
    unread = account_numbers(connection, NOON, days=90)
    assert (unread.totals, unread.is_read, unread.days) == ([], False, ())
    read_days(connection, "account_metrics", NOON.date(), 1)
    assert account_numbers(connection, NOON, days=90).is_read


def test_days_after_today_and_other_accounts_do_not_count(workspace: Workspace) -> None:
    connection, other = make_connection(workspace), make_connection(workspace)
    make_days(connection, NOON.date() + timedelta(days=1), 2)
    make_days(other, NOON.date(), 28)
    (total,) = account_numbers(connection, NOON, days=28).totals
    assert total.recent.clicks == 200


def test_nothing_spent_has_no_return() -> None:
    assert Sums().roas is None


def test_what_is_held_is_told_by_stream(synced: Connection, alice: User, now: datetime) -> None:
    found = connections_of(Actor(alice)).get(pk=synced.pk)
    rows = {each.label: (each.rows, each.freshness.state.code) for each in held(found, object_types(), now)}
    assert rows == {
        "Campaigns": (1, "never"),
        "Ad sets": (0, "never"),
        "Ads": (0, "never"),
        "Account by day": (56, "never"),
        "Campaigns by day": (0, "never"),
        "Ad sets by day": (0, "never"),
        "Ads by day": (60, "fresh"),
    }
    assert list(rows)[3:] == ["Account by day", "Campaigns by day", "Ad sets by day", "Ads by day"]


# Drawings


def test_ticks_stand_at_the_left_and_grow_with_what_was_written(connection: Connection, now: datetime) -> None:
    jobs = [
        make_job(connection, now, SyncJob.Status.IN_PROGRESS),
        make_job(connection, now - HOUR, SyncJob.Status.FAILED),
        make_job(connection, now - 2 * HOUR, SyncJob.Status.CANCELLED),
        make_job(connection, now - 3 * HOUR),
        make_job(connection, now - 4 * HOUR, records_created=5),
        make_job(connection, now - 5 * HOUR, records_updated=5000),
    ]
    drawn = ticks(jobs)
    assert [tick.kind for tick in drawn] == ["changed", "changed", "quiet", "cancelled", "failed", "active"]
    assert drawn[0].height > drawn[1].height > drawn[2].height
    assert [tick.x for tick in drawn] == [0, 8, 16, 24, 32, 40], "flush left, as the words below them"
    assert summary(drawn).startswith("Last 6 syncs: 2 brought changes, 1 found nothing new")


def test_chunks_at_the_same_time_stand_below_each_other(connection: Connection) -> None:
    job = make_job(connection, NOON)
    seconds = [(0, 10), (0, 20), (10, 30), (20, 40)]
    for order, (begin, end) in enumerate(seconds):
        make_chunk(
            job, order, "ads", started_at=NOON + timedelta(seconds=begin), finished_at=NOON + timedelta(seconds=end)
        )
    chart = gantt([chunk_row(chunk, connection, {}) for chunk in job.chunks.order_by("chunk_order")], NOON + HOUR)
    assert chart
    assert [(bar.lane, bar.left, bar.width) for bar in chart.groups[0].bars] == [
        (0, 0, 25),
        (1, 0, 50),
        (0, 25, 50),
        (1, 50, 50),
    ]
    assert [mark.after.total_seconds() for mark in chart.marks] == [0, 10, 20, 30, 40]


def test_a_running_chunk_reaches_until_now_and_a_waiting_one_until_it_stopped(connection: Connection) -> None:
    job = make_job(connection, NOON, SyncJob.Status.IN_PROGRESS)
    make_chunk(job, 0, "ads", SyncChunk.Status.RUNNING, started_at=NOON)
    make_chunk(job, 1, "ads", SyncChunk.Status.PENDING, started_at=NOON, actual_duration_seconds=25)
    rows = [chunk_row(chunk, connection, {}) for chunk in job.chunks.order_by("chunk_order")]
    chart = gantt(rows, NOON + timedelta(seconds=100))
    assert chart
    assert sorted(bar.width for bar in chart.groups[0].bars) == [25, 100]
    assert [state.code for state in chart.states] == ["pending", "running"]


def test_there_is_nothing_to_draw_before_a_chunk_has_started() -> None:
    assert gantt([], NOON) is None


# Jobs


@pytest.mark.parametrize(("remedy", "tone"), [("", "wait"), ("Give it access.", "bad")])
def test_red_is_for_what_a_person_must_do(connection: Connection, remedy: str, tone: str) -> None:
    assert job_row(make_job(connection, NOON, SyncJob.Status.FAILED, remedy=remedy)).state.tone == tone


def test_a_job_says_what_it_is_and_who_asked(connection: Connection, alice: User) -> None:
    asked = job_row(make_job(connection, NOON, sync_type="manual", user=alice))
    history = job_row(make_job(connection, NOON, lane="backfill", trigger="cascade"))
    assert (asked.kind, asked.asked_by) == ("Sync now", "by alice@example.com")
    assert (history.kind, history.asked_by) == ("Backfill of history", "after changes elsewhere")


def test_the_original_words_are_those_of_the_newest_job(connection: Connection, now: datetime) -> None:
    for hours, words in ((2, "older"), (1, "newer")):
        failed = make_job(connection, now - hours * HOUR, SyncJob.Status.FAILED)
        make_chunk(failed, 0, "ads", SyncChunk.Status.FAILED, error_detail=words)
    assert original_error(connection) == "newer"
    make_job(connection, now)
    assert original_error(connection) == ""


def test_telemetry_that_is_not_there_yet_is_that_of_a_new_connection(workspace: Workspace) -> None:
    connection = make_connection(workspace)
    ConnectionSync.objects.all().delete()
    assert standing(Connection.objects.get(pk=connection.pk), {}, NOON).state.code == "never_synced"


# Syncs that run, and how they ended


@pytest.mark.parametrize(
    ("status", "started", "elapsed_seconds"),
    [("pending", None, 60), ("in_progress", 20, 20)],
)
def test_seconds_are_counted_from_the_start_or_from_the_question(
    status: str, started: int | None, elapsed_seconds: int, connection: Connection
) -> None:
    begun = NOON - timedelta(seconds=started) if started else None
    job = make_job(connection, NOON - timedelta(seconds=60), status, started_at=begun)
    assert elapsed(job, NOON) == elapsed_seconds
    assert elapsed(None, NOON) == 0


@pytest.mark.parametrize(
    ("status", "fields", "sentence", "tone"),
    [
        ("completed", {}, "✓ Sync complete! No changes detected", "good"),
        ("failed", {"error": "It broke."}, "The sync did not end well: It broke.", "wait"),
        ("completed_with_failures", {"error": "Half."}, "The sync did not end well: Half.", "wait"),
        ("cancelled", {}, "The sync was stopped. What it had read is stored.", "neutral"),
    ],
)
def test_every_end_has_its_words(
    status: str, fields: dict[str, str], sentence: str, tone: str, connection: Connection
) -> None:
    ended = outcome(make_job(connection, NOON, status, **fields), 12)
    assert (ended.sentence, ended.tone) == (sentence, tone)


def test_of_two_watched_syncs_of_a_connection_the_newer_is_told(connection: Connection) -> None:
    older, newer = make_job(connection, NOON), make_job(connection, NOON + HOUR, SyncJob.Status.CANCELLED)
    found = outcomes([Watch(newer.pk, 12), Watch(older.pk, 12)], [connection.pk])
    assert found[connection.pk].job == newer


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0s"), (17.9, "17s"), (65, "1m 5s"), (7500, "2h 5m"), (-3, "0s")])
def test_seconds_are_said_as_the_button_counts_them(seconds: float, words: str) -> None:
    assert counted(seconds) == words

"""Rows of a sheet become accounts whose counts are merged: what differs is written, and why it stands."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from connections.models import Connection, Workspace
from projects.creators.readings import KEPT, METRICS
from projects.models import (
    AccountSnapshot,
    CellProblem,
    Change,
    CreatorAccount,
    CreatorProject,
    MergeConflict,
    Reading,
)
from projects.tables import TABLES, Changes
from tests.fixtures.creators import accounts, ask_platform, fill_sheet, problem, sheet_row, sheet_tab
from tests.fixtures.synced import make_connection

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def hours(number: float) -> datetime:
    return NOON + timedelta(hours=number)


@contextmanager
def nothing_is_written() -> Iterator[None]:
    with CaptureQueriesContext(database) as queries:
        yield
    writes = re.compile(r"^(\d+ times: )?(INSERT|UPDATE|COPY|DELETE)", re.IGNORECASE)
    assert [query["sql"] for query in queries if writes.match(query["sql"].strip())] == []


def logged(field: str) -> list[tuple[str | None, str | None]]:
    return list(Change.objects.filter(field=field).order_by("id").values_list("before", "after"))


def only(connection: Connection) -> CreatorAccount:
    (account,) = accounts(connection)
    return account


# Rows become accounts


@pytest.mark.spec("V7", "V39")
def test_a_row_becomes_an_account_and_a_second_reading_writes_nothing(connection: Connection) -> None:
    counts = {metric: 100 + at for at, metric in enumerate(METRICS)}
    assert fill_sheet(connection, NOON, sheet_row(2, "Nasa", **counts)) == Changes(created=1)
    account = only(connection)
    assert account.counts == counts
    assert (account.profile, account.platform, account.username) == ("https://instagram.com/nasa", "instagram", "Nasa")
    with nothing_is_written():
        assert fill_sheet(connection, hours(1), sheet_row(2, "Nasa", **counts)) == Changes(unchanged=1)
    assert only(connection).changed_at == NOON


@pytest.mark.spec("V39")
def test_only_what_changed_is_written_with_what_it_was(connection: Connection) -> None:
    rows = [sheet_row(number, followers=10 * number, views=5) for number in range(2, 6)]
    fill_sheet(connection, NOON, *rows)
    job, changed = uuid4(), [*rows[:3], rows[3] | {"followers": 60}]
    TABLES["sheet_accounts"].upsert(connection.pk, changed, seen_at=hours(1), job_id=job)
    (change,) = Change.objects.all()
    assert (change.table, change.field, change.before, change.after) == ("sheet_accounts", "followers", "50", "60")
    assert (change.key, change.job_id) == ("0/https://instagram.com/creator5", job)
    assert Reading.objects.filter(observed_at=hours(1)).count() == 1


@pytest.mark.spec("V44")
def test_the_same_profile_spelt_otherwise_is_the_same_account(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, "nasa", followers=10))
    respelt = sheet_row(2, "nasa", url="instagram.com/NASA/reels?x=1", followers=12)
    assert fill_sheet(connection, hours(1), respelt) == Changes(updated=1)
    assert (only(connection).followers, only(connection).url) == (12, "instagram.com/NASA/reels?x=1")


def test_sorting_a_sheet_changes_nothing_but_where_to_find_a_row(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, "ann", likes=1), sheet_row(3, "bea", likes=2), complete=True)
    ids = {account.username: account.pk for account in accounts(connection)}
    sorted_anew = [sheet_row(2, "bea", likes=2), sheet_row(3, "ann", likes=1)]
    assert fill_sheet(connection, hours(1), *sorted_anew, complete=True) == Changes(unchanged=2)
    assert [(account.username, account.row_number) for account in accounts(connection)] == [("bea", 2), ("ann", 3)]
    assert {account.username: account.pk for account in accounts(connection)} == ids


@pytest.mark.spec("V34", "V44")
def test_a_row_without_a_profile_is_listed_and_the_others_carry_on(connection: Connection) -> None:
    lost = sheet_row(3, url="https://instagram.com/p/abc", likes=5)
    assert fill_sheet(connection, NOON, sheet_row(2), lost, sheet_row(4)) == Changes(created=2, unchanged=1)
    (listed,) = CellProblem.objects.all()
    assert (listed.row_number, listed.field, listed.raw) == (3, "url", "https://instagram.com/p/abc")
    assert listed.why == "It leads to a page of the platform, not to a profile."
    fill_sheet(connection, hours(1), sheet_row(2), sheet_row(3), sheet_row(4))
    assert not CellProblem.objects.exists()


def test_a_profile_that_stands_twice_counts_once_and_is_listed(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(5, "nasa", likes=9), sheet_row(3, "NASA", likes=7))
    assert (only(connection).likes, only(connection).row_number) == (7, 3)
    (listed,) = CellProblem.objects.all()
    assert (listed.row_number, listed.why) == (5, "Row 3 is of the same profile.")


def test_one_profile_in_two_projects_is_two_accounts(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, "nasa", likes=1), sheet_row(2, "nasa", likes=2, project_id="7"))
    assert sorted(account.likes or 0 for account in accounts(connection)) == [1, 2]


@pytest.mark.spec("V36", "C19")
def test_a_cell_that_says_no_number_is_listed_and_lowers_nothing(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, followers=1000, likes=5))
    broken = sheet_row(2, followers=None, likes=-3, problems=[problem("followers", "lots")])
    assert fill_sheet(connection, hours(1), broken) == Changes(unchanged=1)
    assert (only(connection).followers, only(connection).likes) == (1000, 5)
    listed = CellProblem.objects.order_by("field").values_list("field", "raw", "why", "seen_at")
    assert list(listed) == [
        ("followers", "lots", "It is no number.", hours(1)),
        ("likes", "-3", "It is no number of things.", hours(1)),
    ]
    with nothing_is_written():
        fill_sheet(connection, hours(2), broken)


def test_a_platform_beside_the_link_that_says_otherwise_is_listed(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, platform="tiktok"))
    assert only(connection).platform == "instagram"
    assert CellProblem.objects.get().why == "The link leads to instagram, and that counts."


def test_rows_and_tabs_that_have_gone_are_marked_and_come_back(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2), sheet_row(3), sheet_row(4, url="none"), complete=True)
    fill_sheet(connection, hours(1), sheet_row(2), complete=True)
    assert [account.missing_since for account in accounts(connection)] == [None, hours(1)]
    assert not CellProblem.objects.exists()
    fill_sheet(connection, hours(2), sheet_row(3))
    assert [account.missing_since for account in accounts(connection)] == [None, None]
    table = TABLES["sheet_projects"]
    table.settle(connection.pk, [], complete={}, seen_at=hours(3))
    assert CreatorProject.objects.get().missing_since == hours(3)
    table.settle(connection.pk, [sheet_tab()], complete={}, seen_at=hours(4))
    assert CreatorProject.objects.get().missing_since is None


def test_a_tab_is_renamed_and_keeps_what_people_chose(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2))
    CreatorProject.objects.update(is_active=False, policies={"views": "sheet"}, spike_factor=9)
    fill_sheet(connection, hours(1), sheet_row(2), project_name="Summer", header_problems=["No column for views."])
    project = CreatorProject.objects.get()
    assert (project.project_name, project.header_problems) == ("Summer", ["No column for views."])
    assert (project.is_active, project.policies, project.spike_factor) == (False, {"views": "sheet"}, 9)
    assert logged("project_name") == [("Spring", "Summer")]


def test_a_sheet_of_many_rows_is_taken_in_few_statements(connection: Connection) -> None:
    rows = [sheet_row(number, followers=number) for number in range(2, 602)]
    with CaptureQueriesContext(database) as first:
        assert fill_sheet(connection, NOON, *rows) == Changes(created=600)
    with CaptureQueriesContext(database) as second:
        assert fill_sheet(connection, hours(1), *rows) == Changes(unchanged=600)
    assert len(first) < 120
    assert len(second) < 40


# Both sides


@pytest.mark.spec("V2", "V5", "V6", "V8")
def test_what_a_person_corrected_survives_fresh_numbers_that_are_lower(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, followers=1000))
    assert ask_platform(only(connection), hours(1), followers=950) == Changes(unchanged=1)
    account = only(connection)
    assert account.followers == 1000
    assert account.decisions["followers"] == {
        "value": 1000,
        "policy": "max",
        "source": "sheet",
        "sheet": 1000,
        "platform": 950,
        "epoch": 0,
        "sentence": "MAX kept 1,000 (sheet) over 950 (platform)",
        "decided_at": hours(1).isoformat(),
    }
    assert ask_platform(account, hours(2), followers=1050) == Changes(updated=1)
    assert only(connection).followers == 1050
    assert logged("followers") == [("1000", "1050")]
    assert AccountSnapshot.objects.get().followers == 1050


def test_what_the_platform_leaves_out_stays(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, followers=10, likes=3))
    ask_platform(only(connection), hours(1), followers=20)
    ask_platform(only(connection), hours(2), followers=None)
    assert (only(connection).followers, only(connection).likes) == (20, 3)
    assert "no number now" in only(connection).decisions["followers"]["sentence"]


def test_a_rounded_answer_does_not_replace_the_exact_number(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, followers=12_345))
    CreatorProject.objects.update(policies={"followers": "platform"})
    ask_platform(only(connection), hours(1), figures=3, followers=12_300)
    assert only(connection).followers == 12_345


def test_an_older_answer_that_comes_late_takes_its_place(connection: Connection) -> None:
    """Whatever the order, the same stands in the end."""
    ends = []
    said = [("sheet", 1, 900), ("platform", 2, 950), ("platform", 3, 4000), ("sheet", 4, 20_000), ("platform", 5, 940)]
    for order in list(permutations(said))[::17]:
        sid = transaction.savepoint()
        fill_sheet(connection, NOON, sheet_row(2))
        for side, hour, count in order:
            if side == "sheet":
                fill_sheet(connection, hours(hour), sheet_row(2, followers=count))
            else:
                ask_platform(only(connection), hours(hour), followers=count)
        account = only(connection)
        asked = MergeConflict.objects.filter(state="open").values_list("said", "base", "kept")
        ends.append((account.followers, account.decisions["followers"], list(asked)))
        transaction.savepoint_rollback(sid)
    assert all(end == ends[0] for end in ends)
    assert (ends[0][0], ends[0][2]) == (940, [(20_000, 900, 940)])


def test_few_readings_are_kept_however_often_a_number_changes(connection: Connection) -> None:
    for hour in range(3 * KEPT):
        fill_sheet(connection, hours(hour), sheet_row(2, views=1000 + hour))
    assert Reading.objects.count() == KEPT + 1
    assert only(connection).views == 1000 + 3 * KEPT - 1


# Questions


def test_a_spike_is_held_and_asked_about_once(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, followers=1000))
    assert fill_sheet(connection, hours(1), sheet_row(2, followers=10_000)) == Changes(unchanged=1)
    fill_sheet(connection, hours(2), sheet_row(2, followers=10_001))
    asked = MergeConflict.objects.get()
    assert (asked.kind, asked.side, asked.state, asked.seen_at) == ("spike", "sheet", "open", hours(1))
    assert (asked.said, asked.base, asked.kept, asked.metric) == (10_001, 1000, 1000, "followers")
    with nothing_is_written():
        fill_sheet(connection, hours(3), sheet_row(2, followers=10_001))


@pytest.mark.parametrize("way", ["repaired", "confirmed"])
def test_a_question_that_answers_itself_is_closed(connection: Connection, way: str) -> None:
    fill_sheet(connection, NOON, sheet_row(2, followers=1000))
    fill_sheet(connection, hours(1), sheet_row(2, followers=10_000))
    if way == "repaired":
        fill_sheet(connection, hours(2), sheet_row(2, followers=1001))
    else:
        ask_platform(only(connection), hours(2), followers=9_900)
    closed = MergeConflict.objects.get()
    assert (closed.state, closed.resolution, closed.resolved_at) == ("resolved", "gone", hours(2))
    assert closed.value == only(connection).followers == (1001 if way == "repaired" else 10_000)


# Days


@pytest.mark.spec("V4", "V20", "V35", "V45")
def test_a_day_of_the_workspace_has_one_snapshot_with_its_first_and_its_last_value(connection: Connection) -> None:
    """The workspace is in Zurich, where 23:30 UTC in winter is the next day."""
    evening = datetime(2026, 1, 9, 22, tzinfo=UTC)
    for hour, views in enumerate((100, 110, 120, 130)):
        fill_sheet(connection, evening + timedelta(hours=hour / 2), sheet_row(2, views=views))
    days = AccountSnapshot.objects.order_by("snapshot_date")
    assert [(day.snapshot_date, day.first["views"], day.views) for day in days] == [
        (date(2026, 1, 9), 100, 110),
        (date(2026, 1, 10), 120, 130),
    ]
    assert [day.snapshot_time - evening for day in days] == [timedelta(hours=0.5), timedelta(hours=1.5)]
    assert [day.first_time - evening for day in days] == [timedelta(0), timedelta(hours=1)]


def test_a_sheet_that_nobody_changed_has_its_day_too(connection: Connection) -> None:
    """Its source gives an empty page then."""
    fill_sheet(connection, NOON, sheet_row(2, views=5), sheet_row(3), complete=True)
    fill_sheet(connection, hours(1), sheet_row(2, views=5), complete=True)
    job = uuid4()
    table: Any = TABLES["sheet_accounts"]
    assert table.upsert(connection.pk, [], seen_at=hours(24), job_id=job) == Changes()
    (day,) = AccountSnapshot.objects.filter(snapshot_date=date(2026, 3, 21))
    assert (day.account, day.views, day.job_id) == (accounts(connection)[0], 5, job)


@pytest.mark.parametrize("changes", [True, False])
def test_an_answer_that_was_long_on_its_way_counts_in_the_snapshot_too(connection: Connection, changes: bool) -> None:
    fill_sheet(connection, NOON, sheet_row(2, followers=900))
    ask_platform(only(connection), hours(8), followers=950 if changes else 800)
    fill_sheet(connection, hours(7), sheet_row(2, followers=1000))
    ask_platform(only(connection), hours(13), followers=1100)
    fill_sheet(connection, hours(6), sheet_row(2, followers=970, views=5))
    days = AccountSnapshot.objects.order_by("snapshot_date").values_list("followers", "views", "snapshot_time")
    assert list(days) == [(1000, None, hours(8) if changes else hours(7)), (1100, 5, hours(13))]
    assert (only(connection).followers, only(connection).views) == (1100, 5)


# Everybody's own


def test_the_same_sheet_of_two_workspaces_is_kept_apart(connection: Connection, strange_workspace: Workspace) -> None:
    strange_connection = make_connection(strange_workspace)
    fill_sheet(connection, NOON, sheet_row(2, "nasa", followers=1000))
    fill_sheet(strange_connection, NOON, sheet_row(2, "nasa", followers=5))
    ask_platform(only(connection), hours(1), followers=2000)
    assert (only(connection).followers, only(strange_connection).followers) == (2000, 5)

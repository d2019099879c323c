"""Which chunks a job is made of: every date and every entity once, the newest first."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.sources import Slice, Stream
from syncing import planner
from syncing.planner import ONE_DAY, Plan
from tests.fixtures.engine import NOON
from tests.fixtures.plain import AccountDays, CampaignDays, Campaigns

D = date.fromisoformat
DATES = st.dates(date(2022, 1, 1), date(2028, 12, 31))
SPANS = st.tuples(DATES, st.integers(0, 800)).map(lambda pair: (pair[0], pair[0] + pair[1] * ONE_DAY))


def batches_of(size: int) -> Stream:
    stream = CampaignDays()
    stream.entity_batch = size  # type: ignore[misc]
    return stream


def days_of(plans: list[Plan]) -> list[date]:
    return [day for plan in plans for day in planner.days(*span(plan))]


def span(plan: Plan) -> tuple[date, date]:
    assert plan.piece.since
    assert plan.piece.until
    return plan.piece.since, plan.piece.until


# Structure


def test_each_list_of_objects_is_one_chunk() -> None:
    plans = planner.structure([Campaigns(), CampaignDays(), AccountDays()], {})
    assert [(plan.stream.name, plan.piece) for plan in plans] == [("campaigns", Slice())]


def test_a_list_that_was_read_before_is_asked_for_what_was_edited_since() -> None:
    (plan,) = planner.structure([Campaigns()], {"campaigns": NOON, "campaign_days": NOON})
    assert plan.piece == Slice(updated_since=NOON)


# Windows


@pytest.mark.spec("A23")
def test_twenty_nine_days_are_four_weeks_and_a_day_newest_first() -> None:
    plans = planner.metrics([AccountDays()], D("2026-02-20"), D("2026-03-20"))
    assert [f"{since} {until}" for since, until in map(span, plans)] == [
        "2026-03-14 2026-03-20",
        "2026-03-07 2026-03-13",
        "2026-02-28 2026-03-06",
        "2026-02-21 2026-02-27",
        "2026-02-20 2026-02-20",
    ]


def test_all_streams_of_a_window_stand_together_and_lists_are_left_out() -> None:
    plans = planner.metrics([Campaigns(), CampaignDays(), AccountDays()], D("2026-03-07"), D("2026-03-20"))
    assert [(plan.stream.name, plan.piece.until) for plan in plans] == [
        ("campaign_days", D("2026-03-20")),
        ("account_days", D("2026-03-20")),
        ("campaign_days", D("2026-03-13")),
        ("account_days", D("2026-03-13")),
    ]
    assert not any(plan.piece.ids for plan in plans)


@pytest.mark.spec("A25", "A107")
@given(SPANS, st.integers(1, 120))
def test_windows_hold_every_day_once_newest_first_and_none_is_too_long(span: tuple[date, date], longest: int) -> None:
    since, until = span
    windows = list(planner.windows(since, until, longest))
    held = [day for window in windows for day in planner.days(*window)]
    assert sorted(held) == planner.days(since, until)
    assert windows == sorted(windows, reverse=True)
    assert all((end - start).days < longest for start, end in windows)
    assert all((end - start).days == longest - 1 for start, end in windows[:-1])


def test_no_window_before_its_own_beginning() -> None:
    assert list(planner.windows(D("2026-03-02"), D("2026-03-01"), 7)) == []


# Entities


@pytest.mark.parametrize(
    ("amount", "size", "chunks"),
    [
        pytest.param(351, 50, 8, marks=pytest.mark.spec("T57", "T5", "C4"), id="351 campaigns"),
        pytest.param(700, 50, 14, marks=pytest.mark.spec("T58", "T5"), id="700 ad sets"),
        pytest.param(1000, 100, 10, marks=pytest.mark.spec("T59", "T5"), id="1000 ads"),
        pytest.param(50, 50, 1, id="just one batch"),
        pytest.param(51, 50, 2, id="one too many"),
        pytest.param(0, 50, 0, id="none"),
    ],
)
def test_entities_go_in_batches(amount: int, size: int, chunks: int) -> None:
    ids = [f"{number}" for number in range(amount)]
    plans = planner.by_entities(batches_of(size), ids, D("2026-01-01"), D("2026-03-31"))
    assert len(plans) == chunks
    assert [name for plan in plans for name in plan.piece.ids] == ids
    assert all(span(plan) == (D("2026-01-01"), D("2026-03-31")) for plan in plans)


@pytest.mark.spec("T15")
def test_a_batch_says_where_it_stands_in_the_list() -> None:
    plans = planner.by_entities(
        batches_of(50), [f"{number}" for number in range(351)], D("2026-01-01"), D("2026-01-01")
    )
    assert [(plan.offset, plan.limit) for plan in plans] == [(at, 50) for at in range(0, 351, 50)]


# Too much data


def test_too_much_is_split_by_dates_the_newer_half_first() -> None:
    plan = Plan(CampaignDays(), Slice(D("2026-03-01"), D("2026-03-07"), ("a", "b")), 0, 2)
    assert [(part.piece.since, part.piece.until, part.piece.ids) for part in planner.split(plan, [])] == [
        (D("2026-03-05"), D("2026-03-07"), ("a", "b")),
        (D("2026-03-01"), D("2026-03-04"), ("a", "b")),
    ]


@pytest.mark.spec("C4")
def test_one_day_is_split_by_entities_and_a_batch_by_halves() -> None:
    day = Plan(batches_of(2), Slice(D("2026-03-01"), D("2026-03-01")))
    batches = planner.split(day, ["a", "b", "c"])
    assert [part.piece.ids for part in batches] == [("a", "b"), ("c",)]
    halves = planner.split(batches[0], ["a", "b", "c"])
    assert [(part.piece.ids, part.offset, part.limit) for part in halves] == [(("a",), 0, 1), (("b",), 1, 1)]


@pytest.mark.parametrize(
    ("piece", "known"),
    [
        (Slice(), ["a", "b"]),
        (Slice(D("2026-03-01"), D("2026-03-01")), []),
        (Slice(D("2026-03-01"), D("2026-03-01"), ("a",)), ["a", "b"]),
    ],
    ids=["a list without dates", "a day of nobody", "a day of one"],
)
def test_what_cannot_be_split_is_not(piece: Slice, known: list[str]) -> None:
    assert planner.split(Plan(CampaignDays(), piece), known) == []


@given(SPANS, st.integers(0, 30), st.integers(0, 30), st.integers(1, 12))
def test_splitting_to_the_end_reads_each_day_of_each_entity_once(
    span: tuple[date, date], days: int, amount: int, size: int
) -> None:
    since, until = span[0], span[0] + days * ONE_DAY
    known = [f"{number}" for number in range(amount)]
    ended, waiting = [], [Plan(batches_of(size), Slice(since, until))]
    while waiting:
        plan = waiting.pop()
        parts = planner.split(plan, known)
        waiting += parts
        ended += [] if parts else [plan]
    asked = [(day, name) for plan in ended for day in days_of([plan]) for name in plan.piece.ids or known]
    assert sorted(asked) == sorted((day, name) for day in planner.days(since, until) for name in known)
    assert all(known[plan.offset or 0 :][: plan.limit] == list(plan.piece.ids) for plan in ended if plan.piece.ids)


# From where, and how far


def test_a_first_run_reads_as_far_back_as_days_are_still_restated() -> None:
    assert planner.first_date(D("2026-03-20"), lookback_days=28, settled_until=None) == D("2026-02-20")


@pytest.mark.parametrize(
    ("settled_until", "first"),
    [
        pytest.param("2026-02-19", "2026-02-20", id="a day later: the same twenty-nine dates"),
        pytest.param("2026-02-20", "2026-02-20", id="later on the same day: the same again"),
        pytest.param("2026-01-31", "2026-02-01", id="after a long pause: from where the last run left off"),
    ],
)
def test_an_incremental_run_goes_back_to_what_is_not_settled(settled_until: str, first: str) -> None:
    assert planner.first_date(D("2026-03-20"), lookback_days=28, settled_until=D(settled_until)) == D(first)


RUNS = st.lists(st.tuples(st.integers(0, 100), st.sampled_from(["read", "failed", "half"])), min_size=1, max_size=8)
"""Days that pass after each run, and how it goes: half of it fails, the newer or the older."""


@pytest.mark.spec("T69")
@given(DATES, RUNS, st.integers(0, 90), st.booleans())
def test_after_any_pause_and_failure_every_date_is_read_until_it_is_no_longer_restated(
    first_run: date, runs: list[tuple[int, str]], lookback: int, newer_fails: bool
) -> None:
    """Also the day on which the run before took place: it was not over then."""
    read_last: dict[date, date] = {}
    settled, today = None, first_run
    for pause, outcome in [*runs, (0, "read")]:
        since = planner.first_date(today, lookback_days=lookback, settled_until=settled)
        slices = list(planner.windows(since, today, 7))
        cut = {"read": len(slices), "failed": 0, "half": len(slices) // 2}[outcome]
        read, failed = (slices[-cut:] if cut else [], slices[: len(slices) - cut])
        if not newer_fails:
            read, failed = slices[:cut], slices[cut:]
        read_last |= {day: today for window in read for day in planner.days(*window)}
        before = settled or since - ONE_DAY
        covered = planner.covered_until(before, read, failed)
        settled = max(before, min(covered, planner.last_settled(today, lookback_days=lookback)))
        today += pause * ONE_DAY
    wanted = planner.days(first_run - lookback * ONE_DAY, today)
    assert sorted(read_last) == wanted
    assert all(read_last[day] >= min(today, day + max(1, lookback) * ONE_DAY) for day in wanted)


ODD_SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=8)


@given(st.integers(0, 40), ODD_SPANS, ODD_SPANS)
def test_no_date_between_before_and_covered_until_is_missing(before: int, read: Any, failed: Any) -> None:
    zero = D("2026-01-01")
    as_dates = [[(zero + at * ONE_DAY, zero + (at + more) * ONE_DAY) for at, more in spans] for spans in (read, failed)]
    start = zero + before * ONE_DAY
    good, bad = [{day for one in spans for day in planner.days(*one)} for spans in as_dates]
    assert set(planner.days(start + ONE_DAY, planner.covered_until(start, *as_dates))) <= good - bad


@pytest.mark.parametrize(
    ("before", "read", "failed", "end"),
    [
        pytest.param("03-06", [("03-14", "03-20"), ("03-07", "03-13")], [], "03-20", id="two windows meet"),
        pytest.param("03-10", [("03-14", "03-20")], [], "03-10", id="a gap before the window"),
        pytest.param("03-13", [("03-14", "03-20")], [("03-14", "03-20")], "03-13", id="one of two slices failed"),
        pytest.param("03-13", [("03-14", "03-20")], [("03-17", "03-20")], "03-16", id="the end failed"),
        pytest.param("03-20", [("03-01", "03-10")], [], "03-20", id="an old range changes nothing"),
        pytest.param("03-06", [("03-14", "03-20")], [("03-07", "03-13")], "03-06", id="the older window failed"),
        pytest.param("03-10", [], [("03-11", "03-20")], "03-10", id="nothing was read"),
    ],
)
def test_covered_until_ends_before_the_first_gap(before: str, read: Any, failed: Any, end: str) -> None:
    def day(text: str) -> date:
        return D(f"2026-{text}")

    spans = [[(day(since), day(until)) for since, until in each] for each in (read, failed)]
    assert planner.covered_until(day(before), *spans) == day(end)


def test_today_is_never_settled() -> None:
    assert planner.last_settled(D("2026-03-20"), lookback_days=28) == D("2026-02-20")
    assert planner.last_settled(D("2026-03-20"), lookback_days=0) == D("2026-03-19")


# What follows totals


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ("", ""),
        ("03", "03-03"),
        ("05 03 04 04", "03-05"),
        ("01 03 04 09", "09-09 03-04 01-01"),
        ("01 02 03 04 05 06 07", "01-07"),
    ],
    ids=["none", "one", "twice the same, in no order", "three groups", "a week"],
)
def test_days_that_stand_together_are_one_span_newest_first(days: str, found: str) -> None:
    spans = planner.spans(D(f"2026-01-{day}") for day in days.split())
    assert " ".join(f"{since:%d}-{until:%d}" for since, until in spans) == found


@given(st.lists(DATES, max_size=30))
def test_spans_are_all_of_the_days_each_once(days: list[date]) -> None:
    spans = planner.spans(days)
    assert [day for span in reversed(spans) for day in planner.days(*span)] == sorted(set(days))


@pytest.mark.parametrize(
    ("read", "since"),
    [
        ("11-12", "11"),
        ("11-12 09-10", "09"),
        ("09-10 11-12 02-03", "09"),
        ("11-12 08-09", "11"),
        ("05-12 06-07", "05"),
        ("12-12 03-10 11-11", "03"),
    ],
    ids=["one slice", "two that touch", "an older day beside", "a hole of a day", "one inside", "in no order"],
)
def test_how_deep_a_run_has_read_ends_at_the_first_hole(read: str, since: str) -> None:
    slices = [tuple(D(f"2026-01-{day}") for day in one.split("-")) for one in read.split()]
    assert planner.read_since([(first, last) for first, last in slices]) == D(f"2026-01-{since}")

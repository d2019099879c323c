"""One number out of what sheet, platform and people say: explained, repeatable, and never lowered by silence."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.creators.merging import Conflict, Kind, Policy, highest, merge, rounded_down
from projects.creators.readings import KEPT, Epoch, Guard, Number, Reading, Side, kept

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
SHEET, PLATFORM, PERSON = Side
NO_GUARD = Guard(factor=0)


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def sheet(*values: int | None, start: float = 0, every: float = 2) -> list[Reading]:
    return [Reading(SHEET, value, at(start + every * place)) for place, value in enumerate(values)]


def platform(*values: int | None, start: float = 1, every: float = 2, figures: int | None = None) -> list[Reading]:
    return [Reading(PLATFORM, value, at(start + every * place), figures) for place, value in enumerate(values)]


def answered(value: int, side: Side, hours: float, number: int = 1) -> Epoch:
    return Epoch(number, at(hours), side, value)


# The larger one


@pytest.mark.spec("V6", "V8", "V2")
@pytest.mark.parametrize(
    ("fresh", "stands", "source", "sentence"),
    [
        (950, 1000, SHEET, "MAX kept 1,000 (sheet) over 950 (platform)"),
        (1050, 1050, PLATFORM, "MAX kept 1,050 (platform) over 1,000 (sheet)"),
        (1000, 1000, SHEET, "MAX kept 1,000 (sheet), and 1,000 (platform) says the same"),
        (None, 1000, SHEET, "MAX took 1,000 (sheet), the only number"),
        (0, 1000, SHEET, "MAX kept 1,000 (sheet) over 0 (platform)"),
    ],
)
def test_the_larger_of_both_stands_and_says_over_what(
    fresh: int | None, stands: int, source: Side, sentence: str
) -> None:
    found = merge([*sheet(1000), *platform(fresh)])
    assert (found.value, found.source, found.sentence) == (stands, source, sentence)
    assert (found.sheet, found.platform, found.policy, found.epoch) == (1000, fresh, Policy.MAX, 0)


def test_nobodys_number_is_no_number() -> None:
    for readings in ([], [*sheet(None), *platform(None)]):
        found = merge(readings)
        assert (found.value, found.source, found.decided_at) == (None, None, None)
        assert found.sentence == "Neither the sheet nor the platform has a number"
    assert merge(sheet(0)).value == 0


@pytest.mark.spec("V36")
def test_what_is_no_number_counts_as_nothing_and_the_last_number_stands() -> None:
    found = merge([*sheet(1000, None), *platform(950)])
    assert (found.value, found.source) == (1000, SHEET)
    assert found.sentence.endswith("; the sheet has no number now, and its last one stands")
    assert merge([*sheet(None), *platform(950)]).value == 950


def test_a_repaired_cell_gives_way_and_so_does_a_real_loss() -> None:
    assert merge([*sheet(1000, 2000, 1000), *platform(950)]).value == 1000
    assert merge([*sheet(900), *platform(1000, 950)]).value == 950


# Other rules


@pytest.mark.spec("V40")
@pytest.mark.parametrize(
    ("policy", "readings", "stands", "source"),
    [
        ("sheet", [*sheet(900), *platform(1000)], 900, SHEET),
        ("sheet", [*sheet(None), *platform(1000)], 1000, PLATFORM),
        ("platform", [*sheet(1000), *platform(900)], 900, PLATFORM),
        ("platform", [*sheet(1000), *platform(None)], 1000, SHEET),
        ("latest", [*sheet(1000), *platform(900)], 1000, SHEET),
        ("latest", [*sheet(1000, 800), *platform(900)], 800, SHEET),
        ("latest", [*sheet(1000), *platform(900, 850)], 850, PLATFORM),
        ("latest", [*sheet(1000, 1100), *platform(900, 850, start=10)], 850, PLATFORM),
        ("locked", [*sheet(1000), *platform(900)], 1000, SHEET),
    ],
)
def test_each_rule_lets_its_side_win(policy: str, readings: list[Reading], stands: int, source: Side) -> None:
    found = merge(readings, policy=Policy(policy))
    assert (found.value, found.source, found.conflict) == (stands, source, None)
    assert found.sentence.startswith(policy.upper())


def test_what_is_locked_stays_whatever_is_said() -> None:
    locked = answered(500, PERSON, 1)
    found = merge([*sheet(1000, 9000), *platform(900, 99_000)], policy=Policy.LOCKED, epoch=locked)
    assert (found.value, found.source, found.conflict) == (500, PERSON, None)


@pytest.mark.parametrize("apart", [0.0, 0.5, 1.0])
def test_two_changes_within_an_hour_are_a_question_and_the_larger_stands_meanwhile(apart: float) -> None:
    readings = [*sheet(1000, 800, every=5), *platform(950, 900, start=0, every=5 + apart)]
    found = merge(readings, policy=Policy.LATEST)
    assert (found.value, found.conflict) == (900, Conflict(Kind.BOTH_CHANGED))
    assert "both changed" in found.sentence


def test_two_changes_to_the_same_are_no_question() -> None:
    readings = [*sheet(1000, 12_345, every=5), *platform(950, 12_300, start=0, every=5, figures=3)]
    found = merge(readings, policy=Policy.LATEST, guard=NO_GUARD)
    assert (found.value, found.source, found.conflict) == (12_345, SHEET, None)


@pytest.mark.parametrize("policy", [each for each in Policy if each is not Policy.LOCKED])
def test_a_rounded_number_that_agrees_gives_way_to_the_exact_one(policy: Policy) -> None:
    found = merge([*sheet(12_345), *platform(12_300, figures=3)], policy=policy)
    assert (found.value, found.source) == (12_345, SHEET)
    assert "about 12,300 (platform)" in found.sentence
    assert merge([*sheet(12_345), *platform(12_400, figures=3)]).value == 12_400


@given(st.integers(0, 10**12), st.integers(1, 6))
def test_rounding_down_loses_less_than_a_unit_of_the_last_figure(value: int, figures: int) -> None:
    found = rounded_down(value, figures)
    assert 0 <= value - found < 10 ** max(len(str(value)) - figures, 0) or found == value
    assert rounded_down(found, figures) == found


# Spikes


def test_a_spike_is_held_and_asked_about() -> None:
    found = merge([*sheet(1000, 10_000), *platform(950)])
    assert (found.value, found.source) == (1000, SHEET)
    assert found.conflict == Conflict(Kind.SPIKE, SHEET, 10_000, 1000)
    assert "10,000 (sheet) waits for an answer, because 1,000 stood before" in found.sentence
    assert found.sheet == 10_000


@pytest.mark.parametrize(
    ("readings", "stands"),
    [
        (sheet(1000, 4999), 4999),
        (sheet(10, 900), 900),
        (sheet(10_000), 10_000),
        ([*sheet(1000, 10_000), *platform(950, 9_800)], 10_000),
        (sheet(1000, 10_000, 1000), 1000),
        (sheet(1000, 4000, 16_000), 16_000),
    ],
    ids=["below the factor", "below the floor", "the first", "confirmed by the other", "repaired", "step by step"],
)
def test_what_is_no_spike_is_taken(readings: list[Reading], stands: int) -> None:
    found = merge(readings)
    assert (found.value, found.conflict) == (stands, None)


def test_a_spike_stays_held_while_it_goes_on_moving() -> None:
    found = merge(sheet(1000, *range(10_000, 10_030)))
    assert (found.value, found.conflict) == (1000, Conflict(Kind.SPIKE, SHEET, 10_029, 1000))


def test_the_guard_is_for_a_project_to_set() -> None:
    assert merge(sheet(1000, 10_000), guard=NO_GUARD).value == 10_000
    assert merge(sheet(1000, 10_000), guard=Guard(factor=20)).value == 10_000
    assert merge(sheet(1000, 10_000), guard=Guard(floor=50_000)).value == 10_000
    assert merge(sheet(10, 30), guard=Guard(factor=2, floor=1)).value == 10


def test_nobody_is_asked_about_a_side_that_does_not_count() -> None:
    found = merge([*sheet(1000, 10_000), *platform(950)], policy=Policy.PLATFORM)
    assert (found.value, found.conflict) == (950, None)


# Answers


def test_a_lower_value_that_was_accepted_stays() -> None:
    readings, lower = [*sheet(1000), *platform(950)], answered(950, PLATFORM, 1)
    found = merge(readings, epoch=lower)
    assert (found.value, found.source, found.epoch) == (950, PLATFORM, 1)
    assert found.sentence.endswith("1,000 (sheet) was put aside by an answer")
    assert merge([*readings, *sheet(1000, None, 1000, start=5)], epoch=lower).value == 950
    assert merge([*readings, *platform(940, start=5)], epoch=lower).value == 940
    assert merge([*readings, *sheet(970, start=5)], epoch=lower).value == 970


def test_a_spike_that_was_accepted_is_the_new_measure() -> None:
    readings, taken = [*sheet(1000, 10_000), *platform(950)], answered(10_000, SHEET, 2)
    assert merge(readings, epoch=taken).value == 10_000
    assert merge([*readings, *sheet(11_000, start=5)], epoch=taken).conflict is None


def test_a_spike_that_was_refused_does_not_come_back() -> None:
    readings, refused = [*sheet(1000, 10_000), *platform(950)], answered(950, PLATFORM, 2)
    found = merge([*readings, *platform(955, start=5)], epoch=refused)
    assert (found.value, found.conflict) == (955, None)
    assert merge([*readings, *sheet(20_000, start=5)], epoch=refused).conflict is not None


@pytest.mark.parametrize("policy", [*Policy])
def test_a_typed_number_stands_until_something_changes(policy: Policy) -> None:
    readings, typed = [*sheet(1000), *platform(950)], answered(980, PERSON, 1)
    found = merge(readings, policy=policy, epoch=typed)
    assert (found.value, found.source) == (980, PERSON)
    later = merge([*readings, *platform(990, start=5), *sheet(985, start=7)], policy=policy, epoch=typed).value
    assert later == {"max": 990, "sheet": 985, "platform": 990, "latest": 985, "locked": 980}[policy]


# What holds of any readings

VALUES = st.none() | st.integers(0, 50) | st.integers(0, 10**7)
READINGS = st.builds(
    Reading,
    st.sampled_from([SHEET, PLATFORM]),
    VALUES,
    st.integers(0, 60).map(at),
    st.none() | st.integers(1, 4),
)
MANY = st.lists(READINGS, max_size=40)
POLICIES = st.sampled_from(Policy)
EPOCHS = st.just(Epoch()) | st.builds(
    answered, st.integers(0, 10**5), st.sampled_from(Side), st.integers(0, 60), st.integers(1, 9)
)
GUARDS = st.builds(Guard, st.sampled_from([0, 2, 5]), st.sampled_from([0, 10, 1000]))
Rules = dict[str, Any]
RULES = st.fixed_dictionaries({"policy": POLICIES, "epoch": EPOCHS, "guard": GUARDS})


@given(MANY, RULES, st.randoms())
def test_any_order_of_the_same_readings_gives_the_same(readings: list[Reading], rules: Rules, random: Any) -> None:
    shuffled = random.sample(readings, len(readings))
    assert merge(shuffled, **rules) == merge(readings, **rules)


@given(MANY, RULES)
def test_readings_that_come_twice_count_once(readings: list[Reading], rules: Rules) -> None:
    assert merge([*readings, *readings], **rules) == merge(readings, **rules)


@given(MANY, RULES, st.sampled_from([SHEET, PLATFORM]), st.integers(0, 90).map(at))
def test_silence_never_lowers_a_number(readings: list[Reading], rules: Rules, side: Side, when: datetime) -> None:
    assert merge([*readings, Reading(side, None, when)], **rules).value == merge(readings, **rules).value


@given(MANY, RULES)
def test_every_decision_is_explained(readings: list[Reading], rules: Rules) -> None:
    found = merge(readings, **rules)
    said = found.sentence
    if found.value is None:
        assert (found.source, said.startswith("Neither the sheet nor the platform has a number")) == (None, True)
        return
    assert said.startswith(found.policy.upper())
    assert found.source is not None
    assert f"{found.value:,}" in said
    assert {SHEET: "(sheet)", PLATFORM: "(platform)", PERSON: "(typed)"}[found.source] in said
    assert found.decided_at is not None
    assert found.conflict is None or "waits for an answer" in said or "both changed" in said


@given(MANY, POLICIES, EPOCHS)
def test_no_number_stands_that_nobody_said(readings: list[Reading], policy: Policy, epoch: Epoch) -> None:
    found = merge(readings, policy=policy, epoch=epoch)
    assert found.value in {None, epoch.value, *(reading.value for reading in readings)}


@given(VALUES, VALUES)
def test_without_a_guard_the_rule_is_the_larger_number(one: int | None, other: int | None) -> None:
    found = merge([*sheet(one), *platform(other)], guard=NO_GUARD)
    assert found.value == max((value for value in (one, other) if value is not None), default=None)


NUMBERS = st.builds(
    Number, st.sampled_from(Side), st.integers(0, 20), st.integers(0, 3).map(at), st.sampled_from([None, 3])
)


@given(st.lists(NUMBERS, max_size=6), st.lists(NUMBERS, max_size=6), st.lists(NUMBERS, max_size=6))
def test_the_larger_number_does_not_depend_on_who_is_asked_first(
    one: list[Number], two: list[Number], three: list[Number]
) -> None:
    """Commutative, associative, and the same twice."""
    assert highest([*one, *two]) == highest([*two, *one])
    assert joined(joined(one, two), three) == joined(one, joined(two, three)) == joined([*one, *two], three)
    assert joined(one, one) == joined(one, [])


def joined(one: Sequence[Number], two: Sequence[Number]) -> list[Number]:
    found = highest([*one, *two])
    return [found] if found else []


# What is remembered


def remembered(readings: Sequence[Reading], epoch: Epoch, guard: Guard) -> list[Reading]:
    """As the database does it: each as it comes, and no more than needed."""
    held: list[Reading] = []
    for reading in readings:
        others = [each for each in held if each.side is not reading.side]
        held = others + kept([*(each for each in held if each.side is reading.side), reading], epoch, guard)
    return held


@given(MANY, RULES)
def test_the_few_that_are_kept_tell_the_same_as_all(readings: list[Reading], rules: Rules) -> None:
    in_time = sorted(readings, key=lambda each: each.observed_at)
    moments = [next(same) for _, same in groupby(in_time, key=lambda each: (each.side, each.observed_at))]
    held = remembered(moments, rules["epoch"], rules["guard"])
    assert merge(held, **rules) == merge(moments, **rules)
    assert max((sum(each.side is side for each in held) for side in Side), default=0) <= KEPT + 2


@given(st.permutations([*sheet(5, 900, 30, 7000, 80, 100_000), *platform(6, 70, 900_000, 90, 1000)]), RULES)
def test_readings_that_come_late_take_their_place(readings: list[Reading], rules: Rules) -> None:
    assert merge(remembered(readings, rules["epoch"], rules["guard"]), **rules) == merge(readings, **rules)

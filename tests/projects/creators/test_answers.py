"""What people decide holds: a lower number, a typed one, a rule for one field; and it is known who did."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from connections.models import Connection
from projects.creators import answers, arranging
from projects.creators.answers import Outdated, Seen
from projects.creators.merging import Policy
from projects.creators.readings import METRICS, Side
from projects.models import AccountSnapshot, Change, CreatorAccount, CreatorProject, MergeConflict
from tests.fixtures.creators import accounts, ask_platform, fill_sheet, sheet_row
from tests.fixtures.engine import together

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def hours(number: float) -> datetime:
    return NOON + timedelta(hours=number)


def only(connection: Connection) -> CreatorAccount:
    (account,) = accounts(connection)
    return account


@pytest.mark.parametrize(("side", "stands"), [(Side.SHEET, 10_000), (Side.PLATFORM, 950)])
def test_an_answer_stands_and_tells_who_gave_it(connection: Connection, bob: User, side: Side, stands: int) -> None:
    fill_sheet(connection, NOON, sheet_row(2, followers=1000))
    ask_platform(only(connection), hours(1), followers=950)
    fill_sheet(connection, hours(2), sheet_row(2, followers=10_000))
    account = answers.accept(only(connection).pk, "followers", side, now=hours(3), by=bob)
    assert (account.followers, account.decisions["followers"]["epoch"]) == (stands, 1)
    asked = MergeConflict.objects.get()
    assert (asked.state, asked.resolution, asked.value) == ("resolved", side.value, stands)
    assert (asked.resolved_by, asked.resolved_at) == (bob, hours(3))
    fill_sheet(connection, hours(4), sheet_row(2, followers=10_000))
    assert only(connection).followers == stands
    assert MergeConflict.objects.count() == 1


def test_a_lower_value_is_accepted_without_a_question_and_stays(connection: Connection, bob: User) -> None:
    fill_sheet(connection, NOON, sheet_row(2, followers=1000))
    ask_platform(only(connection), hours(1), followers=950)
    answers.accept(only(connection).pk, "followers", Side.PLATFORM, now=hours(2), by=bob)
    for hour in (3, 4):
        fill_sheet(connection, hours(hour), sheet_row(2, followers=1000))
        ask_platform(only(connection), hours(hour + 0.5), followers=950)
    account = only(connection)
    assert account.followers == 950
    assert "1,000 (sheet) was put aside by an answer" in account.decisions["followers"]["sentence"]
    assert list(Change.objects.values_list("field", "before", "after")) == [("followers", "1000", "950")]
    assert AccountSnapshot.objects.get().followers == 950
    done = MergeConflict.objects.get()
    assert (done.kind, done.kept, done.value, done.resolved_by) == ("accepted", 1000, 950, bob)
    fill_sheet(connection, hours(6), sheet_row(2, followers=1010))
    assert only(connection).followers == 1010


def test_what_was_on_its_way_when_the_answer_was_given_counts(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, followers=1000))
    ask_platform(only(connection), hours(1), followers=950)
    answers.accept(only(connection).pk, "followers", Side.PLATFORM, now=hours(3), by=None)
    ask_platform(only(connection), hours(2), followers=970)
    assert only(connection).followers == 970


def test_a_number_is_typed_and_a_side_without_one_cannot_be_accepted(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, followers=1000))
    account = answers.type_in(only(connection).pk, "followers", 990, now=hours(1), by=None)
    assert (account.followers, account.decisions["followers"]["source"]) == (990, "person")
    with pytest.raises(answers.NothingToAccept):
        answers.accept(account.pk, "followers", Side.PLATFORM, now=hours(2), by=None)
    assert only(connection).epochs["followers"]["number"] == 1


@pytest.mark.spec("V40")
def test_each_field_has_a_rule_of_its_own(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, followers=1000, likes=10, views=5, videos=7))
    ask_platform(only(connection), hours(1), followers=950, likes=20, views=8, videos=9)
    pk, project = only(connection).pk, CreatorProject.objects.get()
    answers.choose_policy(pk, "followers", Policy.PLATFORM, now=hours(2))
    answers.choose_policy(pk, "likes", Policy.LOCKED, now=hours(2))
    arranging.choose_policy_for_all(project.pk, "views", Policy.SHEET, now=hours(2))
    assert only(connection).counts == {
        **dict.fromkeys(METRICS),
        "followers": 950,
        "likes": 20,
        "views": 5,
        "videos": 9,
    }
    ask_platform(only(connection), hours(3), followers=940, likes=30, views=9, videos=6)
    assert [only(connection).counts[name] for name in ("followers", "likes", "views", "videos")] == [940, 20, 5, 7]
    account = answers.choose_policy(pk, "likes", None, now=hours(4))
    assert (account.likes, "likes" in account.policies) == (30, False)


def test_a_project_is_locked_at_what_stands_but_for_accounts_with_a_rule_of_their_own(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, likes=10), sheet_row(3, likes=20), sheet_row(4))
    answers.choose_policy(accounts(connection)[1].pk, "likes", Policy.SHEET, now=hours(1))
    arranging.choose_policy_for_all(CreatorProject.objects.get().pk, "likes", Policy.LOCKED, now=hours(2))
    fill_sheet(connection, hours(3), sheet_row(2, likes=11), sheet_row(3, likes=21), sheet_row(4, likes=31))
    assert [account.likes for account in accounts(connection)] == [10, 21, 31]


@pytest.mark.parametrize("side", [Side.SHEET, Side.PLATFORM])
def test_what_is_accepted_while_a_count_is_locked_is_locked_too(connection: Connection, side: Side) -> None:
    fill_sheet(connection, NOON, sheet_row(2, likes=1000))
    ask_platform(only(connection), hours(1), likes=950)
    pk = only(connection).pk
    answers.choose_policy(pk, "likes", Policy.LOCKED, now=hours(2))
    accepted = answers.accept(pk, "likes", side, now=hours(3), by=None).likes
    fill_sheet(connection, hours(4), sheet_row(2, likes=1010))
    ask_platform(only(connection), hours(5), likes=960)
    assert only(connection).likes == accepted
    assert MergeConflict.objects.get().resolution == side.value


@pytest.mark.parametrize("value", [-1, 2**63])
def test_what_is_no_count_cannot_be_typed(connection: Connection, value: int) -> None:
    fill_sheet(connection, NOON, sheet_row(2, likes=10))
    with pytest.raises(answers.NoCount):
        answers.type_in(only(connection).pk, "likes", value, now=hours(1), by=None)
    assert only(connection).likes == 10


def test_a_second_answer_replaces_the_first(connection: Connection, bob: User) -> None:
    fill_sheet(connection, NOON, sheet_row(2, followers=1000))
    ask_platform(only(connection), hours(1), followers=950)
    pk = only(connection).pk
    answers.accept(pk, "followers", Side.PLATFORM, now=hours(2), by=bob)
    answers.type_in(pk, "followers", 970, now=hours(3), by=bob)
    account = answers.accept(pk, "followers", Side.SHEET, now=hours(4), by=bob)
    assert (account.followers, account.epochs["followers"]["number"]) == (1000, 3)
    assert list(MergeConflict.objects.order_by("id").values_list("value", flat=True)) == [950, 970, 1000]


@pytest.mark.django_db(transaction=True)
def test_of_those_who_answer_one_question_at_once_one_is_heard_and_the_others_are_told(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, followers=1000))
    pk = only(connection).pk

    def say(value: int) -> str:
        try:
            answers.type_in(pk, "followers", value, now=hours(1), by=None, seen=Seen(0))
        except Outdated as late:
            return str(late)
        return str(value)

    said = together(say, [100, 200, 300])
    heard = [each for each in said if each.isdigit()]
    assert len(heard) == 1
    assert said.count("Somebody else has answered this in the meantime") == 2
    account = only(connection)
    assert (account.followers, account.epochs["followers"]["number"]) == (int(heard[0]), 1)
    assert MergeConflict.objects.count() == 1

"""What a platform says of a profile is kept, and merged into the accounts that spreadsheets have of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections as database
from django.db import transaction

from connections import profiles
from connections.models import Connection, Workspace
from connections.sources import Record
from projects.creators.readings import METRICS
from projects.models import CreatorAccount, MergeConflict, PlatformProfile
from projects.tables import TABLES, Changes
from tests.fixtures.creators import accounts, fill_sheet, sheet_row
from tests.fixtures.engine import DEADLINE, eventually
from tests.fixtures.synced import make_connection

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
ANN = "https://instagram.com/ann"
pytestmark = pytest.mark.django_db


def hours(number: float) -> datetime:
    return NOON + timedelta(hours=number)


@pytest.fixture
def platform(connection: Connection) -> Connection:
    """Of the same workspace as the spreadsheet."""
    return make_connection(connection.workspace, "Platform")


def shown(profile: str = ANN, **counts: Any) -> Record:
    figures = counts.pop("figures", None)
    return profiles.read(profile, external_id="17", name="Ann", counts=counts, figures=figures)


def ask(platform: Connection, now: datetime, *records: Record) -> Changes:
    return TABLES["platform_profiles"].upsert(platform.pk, records, seen_at=now)


def followers(connection: Connection) -> list[int | None]:
    return [account.followers for account in accounts(connection)]


def test_metrics_are_called_the_same_on_both_sides() -> None:
    assert profiles.METRICS == METRICS


@pytest.mark.spec("V2", "V38")
@pytest.mark.parametrize(
    ("sheet", "said", "stands"),
    [(1000, 950, 1000), (1000, 1050, 1050), (None, 950, 950), (1000, None, 1000), (950, 0, 950)],
    ids=["the sheet has more", "the platform has more", "only the platform", "the platform hides it", "it says zero"],
)
def test_a_reading_is_merged_into_the_account_of_the_sheet(
    connection: Connection, platform: Connection, sheet: int | None, said: int | None, stands: int
) -> None:
    fill_sheet(connection, NOON, sheet_row(2, "ann", followers=sheet))
    ask(platform, hours(1), shown(followers=said))
    assert followers(connection) == [stands]


@pytest.mark.spec("V2")
def test_a_number_that_is_ten_times_too_large_waits_for_an_answer(connection: Connection, platform: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, "ann", followers=1000))
    ask(platform, hours(1), shown(followers=1050))
    fill_sheet(connection, hours(2), sheet_row(2, "ann", followers=10_000))
    assert followers(connection) == [1050]
    assert MergeConflict.objects.get().said == 10_000


def test_the_same_again_writes_nothing(connection: Connection, platform: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, "ann"))
    assert ask(platform, hours(1), shown(followers=5, figures={})) == Changes(created=1)
    before = CreatorAccount.objects.values().get(), PlatformProfile.objects.values().get()
    assert ask(platform, hours(2), shown(followers=5, figures={})) == Changes(unchanged=1)
    assert (CreatorAccount.objects.values().get(), PlatformProfile.objects.values().get()) == before


def test_every_sheet_of_the_workspace_gets_it_and_no_other(connection: Connection, platform: Connection) -> None:
    second = make_connection(connection.workspace, "Second sheet")
    stranger = make_connection(Workspace.objects.create(name="Another company"), "Theirs")
    for sheet in (connection, second, stranger):
        fill_sheet(sheet, NOON, sheet_row(2, "ann"), sheet_row(2, "ann", project_id="7"), sheet_row(3, "bea"))
    ask(platform, hours(1), shown(followers=5))
    assert sorted(map(str, followers(connection))) == sorted(map(str, followers(second))) == ["5", "5", "None"]
    assert followers(stranger) == [None] * 3


def test_made_up_numbers_do_not_come_into_a_real_sheet(connection: Connection, platform: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, "ann"))
    Connection.objects.filter(pk=connection.pk).update(is_sandbox=False)
    Connection.objects.filter(pk=platform.pk).update(is_sandbox=True)
    ask(platform, hours(1), shown(followers=5))
    assert followers(connection) == [None]
    assert TABLES["platform_profiles"].held(platform.pk, "instagram") == {}


@pytest.mark.spec("V36")
def test_a_rounded_number_does_not_blur_the_exact_one(connection: Connection, platform: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, "ann", followers=12_345))
    ask(platform, hours(1), shown(followers=12_300, figures={"followers": 3}))
    assert followers(connection) == [12_345]


def test_what_failed_keeps_the_last_numbers_and_says_why(connection: Connection, platform: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, "ann", followers=900))
    ask(platform, hours(1), shown(followers=950))
    ask(platform, hours(2), profiles.unread(ANN, profiles.FAILED, "The servers are in trouble."))
    row = PlatformProfile.objects.get()
    assert (row.state, row.reason, row.followers, row.name) == ("failed", "The servers are in trouble.", 950, "Ann")
    assert followers(connection) == [950]
    assert "no number now" not in accounts(connection)[0].decisions["followers"]["sentence"]


@pytest.mark.parametrize("state", [profiles.MISSING, profiles.UNSUPPORTED])
def test_a_profile_that_has_gone_lowers_nothing(connection: Connection, platform: Connection, state: str) -> None:
    fill_sheet(connection, NOON, sheet_row(2, "ann", followers=900))
    ask(platform, hours(1), shown(followers=950))
    ask(platform, hours(2), profiles.unread(ANN, state, "Nobody has it."))
    assert PlatformProfile.objects.get().followers is None
    assert followers(connection) == [950]
    assert "no number now" in accounts(connection)[0].decisions["followers"]["sentence"]


def test_a_number_that_no_column_holds_is_none(connection: Connection, platform: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, "ann", followers=900))
    ask(platform, hours(1), shown(followers=2**63, views=-1, likes=3))
    assert PlatformProfile.objects.values_list("followers", "views", "likes").get() == (None, None, 3)


def test_it_knows_which_profiles_the_sheets_list_now(connection: Connection, platform: Connection) -> None:
    table = TABLES["platform_profiles"]
    fill_sheet(connection, NOON, sheet_row(2, "ann"), sheet_row(3, "bea"), complete=True)
    fill_sheet(connection, NOON, sheet_row(4, url="https://www.youtube.com/@cid", project_id="7"))
    ask(platform, hours(1), shown())
    assert table.held(platform.pk, "instagram") == {ANN: "17", "https://instagram.com/bea": ""}
    assert table.held(platform.pk, "youtube") == {"https://youtube.com/@cid": ""}
    fill_sheet(connection, hours(2), sheet_row(3, "bea"), complete=True)
    assert table.held(platform.pk, "instagram") == {"https://instagram.com/bea": ""}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_a_sheet_says_meanwhile_is_not_undone(connection: Connection, platform: Connection) -> None:
    """The platform's answer waits for the sheet's page, and then knows what that has changed."""
    fill_sheet(connection, NOON, sheet_row(2, "ann", followers=900))
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        again = sheet_row(2, "ann", followers=900, username="Ann B.")
        TABLES["sheet_accounts"].upsert(connection.pk, [again], seen_at=hours(1))
        merging = other.submit(in_a_thread, lambda: ask(platform, hours(1), shown(followers=950)))
        eventually(waits_for_a_lock, "somebody who waits")
    merging.result(DEADLINE)
    (account,) = accounts(connection)
    assert (account.username, account.followers) == ("Ann B.", 950)


def in_a_thread(work: Callable[[], Any]) -> Any:
    try:
        with transaction.atomic():
            return work()
    finally:
        database.close_all()


def waits_for_a_lock() -> bool:
    with database["default"].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchall())

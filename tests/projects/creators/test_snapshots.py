"""One snapshot for each account and day of its workspace, whoever comes when, and the growth between them."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from connections.models import Connection, Workspace
from projects.creators import snapshots
from projects.creators.readings import METRICS
from projects.models import AccountSnapshot, CreatorAccount
from tests.fixtures.creators import accounts, ask_platform, fill_sheet, sheet_row
from tests.fixtures.engine import together
from tests.fixtures.synced import make_connection

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
TODAY = NOON.date()
DAY = timedelta(days=1)
ZONES = (
    *("Pacific/Pago_Pago", "America/Los_Angeles", "America/St_Johns", "America/Sao_Paulo", "UTC", "Europe/Zurich"),
    *("Africa/Cairo", "Asia/Tehran", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Kiritimati"),
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def account(connection: Connection) -> CreatorAccount:
    """It has no snapshot yet."""
    fill_sheet(connection, NOON - 100 * DAY, sheet_row(2, "nasa"))
    AccountSnapshot.objects.all().delete()
    return accounts(connection)[0]


def stood(account: CreatorAccount, day: date, **counts: int) -> None:
    for metric in METRICS:
        setattr(account, metric, counts.get(metric))
    snapshots.take([account], day, now=datetime(day.year, day.month, day.day, 12, tzinfo=UTC))


# One a day


@pytest.mark.spec("V20", "V35")
def test_a_later_run_of_the_day_updates_its_snapshot_and_makes_no_second(account: CreatorAccount) -> None:
    moments = [NOON, NOON + timedelta(hours=1), NOON + timedelta(hours=2)]
    made = []
    for views, moment in zip((10, 12, 12), moments, strict=True):
        account.views = views
        made.append(snapshots.take([account], TODAY, now=moment))
    held = AccountSnapshot.objects.get()
    assert made == [1, 0, 0]
    assert (held.first["views"], held.views) == (10, 12)
    assert (held.first_time, held.snapshot_time) == (moments[0], moments[1]), "the third has brought nothing new"


def test_an_older_run_that_ends_late_changes_nothing(account: CreatorAccount) -> None:
    account.views = 12
    snapshots.take([account], TODAY, now=NOON)
    account.views = 10
    assert snapshots.take([account], TODAY, now=NOON - timedelta(hours=1)) == 0
    assert AccountSnapshot.objects.get().views == 12


def test_a_count_that_appears_or_goes_away_is_a_difference(account: CreatorAccount) -> None:
    for hour, views in enumerate((None, 0, None)):
        account.views = views
        snapshots.take([account], TODAY, now=NOON + timedelta(hours=hour))
        assert AccountSnapshot.objects.get().views == views
    assert AccountSnapshot.objects.get().first == dict.fromkeys(METRICS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("V20", "V45", "C18")
def test_a_thousand_runs_of_eight_threads_around_midnight_make_one_row_a_day() -> None:
    """In twelve zones. What a run says follows from its moment, so it is known what each day has to end with."""
    made = {zone: make_account_in(zone) for zone in ZONES}
    random = Random(20)
    runs = []
    for number in range(1000):
        zone = ZONES[number % len(ZONES)]
        midnight = datetime(2026, 3, 21, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        runs.append((zone, midnight + timedelta(seconds=random.randint(-120, 119))))
    random.shuffle(runs)

    def work(some: list[tuple[str, datetime]]) -> int:
        return sum(run(made[zone], zone, moment) for zone, moment in some)

    created = sum(together(work, [runs[first::8] for first in range(8)]))
    ends: dict[tuple[int, date], datetime] = {}
    for zone, moment in runs:
        key = (made[zone].pk, moment.astimezone(ZoneInfo(zone)).date())
        ends[key] = max(ends.get(key, moment), moment)
    rows = list(AccountSnapshot.objects.values_list("account", "snapshot_date", "views"))
    assert len(rows) == len(ends) == created == 2 * len(ZONES)
    assert {(account, day): views for account, day, views in rows} == {
        key: said_at(moment) for key, moment in ends.items()
    }


def make_account_in(zone: str) -> CreatorAccount:
    connection = make_connection(Workspace.objects.create(name=zone, timezone=zone))
    seen = {"fingerprint": 1, "first_seen_at": NOON, "changed_at": NOON}
    return CreatorAccount.objects.create(connection=connection, project_id="0", profile="nasa", **seen)


def run(account: CreatorAccount, zone: str, moment: datetime) -> int:
    same = CreatorAccount(pk=account.pk, connection_id=account.connection_id, views=said_at(moment))
    with transaction.atomic():
        return snapshots.take([same], moment.astimezone(ZoneInfo(zone)).date(), now=moment)


def said_at(moment: datetime) -> int:
    return int(moment.timestamp()) % 100_000


@pytest.mark.django_db(transaction=True)
def test_both_sides_at_once_lose_nothing(connection: Connection) -> None:
    fill_sheet(connection, NOON, sheet_row(2, followers=900))
    account = accounts(connection)[0]

    def say(hour: int) -> None:
        moment = NOON + timedelta(minutes=hour)
        if hour % 2:
            fill_sheet(connection, moment, sheet_row(2, followers=1000 + hour))
        else:
            ask_platform(account, moment, followers=1000 - hour)

    together(say, range(1, 9))
    found = accounts(connection)[0]
    assert found.decisions["followers"]["sentence"] == "MAX kept 1,007 (sheet) over 992 (platform)"
    held = AccountSnapshot.objects.get()
    assert found.followers == held.followers == 1007


# Growth


@pytest.mark.spec("V21")
def test_growth_is_what_a_day_ended_with_less_what_the_day_before_did(account: CreatorAccount) -> None:
    for back, views in ((31, 100), (30, 150), (1, 900), (0, 1000)):
        stood(account, TODAY - back * DAY, views=views, likes=5)
    day, month = snapshots.growth(account, TODAY, days=1), snapshots.growth(account, TODAY, days=30)
    assert day
    assert month
    assert (day.by["views"], day.by["likes"], day.by["comments"]) == (100, 0, None)
    assert (month.by["views"], month.since, month.days) == (850, TODAY - 30 * DAY, 30)


def test_a_loss_is_a_growth_below_zero(account: CreatorAccount) -> None:
    stood(account, TODAY - DAY, followers=500)
    stood(account, TODAY, followers=450)
    found = snapshots.growth(account, TODAY, days=1)
    assert found
    assert found.by["followers"] == -50


def test_a_day_without_a_snapshot_is_bridged_and_said(account: CreatorAccount) -> None:
    stood(account, TODAY - 4 * DAY, views=10)
    stood(account, TODAY - DAY, views=40)
    found = snapshots.growth(account, TODAY, days=1)
    assert found
    assert (found.by["views"], found.since, found.until, found.days) == (30, TODAY - 4 * DAY, TODAY - DAY, 3)


def test_there_is_no_growth_before_there_are_two_days(account: CreatorAccount) -> None:
    assert snapshots.growth(account, TODAY, days=1) is None
    stood(account, TODAY, views=10)
    assert snapshots.growth(account, TODAY, days=1) is None
    assert snapshots.growth(account, TODAY - DAY, days=1) is None


def test_many_accounts_grow_by_as_many_queries_as_one(connection: Connection) -> None:
    fill_sheet(connection, NOON - 100 * DAY, *(sheet_row(number) for number in range(2, 12)))
    AccountSnapshot.objects.all().delete()
    held = accounts(connection)
    for number, account in enumerate(held):
        stood(account, TODAY - 2 * DAY, views=100)
        stood(account, TODAY - DAY * (number % 2), views=100 + number)
    with CaptureQueriesContext(database) as asked:
        found = snapshots.growths(held, TODAY, days=1)
    assert [found[account.pk].by["views"] for account in held] == list(range(10))
    assert len(asked) == 4
    assert found == {each.pk: snapshots.growth(each, TODAY, days=1) for each in held}


@pytest.mark.spec("V22", "V23")
def test_the_latest_thirty_are_listed_newest_first_and_the_recipe_runs_as_printed(account: CreatorAccount) -> None:
    for back in range(35):
        stood(account, TODAY - back * DAY, views=1000 - back, followers=back)
    listed = [(held.snapshot_date, held.followers, held.views) for held in snapshots.latest(account)]
    assert listed == [(TODAY - back * DAY, back, 1000 - back) for back in range(30)]
    recipe = """SELECT DATE(snapshot_time) as date, followers, views FROM account_snapshots
        WHERE account_id = %s ORDER BY snapshot_time DESC LIMIT 30"""
    with database.cursor() as cursor:
        cursor.execute(recipe, [account.pk])
        assert [(str(day), *counts) for day, *counts in cursor.fetchall()] == [
            (day.isoformat(), *counts) for day, *counts in listed
        ]

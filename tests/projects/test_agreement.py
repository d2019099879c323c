"""Which days can be compared with their totals, and which of them do not add up?"""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections.models import Connection, Workspace
from connections.registry import SOURCES, source_class
from projects.numbers.agreement import Agreement, Amount, Drift, agreements, compare
from projects.numbers.exact import in_full
from projects.numbers.levels import LEVELS
from tests.fixtures.ads import UNTIL, make_metric, read_days
from tests.fixtures.synced import make_connection

NOON = datetime(2025, 3, 11, 12, tzinfo=UTC)
TODAY, YESTERDAY = NOON.date(), UNTIL
LEVEL = LEVELS["campaign"]
HOUR = timedelta(hours=1)


def compared(
    total: int, summed: int, *, day: date = YESTERDAY, changed_at: datetime = NOON - HOUR, is_total_read: bool = True
) -> Agreement:
    return compare(
        LEVEL,
        rows_read={day: NOON},
        totals_read={day} if is_total_read else set(),
        rows={day: Amount(summed, NOON)} if summed else {},
        totals={day: Amount(total, changed_at)} if total else {},
        today=TODAY,
    )


@pytest.mark.parametrize(("total", "summed"), [(5, 5), (0, 0)])
def test_a_day_that_adds_up(total: int, summed: int) -> None:
    assert compared(total, summed) == Agreement(LEVEL, 1)


@pytest.mark.parametrize(
    ("total", "summed", "difference"), [(1_000_000, 999_999, -1), (7, 0, -7), (0, 7, 7)], ids=["a micro", "all", "more"]
)
def test_a_day_that_does_not(total: int, summed: int, difference: int) -> None:
    found = compared(total, summed)
    assert (found.days, found.drifts) == (1, (Drift(YESTERDAY, total, summed),))
    assert found.drifts[0].difference == difference


def test_days_that_say_nothing_yet() -> None:
    """Today, a day without a total, and one whose total has changed since, so that it is read again anyway."""
    assert compared(5, 4, day=TODAY).days == 0
    assert compared(5, 4, is_total_read=False).days == 0
    assert compared(5, 4, changed_at=NOON + HOUR).days == 0
    assert len(compared(5, 4, changed_at=NOON).drifts) == 1


@pytest.mark.parametrize(
    ("micros", "currency", "said"),
    [
        (1_200_000, "CHF", "CHF 1.20"),
        (1, "CHF", "CHF 0.000001"),
        (-1_234_567_500_000, "USD", "USD -1,234,567.50"),
        (5_000_000_000, "JPY", "JPY 5,000"),
        (5_500_000, "JPY", "JPY 5.5"),
        (0, "", "0.00"),
    ],
)
def test_money_in_full(micros: int, currency: str, said: str) -> None:
    assert in_full(micros, currency) == said


def test_what_adds_up_names_its_totals_and_has_a_level() -> None:
    declared = [stream for kind in SOURCES for stream in source_class(kind).streams if stream.adds_up]
    assert declared
    for stream in declared:
        assert stream.summed_up_by
        assert stream.chunk_type == "campaign_metrics"


@pytest.fixture
def shop(workspace: Workspace) -> Connection:
    """Ten days of an account whose campaigns add up to it."""
    made = make_connection(workspace, "Shop", provider="google_ads")
    for stream in ("account_metrics", "campaign_metrics"):
        read_days(made, stream, UNTIL - timedelta(days=9), 10)
    for back in range(10):
        day = UNTIL - timedelta(days=back)
        make_metric(made, "1", day, level="account", spend="3.000001", hours_old=2)
        make_metric(made, "11", day, spend="1", hours_old=2)
        make_metric(made, "12", day, spend="2.000001", hours_old=2)
        make_metric(made, "21", day, level="ad", spend="1", hours_old=2)
    return made


def test_stored_rows_are_compared_with_stored_totals(shop: Connection) -> None:
    key = (shop.pk, "campaign_metrics")
    assert agreements([shop], timezone.now()) == {key: Agreement(LEVEL, 10)}
    make_metric(shop, "13", UNTIL, spend="0.25", hours_old=2)
    drift = Drift(UNTIL, 3_000_001, 3_250_001)
    assert agreements([shop], timezone.now())[key].drifts == (drift,)
    assert agreements([shop], timezone.now(), (None, UNTIL - timedelta(days=1)))[key] == Agreement(LEVEL, 9)
    assert agreements([shop], timezone.now(), (UNTIL, None))[key] == Agreement(LEVEL, 1, (drift,))


def test_two_queries_however_many_accounts(shop: Connection, workspace: Workspace) -> None:
    others = [make_connection(workspace, f"Shop {number}", provider="google_ads") for number in range(3)]
    with CaptureQueriesContext(database) as asked:
        found = agreements([shop, *others], timezone.now())
    assert len(asked) == 2
    assert [each.days for each in found.values()] == [10, 0, 0, 0]


def test_who_declares_nothing_is_not_asked_about(workspace: Workspace) -> None:
    with CaptureQueriesContext(database) as asked:
        assert agreements([make_connection(workspace, provider="meta")], timezone.now()) == {}
    assert not [each for each in asked if "projects_" in each["sql"]]

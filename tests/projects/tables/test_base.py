"""Write only what differs: created, updated or unchanged, and what an updated row held before."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from connections.models import Connection
from connections.sources import Record
from projects.models import Campaign, Change, DailyMetric
from projects.tables import TABLES, Changes
from projects.tables.ads import CampaignTable, DailyMetricTable
from projects.tables.base import Table, _fingerprint
from tests.fixtures.engine import NOON

DAY = date(2026, 3, 20)
LATER = NOON + timedelta(hours=1)
pytestmark = pytest.mark.django_db


def numbers(external_id: str = "c1", **fields: Any) -> Record:
    return {
        "level": "campaign",
        "external_id": external_id,
        "date": DAY,
        "campaign_id": external_id,
        "ad_set_id": "",
        "impressions": 1000,
        "clicks": 20,
        "spend_micros": 5_500_000,
        "conversions": Decimal("1.500000"),
        "revenue_micros": 9_000_000,
        "reach": None,
        "actions": {"actions": [{"action_type": "purchase", "value": "2"}]},
        "currency": "CHF",
    } | fields


def campaign(external_id: str = "c1", **fields: Any) -> Record:
    return {
        "external_id": external_id,
        "name": "Winter sale",
        "configured_status": "ACTIVE",
        "effective_status": "ACTIVE",
        "objective": "SALES",
        "daily_budget_micros": 10_000_000,
        "lifetime_budget_micros": None,
        "start_at": datetime(2026, 1, 1, 8, 30, tzinfo=UTC),
        "stop_at": None,
    } | fields


def store(connection: Connection, *records: Record, seen_at: datetime = NOON, table: str = "daily_metric") -> Changes:
    with transaction.atomic():
        return TABLES[table].upsert(connection.pk, records, seen_at=seen_at, job_id=None)


def logged(connection: Connection) -> list[tuple[Any, ...]]:
    return list(
        Change.objects.filter(connection=connection)
        .order_by("id")
        .values_list("key", "date", "field", "before", "after")
    )


WRITES = re.compile(r'^(\d+ times: )?(INSERT INTO|UPDATE|COPY|DELETE FROM) "(\w+)"')


@contextmanager
def no_row_is_written() -> Iterator[None]:
    ours = {model._meta.db_table for model in (DailyMetric, Campaign, Change)}
    with CaptureQueriesContext(database) as queries:
        yield
    written = [found.group(3) for query in queries if (found := WRITES.match(query["sql"]))]
    assert [table for table in written if table in ours] == []


# Created, updated, unchanged


def test_new_rows_are_created_and_are_no_change(account: Connection) -> None:
    assert store(account, numbers("c1"), numbers("c2")) == Changes(created=2)
    assert DailyMetric.objects.filter(connection=account).count() == 2
    assert logged(account) == []


@pytest.mark.spec("A5", "A28", "A30")
def test_equal_rows_are_unchanged_and_nothing_is_written(account: Connection) -> None:
    store(account, numbers("c1"), numbers("c2"))
    with no_row_is_written():
        assert store(account, numbers("c2"), numbers("c1"), seen_at=LATER) == Changes(unchanged=2)
    assert set(DailyMetric.objects.values_list("changed_at", flat=True)) == {NOON}


def test_the_guard_of_these_tests_sees_writes(account: Connection) -> None:
    with pytest.raises(AssertionError), no_row_is_written():
        store(account, numbers("c1"))
    with pytest.raises(AssertionError), no_row_is_written():
        store(account, numbers("c1", clicks=7))


OTHER: dict[str, Any] = {
    "campaign_id": "c9",
    "ad_set_id": "s9",
    "impressions": 1001,
    "clicks": 21,
    "spend_micros": 5_500_001,
    "conversions": Decimal("1.500001"),
    "revenue_micros": 0,
    "reach": 0,
    "actions": {},
    "currency": "EUR",
}


@pytest.mark.spec("A29", "A30")
@pytest.mark.parametrize("field", DailyMetricTable.tracked)
def test_any_tracked_value_that_differs_is_a_change(account: Connection, field: str) -> None:
    store(account, numbers())
    assert store(account, numbers(**{field: OTHER[field]}), seen_at=LATER) == Changes(updated=1)
    row = DailyMetric.objects.get(connection=account)
    assert getattr(row, field) == OTHER[field]
    assert (row.first_seen_at, row.changed_at) == (NOON, LATER)
    assert [each[2] for each in logged(account)] == [field]
    assert store(account, numbers(**{field: OTHER[field]}), seen_at=LATER) == Changes(unchanged=1)


@pytest.mark.parametrize("field", CampaignTable.tracked)
def test_any_tracked_field_of_a_campaign_is_compared(account: Connection, field: str) -> None:
    others = {name: f"other {name}" for name in CampaignTable.tracked}
    others |= dict.fromkeys(("daily_budget_micros", "lifetime_budget_micros"), 7)  # type: ignore[arg-type]
    others |= dict.fromkeys(("start_at", "stop_at"), LATER)  # type: ignore[arg-type]
    store(account, campaign(), table="campaign")
    assert store(account, campaign(**{field: others[field]}), table="campaign", seen_at=LATER) == Changes(updated=1)
    assert getattr(Campaign.objects.get(connection=account), field) == others[field]


def test_the_restatement_log_holds_before_and_after(account: Connection) -> None:
    store(account, numbers())
    store(account, numbers(spend_micros=6_000_000, conversions=Decimal("2.25"), reach=40), seen_at=LATER)
    assert logged(account) == [
        ("campaign/c1", DAY, "spend_micros", "5500000", "6000000"),
        ("campaign/c1", DAY, "conversions", "1.500000", "2.25"),
        ("campaign/c1", DAY, "reach", None, "40"),
    ]
    change = Change.objects.first()
    assert change
    assert (change.table, change.seen_at, change.job_id) == ("daily_metric", LATER, None)


def test_the_log_names_the_job_that_found_it(account: Connection) -> None:
    store(account, campaign(), table="campaign")
    job = uuid4()
    with transaction.atomic():
        TABLES["campaign"].upsert(account.pk, [campaign(name="Spring")], seen_at=LATER, job_id=job)
    change = Change.objects.get(connection=account)
    assert (change.table, change.key, change.date, change.job_id) == ("campaign", "c1", None, job)
    assert (change.field, change.before, change.after) == ("name", "Winter sale", "Spring")


def test_of_the_actions_only_the_entries_that_differ_are_logged(account: Connection) -> None:
    same = {"action_type": "view", "value": "9"}
    before = {"actions": [same, {"action_type": "purchase", "value": "2"}], "action_values": [same]}
    after = {
        "actions": [same, {"action_type": "purchase", "value": "3"}],
        "action_values": [same, {"action_type": "lead"}],
    }
    store(account, numbers(actions=before))
    store(account, numbers(actions=after), seen_at=LATER)
    assert logged(account) == [
        (
            "campaign/c1",
            DAY,
            "actions",
            '{"action_values.lead":null,"actions.purchase":{"value":"2"}}',
            '{"action_values.lead":{},"actions.purchase":{"value":"3"}}',
        )
    ]


@pytest.mark.spec("A30")
def test_the_order_of_keys_is_no_difference(account: Connection) -> None:
    store(account, numbers(actions={"a": [{"action_type": "x", "value": "1"}], "b": []}))
    with no_row_is_written():
        again = numbers(actions={"b": [], "a": [{"value": "1", "action_type": "x"}]})
        assert store(account, dict(reversed(again.items())), seen_at=LATER) == Changes(unchanged=1)


@pytest.mark.spec("A30")
@pytest.mark.parametrize(("before", "after"), [(None, 0), (0, None), (None, 5)])
def test_no_value_is_not_the_same_as_zero(account: Connection, before: int | None, after: int | None) -> None:
    store(account, numbers(reach=before))
    assert store(account, numbers(reach=after), seen_at=LATER) == Changes(updated=1)


def test_the_same_amount_written_another_way_is_no_change(account: Connection) -> None:
    store(account, numbers(conversions=Decimal("1.5")))
    with no_row_is_written():
        assert store(account, numbers(conversions=Decimal("1.500000")), seen_at=LATER) == Changes(unchanged=1)
    store(account, campaign(), table="campaign")
    elsewhere = datetime.fromisoformat("2026-01-01T09:30:00+01:00")
    with no_row_is_written():
        assert store(account, campaign(start_at=elsewhere), table="campaign") == Changes(unchanged=1)


# Pages as they come


def test_an_empty_page_does_nothing(account: Connection) -> None:
    assert store(account) == Changes()


@pytest.mark.spec("T70")
def test_a_record_that_comes_twice_in_a_page_counts_once_and_the_last_one_holds(account: Connection) -> None:
    assert store(account, numbers(clicks=1), numbers("c2"), numbers(clicks=2)) == Changes(created=2)
    assert DailyMetric.objects.get(connection=account, external_id="c1").clicks == 2


def test_rows_that_share_parts_of_their_keys_are_told_apart(account: Connection) -> None:
    yesterday = DAY - timedelta(days=1)
    store(account, numbers("c1"), numbers("c2", date=yesterday), numbers("c2", level="ad_set"))
    assert store(account, numbers("c1", date=yesterday), numbers("c2"), seen_at=LATER) == Changes(created=2)
    assert DailyMetric.objects.filter(connection=account).count() == 5


def test_another_connections_rows_are_not_touched(account: Connection, make_account: Callable[..., Connection]) -> None:
    other = make_account()
    store(other, numbers(clicks=1))
    assert store(account, numbers(clicks=2)) == Changes(created=1)
    assert store(account, numbers(clicks=3), seen_at=LATER) == Changes(updated=1)
    assert DailyMetric.objects.get(connection=other).clicks == 1


def test_created_updated_and_unchanged_are_told_apart_in_one_page(account: Connection) -> None:
    store(account, numbers("c1"), numbers("c2"))
    assert store(account, numbers("c1"), numbers("c2", clicks=1), numbers("c3"), seen_at=LATER) == Changes(1, 1, 1)


# Records with fewer fields


def status(external_id: str, effective_status: str) -> Record:
    return {"external_id": external_id, "effective_status": effective_status}


def test_a_sweep_changes_what_it_names_and_keeps_the_rest(account: Connection) -> None:
    store(account, campaign("c1"), campaign("c2"), table="campaign")
    swept = store(account, status("c1", "PAUSED"), status("c2", "ACTIVE"), table="campaign", seen_at=LATER)
    assert swept == Changes(updated=1, unchanged=1)
    row = Campaign.objects.get(connection=account, external_id="c1")
    assert (row.effective_status, row.name, row.daily_budget_micros) == ("PAUSED", "Winter sale", 10_000_000)


def test_a_sweep_that_finds_nothing_new_writes_nothing(account: Connection) -> None:
    store(account, campaign("c1"), table="campaign")
    with no_row_is_written():
        assert store(account, status("c1", "ACTIVE"), table="campaign", seen_at=LATER) == Changes(unchanged=1)


def test_a_sweep_passes_over_what_is_not_known(account: Connection) -> None:
    assert store(account, status("c1", "PAUSED"), table="campaign") == Changes()
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("whole_first", [True, False])
def test_a_page_may_mix_whole_records_with_short_ones(account: Connection, whole_first: bool) -> None:
    store(account, campaign("c1"), table="campaign")
    page = [campaign("c2"), status("c1", "PAUSED"), status("c3", "PAUSED")]
    mixed = store(account, *(page if whole_first else reversed(page)), table="campaign", seen_at=LATER)
    assert mixed == Changes(created=1, updated=1)


# Late answers and new releases


@pytest.mark.spec("A5")
def test_an_older_answer_never_overwrites_a_newer_one(account: Connection) -> None:
    store(account, numbers(clicks=1), seen_at=NOON)
    store(account, numbers(clicks=2), seen_at=LATER)
    with no_row_is_written():
        assert store(account, numbers(clicks=1), seen_at=NOON + timedelta(minutes=5)) == Changes(unchanged=1)
    assert DailyMetric.objects.get(connection=account).clicks == 2


class EarlierTable(DailyMetricTable):
    tracked: ClassVar[Any] = tuple(name for name in DailyMetricTable.tracked if name != "reach")


class LaterTable(DailyMetricTable):
    version = 2


def upsert(table: Table, connection: Connection, *records: Record, seen_at: datetime = LATER) -> Changes:
    with transaction.atomic():
        return table.upsert(connection.pk, list(records), seen_at=seen_at)


def test_a_release_that_tracks_one_field_more_fills_it_in_without_a_change(account: Connection) -> None:
    old = {name: value for name, value in numbers().items() if name != "reach"}
    upsert(EarlierTable(), account, old, seen_at=NOON)
    assert upsert(LaterTable(), account, numbers(reach=40)) == Changes(unchanged=1)
    row = DailyMetric.objects.get(connection=account)
    assert (row.reach, row.changed_at) == (40, NOON)
    assert logged(account) == []
    with no_row_is_written():
        assert upsert(LaterTable(), account, numbers(reach=40)) == Changes(unchanged=1)


def test_a_value_that_really_differs_is_a_change_after_a_release_too(account: Connection) -> None:
    store(account, numbers(reach=None))
    assert upsert(LaterTable(), account, numbers(reach=40, clicks=21)) == Changes(updated=1)
    assert [each[2] for each in logged(account)] == ["clicks"]


def test_from_no_value_to_one_is_a_change_within_a_release(account: Connection) -> None:
    store(account, numbers(reach=None))
    assert store(account, numbers(reach=40), seen_at=LATER) == Changes(updated=1)


# Fingerprints

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    | st.dates()
    | st.decimals(allow_nan=False, allow_infinity=False, places=6),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)
ROWS = st.lists(VALUES, min_size=1, max_size=5).map(tuple)


@given(ROWS, st.integers(1, 255))
def test_a_fingerprint_fits_its_column_is_stable_and_carries_its_version(row: tuple[Any, ...], version: int) -> None:
    made = _fingerprint(row, bytes([version]))
    assert -(2**63) <= made < 2**63
    assert made & 0xFF == version
    assert made == _fingerprint(row, bytes([version]))


@given(st.text(max_size=5), st.text(max_size=5))
def test_text_that_moves_to_the_next_field_changes_the_fingerprint(first: str, second: str) -> None:
    joined = first + second
    if joined and (joined, "") != (first, second):
        assert _fingerprint((joined, ""), b"\1") != _fingerprint((first, second), b"\1")


def test_a_thousand_rows_have_a_thousand_fingerprints() -> None:
    assert len({_fingerprint((number, None, "x"), b"\1") for number in range(1000)}) == 1000


def test_day_totals_add_up_the_main_number(account: Connection) -> None:
    yesterday = DAY - timedelta(days=1)
    page = [numbers("c1"), numbers("c2", spend_micros=1), numbers("c1", date=yesterday)]
    totals = TABLES["daily_metric"].day_totals(page)
    assert totals == {"2026-03-20": (2, 5_500_001), "2026-03-19": (1, 5_500_000)}
    assert TABLES["campaign"].day_totals([campaign()]) == {}


def test_ids_are_those_of_one_connection_in_order(account: Connection, make_account: Callable[..., Connection]) -> None:
    store(account, campaign("b"), campaign("a"), table="campaign")
    store(make_account(), campaign("c"), table="campaign")
    assert TABLES["campaign"].ids(account.pk) == ["a", "b"]

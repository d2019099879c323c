"""What is written comes back as it was, on both databases."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connections.models import Connection
from projects.models import Campaign, Change, DailyMetric
from projects.tables import TABLES, Changes, bulk
from tests.fixtures.engine import NOON
from tests.projects.tables.test_base import campaign, numbers, store

pytestmark = pytest.mark.django_db

HOSTILE = {
    "emoji": "🌊 Frühling 👩‍👩‍👧 ",
    "quotes": """'; DROP TABLE x; -- "double" `tick` $$dollar$$""",
    "backslashes": "\\ \\\\ \\N \\. \\t \\x41 C:\\new\\table",
    "the end of a COPY": "\\.\n\\.",
    "whitespace": "tab\there\nnew line\r\nreturn\rvertical\vfeed\f ",
    "percent": "100 % %s %(name)s %%",
    "braces": "{0} {name} {{}}",
    "control": "\x01\x02\x1b[31m\x7f\x85",
    "right to left": "\u202eevil\u202c עברית العربية",
    "html": "<script>alert('x')</script>&amp;",
    "combining": "e\u0301 \u200d \ufeff \u2028 \u2029",
    "very long": "ä" * 20_000,
    "the words for nothing": "NULL null None \\N",
    "astral": "\U0010ffff\U0001f600",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_comes_back_as_it_was(account: Connection, text: str) -> None:
    actions = {"actions": [{"action_type": text, "value": text}], text[:50]: []}
    assert store(account, campaign(name=text), table="campaign") == Changes(created=1)
    assert store(account, numbers(actions=actions)) == Changes(created=1)
    assert Campaign.objects.get(connection=account).name == text
    assert DailyMetric.objects.get(connection=account).actions == actions
    assert store(account, campaign(name=text), table="campaign") == Changes(unchanged=1)
    assert store(account, numbers(actions=actions)) == Changes(unchanged=1)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_updated_and_logged_as_it_was(account: Connection, text: str) -> None:
    later = NOON + timedelta(hours=1)
    store(account, campaign(name=text), table="campaign")
    store(account, campaign(name="plain"), table="campaign", seen_at=later)
    store(account, campaign(name=text), table="campaign", seen_at=later)
    assert Campaign.objects.get(connection=account).name == text
    assert list(Change.objects.order_by("id").values_list("before", "after")) == [(text, "plain"), ("plain", text)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60))
def test_any_text_comes_back_as_it_was(account: Connection, text: str) -> None:
    with transaction.atomic():
        store(account, campaign(name=text), table="campaign")
        assert Campaign.objects.get(connection=account).name == text
        assert store(account, campaign(name=text), table="campaign") == Changes(unchanged=1)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "fields",
    [
        {"conversions": Decimal("123456789.123456")},
        {"conversions": Decimal("-0.000001")},
        {"conversions": Decimal(0)},
        {"impressions": 2**63 - 1, "spend_micros": -(2**63)},
        {"date": date(2000, 2, 29)},
        {"reach": None, "actions": {}},
        {"actions": {"a": [{"n": 1.5, "deep": {"list": [None, True, "x"]}}]}},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_numbers_dates_and_json_come_back_as_they_were(account: Connection, fields: dict[str, Any]) -> None:
    store(account, numbers(**fields))
    row = DailyMetric.objects.get(connection=account)
    assert {name: getattr(row, name) for name in fields} == fields
    assert store(account, numbers(**fields)) == Changes(unchanged=1)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 29, 1, 59, 59, 999_999, tzinfo=UTC),
        datetime.fromisoformat("2026-10-25T02:30:00+02:00"),
        datetime(1970, 1, 1, tzinfo=UTC),
    ],
    ids=str,
)
def test_moments_come_back_as_they_were(account: Connection, moment: datetime) -> None:
    store(account, campaign(start_at=moment), table="campaign", seen_at=moment)
    row = Campaign.objects.get(connection=account)
    assert (row.start_at, row.first_seen_at, row.stop_at) == (moment, moment, None)


def test_nothing_to_write_asks_the_database_nothing(account: Connection, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        bulk.insert(Campaign, ["name"], [])
        bulk.update(Campaign, ["name"], [])


def test_a_row_that_exists_already_is_refused_and_nothing_of_the_page_stays(account: Connection) -> None:
    store(account, campaign("c2"), table="campaign")
    columns = ("connection", *campaign(), "fingerprint", "first_seen_at", "changed_at")
    rows = [(account.pk, *campaign(name).values(), 1, NOON, NOON) for name in ("c1", "c2")]
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(Campaign, columns, rows)
    assert TABLES["campaign"].ids(account.pk) == ["c2"]


def test_an_update_rewrites_the_rows_that_it_names_and_no_other(account: Connection) -> None:
    store(account, campaign("c1"), campaign("c2"), table="campaign")
    first, second = Campaign.objects.order_by("external_id")
    bulk.update(Campaign, ("name", "changed_at"), [("New", NOON + timedelta(days=1), first.pk)])
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.name, second.name) == ("New", "Winter sale")
    assert first.changed_at == NOON + timedelta(days=1)

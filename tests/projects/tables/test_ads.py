"""The advertising tables agree with their models and with what streams may name."""

import pytest
from django.db import models

from projects.tables import TABLES, Table
from projects.tables.ads import DailyMetricTable


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_keyed_tracked_or_our_own(name: str) -> None:
    table = TABLES[name]
    ours = {"id", "connection", "fingerprint", "first_seen_at", "changed_at"}
    columns = {field.name for field in table.model._meta.get_fields() if isinstance(field, models.Field)}
    assert columns - ours == {*table.key, *table.tracked, *table.own}


@pytest.mark.parametrize("name", TABLES)
def test_the_key_of_a_table_is_what_the_database_holds_unique(name: str) -> None:
    table = TABLES[name]
    unique = [constraint.fields for constraint in table.model._meta.total_unique_constraints]
    assert ("connection", *(table.row_key or table.key)) in unique


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_found_under_its_name(name: str) -> None:
    table: Table = TABLES[name]
    assert table.name == name
    assert table.main_number is None or table.main_number in table.tracked


@pytest.mark.spec("A27", "A29")
def test_a_metric_differs_when_any_of_its_numbers_does() -> None:
    wanted = {"spend_micros", "impressions", "clicks", "conversions", "revenue_micros", "reach", "actions", "currency"}
    assert wanted <= set(DailyMetricTable.tracked)

"""What a cell is worth: a whole number, nothing, or a reason. Never 0 for what is no number."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.providers.google_sheets.numbers import LARGEST, NotANumber, count


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (0, 0),
        (1234, 1234),
        (1234.0, 1234),
        (1e7, 10_000_000),
        (LARGEST, LARGEST),
        ("0", 0),
        ("007", 7),
        (" 1234 ", 1234),
        ("1 234", 1234),
        ("1\u00a0234\u00a0567", 1_234_567),
        ("1\u202f234", 1234),
        ("1 000 000", 1_000_000),
        ("1,234", 1234),
        ("1.234.567", 1_234_567),
        ("1.234", 1234),
        ("12'345'678", 12_345_678),
        ("1,234.00", 1234),
        ("1.234,00", 1234),
        ("1234.0", 1234),
        ("1.5K", 1500),
        ("1,5k", 1500),
        ("12.4 K", 12_400),
        ("1.234K", 1234),
        ("1,234.5K", 1_234_500),
        ("2M", 2_000_000),
        ("1.25m", 1_250_000),
        ("3B", 3_000_000_000),
    ],
    ids=repr,
)
def test_a_number_however_it_is_written(cell: Any, number: int) -> None:
    assert count(cell) == number


@pytest.mark.parametrize("cell", [None, "", "  ", "\u00a0", "-", "–", "—", "n/a", "N/A"], ids=repr)
def test_an_empty_cell_is_nothing_and_not_zero(cell: Any) -> None:
    assert count(cell) is None


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("12%", "percentage"),
        (0.12, "whole"),
        (12.5, "whole"),
        ("12.5", "whole"),
        ("12,34", "whole"),
        ("1.2345K", "whole"),
        ("soon", "text"),
        ("~1000", "text"),
        ("1000+", "text"),
        ("1e5", "text"),
        ("١٢٣", "text"),
        ("1 2 3", "separators"),
        ("1,23,456", "separators"),
        ("1.234,567.8", "separators"),
        ("#REF!", "formula"),
        ("#N/A", "formula"),
        (True, "true or false"),
        (-5, "below"),
        ("-5", "text"),
        (LARGEST + 1, "large"),
        ("9999999999999999B", "large"),
        (float("nan"), "whole"),
        (float("inf"), "whole"),
    ],
    ids=repr,
)
def test_what_is_no_number_says_why(cell: Any, says: str) -> None:
    with pytest.raises(NotANumber, match=says):
        count(cell)


@given(st.one_of(st.text(max_size=30), st.from_regex(r"[0-9 .,'kKmM%+-]{0,14}", fullmatch=True), st.floats()))
def test_any_cell_is_a_count_or_none_or_refused(cell: Any) -> None:
    try:
        found = count(cell)
    except NotANumber:
        return
    assert found is None or 0 <= found <= LARGEST


@given(st.integers(0, LARGEST), st.sampled_from([",", ".", " ", "'", "\u00a0"]))
def test_groups_of_three_are_read_back(number: int, separator: str) -> None:
    assert count(f"{number:,}".replace(",", separator)) == number

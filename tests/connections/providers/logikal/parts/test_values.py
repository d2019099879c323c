"""What SQLite's values become."""

from decimal import Decimal

import pytest

from connections.providers.logikal.parts.values import LONGEST_SHORT_TEXT, json_safe, number, short_text

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, "3"),
        (0, "0"),
        (-2.5, "-2.5"),
        (0.1 + 0.2, "0.3"),
        (1e-9, "0"),
        ("12", "12"),
        (" 12.50 ", "12.5"),
        ("+.5", "0.5"),
        ("1e3", "1000"),
        ("12,5", "12.5"),
        ("0,125", "0.125"),
        ("1234,567", "1234.567"),
        ("1.234,5", "1234.5"),
        ("-1.234.567,89", "-1234567.89"),
    ],
)
def test_a_number_has_six_places(value: object, expected: str) -> None:
    found, odd = number(value)
    assert found == Decimal(expected)
    assert found.as_tuple().exponent == -6
    assert odd == ""


@pytest.mark.parametrize(
    "value",
    [
        *("abc", "12 mm", "1,234", "1,234,567", "1.234.567", "12,5,6", "--1", "1_000", "１２", "٣", "0x10", "NaN"),
        *("inf", ",", b"12", b"", "1" * 50, float("inf"), float("-inf"), float("nan"), 10**12, -(10**12)),
        *(2**63 - 1, 9e300, "1e999"),
    ],
)
def test_what_is_no_number_is_none_and_odd(value: object) -> None:
    found, odd = number(value)
    assert found is None
    assert odd


@pytest.mark.parametrize("value", [None, ""])
def test_nothing_is_none_and_not_odd(value: object) -> None:
    assert number(value) == (None, "")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, ""), (" A-1 ", "A-1"), (17, "17"), (17.0, "17"), (1.5, "1.5"), ("a\0b", "ab"), (float("inf"), "inf")],
)
def test_a_text_has_no_blanks_around_it_and_no_nul(value: object, expected: str) -> None:
    assert short_text(value) == (expected, "")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(b"blob", ""), ("x" * 300, "x" * LONGEST_SHORT_TEXT), ("a\ufffd", "a\ufffd")],
    ids=["bytes", "too long", "unreadable"],
)
def test_an_odd_text_says_so(value: object, expected: str) -> None:
    found, odd = short_text(value)
    assert found == expected
    assert odd


@pytest.mark.parametrize(
    ("value", "expected"),
    [(2**63 - 1, 2**63 - 1), (1.5, 1.5), (float("inf"), "inf"), (b"abc", {"bytes": 3}), ("a\0b", "ab"), (None, None)],
)
def test_extra_is_plain_json(value: object, expected: object) -> None:
    assert json_safe(value) == expected

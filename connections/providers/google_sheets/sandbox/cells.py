"""What a cell holds, and how it is rendered: numbers, texts, and the few formulas that the sandbox works out."""

import operator
import re
from datetime import date, datetime
from typing import Any

Content = str | int | float | bool | None

EPOCH = date(1899, 12, 30)
_SUM = re.compile(r"=\s*(-?[\d.]+)\s*([-+*/])\s*(-?[\d.]+)\s*")
_FETCHED = re.compile(r"=\s*IMPORT\w+\(.*\)\s*", re.IGNORECASE | re.DOTALL)
_NOW = re.compile(r"=\s*(NOW|TODAY)\(\)\s*", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}


def entered(text: Content) -> Content:
    """What becomes of what a person types into a cell."""
    if not isinstance(text, str):
        return text
    if text.startswith("'"):
        return text[1:]
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    if text.upper() in ("TRUE", "FALSE"):
        return text.upper() == "TRUE"
    return text


def is_formula(content: Content) -> bool:
    return isinstance(content, str) and content.startswith("=")


def value(content: Content, now: datetime) -> Content:
    """What a cell shows, as a value. Fetched numbers move by the hour, without anybody changing the file."""
    if not is_formula(content):
        return content
    formula = str(content)
    if found := _SUM.fullmatch(formula):
        left, sign, right = float(found[1]), found[2], float(found[3])
        if sign == "/" and right == 0:
            return "#DIV/0!"
        worked_out = OPERATIONS[sign](left, right)
        return int(worked_out) if worked_out.is_integer() else worked_out
    if _NOW.fullmatch(formula):
        return serial(now.date())
    if _FETCHED.fullmatch(formula):
        return 10_000 + int(now.timestamp()) // 3600 % 10_000
    return "#NAME?"


def rendered(content: Content, option: str, now: datetime, *, dates: str = "SERIAL_NUMBER") -> Any:
    """option: FORMATTED_VALUE, UNFORMATTED_VALUE or FORMULA."""
    if option == "FORMULA":
        return _as_day(content, dates)
    shown = value(content, now)
    if option == "UNFORMATTED_VALUE":
        return _as_day(shown, dates)
    if isinstance(shown, bool):
        return str(shown).upper()
    return str(shown)


def _as_day(content: Content, dates: str) -> Content:
    """A date is a number of days, unless it is wanted as text."""
    if isinstance(content, str) and _DAY.fullmatch(content) and dates == "SERIAL_NUMBER":
        return serial(date.fromisoformat(content))
    return content


def serial(day: date) -> int:
    return (day - EPOCH).days

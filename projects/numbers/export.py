"""The same numbers as lines of CSV, for a spreadsheet: exact, and harmless whatever the provider's people typed."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from django.db.models import F
from django.utils.text import slugify

from connections.models import Connection
from projects.numbers.differences import cells
from projects.numbers.exact import exact, number
from projects.numbers.export_beside import beside_head, beside_lines
from projects.numbers.matched import Matched
from projects.numbers.metrics import METRICS
from projects.numbers.names import Named, Thing, name_them
from projects.numbers.question import Question
from projects.numbers.rows import in_order
from projects.numbers.sums import SUMMED, Sums

ROWS_AT_ONCE = 2000
BYTE_ORDER_MARK = "\ufeff"
"""Without it a spreadsheet takes UTF-8 for the character set of its own country."""

RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
ABOUT = "account account_id level campaign_id campaign ad_set_id ad_set id name status currency".split()


def lines(
    question: Question, matched: Matched | None, *, by_day: bool, sort: str, several_currencies: bool
) -> Iterator[str]:
    """Text in pieces of many lines."""
    head = [*(["date"] if by_day else ["since", "until"]), *ABOUT, *_numbers_head(by_day)]
    yield BYTE_ORDER_MARK + as_csv([[*head, *(beside_head(by_day) if matched else [])]])
    found = _days(question) if by_day else in_order(question, matched, sort, several_currencies)
    for rows in _batches(found.iterator(chunk_size=ROWS_AT_ONCE)):
        names = name_them(question, [(row["connection"], row["external_id"], row) for row in rows])
        ends = beside_lines(question, matched, rows, by_day) if matched else [[]] * len(rows)
        yield as_csv(
            [*_line(question, row, named, by_day), *end] for row, named, end in zip(rows, names, ends, strict=True)
        )


def _days(question: Question) -> Any:
    """In the order of the table's key, so that no database has to sort."""
    found = question.metrics().filter(question.days()).order_by("connection", "external_id", "date")
    parents = {"in_campaign": F("campaign_id"), "in_ad_set": F("ad_set_id")}
    return found.values("connection", "external_id", "date", "currency", "reach", *SUMMED, **parents)


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, ROWS_AT_ONCE)):
        yield batch


def _line(question: Question, row: Mapping[str, Any], named: Named, by_day: bool) -> list[str]:
    span = question.spans[named.connection.pk]
    days = [row["date"]] if by_day else [span.since, span.until]
    line = [str(day) for day in days] + [text(each) for each in _about(question, row, named)]
    line += [number(cell.metric.kind, cell.value) for cell in cells(Sums.of(row, "" if by_day else "sum_"))]
    return [*line, exact(row["reach"])] if by_day else line


def _about(question: Question, row: Mapping[str, Any], named: Named) -> list[str]:
    account = named.connection
    return [
        account.name,
        account.external_account_id,
        question.level.code,
        *_id_and_name(named.campaign),
        *_id_and_name(named.ad_set),
        *_id_and_name(named.thing),
        named.thing.status,
        row["currency"] or account.currency,
    ]


def _id_and_name(thing: Thing | None) -> tuple[str, str]:
    return (thing.external_id, thing.name) if thing else ("", "")


def _numbers_head(by_day: bool) -> list[str]:
    """Reach is known for one thing on one day, and cannot be added."""
    return [*METRICS, *(["reach"] if by_day else [])]


def text(said: str) -> str:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{said}" if said.startswith(RUNS_AS_FORMULA) else said


def as_csv(rows: Iterable[Iterable[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def file_name(question: Question, *, by_day: bool) -> str:
    """Account, level and dates."""
    rows = slugify(f"{question.level.words}{' by day' if by_day else ''}")
    span = question.whole_span
    days = f"_{span.since}_{span.until}" if span else ""
    return f"{_account(question.account)}_{rows}{days}.csv"


def _account(account: Connection | None) -> str:
    if account is None:
        return "all-accounts"
    return slugify(account.name, allow_unicode=True)[:60] or slugify(account.external_account_id) or "account"

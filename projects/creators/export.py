"""Accounts as lines of CSV, for a spreadsheet: exact, with sources and reasons, and harmless whatever people typed."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.db.models import QuerySet

from projects.creators.cells import EVERYWHERE, Cell
from projects.creators.listing import Line, lines
from projects.models import CreatorAccount
from projects.numbers.export import BYTE_ORDER_MARK, as_csv, text

ACCOUNTS_AT_ONCE = 500
ABOUT = ("spreadsheet", "project", "row", "platform", "username", "profile", "missing_since")
EACH = ("", "_in_24_hours", "_source", "_sheet", "_platform", "_rule", "_why", "_needs_an_answer")
HEAD = [*ABOUT, *(f"{metric}{part}" for metric in EVERYWHERE for part in EACH)]


def csv_lines(accounts: QuerySet[CreatorAccount], now: datetime) -> Iterator[str]:
    """Text in pieces of many lines."""
    yield BYTE_ORDER_MARK + as_csv([HEAD])
    rows = accounts.select_related("connection__workspace").iterator(chunk_size=ACCOUNTS_AT_ONCE)
    while batch := list(islice(rows, ACCOUNTS_AT_ONCE)):
        yield as_csv(_line(each) for each in lines(batch, now, metrics=EVERYWHERE))


def _line(line: Line) -> list[str]:
    account = line.account
    about = [account.connection.name, str(line.project or account.project_id), _number(account.row_number)]
    about += [account.platform, account.username, account.profile]
    since = account.missing_since.isoformat() if account.missing_since else ""
    return [*map(text, about), since, *(said for cell in line.cells for said in _said(cell))]


def _said(cell: Cell) -> list[str]:
    numbers = [_number(cell.sheet), _number(cell.platform)]
    asks = "yes" if cell.question else ""
    source = cell.word if cell.source else ""
    return [_number(cell.value), _number(cell.grew), source, *numbers, cell.policy.value, text(cell.sentence), asks]


def _number(value: int | None) -> str:
    return "" if value is None else str(value)

"""Read one question of Google Ads in pages, in an order of our own, so that it can go on after any of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from connections.errors import BadData
from connections.providers.google_ads.rows import ReadRow, Row, check_mask, row_reader, select
from connections.providers.google_ads.slim import form_of
from connections.providers.google_ads.values import shown
from connections.sources import Checkpoint, Page, Quarantined, Record

if TYPE_CHECKING:
    from connections.providers.google_ads.client import AdsApi, Batch

ROWS_A_PAGE = 2_000
AFTER = "after"
LONGEST_RAW = 2_000

Describe = Callable[[Row], Record]


@dataclass(frozen=True)
class Question:
    """order: fields whose values tell rows apart, and by which they come. days: the first and last one; none where
    nothing is sliced by days, and then the first field of the order is a number."""

    resource: str
    fields: tuple[str, ...]
    order: tuple[str, ...]
    days: tuple[date, date] | None = None

    @property
    def divisible(self) -> bool:
        """Where it takes too long, it can be asked in halves."""
        return self.days is not None and self.days[0] < self.days[1]

    @cached_property
    def selected(self) -> tuple[str, ...]:
        """A row begins with what tells it apart."""
        return tuple(dict.fromkeys((*self.order, *self.fields)))

    def text(self, checkpoint: Checkpoint | None) -> str:
        """From the last row of the checkpoint on, which comes once more."""
        condition = self._condition(checkpoint[AFTER][0] if checkpoint else None)
        return select(self.selected, self.resource, condition, f"ORDER BY {', '.join(self.order)}")

    def _condition(self, first: Any) -> str:
        if self.days is not None:
            since = date.fromisoformat(first) if first else self.days[0]
            return f"WHERE {self.order[0]} BETWEEN '{since}' AND '{self.days[1]}'"
        return f"WHERE {self.order[0]} >= {int(first)}" if first else ""

    def place(self, row: Row) -> Row:
        return row[: len(self.order)]


def pages(api: "AdsApi", question: Question, describe: Describe, checkpoint: Checkpoint | None) -> Iterator[Page]:
    """A page is held back until the next row is there, because the last one has to say that it is the last."""
    is_first = checkpoint is None
    held: Page | None = None
    for chunk, fetched_at in _chunks(api, question, checkpoint):
        if held is not None:
            yield held
        held = _page(chunk, fetched_at, question, describe, api, is_first)
        is_first = False
    if held is None:
        yield Page([], None, api.now(), is_first=is_first)
    else:
        yield Page(held.records, None, held.fetched_at, held.quarantined, held.is_first)


def _chunks(api: "AdsApi", question: Question, checkpoint: Checkpoint | None) -> Iterator[tuple[list[Row], datetime]]:
    after = tuple(checkpoint[AFTER]) if checkpoint else None
    rest: list[Row] = []
    fetched_at = api.now()
    form = form_of(question.selected) if question.days else None
    read = form.reader() if form else None
    for batch in api.search(question.text(checkpoint), form=form, divisible=question.divisible):
        found = _read(batch, question, read, after)
        while some := list(islice(found, ROWS_A_PAGE - len(rest))):
            rest += some
            if len(rest) == ROWS_A_PAGE:
                yield rest, batch.fetched_at
                rest = []
        fetched_at = batch.fetched_at
        del batch, found
    if rest:
        yield rest, fetched_at


def _read(batch: "Batch", question: Question, read: ReadRow | None, after: Row | None) -> Iterator[Row]:
    if not batch.rows:
        return iter(())
    check_mask(batch.paths, question.selected)
    read = read or row_reader(batch.rows[0].DESCRIPTOR, question.selected)
    found = map(read, batch.rows)
    return found if after is None else (row for row in found if question.place(row) > after)


def _page(
    rows: list[Row], fetched_at: datetime, question: Question, describe: Describe, api: "AdsApi", is_first: bool
) -> Page:
    quarantined: tuple[Quarantined, ...] = ()
    try:
        records = list(map(describe, rows))
    except BadData:
        records, quarantined = _sorted_out(rows, question, describe, api)
    return Page(records, {AFTER: list(question.place(rows[-1]))}, fetched_at, quarantined, is_first)


def _sorted_out(
    rows: Sequence[Row], question: Question, describe: Describe, api: "AdsApi"
) -> tuple[list[Record], tuple[Quarantined, ...]]:
    records: list[Record] = []
    quarantined: list[Quarantined] = []
    for row in rows:
        try:
            records.append(describe(row))
        except BadData as error:
            quarantined.append(_put_aside(row, error.sentence, question, api))
    return records, tuple(quarantined)


def _put_aside(row: Row, reason: str, question: Question, api: "AdsApi") -> Quarantined:
    values = dict(zip(question.selected, row, strict=True))
    raw = ", ".join(f"{path}={shown(value)}" for path, value in values.items())
    key = " ".join(str(each) for each in question.place(row))
    return Quarantined(key[:100], reason, api.login.scrub(raw)[:LONGEST_RAW], _day(values.get("segments.date")))


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None

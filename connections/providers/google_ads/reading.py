"""Read one question of Google Ads in pages, in an order of our own, so that it can go on after any of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from connections.errors import BadData
from connections.providers.google_ads.rows import RowReader, Values, select
from connections.providers.google_ads.values import shown
from connections.sources import Checkpoint, Page, Quarantined, Record

if TYPE_CHECKING:
    from connections.providers.google_ads.client import AdsApi, Batch

ROWS_A_PAGE = 2_000
AFTER = "after"
LONGEST_RAW = 2_000

Describe = Callable[[Values], Record]


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

    def text(self, checkpoint: Checkpoint | None) -> str:
        """From the last row of the checkpoint on, which comes once more."""
        condition = self._condition(checkpoint[AFTER][0] if checkpoint else None)
        return select((*self.order, *self.fields), self.resource, condition, f"ORDER BY {', '.join(self.order)}")

    def _condition(self, first: Any) -> str:
        if self.days is not None:
            since = date.fromisoformat(first) if first else self.days[0]
            return f"WHERE {self.order[0]} BETWEEN '{since}' AND '{self.days[1]}'"
        return f"WHERE {self.order[0]} >= {int(first)}" if first else ""


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


def _chunks(
    api: "AdsApi", question: Question, checkpoint: Checkpoint | None
) -> Iterator[tuple[list[Values], datetime]]:
    after = tuple(checkpoint[AFTER]) if checkpoint else None
    rest: list[Values] = []
    fetched_at = api.now()
    for batch in api.search(question.text(checkpoint), divisible=question.divisible):
        for values in _read(batch, question, after):
            rest.append(values)
            if len(rest) == ROWS_A_PAGE:
                yield rest, batch.fetched_at
                rest = []
        fetched_at = batch.fetched_at
        del batch
    if rest:
        yield rest, fetched_at


def _read(batch: "Batch", question: Question, after: tuple[Any, ...] | None) -> Iterator[Values]:
    if not batch.rows:
        return
    reader = RowReader(batch.paths, batch.rows[0].DESCRIPTOR, (*question.order, *question.fields))
    found = map(reader, batch.rows)
    if after is None:
        yield from found
    else:
        yield from (values for values in found if place(values, question.order) > after)


def place(values: Values, order: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(values[path] for path in order)


def _page(
    rows: list[Values], fetched_at: datetime, question: Question, describe: Describe, api: "AdsApi", is_first: bool
) -> Page:
    records: list[Record] = []
    quarantined: list[Quarantined] = []
    for values in rows:
        try:
            records.append(describe(values))
        except BadData as error:
            quarantined.append(_put_aside(values, error.sentence, question, api))
    checkpoint = {AFTER: list(place(rows[-1], question.order))}
    return Page(records, checkpoint, fetched_at, tuple(quarantined), is_first)


def _put_aside(values: Values, reason: str, question: Question, api: "AdsApi") -> Quarantined:
    raw = ", ".join(f"{path}={shown(value)}" for path, value in values.items())
    key = " ".join(str(each) for each in place(values, question.order))
    return Quarantined(key[:100], reason, api.login.scrub(raw)[:LONGEST_RAW], _day(values))


def _day(values: Values) -> date | None:
    try:
        return date.fromisoformat(values["segments.date"])
    except (KeyError, ValueError):
        return None

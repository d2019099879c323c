"""Which days can be compared? Those that are over and have been read, in both periods: like with like."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q

from connections.models import Connection
from projects.numbers.held import Held
from projects.numbers.periods import DAY, Span
from projects.numbers.question import Question, days_of

MOST_PIECES = 200
"""A condition for each piece: a ledger full of holes must not make a query that the database refuses."""

Piece = tuple[Span, Span]
"""Days in a row, and as many in a row that they are compared with."""


@dataclass(frozen=True)
class Compared:
    """How much of one account is compared. unread: days beside these that nobody has read. unpaired: 29 February."""

    connection: Connection
    span: Span
    beside: Span
    count: int
    unread: int
    unpaired: int
    has_today: bool


@dataclass(frozen=True)
class Matched:
    """by_piece: whose days they are. accounts: what is to be said of each."""

    by_piece: Mapping[Piece, Sequence[UUID]]
    accounts: Mapping[UUID, Compared]

    @property
    def pks(self) -> frozenset[UUID]:
        """The accounts of which at least one day is compared."""
        return frozenset(pk for pks in self.by_piece.values() for pk in pks)

    @property
    def partial(self) -> list[Compared]:
        """Those that are not compared on every day that is shown."""
        return [each for each in self.accounts.values() if each.count < each.span.length]

    @property
    def span(self) -> Span | None:
        """From the first day beside those of any account to the last of any."""
        spans = [each.beside for each in self.accounts.values()]
        return Span(min(each.since for each in spans), max(each.until for each in spans)) if spans else None

    def recent(self) -> Q:
        by_span: dict[Span, list[UUID]] = defaultdict(list)
        for (now, _), pks in self.by_piece.items():
            by_span[now] += pks
        return days_of(by_span)

    def before(self) -> Q:
        found = Q(pk__in=[])
        for by_span in self.by_distance().values():
            found |= days_of(by_span)
        return found

    def partners(self, pk: UUID) -> dict[date, date]:
        """The compared days of an account, each with the one that it is compared with."""
        return pairs(piece for piece, pks in self.by_piece.items() if pk in pks)

    def by_distance(self) -> dict[timedelta, dict[Span, Sequence[UUID]]]:
        """The days before, by how far they lie back."""
        found: dict[timedelta, dict[Span, Sequence[UUID]]] = defaultdict(dict)
        for (now, then), pks in self.by_piece.items():
            found[now.since - then.since][then] = pks
        return found


def match(question: Question, ledger: Mapping[UUID, Held], compare: str, todays: Mapping[UUID, date]) -> Matched | None:
    """None where no comparison is asked for."""
    if compare == "none":
        return None
    by_piece = defaultdict(list)
    asked = {span: span.pairs(compare) for span in set(question.spans.values())}
    for pk, span in question.spans.items():
        for piece in pieces(pair for pair in asked[span] if pair[0] < todays[pk] and ledger[pk].read.issuperset(pair)):
            by_piece[piece].append(pk)
    kept = _longest(by_piece)
    return Matched(kept, {pk: _compared(pk, question, ledger[pk], compare, todays[pk], kept) for pk in question.spans})


def whole(question: Question) -> Matched:
    """Every day with the one as many days before, for those who have made sure that all are held."""
    by_piece = defaultdict(list)
    for pk, span in question.spans.items():
        by_piece[span, span.before].append(pk)
    return Matched(by_piece, {})


def pieces(pairs: Iterable[tuple[date, date]]) -> list[Piece]:
    """Broken where a day is missing on either side."""
    found: list[Piece] = []
    for day, then in pairs:
        if found and found[-1][0].until + DAY == day and found[-1][1].until + DAY == then:
            found[-1] = (Span(found[-1][0].since, day), Span(found[-1][1].since, then))
        else:
            found.append((Span(day, day), Span(then, then)))
    return found


def pairs(found: Iterable[Piece]) -> dict[date, date]:
    return {day: then for now, before in found for day, then in zip(now.days(), before.days(), strict=True)}


def _longest(by_piece: Mapping[Piece, Sequence[UUID]]) -> dict[Piece, Sequence[UUID]]:
    """What is too much for one query is not compared; the days that are said to be compared are those that are."""
    by_weight = sorted(by_piece.items(), key=lambda each: (-each[0][0].length * len(each[1]), each[0]))
    return dict(by_weight[:MOST_PIECES])


def _compared(
    pk: UUID, question: Question, held: Held, compare: str, today: date, kept: Mapping[Piece, Sequence[UUID]]
) -> Compared:
    span = question.spans[pk]
    beside = span.beside(compare)
    return Compared(
        connection=question.connections[pk],
        span=span,
        beside=beside,
        count=sum(piece[0].length for piece, pks in kept.items() if pk in pks),
        unread=sum(1 for day in beside.days() if day not in held.read),
        unpaired=span.length - len(span.pairs(compare)),
        has_today=today in span,
    )

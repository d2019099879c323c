"""How much of what is asked for has been read, and when was it looked at?"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from connections.models import Connection
from projects.models import Coverage
from projects.numbers.periods import Span
from projects.numbers.question import Question


@dataclass(frozen=True)
class Held:
    """The days of one account that have been read. checked_at: of those asked for, when one was last read."""

    connection: Connection
    span: Span
    read: frozenset[date]
    checked_at: datetime | None

    @property
    def missing_count(self) -> int:
        return self.span.length - sum(1 for day in self.read if day in self.span)

    @property
    def is_before_whole(self) -> bool:
        return all(day in self.read for day in self.span.before.days())


def held(question: Question, compare: str = "before") -> dict[UUID, Held]:
    """Also of the days that these are compared with."""
    moments: Mapping[UUID, dict[date, datetime]] = defaultdict(dict)
    days = question.days() if compare == "none" else question.days() | question.days_beside(compare)
    asked = Coverage.objects.filter(stream=question.level.stream).filter(days)
    for pk, day, moment in asked.values_list("connection", "date", "fetched_at"):
        moments[pk][day] = moment
    return {
        pk: _held(connection, question.spans[pk], moments.get(pk, {}))
        for pk, connection in question.connections.items()
    }


def _held(connection: Connection, span: Span, moments: Mapping[date, datetime]) -> Held:
    looked = [moment for day, moment in moments.items() if day in span]
    return Held(connection, span, frozenset(moments), max(looked, default=None))

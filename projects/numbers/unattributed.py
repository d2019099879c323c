"""How much of what was spent belongs to nothing of the level that is asked for?"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Sum

from connections.models import Connection
from projects.models import Coverage, DailyMetric
from projects.numbers.levels import LEVEL_OF, LEVELS, Level
from projects.numbers.periods import DAY, Span
from projects.numbers.question import Question

Spent = Mapping[str, Mapping[UUID, int]]
"""In millionths, by currency and account."""


@dataclass(frozen=True)
class Unattributed:
    """Of one currency, in millionths. whole: what `level` spent, in so many accounts. has_today: which is left out."""

    currency: str
    micros: int
    whole: int
    level: Level
    accounts: int
    has_today: bool


def unattributed(question: Question, todays: Mapping[UUID, date]) -> list[Unattributed]:
    """Nothing where nothing is left over, and nothing where that is not known: of a search, and of sources that do not
    declare which level holds all that is spent. Of the days that are over and have been read at both levels: levels are
    read one after the other, and today moves meanwhile. Two queries."""
    above = LEVELS[DailyMetric.Level.AD_SET if question.ad_set else DailyMetric.Level.CAMPAIGN]
    asked = replace(question, spans=_over(question, todays, above))
    if question.search or not asked.spans:
        return []
    asked = replace(asked, connections={pk: question.connections[pk] for pk in asked.spans})
    whole, parts = _spent(replace(asked, level=above), question.level), _spent(asked, above)
    has_today = any(todays[pk] in question.spans[pk] for pk in asked.spans)
    return [
        Unattributed(currency, left, sum(its.values()), above, len(its), has_today)
        for currency, its in sorted(whole.items())
        if (left := sum(its.values()) - sum(parts.get(currency, {}).values())) > 0
    ]


def _over(question: Question, todays: Mapping[UUID, date], above: Level) -> dict[UUID, Span]:
    """The days that are over, of accounts of which it can be known."""
    if question.level.code not in _below(above):
        return {}
    spans = {
        pk: replace(question.spans[pk], until=min(question.spans[pk].until, todays[pk] - DAY))
        for pk, connection in question.connections.items()
        if _campaigns_add_up(connection)
    }
    return {pk: span for pk, span in spans.items() if span.since <= span.until}


def _below(level: Level) -> list[str]:
    return [level.below, *_below(LEVELS[level.below])] if level.below else []


def _campaigns_add_up(connection: Connection) -> bool:
    declared = [LEVEL_OF[stream.chunk_type].code for stream in connection.source_class.streams if stream.adds_up]
    return DailyMetric.Level.CAMPAIGN in declared


def _spent(question: Question, other: Level) -> Spent:
    days = (question.days(), _is_read(question.level), _is_read(other))
    rows = question.metrics().filter(*days).order_by().values_list("connection", "currency")
    found: dict[str, Counter[UUID]] = defaultdict(Counter)
    for pk, currency, spend in rows.annotate(Sum("spend_micros")):
        found[currency or question.connections[pk].currency][pk] += int(spend)
    return found


def _is_read(level: Level) -> Exists:
    same = {"connection": OuterRef("connection"), "date": OuterRef("date")}
    return Exists(Coverage.objects.filter(stream=level.stream, **same))

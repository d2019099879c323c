"""The things of a level with their sums: which are they, and in which order?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower

from projects.models import DailyMetric
from projects.numbers.differences import NOTHING, Beside
from projects.numbers.levels import Level
from projects.numbers.matched import Matched
from projects.numbers.metrics import METRICS
from projects.numbers.names import Named, name_them
from projects.numbers.question import Question
from projects.numbers.sums import Sums, added

ONE_ROW_EACH = ("connection", "external_id", "currency")
"""A thing whose account changed its currency has a row in each: amounts of two currencies are never added."""

NAMES = {"name": "Name", "status": "Status"}
SORTS = {**NAMES, **{code: metric.full_word for code, metric in METRICS.items()}}
USUAL_SORT = "-spend"


@dataclass(frozen=True)
class Row:
    """ran: whether it has numbers on the days asked for, and not only on those that they are compared with."""

    named: Named
    currency: str
    sums: Sums
    beside: Beside | None
    ran: bool


def count(question: Question, matched: Matched | None = None) -> int:
    found: int = _listed(question, matched).values(*ONE_ROW_EACH).distinct().count()
    return found


def page_of_rows(
    question: Question, matched: Matched | None, *, sort: str, several_currencies: bool, first: int, last: int
) -> list[Row]:
    found = list(in_order(question, matched, sort, several_currencies)[first:last])
    names = name_them(question, [(row["connection"], row["external_id"], row) for row in found])
    return [
        Row(named, row["currency"] or named.connection.currency, Sums.of(row), beside, bool(row.get("ran", True)))
        for row, named, beside in zip(found, names, besides(question, matched, found), strict=True)
    ]


def in_order(
    question: Question, matched: Matched | None, sort: str, several_currencies: bool
) -> QuerySet[DailyMetric, dict[str, Any]]:
    """One row for each thing and currency, with the parents that its numbers name."""
    query = _listed(question, matched).values(*ONE_ROW_EACH)
    parents = {"in_campaign": Max("campaign_id"), "in_ad_set": Max("ad_set_id")}
    if matched:
        days = question.days()
        query = query.annotate(**added(days), ran=Count("pk", filter=days), **parents)
    else:
        query = query.annotate(**added(), **parents)
    return _sorted(query, question.level, sort, several_currencies)


def _listed(question: Question, matched: Matched | None) -> QuerySet[DailyMetric]:
    """Also what ran only before: without it, the rows would not explain the difference of their total."""
    return question.metrics().filter(question.days() | matched.before() if matched else question.days())


def besides(question: Question, matched: Matched | None, rows: Sequence[dict[str, Any]]) -> list[Beside | None]:
    """What each row is compared by, in two queries; None for those of an account of which no day is compared."""
    if not matched:
        return [None] * len(rows)
    now, before = (_of_these(question, days, rows) for days in (matched.recent(), matched.before()))
    keys = [tuple(row[name] for name in ONE_ROW_EACH) for row in rows]
    pks = matched.pks
    return [Beside(now.get(key, NOTHING), before.get(key, NOTHING)) if key[0] in pks else None for key in keys]


def _of_these(question: Question, days: Q, rows: Sequence[dict[str, Any]]) -> dict[tuple[Any, ...], Sums]:
    query = DailyMetric.objects.filter(days, level=question.level.code)
    query = query.filter(external_id__in={row["external_id"] for row in rows})
    found = query.order_by().values(*ONE_ROW_EACH).annotate(**added())
    return {tuple(row[name] for name in ONE_ROW_EACH): Sums.of(row) for row in found}


def _sorted(
    query: QuerySet[DailyMetric, dict[str, Any]], level: Level, sort: str, several_currencies: bool
) -> QuerySet[DailyMetric, dict[str, Any]]:
    """Amounts of different currencies do not compare: each currency has its own order, one after the other."""
    code, falling = sort.lstrip("-"), sort.startswith("-")
    if code in NAMES:
        query, order = _with_text(query, level, code), F("text")
    else:
        query, order = query.annotate(order=METRICS[code].order), F("order")
    by_currency = ["currency"] if several_currencies and code in METRICS and METRICS[code].kind == "money" else []
    by = order.desc(nulls_last=True) if falling else order.asc(nulls_last=True)
    return query.order_by(*by_currency, by, "connection", "external_id", "currency")


def _with_text(
    query: QuerySet[DailyMetric, dict[str, Any]], level: Level, code: str
) -> QuerySet[DailyMetric, dict[str, Any]]:
    if level.model is None:
        text = F("connection__name") if code == "name" and level.code == DailyMetric.Level.ACCOUNT else F("external_id")
        return query.annotate(text=Lower(text))
    column = "name" if code == "name" else "effective_status"
    its = level.model._default_manager.filter(connection=OuterRef("connection"), external_id=OuterRef("external_id"))
    return query.annotate(text=Subquery(its.values(lower=Lower(column))[:1]))

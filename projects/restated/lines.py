"""The changes of a page, in its order: of each value its first and its last state, however often it moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q
from django.utils.dateparse import parse_date

from projects.models import Change
from projects.restated.asked import Asked
from projects.restated.fields import MEASURED, Field, Part, field_of, number, parts, value
from projects.restated.names import Object, objects_of

LINES_A_PAGE = 100
GROUP = ("date", "table", "key", "field")


@dataclass(frozen=True)
class Line:
    """One value. times: how often it changed since. job_id: of the sync that saw the last change."""

    name: str
    field: Field
    before: Any
    after: Any
    parts: list[Part]
    difference: Any
    percent: Any
    times: int
    seen_at: datetime
    job_id: UUID | None


@dataclass(frozen=True)
class Its:
    """Of one thing, what changed."""

    object: Object
    lines: list[Line]


@dataclass(frozen=True)
class Day:
    """date: None for what belongs to no day."""

    date: date | None
    objects: list[Its]


@dataclass(frozen=True)
class Page:
    days: list[Day]
    next: str

    @property
    def job_ids(self) -> set[UUID]:
        lines = [line for day in self.days for its in day.objects for line in its.lines]
        return {line.job_id for line in lines if line.job_id}


def page(asked: Asked, after: str) -> Page:
    """after: where the page before ended; empty, or of no sense: the first."""
    groups = _groups(asked, after)
    found = list(groups[: LINES_A_PAGE + 1])
    shown = found[:LINES_A_PAGE]
    rows = Change.objects.in_bulk([pk for group in shown for pk in (group["first"], group["last"])])
    objects = objects_of(asked.connection, {(group["table"], group["key"]) for group in shown})
    days = [
        Day(day, [_its(objects[key], list(its), rows) for key, its in groupby(of_day, _thing)])
        for day, of_day in groupby(shown, lambda group: group["date"])
    ]
    return Page(days, _place(asked, shown[-1]) if len(found) > LINES_A_PAGE else "")


def _thing(group: dict[str, Any]) -> tuple[str, str]:
    return group["table"], group["key"]


def _its(its: Object, groups: Sequence[dict[str, Any]], rows: dict[int, Change]) -> Its:
    return Its(its, [_line(rows[group["first"]], rows[group["last"]], group["times"]) for group in groups])


def _line(first: Change, last: Change, times: int) -> Line:
    its = field_of(first.field, first.before, last.after)
    differing = parts(last.before, last.after) if its.kind == "parts" else []
    before, after = number(first.before), number(last.after)
    difference = after - before if its.kind in MEASURED and before is not None and after is not None else None
    percent = 100 * difference / before if difference is not None and before else None
    return Line(
        first.field,
        its,
        value(its.kind, first.before),
        value(its.kind, last.after),
        differing,
        difference,
        percent,
        times,
        last.seen_at,
        last.job_id,
    )


def _groups(asked: Asked, after: str) -> Any:
    """Numbers: newest day first and all of a thing together. Everything else: what changed last comes first."""
    changes = asked.changes()
    counted: dict[str, Any] = {"first": Min("id"), "last": Max("id"), "times": Count("id")}
    if asked.kind == "objects":
        groups = changes.values(*GROUP).annotate(**counted).order_by("-last")
        return groups.filter(last__lt=int(after)) if after.isdecimal() and len(after) < 19 else groups
    if place := _parsed(after):
        changes = changes.filter(_beyond(*place))
    return changes.values(*GROUP).annotate(**counted).order_by("-date", "table", "key", "field")


def _place(asked: Asked, group: dict[str, Any]) -> str:
    if asked.kind == "objects":
        return str(group["last"])
    return "|".join(str(group[name]) for name in ("date", "table", "field", "key"))


def _parsed(after: str) -> tuple[date, str, str, str] | None:
    texts = after.split("|", 3)
    if len(texts) != 4 or "\x00" in after:
        return None
    try:
        day = parse_date(texts[0])
    except ValueError:
        return None
    return (day, texts[1], texts[3], texts[2]) if day else None


def _beyond(day: date, table: str, key: str, field: str) -> Q:
    """After this one in the order of the page. The first condition is what an index can use."""
    later = Q(table__gt=table) | Q(table=table, key__gt=key) | Q(table=table, key=key, field__gt=field)
    return Q(date__lte=day) & (Q(date__lt=day) | later)

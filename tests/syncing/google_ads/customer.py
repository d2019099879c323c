"""A customer of Google Ads that is connected, what Google was asked, and what is stored of its days."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from django.db.models import Min

from connections.accounts import connect
from connections.models import Connection, Workspace
from connections.providers.google_ads.demo import DEMO_CUSTOMER
from connections.providers.google_ads.sandbox.google import OK
from connections.providers.google_ads.sandbox.numbers import NOTHING, Numbers, Place, of_day, places
from connections.sandbox.calls import LoggedCall
from connections.sandbox.server import SandboxServer
from projects.models import DailyMetric
from syncing import runner, scheduler
from syncing.models import SyncChunk, SyncSchedule
from tests.fixtures.engine import PHASE, Impatience
from tests.fixtures.sandbox import SharedClock, demo_account


def same_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections are due at moments that follow from their ids: at the same ones in each run of a test, ten minutes
    apart."""
    ids = count(PHASE, 600)
    monkeypatch.setattr(Connection._meta.pk, "_get_default", lambda: UUID(int=next(ids)))


def connected(now: datetime, customer: str = DEMO_CUSTOMER) -> Connection:
    workspace, _ = Workspace.objects.get_or_create(name="Google Ads")
    secrets = dict(demo_account("google_ads").secrets)
    return connect(workspace, "google_ads", customer, secrets, now=now, start_sync=False).connection


class Operation(NamedTuple):
    """One question. since, until: of what is asked by days."""

    resource: str
    since: str = ""
    until: str = ""


def questions(sandbox: SandboxServer) -> list[LoggedCall]:
    """All that cost an operation since the log was last cleared: without those that came with a token of an hour ago,
    whose end the product tells by a clock that tests do not move."""
    return [call for call in sandbox.google_ads.calls.all() if call.method == "GRPC" and call.status == OK]


def operations(sandbox: SandboxServer) -> list[Operation]:
    """All that were answered since the log was last cleared."""
    asked = [call.params["query"] for call in questions(sandbox)]
    return [_operation(query) for query in asked if query]


def _operation(query: str) -> Operation:
    resource = query.split(" FROM ")[1].split()[0]
    if " BETWEEN " not in query:
        return Operation(resource)
    since, until = query.split(" BETWEEN ")[1].split(" ORDER")[0].replace("'", "").split(" AND ")
    return Operation(resource, since, until)


def spent(connection: Connection, level: str) -> dict[date, int]:
    """Micros by day, without the days on which nothing was."""
    rows: Iterable[tuple[date, int]] = DailyMetric.objects.filter(connection=connection, level=level).values_list(
        "date", "spend_micros"
    )
    found: dict[date, int] = defaultdict(int)
    for day, micros in rows:
        found[day] += micros
    return {day: micros for day, micros in found.items() if micros}


Key = tuple[str, str, date]
Figures = tuple[int, int, int, Decimal, int]
FIGURES = ("impressions", "clicks", "spend_micros", "conversions", "revenue_micros")


def stored(connection: Connection, since: date, until: date) -> dict[Key, Figures]:
    """By level, id and day, without rows of days on which nothing was. Raises where a row is there twice."""
    its = DailyMetric.objects.filter(connection=connection, date__range=(since, until))
    rows = its.values_list("level", "external_id", "date", *FIGURES)
    found = {row[:3]: row[3:] for row in rows}
    assert len(found) == len(rows), "a row is stored twice"
    return {key: figures for key, figures in found.items() if any(figures)}


def true(sandbox: SandboxServer, number: str, since: date, until: date) -> dict[Key, Figures]:
    """The same, as the stand-in knows it without being asked."""
    customer, now = sandbox.google_ads.customers[number], sandbox.clock.now()
    found: dict[Key, Numbers] = {}
    for day in (since + back * timedelta(days=1) for back in range((until - since).days + 1)):
        for place in (place for campaign in customer.tree for place in places(campaign)):
            figures = of_day(customer, place, day, now)
            for level, name in _parts(number, place) if figures != NOTHING else ():
                found[level, name, day] = found.get((level, name, day), NOTHING) + figures
    return {key: _figures(each) for key, each in found.items()}


def _parts(number: str, place: Place) -> Iterator[tuple[str, str]]:
    """The place and all that it is part of."""
    yield "account", number
    yield "campaign", str(place.campaign)
    if place.group:
        yield "ad_set", str(place.group)
        yield "ad", f"{place.group}~{place.ad}"


def _figures(each: Numbers) -> Figures:
    return each.impressions, each.clicks, each.cost, Decimal(each.conversions) / 100, each.value * 10_000


def configure(settings: Any, **changes: Any) -> None:
    """Other settings of the provider, for this test."""
    settings.PROVIDERS = {**settings.PROVIDERS, "google_ads": {**settings.PROVIDERS["google_ads"], **changes}}


class Haste(Impatience):
    """Looks in every few seconds only, of the clock that it moves."""

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(max(3.0, timeout or 0))


def pass_time(clock: SharedClock, **time: float) -> None:
    """The scheduler's looks and the workers' rounds, so long: whenever something is due or ready."""
    end = clock.now + timedelta(**time)
    while clock.now < end:
        scheduler.enqueue_due(clock.now)
        runner.run_ready(until=clock.now + timedelta(minutes=5), clock=clock, stop=Haste(clock))
        clock.move(seconds=(_coming(clock.now, end) - clock.now).total_seconds())


def _coming(now: datetime, end: datetime) -> datetime:
    due = SyncSchedule.objects.filter(next_due_at__gt=now).aggregate(at=Min("next_due_at"))["at"]
    ready = SyncChunk.objects.open().filter(ready_at__gt=now).aggregate(at=Min("ready_at"))["at"]
    return max(min(due or end, ready or end, end), min(now + timedelta(minutes=10), end))

"""A customer of Google Ads that is connected, what Google was asked, and what is stored of its days."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from connections.accounts import connect
from connections.models import Connection, Workspace
from connections.providers.google_ads.demo import DEMO_CUSTOMER
from connections.providers.google_ads.sandbox.google import OK
from connections.sandbox.server import SandboxServer
from projects.models import DailyMetric
from tests.fixtures.sandbox import demo_account


def connected(now: datetime, customer: str = DEMO_CUSTOMER) -> Connection:
    workspace, _ = Workspace.objects.get_or_create(name="Google Ads")
    secrets = dict(demo_account("google_ads").secrets)
    return connect(workspace, "google_ads", customer, secrets, now=now, start_sync=False).connection


class Operation(NamedTuple):
    """One question. since, until: of what is asked by days."""

    resource: str
    since: str = ""
    until: str = ""


def operations(sandbox: SandboxServer) -> list[Operation]:
    """All that were answered since the log was last cleared."""
    calls = sandbox.google_ads.calls.all()
    asked = [call.params["query"] for call in calls if call.params.get("query") and call.status == OK]
    return [_operation(query) for query in asked]


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

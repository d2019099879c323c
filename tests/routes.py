"""Every address of the product: who may ask for it, with what, with which answer, and what the audit keeps of it.

Whoever adds an address adds its lines here: tests/test_roles.py, test_csrf.py and test_audit.py fail until then.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from connections.registry import SOURCES, source_class
from projects.creators.arranging import Arrangement
from projects.creators.readings import METRICS
from syncing import tuning
from syncing.forms import IntervalForm
from syncing.models import ObjectSyncConfig
from tests.fixtures.api import CALLERS
from tests.fixtures.plain import KIND, TOKEN, CampaignDays

ROLES = {"viewer": 1, "operator": 2, "admin": 3, "owner": 4}
RANK = {"vera": 1, "bob": 2, "adam": 3, "alice": 4, "read token": 1, "trigger token": 2, "admin token": 3}
TOKENS = ("read token", "trigger token", "admin token")


@dataclass(frozen=True)
class Entry:
    """needs: the least role of those that may; ok: what they get. stranger: what Charlie gets.

    body: with {workspace} filled in. state: what has to be so before, see fixtures/routes.py. rows: how many the audit
    keeps of it. others: the answers that no rule gives. staff: what those who look after the installation get, where a
    role in a workspace is not enough.
    """

    needs: str
    ok: int = 200
    stranger: int = 404
    body: dict[str, Any] = field(default_factory=dict)
    state: str = ""
    rows: int = 1
    api: bool = False
    others: dict[str, int] = field(default_factory=dict)
    query: str = ""
    staff: int = 0

    def expected(self, caller: str) -> int:
        if caller in self.others:
            return self.others[caller]
        if caller == "nobody":
            return 401 if self.api else 302
        if caller == "charlie":
            return self.stranger
        if caller in TOKENS and not self.api:
            return 302  # a page knows no tokens
        return self.ok if RANK[caller] >= ROLES[self.needs] else 403


def page(needs: str, ok: int = 200, **more: Any) -> Entry:
    return Entry(needs, ok, **more)


def api(needs: str, ok: int = 200, **more: Any) -> Entry:
    return Entry(needs, ok, api=True, **more)


SIGN_IN = {"vera": 302, "bob": 302, "adam": 302, "alice": 302, "charlie": 302, "nobody": 200} | dict.fromkeys(
    TOKENS, 200
)
FOR_STAFF = dict.fromkeys(("vera", "bob", "adam", "alice", "charlie"), 403) | dict.fromkeys(TOKENS, 401)
"""A role in a workspace says nothing of the installation."""
LOOKED_AFTER: dict[str, Any] = {
    "others": dict.fromkeys(("vera", "bob", "adam", "alice", "charlie"), 403),
    "staff": 200,
}
"""A page for those who run the installation."""


def declared_types(**changed: Any) -> list[ObjectSyncConfig]:
    """Those of every provider, not stored; changed: of the first of them."""
    rows = [ObjectSyncConfig.of(kind, stream) for kind in SOURCES for stream in source_class(kind).streams]
    for name, value in changed.items():
        setattr(rows[0], name, value)
    return rows


def confirmed(preset: tuning.Preset, **changed: Any) -> dict[str, str]:
    return {"seen": tuning.version(tuning.moves(declared_types(**changed), preset))}


def intervals() -> dict[str, str]:
    """One object type of the form, with another interval."""
    form = IntervalForm(declared_types()[0])
    figures = dict(zip(tuning.FIELDS, form.seen.split(), strict=True)) | {"sync_interval_minutes": "45"}
    return {f"{form.prefix}-{name}": value for name, value in {**figures, "seen": form.seen}.items()}


def days_again() -> dict[str, Any]:
    """A day that is over everywhere."""
    day = str(datetime.now(UTC).date() - timedelta(days=2))
    return {"streams": CampaignDays.name, "since": day, "until": day}


def creators_rules() -> dict[str, Any]:
    """The settings of a project, with another rule for all counts."""
    rules = dict.fromkeys(METRICS, "sheet")
    return {**rules, "spike_factor": 5, "spike_floor": 1000, "is_active": "on", "seen": Arrangement().mark}


LOGIN = {"token": TOKEN}
DRAFT: dict[str, Any] = {"stranger": 403, "state": "draft", "rows": 0}
NEW = {"provider": KIND, "account_id": "account-new", "secrets": LOGIN, "workspace": "{workspace}"}

TABLE: dict[str, Entry] = {
    # Pages
    "GET ": page("viewer", stranger=200),
    "GET settings": page("viewer", stranger=200),
    "GET settings/": page("viewer", 302, stranger=302),
    "GET connections/": page("viewer", 302, stranger=302),
    "GET settings/manual": page("admin", stranger=200),
    "POST settings/manual": page("admin", 302, stranger=302, state="hourly"),
    "POST settings/sync": page("viewer", 302, stranger=302, body={"provider": KIND}),
    "GET connections/<connection_id>": page("viewer"),
    "GET connections/<connection_id>/coverage": page("viewer"),
    "GET connections/<connection_id>/changes": page("viewer"),
    "GET connections/<connection_id>/changes/export.csv": page("viewer"),
    "GET background": page("viewer", 302, stranger=302),
    "GET connections/<connection_id>/start": page("viewer", 302),
    "POST connections/<connection_id>/sync": page("operator", 302),
    "POST connections/<connection_id>/history": page("operator", 302),
    "GET connections/<connection_id>/range": page("operator"),
    "POST connections/<connection_id>/range": page("operator", 302, body=days_again()),
    "GET connections/<connection_id>/preview": page("operator", state="book"),
    "POST connections/<connection_id>/preview": page("operator", state="book", rows=0),
    "GET connections/<connection_id>/force": page("operator", state="tree", query="?kind=project&node=p1"),
    "POST connections/<connection_id>/force": page(
        "operator", 302, state="tree", body={"kind": "project", "node": "p1"}
    ),
    "GET connections/<connection_id>/force/<job_id>": page("viewer", state="tree", query="?kind=project&node=p1"),
    "POST connections/<connection_id>/frequency": page("operator", 302, body={"sync_frequency": "daily"}),
    "POST connections/<connection_id>/pause": page("operator", 302),
    "POST connections/<connection_id>/resume": page("operator", 302, state="paused"),
    "GET connections/<connection_id>/remove": page("admin"),
    "POST connections/<connection_id>/remove": page("admin", 302),
    "GET connections/<connection_id>/edit": page("admin"),
    "POST connections/<connection_id>/edit": page("admin", 302, body={"name": "Renamed"}),
    "GET connections/<connection_id>/reconnect": page("admin"),
    "POST connections/<connection_id>/reconnect": page("admin", 302, body=LOGIN, state="dead"),
    "POST connections/<connection_id>/reconnect/sign-in": page("admin", 302, rows=0, state="signs in"),
    "POST connections/oauth/<provider>/begin": page(
        "admin", 302, body={"workspace": "{workspace}"}, rows=0, state="signs in"
    ),
    "GET connections/oauth/<provider>/callback": page("viewer", 400, stranger=400, state="signs in"),
    "GET connections/new": page("admin", stranger=200, query=f"?provider={KIND}"),
    "POST connections/new": page(
        "admin", 302, stranger=200, body=LOGIN | {"workspace": "{workspace}"}, query=f"?provider={KIND}", rows=0
    ),
    "GET connections/new/<draft_id>/accounts": page("admin", **DRAFT),
    "POST connections/new/<draft_id>/accounts": page("admin", 302, body={"typed": "account-new"}, **DRAFT),
    "GET connections/new/<draft_id>/checks": page("admin", **DRAFT),
    "POST connections/new/<draft_id>/checks": page("admin", 302, **(DRAFT | {"rows": 1})),
    "GET explain/<connection_id>": page("viewer"),
    "GET explain/<connection_id>/<stream>": page("viewer"),
    "GET ops": page("owner", stranger=403, others={"alice": 403}, staff=200),
    "GET metrics": page("owner", others=dict.fromkeys(CALLERS, 401), staff=200),
    "GET ui/sync-intervals": page("owner", **LOOKED_AFTER),
    "POST ui/sync-intervals": page("owner", **(LOOKED_AFTER | {"staff": 302}), body=intervals()),
    "GET ui/sync-intervals/": page("viewer", 302, stranger=302),
    "POST ui/sync-intervals/preview": page("owner", **LOOKED_AFTER, body=intervals(), rows=0),
    "GET ui/sync-intervals/defaults": page("owner", **LOOKED_AFTER),
    "POST ui/sync-intervals/defaults": page(
        "owner", **(LOOKED_AFTER | {"staff": 302}), body=confirmed(tuning.defaults, priority=5), state="tuned"
    ),
    "GET ui/sync-intervals/slow-start": page("owner", **LOOKED_AFTER),
    "POST ui/sync-intervals/slow-start": page(
        "owner", **(LOOKED_AFTER | {"staff": 302}), body=confirmed(tuning.slow_start)
    ),
    "GET connections/<connection_id>/timeline": page("viewer"),
    "GET history": page("viewer", stranger=200),
    "GET jobs/<job_id>": page("viewer"),
    "POST jobs/<job_id>/cancel": page("operator", 302, state="running"),
    "POST jobs/<job_id>/resume": page("operator", 302, state="cancelled"),
    "POST jobs/<job_id>/retry": page("operator", 302, state="failed"),
    "GET ads": page("viewer", stranger=200),
    "GET ads/export.csv": page("viewer", stranger=200),
    "GET creators": page("viewer", stranger=200),
    "GET creators/export.csv": page("viewer", stranger=200),
    "GET creators/conflicts": page("viewer", stranger=200),
    "GET creators/projects/<tab_id>": page("operator", state="creators"),
    "POST creators/projects/<tab_id>": page("operator", 302, state="creators", body=creators_rules()),
    "POST creators/projects/<tab_id>/answer": page(
        "operator", 302, state="creators", body={"answer": "sheet", "asked": "{question}"}
    ),
    "GET creators/<account_id>": page("viewer", state="creators"),
    "POST creators/<account_id>/answer": page(
        "operator", 302, state="creators", body={"metric": "followers", "answer": "sheet", "epoch": 0, "sheet": 1000}
    ),
    "POST creators/<account_id>/rule": page(
        "operator", 302, state="creators", body={"metric": "followers", "policy": "sheet"}
    ),
    "GET projects": page("viewer", stranger=200),
    "GET projects/<connection_id>/projects/<project_id>": page("viewer", state="tree"),
    "GET projects/<connection_id>/projects/<project_id>/parts.csv": page("viewer", state="tree"),
    "GET projects/<connection_id>/elevations/<elevation_id>": page("viewer", state="tree"),
    "GET projects/<connection_id>/elevations/<elevation_id>/parts.csv": page("viewer", state="tree"),
    "GET projects/<connection_id>/elevations/<elevation_id>/thumbnail.png": page("viewer", state="tree"),
    "GET account/mail": page("viewer", stranger=200),
    "POST account/mail": page("viewer", 302, body={"workspace": "{workspace}", "mail": "failures"}),
    "GET sign-in": page("viewer", others=SIGN_IN),
    "POST sign-in": page("viewer", others=SIGN_IN, rows=0, body={"username": "x"}),
    "POST sign-out": page("viewer", 302, stranger=302),
    # API
    "GET api/connections": api("viewer", stranger=200),
    "POST api/connections": api("admin", 201, stranger=400, body=NEW),
    "POST api/connections/from-env": api(
        "admin", 201, stranger=400, body={"provider": KIND, "workspace": "{workspace}"}
    ),
    "GET api/connections/<connection_id>": api("viewer"),
    "PATCH api/connections/<connection_id>": api("admin", body={"name": "Renamed"}),
    "DELETE api/connections/<connection_id>": api("admin", 204),
    "POST api/connections/<connection_id>/sync-now": api("operator", 202),
    "POST api/connections/<connection_id>/backfill": api("operator", 202),
    "POST api/connections/<connection_id>/sync-entities": api("operator", 202),
    "POST api/connections/<connection_id>/sync-metrics": api("operator", 202),
    "PATCH api/connections/<connection_id>/sync-frequency": api("operator", body={"sync_frequency": "daily"}),
    "GET api/connections/<connection_id>/sync-status": api("viewer"),
    "GET api/coverage": api("viewer", stranger=200),
    "GET api/changes": api("viewer", stranger=200),
    "GET api/jobs": api("viewer", stranger=200),
    "GET api/jobs/<job_id>": api("viewer"),
    "POST api/jobs/<job_id>/cancel": api("operator", state="running"),
    "POST api/jobs/<job_id>/resume": api("operator", 202, state="cancelled"),
    "POST api/jobs/<job_id>/retry": api("operator", 202, state="failed"),
    "POST api/admin/smart_sync": api("owner", others=FOR_STAFF, rows=0, staff=200),
    "GET api/admin/sync_status": api("owner", others=FOR_STAFF, staff=200),
    "GET api/schema": api("viewer", stranger=200),
    "GET api/docs": api("viewer", stranger=200, others={"nobody": 302}),
    "GET api/nowhere": api("viewer", 404),
}
NOWHERE = "api/nowhere"
"""Stands for every address below /api/ that leads nowhere."""


ADDRESSES = {key.partition(" ")[2] for key in TABLE}


@dataclass(frozen=True)
class Route:
    """One line of the URL conf, without its converters."""

    address: str

    @property
    def key(self) -> str:
        """Under which it stands in the table: with its last slash where the table has that, else without."""
        return self.address if self.address in ADDRESSES else self.address.rstrip("/")

    def path(self, ids: dict[str, Any]) -> str:
        return "/" + re.sub(r"<(\w+)>", lambda match: str(ids.get(match[1], 1)), self.address)


def routes() -> list[Route]:
    """All of them, without the admin's."""
    return [each for each in _found(get_resolver(), "") if not each.address.startswith(f"{settings.ADMIN_PATH}/")]


def admin_routes() -> list[Route]:
    return [each for each in _found(get_resolver(), "") if each.address.startswith(f"{settings.ADMIN_PATH}/")]


def _found(resolver: URLResolver, before: str) -> Iterator[Route]:
    for each in resolver.url_patterns:
        text = str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _found(each, before + text)
        elif isinstance(each, URLPattern):
            if text.startswith("^api"):
                text = NOWHERE
            address = before + re.sub(r"\(\?P<(\w+)>[^)]*\)\$?", r"<\1>", re.sub(r"<\w+:(\w+)>", r"<\1>", text))
            yield Route(address.strip("^$"))


def declared(route: Route) -> dict[str, Entry]:
    """Method -> entry."""
    return {key.partition(" ")[0]: entry for key, entry in TABLE.items() if key.partition(" ")[2] == route.key}

"""Which connections does a list show? Those of one page, of a state and with some words."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet

from connections.models import Connection, Credential
from syncing.models import ConnectionSync
from syncing.status.ending import ending_soon
from syncing.status.overall import as_fresh_as
from syncing.status.states import FRESHNESS

A_PAGE = 50
LONGEST = 100
Status = ConnectionSync.Status


@dataclass(frozen=True)
class Chip:
    code: str
    label: str
    count: int


def _states(now: datetime) -> dict[str, tuple[str, Q]]:
    """Filters by what a person looks for; they say the same as `connections.standing`."""
    may_run = Connection.runnable() & (Q(sync__not_before__isnull=True) | Q(sync__not_before__lte=now))
    failed = may_run & Q(sync__sync_status=Status.ERROR)
    told_what_to_do = failed & ~Q(sync__last_sync_remedy="")
    return {
        "": ("All", Q()),
        "needs-you": (
            "Needs you",
            ~Q(Credential.usable("credential__")) | told_what_to_do | ending_soon(now, "credential__"),
        ),
        "running": ("Running", may_run & Q(sync__sync_status__in=[Status.QUEUED, Status.SYNCING])),
        "error": ("Error", failed),
    }


def _matching(connections: QuerySet[Connection], words: str) -> QuerySet[Connection]:
    for word in words.split():
        connections = connections.filter(Q(name__icontains=word) | Q(external_account_id__icontains=word))
    return connections


@dataclass(frozen=True)
class Listing:
    """state: the code of a chip or of a freshness. words: each has to be in the name or in the account's id."""

    connections: QuerySet[Connection]
    now: datetime
    state: str = ""
    words: str = ""
    number: int = 1

    @classmethod
    def asked(cls, connections: QuerySet[Connection], address: dict[str, str], now: datetime) -> "Listing":
        """As an address asks for it; what makes no sense there is passed over."""
        state, number = address.get("state", ""), address.get("page", "")
        return cls(
            connections,
            now,
            state=state if state in _states(now) or state in FRESHNESS else "",
            words=address.get("q", "").replace("\0", "").strip()[:LONGEST],
            number=max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 7 else 1,
        )

    @property
    def found(self) -> QuerySet[Connection]:
        matching, states = _matching(self.connections, self.words), _states(self.now)
        return matching.filter(states[self.state][1]) if self.state in states else self._as_fresh(matching)

    def _as_fresh(self, connections: QuerySet[Connection]) -> QuerySet[Connection]:
        return as_fresh_as(connections, self.state, self.now)

    def page(self) -> Page[Connection]:
        """The last one where so many are asked for that there is none."""
        return self._pages.get_page(self.number)

    def shown(self) -> QuerySet[Connection]:
        """The same connections, and for the first page without counting all: polls ask for them every two seconds."""
        number = 1 if self.number == 1 else self.page().number
        return self.found[(number - 1) * A_PAGE : number * A_PAGE]

    @cached_property
    def _pages(self) -> "Paginator[Connection]":
        return Paginator(self.found, A_PAGE)

    def needing_you(self) -> QuerySet[Connection]:
        return self.connections.filter(_states(self.now)["needs-you"][1])

    def chips(self) -> list[Chip]:
        states = _states(self.now)
        counts = self.connections.order_by().aggregate(
            **{
                f"n{at}": Count("pk", filter=rule) if code else Count("pk")
                for at, (code, (_, rule)) in enumerate(states.items())
            }
        )
        return [Chip(code, label, counts[f"n{at}"]) for at, (code, (label, _)) in enumerate(states.items())]

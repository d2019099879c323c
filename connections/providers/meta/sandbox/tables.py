"""The rows of an account: which object delivered what on which days, summed to the level that was asked for."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import RLock
from typing import Literal

from connections.providers.meta.sandbox.accounts import AdAccount
from connections.providers.meta.sandbox.delivery import SETTLED, Numbers, arrival, delivers, numbers
from connections.providers.meta.sandbox.structure import Node

Level = Literal["account", "campaign", "adset", "ad"]
LEVELS: tuple[Level, ...] = ("account", "campaign", "adset", "ad")
Period = tuple[date, date]
Day = dict[int, Numbers]
MAX_CACHED_ROWS = 60_000


@dataclass(frozen=True)
class Row:
    """One object's numbers over one period. node: None for the account itself."""

    account: AdAccount
    node: Node | None
    start: date
    stop: date
    numbers: Numbers

    @property
    def key(self) -> str:
        return f"{self.start.isoformat()}:{self.node.id if self.node else ''}"


class Days:
    """The numbers of every ad of an account and day, remembered while they cannot have changed."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._kept: OrderedDict[tuple[object, ...], Day] = OrderedDict()
        self._rows = 0

    def of(self, account: AdAccount, day: date, now: datetime) -> Day:
        so_far = arrival(account, day, now)
        if so_far is None:
            return {}
        moment = None if so_far is SETTLED else now
        key = (id(account), account.version, day, moment)
        with self._lock:
            if key not in self._kept:
                self._keep(key, _day(account, day, now))
            self._kept.move_to_end(key)
            return self._kept[key]

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()
            self._rows = 0

    def _keep(self, key: tuple[object, ...], day: Day) -> None:
        self._kept[key] = day
        self._rows += len(day) + 1
        while self._rows > MAX_CACHED_ROWS and len(self._kept) > 1:
            self._rows -= len(self._kept.popitem(last=False)[1]) + 1


def _day(account: AdAccount, day: date, now: datetime) -> Day:
    so_far = arrival(account, day, now)
    if so_far is None:
        return {}
    found: Day = {}
    for ad in account.structure.ads:
        if delivers(account, ad, day) and (arrived := numbers(account, ad, day, so_far)):
            found[ad.index] = arrived
    return found


@dataclass(frozen=True)
class Scope:
    """Which objects count: at which level, below which node, and only some ids.

    Rows of a deleted object are shown only when it was asked for itself or `with_deleted`; its parents count it anyway.
    """

    level: Level
    within: str = ""
    campaign_ids: frozenset[str] | None = None
    adset_ids: frozenset[str] | None = None
    ad_ids: frozenset[str] | None = None
    with_deleted: bool = False

    def counts(self, ad: Node) -> bool:
        return (
            (not self.within or ad.belongs_to(self.within))
            and (self.campaign_ids is None or ad.campaign_id in self.campaign_ids)
            and (self.adset_ids is None or ad.adset_id in self.adset_ids)
            and (self.ad_ids is None or ad.id in self.ad_ids)
        )

    def shows(self, node: Node | None) -> bool:
        return node is None or self.with_deleted or not node.deleted or node.id == self.within

    def node_of(self, ad: Node, account: AdAccount) -> Node | None:
        if self.level == "ad":
            return ad
        if self.level == "adset":
            return account.structure.by_id[ad.adset_id]
        return account.structure.by_id[ad.campaign_id] if self.level == "campaign" else None


def rows(account: AdAccount, scope: Scope, periods: list[Period], now: datetime, days: Days) -> Iterator[Row]:
    """Period by period, and within one by id. `now` is cut to the minute."""
    counted = [ad for ad in account.structure.ads if scope.counts(ad)]
    owners = {ad.index: scope.node_of(ad, account) for ad in counted}
    for start, stop in periods:
        yield from _rows_of_period(account, scope, (start, stop), owners, now, days)


def _rows_of_period(
    account: AdAccount,
    scope: Scope,
    period: Period,
    owners: dict[int, Node | None],
    now: datetime,
    days: Days,
) -> Iterator[Row]:
    parts: dict[str, list[Numbers]] = {}
    nodes: dict[str, Node | None] = {}
    for day in dates(*period):
        for index, arrived in days.of(account, day, now).items():
            if index not in owners:
                continue
            node = owners[index]
            identifier = node.id if node else ""
            parts.setdefault(identifier, []).append(arrived)
            nodes[identifier] = node
    for identifier in sorted(parts):
        if scope.shows(nodes[identifier]):
            yield Row(account, nodes[identifier], *period, total(parts[identifier]))


def total(parts: list[Numbers]) -> Numbers:
    """People seen twice are one person: reach is less than the sum."""
    if len(parts) == 1:
        return parts[0]
    summed = Numbers(*map(sum, zip(*parts, strict=True)))
    return summed._replace(reach=int(summed.reach * 0.86))


def dates(since: date, until: date) -> Iterator[date]:
    for offset in range((until - since).days + 1):
        yield since + timedelta(days=offset)

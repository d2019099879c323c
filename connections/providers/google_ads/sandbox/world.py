"""The customers of the stand-in: a manager account, what is below it, and campaigns that follow from numbers alone."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final
from zlib import crc32
from zoneinfo import ZoneInfo

from connections.providers.google_ads.demo import DEMO_CUSTOMER

MANAGER: Final = "1110001110"
SHOP: Final = DEMO_CUSTOMER
CLOSED: Final = "3330003330"
STRANGER: Final = "4440004440"
"""A customer that no login of the stand-in reaches."""

CHANNELS: Final = ("SEARCH", "DISPLAY", "DEMAND_GEN")
EVERYTHING: Final = "PERFORMANCE_MAX"
WISHES: Final = ("name", "status", "time_zone", "currency", "campaigns", "groups", "ads")
THEMES: Final = ("Brand", "Generic", "Competitors", "Spring launch", "Clearance", "Bestsellers")


@dataclass(frozen=True)
class Ad:
    """number: unique in its ad group only, as Google's are."""

    number: int
    group: int
    name: str
    status: str


@dataclass(frozen=True)
class Group:
    number: int
    name: str
    ads: tuple[Ad, ...] = ()


@dataclass(frozen=True)
class Campaign:
    """groups: none where the campaign has asset groups instead."""

    number: int
    name: str
    channel: str
    status: str
    groups: tuple[Group, ...] = ()
    asset_groups: tuple[Group, ...] = ()


@dataclass
class Customer:
    """invited: customers that have not accepted yet. groups, ads: of each campaign, of each ad group. restated: how
    often the numbers of a day were changed since."""

    number: str
    name: str
    status: str = "ENABLED"
    is_manager: bool = False
    below: tuple[str, ...] = ()
    invited: tuple[str, ...] = ()
    time_zone: str = "America/New_York"
    currency: str = "USD"
    opened: date = date(2023, 1, 1)
    campaigns: int = 4
    groups: int = 2
    ads: int = 2
    restated: dict[date, int] = field(default_factory=dict)

    def today(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def restate(self, *days: date) -> None:
        """Google has found late conversions and clicks that were none."""
        for each in days:
            self.restated[each] = self.restated.get(each, 0) + 1

    def change(self, **wishes: Any) -> None:
        """Raises ValueError for what nobody can wish."""
        if unknown := wishes.keys() - set(WISHES):
            raise ValueError(f"A customer has no {', '.join(sorted(unknown))}.")
        for name, value in wishes.items():
            setattr(self, name, value)
        self.__dict__.pop("tree", None)

    def describe(self) -> dict[str, Any]:
        return {"customer": self.number, **{name: getattr(self, name) for name in WISHES}}

    @cached_property
    def tree(self) -> tuple[Campaign, ...]:
        """The last campaign is of the kind without ad groups, and the first one was removed."""
        return tuple(self._campaign(index) for index in range(self.campaigns))

    def _campaign(self, index: int) -> Campaign:
        number = self._number(10, index)
        name, status = THEMES[index % len(THEMES)], "ENABLED" if index else "REMOVED"
        if index and index == self.campaigns - 1:
            parts = tuple(Group(self._number(40, part), f"Products {part + 1}") for part in range(2))
            return Campaign(number, f"{name} (everywhere)", EVERYTHING, status, asset_groups=parts)
        groups = tuple(self._group(index, part) for part in range(self.groups))
        return Campaign(number, name, CHANNELS[index % len(CHANNELS)], status, groups)

    def _group(self, campaign: int, index: int) -> Group:
        number = self._number(20, campaign * self.groups + index)
        ads = tuple(self._ad(campaign, number, each) for each in range(self.ads))
        return Group(number, f"Group {index + 1}", ads)

    def _ad(self, campaign: int, group: int, index: int) -> Ad:
        """The groups of a campaign have ads of the same numbers."""
        state = "PAUSED" if index % 2 else "ENABLED"
        return Ad(self._number(60, campaign * self.ads + index), group, f"Ad {index + 1}", state)

    def _number(self, kind: int, index: int) -> int:
        return kind * 10**9 + crc32(self.number.encode()) % 10**5 * 10**4 + index


def customers() -> dict[str, Customer]:
    made = (
        Customer(MANAGER, "Demo Group", is_manager=True, below=(SHOP, CLOSED), campaigns=0),
        Customer(SHOP, "Demo Shop"),
        Customer(CLOSED, "Closed Shop", status="CANCELED", campaigns=0),
        Customer(STRANGER, "Somebody else's"),
    )
    return {each.number: each for each in made}

"""What each ad did on each day: a pure function of customer, ad, day and minute. Higher levels are sums."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo

from connections.providers.google_ads.sandbox.world import Campaign, Customer

MINUTES_A_DAY = 1440


@dataclass(frozen=True)
class Numbers:
    """cost: in millionths. conversions, value: in hundredths, so that sums are exact."""

    impressions: int = 0
    clicks: int = 0
    cost: int = 0
    conversions: int = 0
    value: int = 0

    def __add__(self, other: "Numbers") -> "Numbers":
        return Numbers(
            self.impressions + other.impressions,
            self.clicks + other.clicks,
            self.cost + other.cost,
            self.conversions + other.conversions,
            self.value + other.value,
        )

    def share(self, part: int, whole: int) -> "Numbers":
        each = (self.impressions, self.clicks, self.cost, self.conversions, self.value)
        return Numbers(*(value * part // whole for value in each))


NOTHING = Numbers()


@dataclass(frozen=True)
class Place:
    """Where something was spent. group, ad: 0 where the campaign has none."""

    campaign: int
    group: int = 0
    ad: int = 0


def places(campaign: Campaign) -> Iterator[Place]:
    """The smallest parts whose numbers are known."""
    if campaign.asset_groups:
        yield Place(campaign.number)
    for group in campaign.groups:
        for ad in group.ads:
            yield Place(campaign.number, group.number, ad.number)


def of_day(customer: Customer, place: Place, day: date, now: datetime) -> Numbers:
    """On some days an ad does nothing. Today has only come so far."""
    here = now.astimezone(ZoneInfo(customer.time_zone))
    if not customer.opened <= day <= here.date():
        return NOTHING
    dice = blake2b(f"{customer.number}|{place}|{day}".encode(), digest_size=8).digest()
    if dice[0] < 32:
        return NOTHING
    impressions, clicks = 200 + dice[1] * 9, 5 + dice[2] % 60
    found = Numbers(impressions, clicks, clicks * (250_000 + dice[3] * 4_001), dice[4] % 5 * 25, dice[4] % 5 * 1_995)
    if day == here.date():
        return found.share(here.hour * 60 + here.minute, MINUTES_A_DAY)
    times = customer.restated.get(day, 0)
    return found + Numbers(cost=-1_000 * times, conversions=50 * times, value=4_000 * times)

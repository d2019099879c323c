"""The numbers of one ad on one day, as they stand at a moment: they grow through the day, then settle for 28 days."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from math import cos, pi, sqrt
from struct import unpack
from typing import TYPE_CHECKING, NamedTuple

from connections.providers.meta.sandbox.structure import Node, digest

if TYPE_CHECKING:
    from connections.providers.meta.sandbox.accounts import AdAccount

SETTLING_DAYS = 28
MID_DAY_SHARE = 0.995
CONVERSIONS_AT_DAYS_END = 0.75
LATE_IMPRESSIONS = timedelta(hours=48)
CORRECTION = timedelta(hours=36)
WEEKDAYS = (0.92, 0.90, 0.94, 1.00, 1.10, 1.20, 1.12)
UNIT = 65536


class Numbers(NamedTuple):
    """Counts, and money in the smallest unit of the account's currency."""

    impressions: int
    reach: int
    clicks: int
    link_clicks: int
    landing_views: int
    carts: int
    purchases: int
    revenue: int
    spend: int
    video_views: int
    reactions: int
    comments: int
    likes: int


class Arrival(NamedTuple):
    """How much of a day has arrived: shares of views, spend and conversions, and whether corrections are done."""

    views: float
    spend: float
    conversions: float
    corrected: bool


SETTLED = Arrival(1.0, 1.0, 1.0, corrected=True)


def arrival(account: "AdAccount", day: date, now: datetime) -> Arrival | None:
    """None before the day begins. A day is settled an hour before it is 28 days old."""
    begins, ends = _start(account, day), _start(account, day + timedelta(days=1))
    if now < begins:
        return None
    if not account.drift:
        return SETTLED
    if now < ends:
        share = _through_the_day((now - begins) / (ends - begins))
        return Arrival(MID_DAY_SHARE * share, share, CONVERSIONS_AT_DAYS_END * share, corrected=share < 0.5)
    settles = _start(account, day + timedelta(days=SETTLING_DAYS)) - timedelta(hours=1)
    if now >= settles:
        return SETTLED
    late = CONVERSIONS_AT_DAYS_END + (1 - CONVERSIONS_AT_DAYS_END) * sqrt((now - ends) / (settles - ends))
    views = MID_DAY_SHARE + (1 - MID_DAY_SHARE) * min(1.0, (now - ends) / LATE_IMPRESSIONS)
    return Arrival(views, 1.0, late, corrected=now - ends > CORRECTION)


def delivers(account: "AdAccount", ad: Node, day: date) -> bool:
    if not ad.flight[0] <= day <= ad.flight[1]:
        return False
    return account.dense or digest(account.seed or account.account_id, "rest", ad.index, day)[0] >= 16


def numbers(account: "AdAccount", ad: Node, day: date, so_far: Arrival) -> Numbers | None:
    """What the API says of this ad and day; None while there is nothing to say."""
    seed = account.seed or account.account_id
    lots = unpack("<16H", digest(seed, ad.index, day.toordinal(), size=32))
    character = _character(seed, ad.index)
    shown = (400 + character[0] % 5200) * _season(day) * (0.75 + lots[0] / UNIT / 2)
    views = int(shown * so_far.views)
    if views == 0:
        return None
    click_rate = (0.008 + character[1] / UNIT * 0.016) * (0.8 + lots[1] / UNIT * 0.4)
    clicks = int(shown * click_rate * so_far.views)
    disputed = lots[2] % 40 == 0 and not so_far.corrected
    bumped = account.bumps.get((ad.index, day), 0) if account.bumps else 0
    link_clicks = int(clicks * 0.78)
    ordered = int(shown * click_rate * (0.02 + character[2] / UNIT * 0.05) + lots[3] / UNIT)
    purchases = int(ordered * so_far.conversions + lots[4] / UNIT)
    basket = (35 + character[3] % 60) * (0.7 + lots[5] / UNIT * 0.6)
    price = (5 + character[4] / UNIT * 11) * (0.85 + lots[6] / UNIT * 0.3) / 1000
    money = 10**account.decimals
    return Numbers(
        impressions=views,
        reach=max(1, int(views * (0.78 + character[5] / UNIT * 0.2))),
        clicks=clicks + disputed + bumped,
        link_clicks=link_clicks,
        landing_views=int(link_clicks * 0.81),
        carts=purchases * 2 + int(link_clicks * 0.05),
        purchases=purchases,
        revenue=int(basket * money) * purchases,
        spend=int(shown * price * money * so_far.spend),
        video_views=int(views * 0.21) if ad.index % 5 == 0 else 0,
        reactions=int(clicks * 0.12),
        comments=int(clicks * 0.02),
        likes=int(clicks * 0.03),
    )


@lru_cache(maxsize=20_000)
def _character(seed: str, index: int) -> tuple[int, ...]:
    """What makes this ad large or small, dear or cheap, good or bad at selling."""
    return unpack("<8H", digest(seed, "ad", index))


@lru_cache(maxsize=2_000)
def _season(day: date) -> float:
    """People buy more at weekends, in spring and before Christmas."""
    of_year = day.timetuple().tm_yday
    christmas = 1.35 if (day.month, day.day) >= (11, 20) and (day.month, day.day) <= (12, 23) else 1.0
    return WEEKDAYS[day.weekday()] * (1 + 0.12 * cos(2 * pi * (of_year - 120) / 365)) * christmas


def _through_the_day(elapsed: float) -> float:
    """Little at night, most in the evening; still a little every minute."""
    return 0.4 * elapsed + 0.6 * elapsed * elapsed * (3 - 2 * elapsed)


def _start(account: "AdAccount", day: date) -> datetime:
    return datetime.combine(day, time(0), account.zone).astimezone(UTC)

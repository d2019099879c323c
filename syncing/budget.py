"""Count every call before it is made, so that no hour holds more than a provider or we ourselves allow."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet, Sum

from connections.errors import OWN_LIMIT, RateLimited
from connections.sources import CallLimit, Clock
from syncing.models import Bucket, CallBudget

WINDOW = 61
"""Minutes before this one that count too. With 60 minutes in all, calls of 0:59 and 60:00 would share an hour; and one
more minute, because a prepaid call is made up to a minute after it was counted."""

MINUTE_WINDOW = 2
"""The same for a limit by the minute."""

HEADROOM = timedelta(minutes=14)
"""Calls are earned as if the window were so much longer: what is left is for the larger runs of hours and nights."""

LONGEST = timedelta(minutes=WINDOW + 1) + HEADROOM
"""In which all calls of an hour are earned. What is to be earned later was charged by a clock that ran ahead."""

CREDIT = timedelta(minutes=4)
"""Fast runs may come so long before their calls are earned, or a larger run would hold up accounts that need few."""

PREPAID = 5
PREPAID_FOR = timedelta(seconds=60)


def reserve(limits: Sequence[CallLimit], now: datetime, *, wanted: int = 1) -> int:
    """Charge up to `wanted` calls to every bucket, and say how many. Raises RateLimited where not even one fits."""
    limits = sorted(limits, key=lambda limit: limit.bucket)
    _make_missing([limit.bucket for limit in limits])
    with transaction.atomic():
        keys = [limit.bucket for limit in limits]
        locked = list(Bucket.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))
        _refuse_blocked(locked, now)
        counted = [limit for limit in limits if _spans(limit)]
        granted = min([wanted, *(_room(span, now) for limit in counted for span in _spans(limit))])
        _charge(counted, now, granted)
        _spread(locked, [limit for limit in counted if limit.per_hour is not None], now, granted)
    return granted


@dataclass(frozen=True)
class _Span:
    """So many calls in a time. window: minutes before this one that count too."""

    bucket: str
    allowed: int
    window: int
    time: str


def _spans(limit: CallLimit) -> list[_Span]:
    allowed = ((limit.per_hour, WINDOW, "hour"), (limit.per_minute, MINUTE_WINDOW, "minute"))
    return [_Span(limit.bucket, calls, window, time) for calls, window, time in allowed if calls is not None]


def block(bucket: str, until: datetime, reason: str) -> None:
    """Nobody calls this bucket before `until`. A longer block stands."""
    _make_missing([bucket])
    Bucket.objects.filter(pk=bucket).exclude(blocked_until__gte=until).update(blocked_until=until, reason=reason)


def _make_missing(keys: Sequence[str]) -> None:
    known = set(Bucket.objects.filter(pk__in=keys).values_list("pk", flat=True))
    missing = [Bucket(key=key) for key in keys if key not in known]
    if missing:
        Bucket.objects.bulk_create(missing, ignore_conflicts=True)


def _refuse_blocked(buckets: Iterable[Bucket], now: datetime) -> None:
    for bucket in buckets:
        if bucket.blocked_until and bucket.blocked_until > now:
            raise RateLimited(bucket.reason, retry_at=bucket.blocked_until, scope=bucket.key)


def _room(span: _Span, now: datetime) -> int:
    """Calls that still fit; when none does, raises with the moment at which a tenth of the limit is free again."""
    spent = _spent(now, span.window).filter(bucket=span.bucket).aggregate(Sum("calls"))["calls__sum"] or 0
    if spent < span.allowed:
        return span.allowed - int(spent)
    raise RateLimited(
        f"The budget of {span.allowed} calls {'an' if span.time == 'hour' else 'a'} {span.time} is used up.",
        retry_at=_free_at(span, now, max(1, span.allowed // 10)),
        scope=span.bucket,
        code=OWN_LIMIT,
    )


def free_at(limit: CallLimit, now: datetime, wanted: int) -> datetime:
    """When so many calls fit into the hour, if nobody makes any until then."""
    assert limit.per_hour is not None
    return _free_at(_Span(limit.bucket, limit.per_hour, WINDOW, "hour"), now, wanted)


def _free_at(span: _Span, now: datetime, wanted: int) -> datetime:
    spent = _spent(now, span.window).filter(bucket=span.bucket)
    rows = list(spent.order_by("minute").values_list("minute", "calls"))
    room, leaves = span.allowed - sum(calls for _, calls in rows), _minute(now)
    if room >= wanted:
        return now
    for spent_in, calls in rows:
        room, leaves = room + calls, spent_in
        if room >= wanted:
            break
    return datetime.fromtimestamp((leaves + span.window + 1) * 60, UTC)


@dataclass(frozen=True)
class Fill:
    """How full a bucket is. used: calls in the hour. earned_at: when a fast run may come again, so that calls spread
    evenly over the hour."""

    used: int = 0
    blocked_until: datetime | None = None
    reason: str = ""
    earned_at: datetime | None = None

    def is_blocked(self, now: datetime) -> bool:
        return self.blocked_until is not None and self.blocked_until > now


def fills(buckets: Iterable[str], now: datetime) -> dict[str, Fill]:
    """Of all of them, also of those that nobody has called yet. Two queries."""
    keys = set(buckets)
    used = dict(_spent(now).filter(bucket__in=keys).order_by().values_list("bucket").annotate(Sum("calls")))
    known = {
        bucket.key: Fill(
            used.get(bucket.key, 0),
            bucket.blocked_until,
            bucket.reason,
            bucket.earned_at - CREDIT if bucket.earned_at and bucket.earned_at <= now + LONGEST else None,
        )
        for bucket in Bucket.objects.filter(pk__in=keys)
    }
    return {key: known.get(key, Fill()) for key in keys}


def _spread(buckets: Iterable[Bucket], limits: Sequence[CallLimit], now: datetime, calls: int) -> None:
    """Each call has to be earned at the limit's own pace: 180 an hour are one in 25 seconds."""
    paces = {limit.bucket: time_a_call(limit) for limit in limits}
    allowed = {limit.bucket: limit.per_hour for limit in limits}
    for bucket in buckets:
        if bucket.key in paces:
            begin = max(bucket.earned_at or now, now)
            bucket.earned_at = min(begin + calls * paces[bucket.key], now + LONGEST)
            bucket.per_hour = allowed[bucket.key]
            bucket.save(update_fields=["earned_at", "per_hour"])


def time_a_call(limit: CallLimit) -> timedelta:
    """In which a call is earned."""
    assert limit.per_hour is not None
    return LONGEST / max(1, limit.per_hour)


def _charge(limits: Sequence[CallLimit], now: datetime, calls: int) -> None:
    rows = [CallBudget(bucket_id=limit.bucket, minute=_minute(now), calls=0) for limit in limits]
    for row in rows:
        mine = CallBudget.objects.filter(bucket=row.bucket_id, minute=row.minute)
        if not mine.update(calls=F("calls") + calls):
            row.calls = calls
            row.save()


def give_back(limits: Sequence[CallLimit], counted_at: datetime, calls: int) -> None:
    """Calls that were counted and never made."""
    for limit in limits:
        mine = CallBudget.objects.filter(bucket=limit.bucket, minute=_minute(counted_at), calls__gte=calls)
        mine.update(calls=F("calls") - calls)
        if limit.per_hour is not None:
            earned = Bucket.objects.filter(pk=limit.bucket, earned_at__isnull=False)
            earned.update(earned_at=F("earned_at") - calls * time_a_call(limit))


def _spent(now: datetime, window: int = WINDOW) -> QuerySet[CallBudget]:
    """In the hour, or so many minutes. Not what a clock that ran ahead has charged: its minutes are far away."""
    minute = _minute(now)
    return CallBudget.objects.filter(minute__gte=minute - window, minute__lte=minute + window)


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60


@dataclass
class _Prepaid:
    calls: int
    counted_at: datetime

    def is_spent(self, now: datetime) -> bool:
        return self.calls < 1 or now - self.counted_at >= PREPAID_FOR


class Purse:
    """Calls that this process has reserved and not yet made: a few at a time, because each reservation is a commit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._prepaid: dict[tuple[CallLimit, ...], _Prepaid] = {}

    def take(self, limits: Sequence[CallLimit]) -> None:
        """Pay for one call. Raises RateLimited, also where calls are left but a bucket has been blocked since."""
        with self._lock:
            now = self._clock()
            held = self._prepaid.get(tuple(limits))
            if held is None or held.is_spent(now):
                self._return(tuple(limits))
                held = _Prepaid(reserve(limits, now, wanted=PREPAID), now)
                self._prepaid[tuple(limits)] = held
            else:
                _refuse_blocked(Bucket.objects.filter(pk__in=[limit.bucket for limit in limits]), now)
            held.calls -= 1

    def close(self) -> None:
        """Give back what was not needed, or many short runs would use up the hour with few calls made."""
        with self._lock:
            for limits in list(self._prepaid):
                self._return(limits)

    def _return(self, limits: tuple[CallLimit, ...]) -> None:
        held = self._prepaid.pop(limits, None)
        if held and held.calls:
            give_back(limits, held.counted_at, held.calls)

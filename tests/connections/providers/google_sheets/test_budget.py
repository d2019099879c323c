"""The sandbox is the referee: whatever is asked of one key, no minute sees more calls than Google allows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from connections.errors import RateLimited
from connections.providers.google_sheets.demo import DEMO_EMAIL
from connections.sources import CallLimit
from syncing import budget
from syncing.budget import Purse
from tests.connections.providers.google_sheets.reading import NOW, Reader
from tests.fixtures.engine import Watch

pytestmark = pytest.mark.django_db


class PaidGate:
    """As the engine's, without its lease."""

    def __init__(self, purse: Purse) -> None:
        self._purse = purse

    def before_call(self, limits: Sequence[CallLimit]) -> None:
        self._purse.take(limits)

    def block(self, bucket: str, until: datetime, reason: str) -> None:
        budget.block(bucket, until, reason)


def read_all(reader: Reader, watch: Watch, times: int) -> int:
    """The same key, again and again, a second apart. Returns how often it had to wait."""
    waits, gates = 0, [PaidGate(Purse(watch)) for _ in range(3)]
    for at in range(times):
        while (told := read_once(reader, gates[at % 3], watch)) is not None:
            assert told > watch.now
            waits += 1
            watch.move(seconds=(told - watch.now).total_seconds())
        watch.move(seconds=1)
    return waits


def read_once(reader: Reader, gate: PaidGate, watch: Watch) -> datetime | None:
    """When to come again; None where all was read."""
    reader.server.clock.freeze(watch.now)
    try:
        reader.pages(gate=gate, clock=watch)
    except RateLimited as limited:
        return limited.retry_at
    return None


def test_no_minute_sees_more_reads_than_the_limit(reader: Reader) -> None:
    assert read_all(reader, Watch(NOW), times=50) > 0
    assert reader.kinds().count("reads") == 100
    assert reader.google.quota.refused == 0
    assert reader.google.quota.busiest[DEMO_EMAIL]["reads"] <= 60


def test_where_others_use_the_key_too_it_waits_as_long_as_it_is_told(reader: Reader) -> None:
    reader.google.set(reads_per_minute=20, told=True)
    watch = Watch(NOW)
    assert read_all(reader, watch, times=30) > 0
    assert reader.google.quota.refused > 0
    assert reader.google.quota.busiest[DEMO_EMAIL]["reads"] == 20
    assert watch.now - NOW < timedelta(minutes=12)

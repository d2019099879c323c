"""The sandbox's clock: offset, speed, frozen."""

from datetime import UTC, datetime, timedelta

import pytest

from connections.sandbox.clock import SandboxClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def close_to(moment: datetime, other: datetime) -> bool:
    return abs(moment - other) < timedelta(seconds=1)


def test_it_shows_real_time_at_first_and_after_a_reset() -> None:
    clock = SandboxClock()
    assert close_to(clock.now(), datetime.now(UTC))
    clock.freeze(NOON)
    clock.reset()
    assert close_to(clock.now(), datetime.now(UTC))


def test_an_offset_moves_it() -> None:
    clock = SandboxClock()
    clock.change({"offset_seconds": -3600})
    assert close_to(clock.now(), datetime.now(UTC) - timedelta(hours=1))


def test_a_speed_lets_it_run_from_where_it_is() -> None:
    clock = SandboxClock()
    before = clock.now()
    clock.change({"speed": 1_000_000})
    assert clock.now() - before > timedelta(seconds=1)


def test_frozen_it_stands_still_and_only_jumps() -> None:
    clock = SandboxClock()
    clock.change({"frozen_at": "2026-03-01T12:00:00Z"})
    assert clock.now() == clock.now() == NOON
    clock.advance(minutes=5)
    assert clock.now() == NOON + timedelta(minutes=5)


def test_unfrozen_it_runs_on_as_if_it_had_never_stopped() -> None:
    clock = SandboxClock()
    clock.set_offset(7200)
    clock.freeze(NOON)
    clock.change({"frozen_at": None})
    assert close_to(clock.now(), datetime.now(UTC) + timedelta(hours=2))


def test_data_sees_only_whole_minutes() -> None:
    clock = SandboxClock()
    clock.freeze(NOON + timedelta(seconds=59))
    assert clock.minute() == NOON


@pytest.mark.parametrize("wish", [{"speed": 0}, {"frozen_at": "2026-03-01T12:00:00"}, {"frozen_at": "noon"}])
def test_nonsense_is_refused(wish: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        SandboxClock().change(wish)

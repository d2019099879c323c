"""What time it is in the sandbox: real UTC plus an offset, times a speed, or frozen at an instant."""

from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any


class SandboxClock:
    """One clock for every stand-in. Stopping and moving it never loses the offset underneath."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.reset()

    def reset(self) -> None:
        """Back to real time."""
        with self._lock:
            self._real_base = self._sandbox_base = datetime.now(UTC)
            self._speed = 1.0
            self._frozen_at: datetime | None = None

    def now(self) -> datetime:
        with self._lock:
            return self._frozen_at or self._running(datetime.now(UTC))

    def minute(self) -> datetime:
        """The present time cut to 60 seconds: what all data depends on."""
        return self.now().replace(second=0, microsecond=0)

    def set_offset(self, seconds: float) -> None:
        with self._lock:
            self._real_base = datetime.now(UTC)
            self._sandbox_base = self._real_base + timedelta(seconds=seconds)

    def set_speed(self, speed: float) -> None:
        if speed <= 0:
            raise ValueError("speed must be greater than 0; freeze the clock to stop it.")
        with self._lock:
            real = datetime.now(UTC)
            self._sandbox_base = self._running(real)
            self._real_base = real
            self._speed = speed

    def freeze(self, at: datetime | None = None) -> None:
        """Stand still at `at`, or now."""
        with self._lock:
            self._frozen_at = (at or self._running(datetime.now(UTC))).astimezone(UTC)

    def unfreeze(self) -> None:
        """Run again, as if it had never been frozen."""
        with self._lock:
            self._frozen_at = None

    def advance(self, **duration: float) -> None:
        """Jump ahead, frozen or not: advance(minutes=5)."""
        step = timedelta(**duration)
        with self._lock:
            self._sandbox_base += step
            if self._frozen_at is not None:
                self._frozen_at += step

    def change(self, wishes: dict[str, Any]) -> None:
        """Apply the JSON of the control call."""
        if "offset_seconds" in wishes:
            self.set_offset(float(wishes["offset_seconds"]))
        if "speed" in wishes:
            self.set_speed(float(wishes["speed"]))
        if "frozen_at" in wishes:
            self._freeze_or_run(wishes["frozen_at"])
        if "advance_seconds" in wishes:
            self.advance(seconds=float(wishes["advance_seconds"]))

    def describe(self) -> dict[str, Any]:
        now = self.now()
        return {
            "now": now.isoformat(),
            "offset_seconds": round((now - datetime.now(UTC)).total_seconds(), 3),
            "speed": self._speed,
            "frozen_at": self._frozen_at and self._frozen_at.isoformat(),
        }

    def _running(self, real: datetime) -> datetime:
        return self._sandbox_base + (real - self._real_base) * self._speed

    def _freeze_or_run(self, at: str | None) -> None:
        if at is None:
            self.unfreeze()
            return
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise ValueError("frozen_at needs a time zone, such as 2026-03-01T12:00:00Z.")
        self.freeze(instant)

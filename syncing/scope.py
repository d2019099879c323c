"""What a job is asked to read. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Scope:
    """streams: names, none meaning all that are enabled. since, until: dates to read, none meaning what is due.

    scheduled: only the days whose turn it is; else all that the provider may still restate. partial: only what had
    failed of another job. recent: the whole recent window, in batches of entities.
    """

    streams: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    scheduled: bool = False
    partial: bool = False
    recent: bool = False

    @property
    def is_range(self) -> bool:
        return self.since is not None and self.until is not None

    def contains(self, other: "Scope") -> bool:
        """Whoever reads this has read the other too."""
        streams = not self.streams or (bool(other.streams) and set(other.streams) <= set(self.streams))
        is_as_deep = not self.partial and (not self.scheduled or other.scheduled) and (self.recent or not other.recent)
        return streams and is_as_deep and (self.since, self.until) == (other.since, other.until)

    def as_json(self) -> dict[str, Any]:
        return {
            "streams": list(self.streams),
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            **({"scheduled": True} if self.scheduled else {}),
            **({"partial": True} if self.partial else {}),
            **({"recent": True} if self.recent else {}),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Scope":
        since, until = stored.get("since"), stored.get("until")
        return cls(
            tuple(stored.get("streams", ())),
            date.fromisoformat(since) if since else None,
            date.fromisoformat(until) if until else None,
            bool(stored.get("scheduled")),
            bool(stored.get("partial")),
            bool(stored.get("recent")),
        )

"""What did the last jobs of a connection bring? One tick each, oldest first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from syncing.models import SyncJob

TICKS = 14
HEIGHT = 24
QUIET = 3
STEP = 8

Status = SyncJob.Status
FAILED = (Status.FAILED, Status.COMPLETED_WITH_FAILURES)


@dataclass(frozen=True)
class Tick:
    """x, y, height: where its bar stands in a drawing of TICKS x STEP by HEIGHT."""

    kind: str
    words: str
    x: int
    height: int

    @property
    def y(self) -> int:
        return HEIGHT - self.height


def ticks(newest_first: Sequence[SyncJob]) -> tuple[Tick, ...]:
    shown = list(reversed(newest_first[:TICKS]))
    return tuple(_tick(job, place * STEP) for place, job in enumerate(shown))


def summary(shown: Sequence[Tick]) -> str:
    """The same in words, for who cannot see the drawing."""
    counts = Counter(tick.words for tick in shown)
    return f"Last {len(shown)} syncs: " + ", ".join(f"{count} {words}" for words, count in counts.items())


def _tick(job: SyncJob, x: int) -> Tick:
    written = job.records_created + job.records_updated
    if job.is_active:
        return Tick("active", "running", x, HEIGHT // 2)
    if job.status in FAILED:
        return Tick("failed", "failed", x, HEIGHT)
    if job.status == Status.CANCELLED:
        return Tick("cancelled", "cancelled", x, QUIET)
    if not written:
        return Tick("quiet", "found nothing new", x, QUIET)
    return Tick("changed", "brought changes", x, min(HEIGHT, 6 + round(4 * log10(written + 1))))

"""How much of a job is left, in chunks, calls and seconds? Pure arithmetic on what was measured."""

from collections.abc import Mapping
from math import ceil

ANY = ""
"""Stands for chunks of which nobody knows yet which stream they will read."""

Per = Mapping[str, float]
"""By stream."""


def seconds_left(
    left: Mapping[str, int], own: Per, usual: Per, *, at_once: int = 1, spacing: float = 0.0
) -> float | None:
    """Chunks that are left, by stream, times what such a chunk took: in this job, else lately with this provider, else
    on average of this job's others. None where nothing was measured.

    at_once: how many are read at a time. spacing: seconds from the start of one to the start of the next.
    """
    each = {stream: own.get(stream, usual.get(stream, mean(own))) for stream, number in left.items() if number}
    if any(seconds is None for seconds in each.values()):
        return None
    work = sum(left[stream] * (seconds or 0.0) for stream, seconds in each.items())
    return max(work / max(1, at_once), sum(left.values()) * spacing)


def mean(figures: Per) -> float | None:
    return sum(figures.values()) / len(figures) if figures else None


def total(planned: Mapping[str, int], each: Per) -> float | None:
    """Chunks times what was measured of one, by stream; of a stream without a measure, what the others had."""
    usual = mean(each)
    return None if usual is None else sum(number * each.get(stream, usual) for stream, number in planned.items())


def batches(entities: int, size: int) -> int:
    """What has no entity is one slice of the whole account."""
    return max(1, ceil(entities / size))


def percentage(ended: int, chunks: int) -> int:
    """Of work done: never whole before the end, which is told otherwise."""
    return min(99, 100 * ended // chunks) if chunks else 0

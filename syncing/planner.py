"""Decide which chunks a job is made of. Pure: no clock, no database, no network."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from connections.sources import Slice, Stream

ONE_DAY = timedelta(days=1)

RECENT_DAYS = 90
"""The recent window is the day on which an account was connected and so many days before it."""

PERIOD_DAYS = 90
"""History is read in periods of that length, newest first."""


@dataclass(frozen=True)
class Plan:
    """One chunk to be made. offset, limit: where its entities stand in the list that was frozen at planning."""

    stream: Stream
    piece: Slice
    offset: int | None = None
    limit: int | None = None


def structure(streams: Sequence[Stream], updated_since: Mapping[str, datetime]) -> list[Plan]:
    """One chunk for each list of objects; only what was edited since, where an earlier run got that far."""
    return [
        Plan(stream, Slice(updated_since=updated_since.get(stream.name)))
        for stream in streams
        if stream.cursor_field is None and not stream.reads_changed
    ]


def not_brought(streams: Sequence[Stream]) -> list[Stream]:
    """Without those that another one of them brings along."""
    brought = {name for stream in streams for name in stream.brings}
    return [stream for stream in streams if stream.name not in brought]


def metrics(streams: Sequence[Stream], since: date, until: date, *, at_once: int = 1) -> list[Plan]:
    """Account-wide windows, newest first and all streams of a window together, so that recent days are whole first.

    They name no ids, so that an ad made a minute ago is not missed. at_once: how many may be read at a time.
    """
    dated = [stream for stream in streams if stream.cursor_field]
    pieces = [
        (window_until, at, Plan(stream, Slice(window_since, window_until)))
        for at, stream in enumerate(dated)
        for window_since, window_until in windows(
            since, until, window_days(stream, since, until, streams=len(dated), at_once=at_once)
        )
    ]
    return [plan for _, _, plan in sorted(pieces, key=lambda piece: (-piece[0].toordinal(), piece[1]))]


def window_days(stream: Stream, since: date, until: date, *, streams: int, at_once: int) -> int:
    """The stream's own window, or over a long range a little less, so that the last round leaves no reader idle."""
    length = (until - since).days + 1
    count = -(-length // stream.window_days)
    if count * streams <= 2 * at_once or count * streams % at_once == 0:
        return stream.window_days
    while count * streams % at_once:
        count += 1
    return -(-length // count)


def by_entities(
    stream: Stream, ids: Sequence[str], since: date, until: date, *, batch: int | None = None
) -> list[Plan]:
    """Batches of named entities: 351 campaigns at 50 are 8 chunks."""
    size = batch or stream.entity_batch
    return [
        Plan(stream, Slice(since, until, tuple(ids[at : at + size])), offset=at, limit=size)
        for at in range(0, len(ids), size)
    ]


def by_batches(stream: Stream, ids: Sequence[str], since: date, until: date, *, batch: int | None = None) -> list[Plan]:
    """Batches of its entities. What has none is one slice of the whole account, so that its days are read too."""
    return by_entities(stream, ids, since, until, batch=batch) or [Plan(stream, Slice(since, until))]


def recent_window(anchor: date, today: date) -> tuple[date, date]:
    """Its end is the anchor, or today where it is read later: 91 dates, and no gap before the daily runs."""
    return anchor - RECENT_DAYS * ONE_DAY, max(anchor, today)


def history_window(anchor: date, start: date) -> tuple[date, date] | None:
    """What is before the recent window, from the first day on that the provider has; None where nothing is."""
    until = anchor - (RECENT_DAYS + 1) * ONE_DAY
    return (start, until) if start <= until else None


def windows(since: date, until: date, days: int) -> Iterator[tuple[date, date]]:
    """Whole windows counted back from `until`, newest first; the oldest may be shorter."""
    while until >= since:
        start = max(since, until - (days - 1) * ONE_DAY)
        yield start, until
        until = start - ONE_DAY


def spans(days: Iterable[date]) -> list[tuple[date, date]]:
    """First and last of days that stand together, newest first."""
    found: list[tuple[date, date]] = []
    for day in sorted(set(days), reverse=True):
        if found and found[-1][0] - ONE_DAY == day:
            found[-1] = (day, found[-1][1])
        else:
            found.append((day, day))
    return found


def days(since: date, until: date) -> list[date]:
    return [since + at * ONE_DAY for at in range((until - since).days + 1)]


def first_date(today: date, *, lookback_days: int, settled_until: date | None, depth: int | None = None) -> date:
    """From where an incremental run reads: far enough back for restatements, and never past a gap.

    depth: days before today, where the run reads less than all of the lookback. The days before are read daily.
    """
    if depth is not None and depth < lookback_days:
        return today - depth * ONE_DAY
    start = today - lookback_days * ONE_DAY
    return start if settled_until is None else min(start, settled_until + ONE_DAY)


def last_settled(today: date, *, lookback_days: int) -> date:
    """The last date whose numbers are final when they are read today; today itself is not over."""
    return today - max(1, lookback_days) * ONE_DAY


def split(plan: Plan, known_ids: Sequence[str], *, batch: int | None = None) -> list[Plan]:
    """The same question in smaller parts: by dates, then by entities (`batch` of them), then by halves of these.

    Empty when nothing is left to split.
    """
    piece = plan.piece
    if piece.since is None or piece.until is None:
        return []
    if piece.since < piece.until:
        middle = piece.since + (piece.until - piece.since) // 2
        return [
            replace(plan, piece=replace(piece, since=middle + ONE_DAY)),
            replace(plan, piece=replace(piece, until=middle)),
        ]
    if not piece.ids:
        return by_entities(plan.stream, known_ids, piece.since, piece.until, batch=batch)
    return _halves(plan)


def _halves(plan: Plan) -> list[Plan]:
    ids, offset = plan.piece.ids, plan.offset or 0
    if len(ids) < 2:
        return []
    middle = len(ids) // 2
    return [
        replace(plan, piece=replace(plan.piece, ids=ids[:middle]), offset=offset, limit=middle),
        replace(plan, piece=replace(plan.piece, ids=ids[middle:]), offset=offset + middle, limit=len(ids) - middle),
    ]


def read_since(read: Iterable[tuple[date, date]]) -> date:
    """The first of the days that stand together with the last of these slices."""
    first, *older = sorted(read, key=lambda piece: piece[1], reverse=True)
    since = first[0]
    for start, until in older:
        if until >= since - ONE_DAY:
            since = min(since, start)
    return since


def covered_until(before: date, read: Sequence[tuple[date, date]], failed: Sequence[tuple[date, date]]) -> date:
    """The last date with no gap before it, after the slices `read` have been stored and `failed` have not."""
    end = before
    for since, until in sorted(read):
        until = min([until, *(bad - ONE_DAY for bad, bad_until in failed if since <= bad_until and bad <= until)])
        if since <= end + ONE_DAY:
            end = max(end, until)
    return end

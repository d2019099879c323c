"""Which chunks is a job made of, from what is known of its connection?"""

from collections.abc import Sequence
from datetime import date, datetime

from connections.sources import Stream
from syncing import freshness, planner
from syncing.planner import Plan
from syncing.scheduler import batches, restated
from syncing.scheduler.known import Known
from syncing.scope import Scope


def streams(known: Known, scope: Scope) -> list[Stream]:
    """Those that were named, else all that are switched on."""
    if scope.streams:
        return [stream for stream in known.streams if stream.name in scope.streams]
    return [stream for stream in known.streams if known.config(stream.name).is_sync_enabled]


def structure(known: Known, scope: Scope, now: datetime) -> list[Plan]:
    """Lists of objects; also those that say what of another stream has changed, and the totals that others follow."""
    wanted = streams(known, scope)
    found_by = {stream.entity_stream for stream in wanted if stream.reads_changed}
    lists = [stream for stream in known.streams if stream in wanted or stream.name in found_by]
    plans = planner.structure(planner.not_brought(lists), known.edited_since(now))
    return plans + _dated(known, restated.totals(wanted), scope, now)


def metrics(known: Known, scope: Scope, now: datetime) -> list[Plan]:
    """What comes after the lists: daily numbers, and what has changed of each entity."""
    wanted = streams(known, scope)
    before = restated.totals(wanted)
    dated = _dated(known, [each for each in wanted if each.cursor_field and each not in before], scope, now)
    by_entity = [stream for stream in wanted if stream.reads_changed]
    return dated + batches.changed(known, by_entity, scheduled_at=now if scope.scheduled else None)


def _dated(known: Known, dated: Sequence[Stream], scope: Scope, now: datetime) -> list[Plan]:
    if scope.recent:
        return batches.recent(known, dated, now)
    at_once = known.sync.slices_in_flight
    if scope.since and scope.until:
        return planner.metrics(dated, scope.since, scope.until, at_once=at_once)
    today = now.astimezone(known.connection.zone).date()
    groups: dict[date, list[Stream]] = {}
    for stream in dated:
        groups.setdefault(_first_date(known, stream, scope, now, today), []).append(stream)
    plans = [plan for since, group in groups.items() for plan in planner.metrics(group, since, today, at_once=at_once)]
    for since, group in groups.items():
        plans += [plan for stream in group for plan in restated.plans(known, stream, since, today)]
    return plans


def first(known: Known, scope: Scope, now: datetime) -> tuple[Sequence[Plan], bool]:
    """What a job begins with, and whether its metrics are among it: they wait for the lists of objects."""
    plans = structure(known, scope, now)
    return (plans, False) if plans else (metrics(known, scope, now), True)


def _first_date(known: Known, stream: Stream, scope: Scope, now: datetime, today: date) -> date:
    depth, lookback_days = None, known.lookback_days(stream)
    if scope.scheduled:
        depth = freshness.depth(
            known.depths(stream.name),
            now,
            lookback_days=lookback_days,
            zone=known.connection.zone,
            seed=known.seed,
        )
    return planner.first_date(
        today, lookback_days=lookback_days, settled_until=known.settled_until(stream.name), depth=depth
    )

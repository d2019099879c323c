"""Which chunks cover a period of a stream, entity by entity? For the two phases; asks the database for the entities."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from connections.sources import Slice, Stream
from projects.tables import TABLES
from syncing import planner
from syncing.planner import Plan
from syncing.scheduler.known import Known

Entities = Mapping[str, Sequence[str]]
"""Ids, by the stream that lists them."""


class Part(NamedTuple):
    """One stream in one period. All of its chunks go into the queue together, or its days would count too early."""

    stream: Stream
    since: date
    until: date


def entities(known: Known, dated: Iterable[Stream], seen_by: datetime) -> Entities:
    """What was held at that moment."""
    names = {stream.entity_stream for stream in dated if stream.entity_stream}
    return {name: _held(known, name, seen_by) for name in sorted(names)}


def batches(known: Known, part: Part, held: Entities) -> list[Plan]:
    ids = held.get(part.stream.entity_stream or "", ())
    size = known.config(part.stream.name).batch_size
    return planner.by_batches(part.stream, ids, part.since, part.until, batch=size)


def recent(known: Known, dated: Sequence[Stream], now: datetime) -> list[Plan]:
    """The recent window of these streams."""
    today = now.astimezone(known.connection.zone).date()
    days = planner.recent_window(known.connection.anchor_date, today)
    held = entities(known, dated, now)
    return [plan for stream in dated for plan in batches(known, Part(stream, *days), held)]


def changed(
    known: Known,
    wanted: Sequence[Stream],
    *,
    among: Collection[str] | None = None,
    scheduled_at: datetime | None = None,
) -> list[Plan]:
    """What has changed of the entities of these streams, as their table knows by now. among: only of these, by id.

    scheduled_at: nobody waits for it, so without what was refused and is left alone at that moment.
    """
    plans, pk = [], known.connection.pk
    for stream in planner.not_brought(wanted):
        listed = known.stream(stream.entity_stream or "")
        names = [each.name for each in wanted if each is stream or each.name in stream.brings]
        if listed is None:
            continue
        addresses = TABLES[listed.table].outdated(pk, names, among=among, scheduled_at=scheduled_at)
        size = known.config(stream.name).batch_size or stream.entity_batch
        plans += [Plan(stream, Slice(ids=tuple(addresses[at : at + size]))) for at in range(0, len(addresses), size)]
    return plans


def _held(known: Known, name: str, seen_by: datetime) -> Sequence[str]:
    listed = known.stream(name)
    return TABLES[listed.table].ids(known.connection.pk, seen_by=seen_by) if listed else ()

"""The write side: compare a page of records with what is stored, write what differs, remember what it was."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from operator import itemgetter
from typing import Any, ClassVar
from uuid import UUID

import orjson
from django.db import models

from connections.sources import EntityEnd, Record
from projects.models import Change
from projects.models.synced import SyncedRow
from projects.tables import bulk

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Changes:
    """What a page did to its table. Every distinct record is exactly one of the three."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(frozen=True)
class Incoming:
    """One record, ready to be compared. values: its tracked fields in order. stored: the same, as they are written."""

    key: Key
    values: tuple[Any, ...]
    stored: tuple[Any, ...]
    fingerprint: int


class Table:
    """One kind of row: what tells rows apart, and which fields count as a change when they differ.

    version: raise it when `tracked` changes. Rows written before are then compared field by field, and a field that
    had no value before is filled in without being called a change.
    main_number: the field whose sum Coverage keeps per day. own: fields that are ours to fill, not a record's. besides:
    what records hold on top of that, which is kept but not compared. row_key: what tells rows apart, where a record
    does not say that. named_by: the model whose rows with the same `external_id` say what a row is called; None where
    its key says it.
    """

    name: ClassVar[str]
    model: ClassVar[type[SyncedRow]]
    version: ClassVar[int] = 1
    key: ClassVar[tuple[str, ...]] = ("external_id",)
    tracked: ClassVar[tuple[str, ...]]
    main_number: ClassVar[str | None] = None
    own: ClassVar[tuple[str, ...]] = ()
    besides: ClassVar[tuple[str, ...]] = ()
    row_key: ClassVar[tuple[str, ...]] = ()
    named_by: ClassVar[type[SyncedRow] | None] = None

    @cached_property
    def json_fields(self) -> list[int]:
        """Where among the tracked fields those stand that hold JSON."""
        fields = [self.model._meta.get_field(name) for name in self.tracked]
        return [at for at, field in enumerate(fields) if isinstance(field, models.JSONField)]

    def upsert(
        self, connection_id: UUID, records: Sequence[Record], *, seen_at: datetime, job_id: UUID | None = None
    ) -> Changes:
        """Store a page. Call it inside a transaction.

        records: the key and tracked fields of each; a record with fewer fields is completed from its stored row, and
        passed over where there is none. seen_at: when the provider was asked; a row that is already newer stays.
        """
        incoming = self._incoming(connection_id, records)
        stored = self._fingerprints(connection_id, incoming)
        new = [each for key, each in incoming.items() if key not in stored]
        differing = {stored[key][0]: each for key, each in incoming.items() if self._differs(each, stored.get(key))}
        self._insert(connection_id, new, seen_at)
        updated = self._update(connection_id, differing, seen_at, job_id) if differing else 0
        return Changes(created=len(new), updated=updated, unchanged=len(incoming) - len(new) - updated)

    def ids(self, connection_id: UUID, *, seen_by: datetime | None = None) -> list[str]:
        """The external ids of everything held, in a fixed order; with seen_by of what was held then, which is the same
        list whenever it is asked for. For tables with no other key."""
        rows = self.model._default_manager.filter(connection_id=connection_id)
        if seen_by:
            rows = rows.filter(first_seen_at__lte=seen_by)
        return [external_id for (external_id,) in rows.order_by(*self.key).values_list(*self.key)]

    def settle(
        self, connection_id: UUID, records: Sequence[Record], *, complete: Mapping[str, Any] | None, seen_at: datetime
    ) -> int:
        """Note what came back, and what has gone: all that is held with the values of `complete` and is not among the
        records of this page. For tables whose rows come and go. Returns how many came back."""
        return 0

    def outdated(
        self,
        connection_id: UUID,
        streams: Collection[str],
        *,
        among: Collection[str] | None = None,
        scheduled_at: datetime | None = None,
    ) -> list[str]:
        """Addresses of the entities that have changed since these streams were last read of them. among: ids.

        scheduled_at: nobody waits for it, so without those that were refused and are to be left alone at that moment.
        """
        raise NotImplementedError(f"{self.name} remembers no versions of its entities.")

    def behind(self, connection_id: UUID, stream: str, since: date) -> list[date]:
        """Days from `since` on whose total has changed since this stream last read them, or which it never has. For
        tables with levels."""
        return []

    def forget(
        self, connection_id: UUID, ids: Collection[str], *, now: datetime, below: Collection[str] | None = None
    ) -> None:
        """These entities are outdated for every stream, and what is held below them (all of it, or some by id) is to be
        asked for again, whatever its version."""
        raise NotImplementedError(f"{self.name} remembers no versions of its entities.")

    def end(
        self,
        connection_id: UUID,
        streams: Collection[str],
        ended: Mapping[str, EntityEnd],
        *,
        planned_at: datetime,
        every: timedelta,
        now: datetime,
    ) -> None:
        """Remember how the reading of entities has ended, by id, for these streams. What was forgotten since the
        reading was planned stays outdated. What was refused is left alone, at first for `every`."""
        raise NotImplementedError(f"{self.name} remembers no versions of its entities.")

    def fail(
        self,
        connection_id: UUID,
        streams: Collection[str],
        addresses: Sequence[str],
        *,
        reason: str,
        planned_at: datetime,
        every: timedelta,
        now: datetime,
    ) -> None:
        """The reading of these entities, one after the other, has failed at the first that is still outdated."""
        raise NotImplementedError(f"{self.name} remembers no versions of its entities.")

    def held(self, connection_id: UUID, entity: str) -> dict[str, str]:
        """Versions of what is held below an entity, by id."""
        return {}

    def names(self, connection_id: UUID, keys: Collection[str]) -> dict[str, str]:
        """What rows are called, by their keys as the log of changes has them. One query, or two."""
        if self.named_by is None:
            return {}
        named: Any = self.named_by._default_manager  # it has these two fields
        held = named.filter(connection_id=connection_id, external_id__in=keys)
        return dict(held.values_list("external_id", "name"))

    def day_totals(self, records: Iterable[Record]) -> dict[str, tuple[int, int]]:
        """Rows and sum of the main number per ISO date, each row once; empty for a table without dates."""
        if self.main_number is None:
            return {}
        key_of = _getter(self.key)
        totals: dict[date, list[int]] = {}
        for record in {key_of(record): record for record in records}.values():
            day = totals.setdefault(record["date"], [0, 0])
            day[0] += 1
            day[1] += record[self.main_number]
        return {day.isoformat(): (count, total) for day, (count, total) in totals.items()}

    def differences(self, field: str, before: Any, after: Any) -> tuple[Any, Any]:
        """What the restatement log should hold of a field that differs."""
        return before, after

    def _incoming(self, connection_id: UUID, records: Sequence[Record]) -> dict[Key, Incoming]:
        """By key and in the order of the keys, so that two processes lock rows in the same order."""
        if any(len(record) < len(self.key) + len(self.tracked) for record in records):
            records = self._completed(connection_id, records)
        key_of, values_of, version = _getter(self.key), _getter(self.tracked), bytes([self.version])
        incoming = {}
        for record in records:
            key, values = key_of(record), values_of(record)
            stored = self._as_stored(values)
            incoming[key] = Incoming(key, values, stored, _fingerprint(stored, version))
        return dict(sorted(incoming.items()))

    def _as_stored(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """JSON as text: for the fingerprint and the database at once."""
        if not self.json_fields:
            return values
        stored = list(values)
        for at in self.json_fields:
            stored[at] = orjson.dumps(stored[at], option=orjson.OPT_SORT_KEYS).decode()
        return tuple(stored)

    def _completed(self, connection_id: UUID, records: Sequence[Record]) -> list[Record]:
        key_of = _getter(self.key)
        size = len(self.key) + len(self.tracked)
        whole = [record for record in records if len(record) == size]
        partial = {key_of(record): record for record in records if len(record) < size}
        stored = [pk for key, (pk, _) in self._fingerprints(connection_id, partial).items() if key in partial]
        rows = self.model._default_manager.filter(pk__in=stored).values(*self.key, *self.tracked)
        return [dict(row) | partial[key_of(row)] for row in rows] + whole

    def _fingerprints(self, connection_id: UUID, keys: Iterable[Key]) -> dict[Key, tuple[int, int]]:
        """Row id and fingerprint of what is stored, by key; and of some rows that share parts of these keys."""
        parts = {name: list(set(values)) for name, values in zip(self.key, zip(*keys, strict=True), strict=False)}
        if not parts:
            return {}
        rows = bulk.find(self.model, ("id", "fingerprint", *self.key), connection_id, parts)
        return {tuple(key): (pk, fingerprint) for pk, fingerprint, *key in rows}

    @staticmethod
    def _differs(incoming: Incoming, stored: tuple[int, int] | None) -> bool:
        return stored is not None and stored[1] != incoming.fingerprint

    def _insert(self, connection_id: UUID, new: list[Incoming], seen_at: datetime) -> None:
        columns = ("connection", *self.key, *self.tracked, "fingerprint", "first_seen_at", "changed_at")
        rows = [(connection_id, *each.key, *each.stored, each.fingerprint, seen_at, seen_at) for each in new]
        bulk.insert(self.model, columns, rows)

    def _update(
        self, connection_id: UUID, differing: dict[int, Incoming], seen_at: datetime, job_id: UUID | None
    ) -> int:
        """Rewrite the rows whose fields really differ, and log what they held."""
        rewritten, changes, updated = [], [], 0
        fields = ("pk", "changed_at", "fingerprint", *self.tracked)
        for pk, changed_at, fingerprint, *before in self.model._default_manager.filter(pk__in=differing).values_list(
            *fields
        ):
            if changed_at > seen_at:
                continue  # a later answer is already stored
            after = differing[pk]
            found = list(self._changed_fields(before, after, older=fingerprint & 0xFF != self.version))
            if found or fingerprint & 0xFF != self.version:
                rewritten.append((*after.stored, after.fingerprint, seen_at if found else changed_at, pk))
            updated += bool(found)
            changes += [self._change(connection_id, after, each, seen_at, job_id) for each in found]
        bulk.update(self.model, (*self.tracked, "fingerprint", "changed_at"), sorted(rewritten, key=itemgetter(-1)))
        bulk.insert(Change, CHANGE_COLUMNS, changes)
        return updated

    def _changed_fields(
        self, before: Sequence[Any], after: Incoming, *, older: bool
    ) -> Iterable[tuple[str, str | None, str | None]]:
        for field, was, becomes in zip(self.tracked, before, after.values, strict=True):
            if was == becomes or (older and was is None):
                continue
            was, becomes = self.differences(field, was, becomes)
            yield field, _text(was), _text(becomes)

    def _change(
        self,
        connection_id: UUID,
        row: Incoming,
        change: tuple[str, str | None, str | None],
        seen_at: datetime,
        job_id: UUID | None,
    ) -> tuple[Any, ...]:
        key = dict(zip(self.key, row.key, strict=True))
        day = key.pop("date", None)
        return (connection_id, self.name, "/".join(key.values()), day, *change, seen_at, job_id)


CHANGE_COLUMNS = ("connection", "table", "key", "date", "field", "before", "after", "seen_at", "job_id")


def _getter(fields: tuple[str, ...]) -> Any:
    """Like itemgetter, but always a tuple."""
    if len(fields) > 1:
        return itemgetter(*fields)
    (only,) = fields
    return lambda record: (record[only],)


def _fingerprint(values: tuple[Any, ...], version: bytes) -> int:
    """Seven bytes of digest and one of version, as the signed number that fits a bigint column."""
    text = orjson.dumps(values, default=str)
    return int.from_bytes(blake2b(text, digest_size=7).digest() + version, "big", signed=True)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return value.isoformat() if isinstance(value, date) else str(value)

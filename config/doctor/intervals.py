"""Do the settings of the object types make sense, each for itself and together?"""

from collections.abc import Iterator
from datetime import datetime

from django.core.exceptions import ValidationError

from config.doctor.finding import Finding, many, ok, warning, wrong
from connections import registry
from syncing.models import ObjectSyncConfig
from syncing.wakeups import QUEUES

NAME = "Object types"
REMEDY = "Correct it in the sync intervals, or in the admin."


def intervals_make_sense(now: datetime) -> Iterator[Finding]:
    rows = {(row.provider, row.object_type): row for row in ObjectSyncConfig.objects.all()}
    found = [finding for row in rows.values() for finding in _of(row, rows)]
    missing = [f"{kind} {name}" for kind, name in _declared() if (kind, name) not in rows]
    if missing:
        said = f"{', '.join(missing)}: no row, so the source's own settings hold."
        found.append(warning(NAME, said, "Run `manage.py migrate`: it makes them."))
    off = sum(not row.is_sync_enabled for row in rows.values())
    yield from found or [ok(NAME, f"{many(len(rows), 'object type')}, {off} switched off, all in order.")]


def _declared() -> Iterator[tuple[str, str]]:
    for kind in registry.SOURCES:
        for stream in registry.source_class(kind).streams:
            yield kind, stream.name


def _of(row: ObjectSyncConfig, rows: dict[tuple[str, str], ObjectSyncConfig]) -> Iterator[Finding]:
    if row.provider not in registry.SOURCES:
        return  # of a provider that this release does not know: it is not used
    try:
        row.clean_fields()
    except ValidationError as mistakes:
        yield wrong(NAME, f"{row}: {' '.join(mistakes.messages)}", REMEDY)
    if row.queue not in QUEUES:
        yield wrong(NAME, f"{row}: nobody serves a queue {row.queue}.", REMEDY)
    if row.depends_on and (row.provider, row.depends_on) not in rows:
        yield wrong(NAME, f"{row}: it depends on {row.depends_on}, which does not exist.", REMEDY)
    elif _turns_in_a_circle(row, rows):
        yield wrong(NAME, f"{row}: what it depends on depends on it.", REMEDY)
    elif row.depends_on and row.is_sync_enabled and not rows[row.provider, row.depends_on].is_sync_enabled:
        said = f"{row}: it depends on {row.depends_on}, which is switched off, so it no longer waits for it."
        yield warning(NAME, said, "Switch both on, or both off.")


def _turns_in_a_circle(row: ObjectSyncConfig, rows: dict[tuple[str, str], ObjectSyncConfig]) -> bool:
    seen, at = {row.object_type}, rows.get((row.provider, row.depends_on))
    while at is not None:
        if at.object_type in seen:
            return True
        seen.add(at.object_type)
        at = rows.get((row.provider, at.depends_on))
    return False

"""Delete what has been kept long enough, a few thousand rows at a time, so that nothing else has to wait."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Model, QuerySet

from syncing.retention import Kept, everything_kept
from syncing.stopping import Stop

log = structlog.get_logger(__name__)

BATCH = 2000
PAUSE = 0.02
"""Seconds between two batches: SQLite has one writer, and the others want their turn."""


def prune(now: datetime, *, stop: Stop, deleted: dict[str, int]) -> None:
    """deleted: rows of each kind, filled as it goes. stop: heard between batches; what is left goes next time."""
    for kept in everything_kept():
        began = time.monotonic()
        for number in filter(None, _batches(kept, now, stop)):
            deleted[kept.name] = deleted.get(kept.name, 0) + number
        if rows := deleted.get(kept.name):
            log.info("pruned", what=kept.name, rows=rows, seconds=round(time.monotonic() - began, 3))
    if stop.is_set():
        log.info("prune was stopped, and goes on next time")


def prunable(now: datetime) -> dict[str, int]:
    """What prune would delete: rows of each kind."""
    found = {kept.name: _old(kept, now).count() for kept in everything_kept()}
    return {name: rows for name, rows in found.items() if rows}


def _old(kept: Kept, now: datetime) -> QuerySet[Model]:
    rows = kept.model._base_manager.filter(**{f"{kept.age}__lt": kept.before(now)})
    return rows.filter(kept.may_go(now - kept.time))


def _batches(kept: Kept, now: datetime, stop: Stop) -> Iterator[int]:
    """Deletes one after the other, and says how many rows went. Old rows stand first: a batch without any ends it."""
    before: Any = kept.before(now)
    last: Any = None
    while not stop.is_set():
        head = _head(kept, last)
        old = [key for key, _, age in head if age < before]
        if not old:
            return
        deleted = _delete(_old(kept, now).filter(pk__in=old))
        yield deleted
        if head[-1][1] == last and not deleted:
            return
        last = head[-1][1]
        stop.wait(PAUSE)


def _head(kept: Kept, last: Any) -> list[tuple[Any, Any, Any]]:
    """Key, place and age of the next rows, from the last place on: from the head again would mean reading over all that
    was deleted. Rows may share a place, so the last one is looked at again."""
    rows = kept.model._base_manager.filter(**{f"{kept.order}__isnull": False})
    if last is not None:
        rows = rows.filter(**{f"{kept.order}__gte": last})
    return list(rows.order_by(kept.order).values_list("pk", kept.order, kept.age)[:BATCH])


def _delete(rows: QuerySet[Model]) -> int:
    """What somebody holds is left for next time: nobody waits for us, and we wait for nobody."""
    with transaction.atomic():
        keys = list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
        rows.model._base_manager.filter(pk__in=keys).delete()
    return len(keys)

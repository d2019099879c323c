"""Delete what is left of removed connections, a few thousand rows at a time, so that nothing else has to wait."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import models, transaction
from django.db.models import CASCADE

from connections.models import Connection, Credential

log = structlog.get_logger(__name__)

BATCH = 2000
BATCHES_AT_ONCE = 20


def erase_some(now: datetime) -> int:
    """So many batches of what was removed. Returns the number of rows; 0 when nothing is left to do."""
    erased = 0
    for _ in range(BATCHES_AT_ONCE):
        number = _erase_batch(now)
        if not number:
            break
        erased += number
    return erased


def _erase_batch(now: datetime) -> int:
    """Rows of one table of the connection that was removed first; at last the connection itself and its login."""
    # A worker that has a page of it in hand notices at its next call, which is within a lease.
    at_rest = now - timedelta(seconds=2 * settings.LEASE_SECONDS)
    connection = Connection.objects.filter(removed_at__lt=at_rest).order_by("removed_at").first()
    if connection is None:
        return 0
    for model, path in tables():
        rows = model._base_manager.filter(**{path: connection})
        keys = list(rows.order_by().values_list("pk", flat=True)[:BATCH])
        if keys:
            with transaction.atomic():
                model._base_manager.filter(pk__in=keys).delete()
            return len(keys)
    _erase_connection(connection)
    return 1


def _erase_connection(connection: Connection) -> None:
    erased = str(connection.pk)  # which it no longer knows afterwards
    with transaction.atomic():
        connection.delete()
        unused = Credential.objects.filter(pk=connection.credential_id, connections__isnull=True)
        unused.delete()
    log.info("connection erased", connection=erased)


def tables() -> Iterator[tuple[type[models.Model], str]]:
    """Every table whose rows end with their connection, and how they refer to it; those that refer to others first.

    Found by asking the models, so that a new one cannot be forgotten.
    """
    paths: dict[type[models.Model], str] = {}
    waiting: list[tuple[type[models.Model], str]] = [(Connection, "")]
    while waiting:
        model, path = waiting.pop()
        for child, name in _children(model):
            longer = f"{name}__{path}" if path else name
            waiting.append((child, longer))
            known = paths.pop(child, longer)  # its place is behind all that it refers to
            paths[child] = min(known, longer, key=len)
    return reversed(paths.items())


def _children(model: type[models.Model]) -> Iterator[tuple[type[models.Model], str]]:
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or relation.on_delete is not CASCADE:
            continue
        child = relation.field.model
        if child is not model:
            yield child, relation.field.name

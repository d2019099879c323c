"""What syncing does when others tell it something."""

from datetime import datetime
from typing import Any

import structlog
from django.apps import apps as global_apps
from django.apps.registry import Apps
from django.contrib.auth.models import User
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_save
from django.dispatch import receiver

from connections import registry
from connections.models import Connection
from connections.signals import connection_authorised
from syncing import scheduler
from syncing.models import ConnectionSync, ObjectSyncConfig

log = structlog.get_logger(__name__)


@receiver(post_save, sender=Connection)
def give_state(*, instance: Connection, created: bool, raw: bool = False, **_: Any) -> None:
    if created and not raw:
        ConnectionSync.objects.create(connection=instance, slices_in_flight=instance.source_class.slices_in_flight)


@receiver(connection_authorised)
def start_first_sync(*, connection: Connection, user: User | None, now: datetime, **_: Any) -> None:
    """A paused connection gets its new login all the same."""
    try:
        scheduler.enqueue_now(connection, now=now, trigger="user" if user else "command", user=user)
    except scheduler.NotRunnable as error:
        log.info("no sync was started", connection=str(connection.pk), reason=error.sentence)


def seed_object_types(*, using: str = DEFAULT_DB_ALIAS, apps: Apps = global_apps, **_: Any) -> None:
    """One row for each object type of each source. What people have changed stays."""
    if "objectsyncconfig" not in apps.all_models["syncing"]:
        return  # the migrations were taken back
    for kind in registry.SOURCES:
        for stream in registry.source_class(kind).streams:
            ObjectSyncConfig.objects.using(using).get_or_create(
                provider=kind,
                object_type=stream.name,
                defaults={
                    "display_name": stream.label,
                    "sync_interval_minutes": stream.interval_minutes,
                    "staleness_threshold_minutes": stream.staleness_minutes,
                    "priority": stream.priority,
                    "depends_on": stream.parent or "",
                    "batch_size": stream.entity_batch,
                    "queue": stream.queue,
                },
            )

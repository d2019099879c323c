"""What syncing does when others tell it something."""

from datetime import datetime
from typing import Any

import structlog
from django.apps import apps as global_apps
from django.apps.registry import Apps
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from connections import registry
from connections.access import Actor
from connections.models import Connection
from connections.signals import connection_authorised
from projects.tables import TABLES
from syncing import actions, periodic, scheduler
from syncing.models import ConnectionSync, ObjectSyncConfig

log = structlog.get_logger(__name__)


@receiver(post_save, sender=Connection)
def give_state(*, instance: Connection, created: bool, raw: bool = False, **_: Any) -> None:
    """Manual, until somebody chooses another frequency."""
    if created and not raw:
        ConnectionSync.objects.create(connection=instance, slices_in_flight=instance.source_class.slices_in_flight)
        scheduler.make_schedules(instance, timezone.now())


@receiver(post_save, sender=ObjectSyncConfig)
def keep_pace(*, instance: ObjectSyncConfig, created: bool, raw: bool = False, **_: Any) -> None:
    """From the next tick after the commit on. A row that is new says what held without it."""
    if not created and not raw:
        scheduler.follow(instance.provider, timezone.now())


@receiver(connection_authorised)
def start_first_sync(
    *, connection: Connection, actor: Actor | None, now: datetime, frequency: str = "", **_: Any
) -> None:
    """A paused connection gets its new login all the same. frequency: what was chosen with it, of a new one."""
    if frequency:
        ConnectionSync.set_frequency(connection.pk, ConnectionSync.Frequency(frequency))
        scheduler.reschedule([connection.pk], now)
    try:
        if actor:
            actions.start_first(connection, actor, now=now)
        elif not scheduler.resume_phases(connection, now=now, trigger="command") and not _waits_for_lists(connection):
            scheduler.enqueue_first(connection, now=now, trigger="command")
    except scheduler.NotRunnable as error:
        log.info("no sync was started", connection=str(connection.pk), reason=error.sentence)


def _waits_for_lists(connection: Connection) -> bool:
    """There is nothing to read for it yet: it is due as soon as others have listed something."""
    tables = {stream.listed_in for stream in connection.source_class.streams if stream.listed_in}
    listed = (TABLES[name].model._base_manager.filter(connection__workspace=connection.workspace_id) for name in tables)
    return bool(tables) and not any(rows.exists() for rows in listed)


DESCRIPTIONS = {
    periodic.SMART_SYNC: "Starts everything that is due or stale, and mends schedules that are out of order.",
    periodic.DISPATCH_REALTIME: "Starts what is due of the connections that are faster than five minutes. How often, "
    "the setting DISPATCH_SECONDS says: each migration brings it back.",
    periodic.SWEEP: "Wakes the workers wherever a chunk is ready, and closes jobs that nobody closed. How often, "
    "the setting SWEEP_SECONDS says: each migration brings it back.",
    periodic.SMART_SYNC_PROJECTS: "Starts what is due, creators' projects included, by the view counter's name for it.",
    periodic.PRUNE: "Deletes what has been kept long enough: how long, the KEEP_ settings say.",
}
PRUNE_EXPIRES = 6 * 3600
PACE_IS_A_SETTING = (periodic.DISPATCH_REALTIME, periodic.SWEEP)
NO_OTHER_MOMENT = {"crontab": None, "solar": None, "clocked": None, "one_off": False}
"""Beat's library refuses a row of two kinds at the next save, and only what is clocked runs just once."""


def seed_periodic_tasks(*, using: str = DEFAULT_DB_ALIAS, apps: Apps = global_apps, **_: Any) -> None:
    """The rows of Beat, which the admin may edit; the pace of the fast ones is the settings'."""
    if "periodictask" not in apps.all_models["django_celery_beat"]:
        return  # the migrations were taken back
    for name, seconds in periodic.every_seconds().items():
        every = IntervalSchedule.objects.using(using).get_or_create(every=seconds, period="seconds")[0]
        if not _seed_task(name, using, interval=every, expire_seconds=seconds) and name in PACE_IS_A_SETTING:
            rows = PeriodicTask.objects.using(using).filter(name=name)
            rows.update(interval=every, expire_seconds=seconds, **NO_OTHER_MOMENT)
    half_hour = IntervalSchedule.objects.using(using).get_or_create(
        every=periodic.SMART_SYNC_PROJECTS_SECONDS, period="seconds"
    )[0]
    _seed_task(
        periodic.SMART_SYNC_PROJECTS,
        using,
        interval=half_hour,
        expire_seconds=periodic.SMART_SYNC_PROJECTS_SECONDS,
    )
    at_night = CrontabSchedule.objects.using(using).get_or_create(**periodic.PRUNE_AT, timezone="UTC")[0]
    _seed_task(periodic.PRUNE, using, crontab=at_night, expire_seconds=PRUNE_EXPIRES)


def _seed_task(name: str, using: str, **when: Any) -> bool:
    """False where it is there already."""
    rows = PeriodicTask.objects.using(using)
    if rows.filter(name=name).exists():
        return False
    row = {"task": f"syncing.{name.replace('-', '_')}", "queue": "scheduler", "description": DESCRIPTIONS[name]}
    rows.bulk_create([PeriodicTask(name=name, **row, **when)])  # its save() would look in the default database
    return True


def seed_object_types(*, using: str = DEFAULT_DB_ALIAS, apps: Apps = global_apps, **_: Any) -> None:
    """One row for each object type of each source. What people have changed stays."""
    if "objectsyncconfig" not in apps.all_models["syncing"]:
        return  # the migrations were taken back
    for kind in registry.SOURCES:
        for stream in registry.source_class(kind).streams:
            ObjectSyncConfig.objects.using(using).get_or_create(
                provider=kind,
                object_type=stream.name,
                defaults=ObjectSyncConfig.defaults(stream),
            )

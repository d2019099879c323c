"""How is one stream of a connection called, and how fresh is it?"""

from datetime import datetime

from connections.models import Connection
from syncing.models import ConnectionSync, ObjectSyncConfig, SyncSchedule
from syncing.status.freshness import NEVER, Freshness, freshness

Configs = dict[tuple[str, str], ObjectSyncConfig]


def object_types() -> Configs:
    return {(config.provider, config.object_type): config for config in ObjectSyncConfig.objects.all()}


def label(connection: Connection, stream: str, configs: Configs) -> str:
    config = configs.get((connection.provider, stream))
    return config.display_name if config else stream.replace("_", " ").capitalize()


def sync_of(connection: Connection) -> ConnectionSync:
    """Its telemetry; that of a connection that never ran when there is none yet."""
    found: ConnectionSync | None = getattr(connection, "sync", None)
    return found or ConnectionSync(connection=connection)


def stream_freshness(
    connection: Connection, schedule: SyncSchedule | None, configs: Configs, now: datetime
) -> Freshness:
    if schedule is None:
        return NEVER
    config = configs.get((connection.provider, schedule.stream))
    return freshness(schedule, config, paused=connection.paused, now=now, why_not=_why_not(connection))


def _why_not(connection: Connection) -> str:
    """Nothing of it runs, whatever is due."""
    if connection.credential.trouble:
        return "waits for a new login"
    return "does not run in this mode" if connection.wrong_mode() else ""

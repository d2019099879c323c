"""How is one stream of a connection called, and how fresh is it?"""

from datetime import datetime

from connections.models import Connection
from syncing.models import ConnectionSync, ObjectSyncConfig, SyncSchedule
from syncing.status.freshness import freshness, pace
from syncing.status.states import FRESHNESS, State

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


def stream_freshness(connection: Connection, schedule: SyncSchedule | None, configs: Configs, now: datetime) -> State:
    if schedule is None:
        return FRESHNESS["never"]
    config = configs.get((connection.provider, schedule.stream))
    stale_after = pace(schedule, sync_of(connection).sync_frequency, config).stale_after
    return freshness(schedule, stale_after, paused=connection.paused, now=now)

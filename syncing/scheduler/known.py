"""What must planning know of a connection? Loaded at once, for one of them or for many."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from connections.models import Connection
from connections.sources import Stream
from syncing.models import ConnectionSync, ObjectSyncConfig, SyncSchedule

FULL_LIST_HOURS = 24
EDIT_OVERLAP = timedelta(minutes=10)


@dataclass
class Known:
    """A connection, the settings of its object types and how far each of its streams is, both by stream."""

    connection: Connection
    sync: ConnectionSync
    configs: Mapping[str, ObjectSyncConfig]
    schedules: Mapping[str, SyncSchedule]

    @cached_property
    def streams(self) -> tuple[Stream, ...]:
        return self.connection.source_class.streams

    @cached_property
    def seed(self) -> int:
        """Tells connections apart, and is the same in every process."""
        return self.connection.pk.int

    def stream(self, name: str) -> Stream | None:
        """None of what a release has taken away."""
        return next((stream for stream in self.streams if stream.name == name), None)

    def config(self, stream: str) -> ObjectSyncConfig:
        """What the stream itself declares, where its row is missing."""
        if found := self.configs.get(stream):
            return found
        declared = self.stream(stream)
        return ObjectSyncConfig.of(self.connection.provider, declared) if declared else ObjectSyncConfig()

    def lookback_days(self, stream: Stream) -> int:
        """As far as its totals look back, where it follows some that nobody reads any more."""
        totals = self.stream(stream.summed_up_by or "") if stream.follows_totals else None
        if totals is None or self.config(totals.name).is_sync_enabled:
            return stream.lookback_days
        return max(stream.lookback_days, totals.lookback_days)

    def is_stale(self, stream: str, now: datetime) -> bool:
        """Of a schedule only: what nobody wants regularly is never stale."""
        schedule = self.schedules.get(stream)
        if schedule is None or schedule.interval_seconds is None:
            return False
        return schedule.stale_at is None or schedule.stale_at <= now

    @property
    def full_list_every(self) -> timedelta:
        """Between, only what was edited is asked for. An installation may have it more often of a provider."""
        return timedelta(hours=self.connection.provider_settings().get("full_list_hours") or FULL_LIST_HOURS)

    def edited_since(self, now: datetime) -> dict[str, datetime]:
        """Structure streams whose complete list is recent enough to ask only for what was edited since."""
        since = {}
        for stream, schedule in self.schedules.items():
            listed, read = _moment(schedule, "listed_at"), _moment(schedule, "read_at")
            if listed and read and now - self.full_list_every < listed <= now and read <= now:
                since[stream] = read - EDIT_OVERLAP
        return since

    def settled_until(self, stream: str) -> date | None:
        settled = self._state(stream).get("settled_until")
        return date.fromisoformat(settled) if settled else None

    def depths(self, stream: str) -> dict[str, str]:
        """When each depth was last read; nothing of a stream whose first run is to come."""
        depths: dict[str, str] = self._state(stream).get("depths", {})
        return depths

    def _state(self, stream: str) -> dict[str, Any]:
        schedule = self.schedules.get(stream)
        return schedule.state if schedule else {}


def _moment(schedule: SyncSchedule, name: str) -> datetime | None:
    stored = schedule.state.get(name)
    return datetime.fromisoformat(stored) if stored else None


def known_of(connection: Connection) -> Known:
    return known_of_all([connection])[0]


def known_of_all(connections: Iterable[Connection]) -> list[Known]:
    """Three queries, in the order of the connections. Those of which the telemetry is gone are left out."""
    found = list(connections)
    syncs = {sync.pk: sync for sync in ConnectionSync.objects.filter(connection__in=found)}
    schedules: dict[object, dict[str, SyncSchedule]] = defaultdict(dict)
    for schedule in SyncSchedule.objects.filter(connection__in=found):
        schedules[schedule.connection_id][schedule.stream] = schedule
    configs: dict[str, dict[str, ObjectSyncConfig]] = defaultdict(dict)
    for config in ObjectSyncConfig.objects.all():
        configs[config.provider][config.object_type] = config
    return [
        Known(each, syncs[each.pk], configs[each.provider], schedules[each.pk]) for each in found if each.pk in syncs
    ]

"""How fresh each level of a tree is, for the pages that show one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template

from connections import registry
from connections.models import Connection
from syncing.models import SyncSchedule
from syncing.status.freshness import Freshness
from syncing.status.streams import label, object_types, stream_freshness

register = template.Library()


@dataclass(frozen=True)
class Level:
    stream: str
    label: str
    freshness: Freshness
    checked_at: datetime | None


@register.inclusion_tag("syncing/_levels.html", takes_context=True)
def level_freshness(context: dict[str, Any], connection: Connection) -> dict[str, Any]:
    """By two queries. Nothing of a provider that this installation does not know."""
    now = context["now"]
    return {"levels": _levels(connection, now), "connection": connection, "now": now}


def _levels(connection: Connection, now: datetime) -> list[Level]:
    if connection.provider not in registry.SOURCES:
        return []
    configs = object_types()
    schedules = {each.stream: each for each in SyncSchedule.objects.filter(connection=connection)}
    streams = [stream.name for stream in connection.source_class.streams if stream.name in schedules]
    return [
        Level(
            stream,
            label(connection, stream, configs),
            stream_freshness(connection, schedules[stream], configs, now),
            schedules[stream].last_completed_at,
        )
        for stream in streams
    ]

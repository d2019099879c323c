"""When an object was made, and when it changed by itself: a rule of seed and minute, without memory."""

from datetime import UTC, datetime
from typing import NamedTuple

from connections.providers.logikal.sandbox.draws import number
from connections.providers.logikal.sandbox.tree import Elevation, Project

MINUTE = 60
DAY = 24 * 60 * MINUTE
FIRST_PROJECT = int(datetime(2024, 3, 1, 8, tzinfo=UTC).timestamp())
SPREAD_DAYS = 500


class Age(NamedTuple):
    """versions: how many there have been since the first. changed: epoch seconds, as all of the API's dates."""

    versions: int
    changed: int


def project_created(seed: str, project: Project) -> int:
    return FIRST_PROJECT + number(0, SPREAD_DAYS * 600, seed, "created", project.index) * DAY // 600


def elevation_created(seed: str, elevation: Elevation, project: Project) -> int:
    return project_created(seed, project) + (1 + elevation.index) * 90 * MINUTE


def age(seed: str, elevation: Elevation, created: int, change_days: float, now: datetime) -> Age:
    """Each elevation changes at a pace of its own, between half and one and a half times the mean."""
    if not change_days:
        return Age(0, created)
    percent = number(50, 150, seed, "pace", elevation.id)
    period = max(MINUTE, int(change_days * DAY * percent / 100) // MINUTE * MINUTE)
    first = created + number(1, period // MINUTE, seed, "first", elevation.id) * MINUTE
    versions = max(0, 1 + (int(now.timestamp()) - first) // period)
    return Age(versions, first + (versions - 1) * period if versions else created)

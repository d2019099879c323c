"""How often do syncs succeed, and how long do they take: all of a provider, and each of its object types?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db.models import QuerySet

from connections import registry
from connections.models import Connection
from syncing.status.streams import Configs

WINDOW = timedelta(days=30)
MOST = 50_000
"""Of the newest of each kind: more would keep whoever looks waiting, and say the same."""

SLOWEST = 0.95

JOBS = """SELECT c.provider, '' AS stream, j.status = 'completed' AS good,
                 {seconds} AS seconds, j.created_at AS at
          FROM sync_jobs j JOIN connections_connection c ON c.id = j.connection_id
          WHERE j.created_at >= %s AND j.status IN ('completed', 'completed_with_failures', 'failed') AND {mine}
          ORDER BY j.created_at DESC LIMIT %s"""
CHUNKS = """SELECT c.provider, k.stream, k.status = 'completed' AS good,
                   k.actual_duration_seconds AS seconds, k.created_at AS at
            FROM sync_job_chunks k JOIN connections_connection c ON c.id = k.connection_id
            WHERE k.created_at >= %s AND k.status IN ('completed', 'failed') AND {mine}
            ORDER BY k.id DESC LIMIT %s"""
FIGURES = """WITH ended AS ({rows}),
                  placed AS (SELECT *, CUME_DIST() OVER (PARTITION BY provider, stream ORDER BY seconds) AS place
                             FROM ended)
             SELECT provider, stream, COUNT(*), SUM(CASE WHEN good THEN 1 ELSE 0 END), AVG(seconds),
                    MIN(CASE WHEN place >= %s THEN seconds END)
             FROM placed GROUP BY provider, stream ORDER BY provider, stream"""
SECONDS = {
    "postgresql": "EXTRACT(EPOCH FROM j.closed_at - COALESCE(j.started_at, j.created_at))::float8",
    "sqlite": "ROUND((julianday(j.closed_at) - julianday(COALESCE(j.started_at, j.created_at))) * 86400.0, 3)",
}


@dataclass(frozen=True)
class Success:
    """stream: empty for whole syncs. slowest: seconds within which 95 of 100 ended."""

    provider: str
    stream: str
    number: int
    succeeded: int
    average: float
    slowest: float

    @property
    def rate(self) -> float:
        return 100 * self.succeeded / self.number


@dataclass(frozen=True)
class Figures:
    """rows: each provider's syncs, then its object types, with their names. jobs_days, chunks_days: of so many days."""

    rows: list[tuple[str, Success]]
    jobs_days: int
    chunks_days: int


def figures(connections: QuerySet[Connection], configs: Configs, now: datetime) -> Figures:
    """Two queries, for any number of connections. Of as many days as nothing of them has been deleted yet."""
    jobs_days = min(WINDOW.days, settings.KEEP_DAYS["quiet jobs"])
    chunks_days = min(WINDOW.days, settings.KEEP_DAYS["chunks"])
    found = [
        *_ask(JOBS, connections, now - timedelta(days=jobs_days)),
        *_ask(CHUNKS, connections, now - timedelta(days=chunks_days)),
    ]
    found.sort(key=lambda each: (each.provider, each.stream != "", each.stream))
    return Figures([(_named(each, configs), each) for each in found], jobs_days, chunks_days)


def _ask(rows: str, connections: QuerySet[Connection], since: datetime) -> list[Success]:
    mine, ids = _mine(connections)
    sql = FIGURES.format(rows=rows.format(mine=mine, seconds=SECONDS[database.vendor]))
    with database.cursor() as cursor:
        cursor.execute(sql, [since, *ids, MOST, SLOWEST])
        return [Success(*row) for row in cursor.fetchall()]


def _mine(connections: QuerySet[Connection]) -> tuple[str, Sequence[Any]]:
    """A condition with its parameters: the rows of these connections."""
    sql, parameters = connections.order_by().values("pk").query.sql_with_params()
    return f"c.id IN ({sql})", parameters


def _named(found: Success, configs: Configs) -> str:
    if not found.stream:
        return f"{registry.label(found.provider)}: whole syncs"
    config = configs.get((found.provider, found.stream))
    return config.display_name if config else found.stream.replace("_", " ").capitalize()

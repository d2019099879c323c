"""Read a sheet of creators now, and say what a sync would change. Nothing of it is stored."""

from collections.abc import Sequence
from datetime import datetime

from connections.models import Connection
from connections.sources import CallLimit, Clock, Record, Slice, Stream
from projects.creators.preview import Preview, preview
from projects.creators.sheets import TABLE
from syncing import budget


class CountingGate:
    """The CallGate of a look that belongs to no job: its calls are counted as any others."""

    def __init__(self, purse: budget.Purse) -> None:
        self._purse = purse

    def before_call(self, limits: Sequence[CallLimit]) -> None:
        """Raises RateLimited: then the call must not be made."""
        self._purse.take(limits)

    def block(self, bucket: str, until: datetime, reason: str) -> None:
        budget.block(bucket, until, reason)


def stream_of(connection: Connection) -> Stream | None:
    """The one that lists creators' accounts."""
    return next((stream for stream in connection.source_class.streams if stream.table == TABLE), None)


def foresee(connection: Connection, clock: Clock) -> Preview:
    """Raises the errors of connections.errors; LookupError where it lists no accounts."""
    stream = stream_of(connection)
    if stream is None:
        raise LookupError("This connection has no spreadsheet of creators.")
    purse = budget.Purse(clock)
    try:
        records, complete = _read(connection, stream, purse, clock)
    finally:
        purse.close()
    return preview(connection, records, complete, clock())


def _read(connection: Connection, stream: Stream, purse: budget.Purse, clock: Clock) -> tuple[list[Record], set[str]]:
    source = connection.source(gate=CountingGate(purse), clock=clock)
    records: list[Record] = []
    complete: set[str] = set()
    for page in source.read(stream, Slice(), None):
        if page.stream in ("", stream.name):
            records += page.records
            complete |= {page.complete["project_id"]} if page.complete else set()
    return records, complete

"""Which days has the provider restated since they were last read? Their totals tell, for streams that follow these."""

from collections.abc import Sequence
from datetime import date, timedelta

from connections.sources import Slice, Stream
from projects.tables import TABLES
from syncing import planner
from syncing.planner import Plan
from syncing.scheduler.known import Known


def totals(streams: Sequence[Stream]) -> list[Stream]:
    """Those that others among them follow, and which are therefore read before."""
    followed = {stream.summed_up_by for stream in streams if stream.follows_totals}
    return [stream for stream in streams if stream.name in followed]


def plans(known: Known, stream: Stream, first_read: date, today: date) -> list[Plan]:
    """Of days whose totals are still read, and which are before the first one that this run reads anyway."""
    summed_up_by = known.stream(stream.summed_up_by or "") if stream.follows_totals else None
    if summed_up_by is None:
        return []
    since = today - timedelta(days=summed_up_by.lookback_days)
    days = TABLES[stream.table].behind(known.connection.pk, stream.name, since)
    return [
        Plan(stream, Slice(*window))
        for span in planner.spans(day for day in days if day < first_read)
        for window in planner.windows(*span, stream.window_days)
    ]

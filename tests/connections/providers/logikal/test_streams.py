"""What the object types of LOGIKAL begin with, and what hangs on what."""

import pytest

from connections.providers.logikal.source import LogikalSource
from connections.sources import Stream

pytestmark = pytest.mark.once


def pace(stream: Stream) -> tuple[int, int, int, str]:
    return stream.interval_minutes, stream.staleness_minutes, stream.priority, stream.queue


@pytest.mark.spec("L14", "L15", "L16", "L17", "L36")
def test_each_object_type_has_its_pace() -> None:
    paces = {stream.name: pace(stream) for stream in LogikalSource.streams}
    assert paces["directories"] == (60, 120, 1, "sync")
    assert paces["projects"] == (30, 60, 2, "sync")
    assert paces["phases"] == (15, 30, 3, "sync")
    assert paces["elevations"] == (15, 30, 3, "sync")
    assert paces["parts_lists"] == (60, 120, 4, "parser")


@pytest.mark.spec("L49")
def test_parents_come_before_their_children() -> None:
    names = [stream.name for stream in LogikalSource.streams]
    for stream in LogikalSource.streams:
        for earlier in filter(None, (stream.parent, stream.entity_stream)):
            assert names.index(earlier) < names.index(stream.name)
    assert LogikalSource.stream("elevations").parent == "phases"
    assert LogikalSource.slices_in_flight == 1, "one session at a time"

"""Look a key over before it is connected."""

from collections.abc import Iterator

from connections.errors import SyncError
from connections.sources import Check, Source

ACCEPTED = "The API key is accepted, and the YouTube Data API is switched on"


def checks(source: Source) -> Iterator[Check]:
    """One call: whatever is wrong with a key shows at the first."""
    try:
        source.check()
    except SyncError as error:
        yield Check(ACCEPTED, error=error)
        return
    yield Check(ACCEPTED, "Public numbers of channels that this workspace's spreadsheets list can be read.")

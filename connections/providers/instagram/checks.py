"""Look a login over before it is connected: the token, and whether it may look up others' accounts."""

from collections.abc import Iterator

from connections.errors import SyncError
from connections.providers.instagram.reading import Reading
from connections.sources import Account, Check

OPEN = "The token opens this professional account"
LOOKS_UP = "It may look up the numbers of other accounts"


def checks(reading: Reading, own: Account) -> Iterator[Check]:
    """One call more: it asks our own account for itself, as if it were somebody else's."""
    yield Check(OPEN, f"It is {own.name}." if own.name else "")
    name = own.name.removeprefix("@").lower()
    if name:
        yield _looks_up(reading, name)


def _looks_up(reading: Reading, name: str) -> Check:
    try:
        reading.api.get(reading.own, fields=f"business_discovery.username({name}){{id}}")
    except SyncError as error:
        return Check(LOOKS_UP, error=error)
    return Check(LOOKS_UP)

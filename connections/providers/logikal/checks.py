"""Look a login over before it is connected: the server, the login, what it may list, and that it is let go again."""

from collections.abc import Iterator
from typing import Any

from connections.errors import SyncError, Transient
from connections.providers.logikal.client import LogikalApi
from connections.providers.logikal.session import LogikalSession
from connections.sources import Check, SourceContext

SERVER = "The server answers"
LOGIN = "The login works"
DIRECTORIES = "Directories can be listed"
CLOSED = "The session is closed again"

LEFT_OPEN = Transient(
    "LOGIKAL did not confirm that the session is closed.",
    remedy="If the next login is refused, close the session in LOGIKAL's administration.",
)


def checks(context: SourceContext) -> Iterator[Check]:
    """Four calls, one login."""
    try:
        api = LogikalApi(context)
        described = _described(api.version().data)
    except SyncError as error:
        yield Check(SERVER, error=error)
        return
    yield Check(SERVER, described)
    with LogikalSession(api) as session:
        yield from _of_the_login(session)


def _of_the_login(session: LogikalSession) -> Iterator[Check]:
    try:
        session.open()
    except SyncError as error:
        yield Check(LOGIN, error=error)
        return
    yield Check(LOGIN)
    yield _directories(session)
    yield Check(CLOSED) if session.close() else Check(CLOSED, error=LEFT_OPEN)


def _directories(session: LogikalSession) -> Check:
    try:
        found = session.directories().data
    except SyncError as error:
        return Check(DIRECTORIES, error=error)
    count = len(found) if isinstance(found, list) else 0
    return Check(DIRECTORIES, f"There {'is 1' if count == 1 else f'are {count}'} at the top.")


def _described(data: Any) -> str:
    """The name and version of the service, where it tells."""
    components = data.get("componentVersions") if isinstance(data, dict) else None
    first = components[0] if isinstance(components, list) and components else None
    if not isinstance(first, dict):
        return ""
    return f"It is {str(first.get('name', ''))[:60]} {str(first.get('version', ''))[:40]}.".replace("  ", " ")

"""What would a sync of this spreadsheet change? It is read when somebody asks, and nothing is stored."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from connections import registry
from connections.access import Role, actor_of, allowed_connection
from connections.errors import Misconfigured, SyncError
from connections.models import Connection
from connections.screen import SignedInRequest, show
from syncing import preview as previews

MOST_SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    """GET says what it is; POST reads, because a page that is only looked at never waits for a spreadsheet."""
    now, actor = timezone.now(), actor_of(request)
    connection = allowed_connection(actor, connection_id, Role.OPERATOR)
    if connection.provider not in registry.SOURCES or previews.stream_of(connection) is None:
        raise Http404
    context: dict[str, Any] = {"connection": connection, "most": MOST_SHOWN, "most_slice": f":{MOST_SHOWN}"}
    if request.method == "POST":
        context |= _foreseen(connection)
    return show(request, "syncing/preview.html", context, workspace=connection.workspace, now=now)


def _foreseen(connection: Connection) -> dict[str, Any]:
    if wrong := connection.wrong_mode():
        return {"error": Misconfigured(wrong)}
    try:
        return {"preview": previews.foresee(connection, timezone.now)}
    except SyncError as error:
        return {"error": error}

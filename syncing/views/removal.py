"""Remove a connection: first say what happens then, then do it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from connections.access import Role, actor_of, allowed_connection
from connections.screen import SignedInRequest, show
from syncing import actions


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    connection = allowed_connection(actor, connection_id, Role.ADMIN)
    if request.method == "POST":
        actions.remove(connection, actor, now=now)
        messages.success(request, f"{connection.name} was removed. What is held of it is being deleted.")
        return redirect("overview")
    others = connection.credential.connections.kept().exclude(pk=connection.pk).count()
    context = {"connection": connection, "others": others}
    return show(request, "syncing/remove.html", context, workspace=connection.workspace, now=now)

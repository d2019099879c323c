"""Give a connection a new login: its history stays, and others that share the old login may come along."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from connections import accounts, asking
from connections.access import Role, actor_of, allowed_connection
from connections.errors import SyncError
from connections.forms import ReconnectForm, posted
from connections.models import Connection
from connections.remedies import problem_of
from connections.views.leaving import lets_leave


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def reconnect(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """One page without a draft: the login is used at once, and never kept but in the credential."""
    actor = actor_of(request)
    connection = allowed_connection(actor, connection_id, Role.ADMIN)
    sharing = connection.credential.connections.kept().exclude(pk=connection.pk).order_by("name", "pk")
    form = ReconnectForm(connection.source_class, sharing, posted(request))
    problem = None
    if request.method == "POST" and form.is_valid():
        now, others = timezone.now(), list(form.cleaned_data["others"])
        try:
            moved = accounts.reconnect(connection, form.secrets, others=others, now=now, actor=actor)
        except SyncError as error:
            problem = problem_of(error, now, connection.workspace.zone)
        else:
            announce(request, moved, others)
            return redirect("connection", connection.pk)
    shown = {"form": form, "problem": problem, "connection": connection, "label": connection.provider_label}
    signs_in = {"signs_in": asking.oauth(connection.provider) is not None}
    return lets_leave(render(request, "connections/reconnect.html", shown | signs_in), connection.provider)


def announce(request: HttpRequest, moved: list[Connection], others: list[Connection]) -> None:
    along = f", and so {'has' if len(moved) == 2 else 'have'} {len(moved) - 1} more" if len(moved) > 1 else ""
    what_follows = "It stays paused: resume it, and it syncs." if moved[0].paused else "A sync starts now."
    messages.success(request, f"{moved[0].name[:80]} has its new login{along}. {what_follows}")
    left = [other.name[:80] for other in others if other not in moved]
    if left:
        messages.warning(
            request, f"The new login does not open {', '.join(left[:5])}: the old one stays. Paste another one there."
        )

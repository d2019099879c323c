"""Stop all automation: first say what happens then, then do it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from connections.access import Role, actor_of
from connections.frequencies import MANUAL
from connections.screen import SignedInRequest, show
from syncing import actions


@require_http_methods(["GET", "HEAD", "POST"])
def stop_automation(request: SignedInRequest) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    if not actor.workspaces(Role.ADMIN).exists():
        raise PermissionDenied("Stopping all automation needs the role admin in a workspace.")
    if request.method == "POST":
        number = actions.set_all_manual(actor, now=now)
        changed = f"{number} account{'' if number == 1 else 's'} set to manual."
        messages.success(request, f"{changed} Nothing starts by itself any more; Sync now still works.")
        return redirect("settings")
    mine = actor.connections(Role.ADMIN)
    scheduled = mine.exclude(sync__sync_frequency=MANUAL).count()
    context = {"total": mine.count(), "scheduled": scheduled}
    return show(request, "syncing/stop_automation.html", context, workspace=actor.home(), now=now)

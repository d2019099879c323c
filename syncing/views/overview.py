"""The list of connections: how does each of them stand?"""

from django.http import HttpResponse
from django.utils import timezone

from connections.models import Workspace
from syncing.status.connections import standings
from syncing.views.screen import SignedInRequest, show


def overview(request: SignedInRequest) -> HttpResponse:
    now = timezone.now()
    found = standings(request.user, now)
    context = {"standings": found, "needing_you": [each for each in found if each.needs_you]}
    workspace = Workspace.objects.filter(memberships__user=request.user).order_by("name", "id").first()
    return show(request, "syncing/overview.html", context, workspace=workspace, now=now)

"""Sign in at a provider's own page: begin the trip, and take in whoever comes back.

Nothing is stored but a sealed draft, as with a pasted login, or the new login of a connection.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from connections import accounts, asking, draft, registry, trips
from connections.access import Role, actor_of, allowed_connection, require
from connections.draft import Draft
from connections.errors import ConsentIncomplete, Misconfigured, NeedsReconnect, SyncError
from connections.models import Connection, Workspace
from connections.remedies import Problem, problem_of
from connections.trips import Errand
from connections.views.connect import list_accounts
from connections.views.leaving import lets_leave
from connections.views.reconnect import announce

DENIED = Problem("Access was not allowed.", "Try again and allow it, or paste a token.")
FAILED = Problem("The provider could not sign you in.", "Try again in a minute, or paste a token.")
CHOOSE_IT = "If the provider asks which accounts Freshet may see, choose this one too."
NO_CODE = Problem("The provider sent you back without a code.", "Try again.")
NO_WORKSPACE = Problem("The workspace that this was for is gone.", "Begin again in another workspace.")
NO_CONNECTION = Problem("This connection was removed.", "Connect the account as a new one.")
LONGEST_WORDS = 300


@never_cache
@require_POST
def begin(request: HttpRequest, provider: str) -> HttpResponse:
    """For new accounts of a workspace."""
    workspaces = actor_of(request).workspaces(Role.ADMIN)
    if not workspaces:
        raise PermissionDenied("Connecting an account needs the role admin in a workspace.")
    workspace = next((each for each in workspaces if str(each.pk) == request.POST.get("workspace")), None)
    if workspace is None:
        raise Http404
    return _leave(request, Errand(provider, workspace.pk))


@never_cache
@require_POST
def begin_reconnect(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """For a connection that there is, and those of the others that share its login and are ticked."""
    connection = allowed_connection(actor_of(request), connection_id, Role.ADMIN)
    sharing = connection.credential.connections.kept().exclude(pk=connection.pk)
    ticked = request.POST.getlist("others")
    others = tuple(str(pk) for pk in sharing.values_list("pk", flat=True) if str(pk) in ticked)
    return _leave(request, Errand(connection.provider, connection.workspace_id, str(connection.pk), others))


@never_cache
@require_GET
def callback(request: HttpRequest, provider: str) -> HttpResponse:
    """A GET without a CSRF token, as providers send it: the state tells whether this browser has asked for it."""
    if not _is_offered(provider):
        return _not_offered(request, provider)
    try:
        trip, errand = trips.end(request.session, provider, request.GET.get("state", ""), timezone.now())
    except trips.Refused as refused:
        return _refuse(request, provider, Problem(refused.sentence, f"Begin again, at {settings.PUBLIC_URL}."))
    workspace = Workspace.objects.filter(pk=errand.workspace_id).first()
    if workspace is None:
        return _refuse(request, provider, NO_WORKSPACE)
    require(actor_of(request), Role.ADMIN, workspace)
    if problem := _told(request):
        return _refuse(request, provider, problem, errand)
    now = timezone.now()
    try:
        secrets = asking.secrets_of(provider, trip, request.GET["code"], now=now)
        return _arrive(request, errand, workspace, secrets)
    except SyncError as error:
        asks_again = isinstance(error, ConsentIncomplete) or bool(errand.connection_id)
        return _refuse(request, provider, _problem(error, workspace), errand, asks_again)


def _leave(request: HttpRequest, errand: Errand) -> HttpResponse:
    if not _is_offered(errand.provider):
        return _not_offered(request, errand.provider)
    trip = trips.begin(request.session, errand, timezone.now(), again=bool(request.POST.get("again")))
    return redirect(asking.dialog(errand.provider, trip))


def _told(request: HttpRequest) -> Problem | None:
    """What the provider says instead of a code. Some speak of some troubles in names of their own."""
    if error := request.GET.get("error") or request.GET.get("error_code"):
        if error == "access_denied":
            return DENIED
        words = request.GET.get("error_description") or request.GET.get("error_message") or error
        return FAILED._replace(original=words[:LONGEST_WORDS])
    return None if request.GET.get("code") else NO_CODE


def _arrive(request: HttpRequest, errand: Errand, workspace: Workspace, secrets: dict[str, str]) -> HttpResponse:
    """Raises the errors of connections.errors."""
    if errand.connection_id:
        return _renew(request, errand, secrets)
    now = timezone.now()
    begun = Draft(workspace.pk, errand.provider, secrets, ends_at=now + draft.LASTS)
    error = list_accounts(begun, workspace, now)
    if isinstance(error, NeedsReconnect):
        raise error
    draft.save(request.session, begun)
    return redirect("connect_accounts", begun.id)


def _renew(request: HttpRequest, errand: Errand, secrets: dict[str, str]) -> HttpResponse:
    actor = actor_of(request)
    connection = actor.connections(Role.ADMIN).filter(pk=errand.connection_id).first()
    if connection is None:
        return _refuse(request, errand.provider, NO_CONNECTION)
    others = list(actor.connections(Role.ADMIN).filter(pk__in=errand.others, credential=connection.credential_id))
    moved = accounts.reconnect(connection, secrets, others=others, now=timezone.now(), actor=actor)
    announce(request, moved, others)
    return redirect("connection", connection.pk)


def _problem(error: SyncError, workspace: Workspace) -> Problem:
    problem = problem_of(error, timezone.now(), workspace.zone)
    if isinstance(error, NeedsReconnect):
        return problem._replace(remedy="Begin again.")
    if isinstance(error, Misconfigured) and not isinstance(error, ConsentIncomplete):
        return problem._replace(remedy=f"{problem.remedy} {CHOOSE_IT}".strip())
    return problem


def _is_offered(provider: str) -> bool:
    return provider in registry.SOURCES and asking.oauth(provider) is not None


def _not_offered(request: HttpRequest, provider: str) -> HttpResponse:
    sentence = "There is no such provider."
    if provider in registry.SOURCES:
        sentence = f"This installation has no application at {registry.label(provider)}."
    problem = Problem(sentence, "Paste a token, or ask whoever runs the installation.")
    return _refuse(request, provider, problem, status=404)


def _refuse(
    request: HttpRequest,
    provider: str,
    problem: Problem,
    errand: Errand | None = None,
    asks_again: bool = False,
    status: int = 400,
) -> HttpResponse:
    """One page with the reason, and the way on. errand: which can be tried again from here."""
    shown: dict[str, Any] = {"problem": problem, "errand": errand, "asks_again": asks_again, "provider": provider}
    shown |= {"label": registry.label(provider), "is_known": provider in registry.SOURCES}
    if errand and errand.connection_id:
        shown["connection"] = Connection.objects.kept().filter(pk=errand.connection_id).first()
    page = render(request, "connections/oauth_refused.html", shown, status=status)
    return lets_leave(page, provider) if errand else page

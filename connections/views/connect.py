"""Connect accounts, step by step: paste a login, pick accounts, see them checked. No secret comes back to a page."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from connections import accounts, asking, draft, registry
from connections.access import Role, actor_of, require
from connections.accounts import Connected
from connections.draft import Draft, Finding
from connections.errors import NeedsReconnect, SyncError
from connections.forms import AccountsForm, NewConnectionForm, NewLoginForm, posted
from connections.frequencies import choice
from connections.models import Connection, Workspace
from connections.remedies import problem_of
from connections.sources import MOST_CHOICES
from connections.views.leaving import lets_leave

EXPIRED = "For safety a login is forgotten after ten minutes, and when it has been used. Please begin again."
MANY = 8  # from here on a list has a search box

Step = Callable[[HttpRequest, Draft, Workspace], HttpResponse]


def step(view: Step) -> Callable[[HttpRequest, UUID], HttpResponse]:
    """A step after the first: it needs the draft, and its author still in office."""

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def asked(request: HttpRequest, draft_id: UUID) -> HttpResponse:
        begun = draft.load(request.session, draft_id, timezone.now())
        if begun is None:
            if address := draft.finished_at(request.session, draft_id):
                return redirect(address)
            messages.warning(request, EXPIRED)
            return redirect("connect")
        workspace = Workspace.objects.filter(pk=begun.workspace_id).first()
        if workspace is None:
            raise Http404
        require(actor_of(request), Role.ADMIN, workspace)
        return view(request, begun, workspace)

    return asked


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def new(request: HttpRequest) -> HttpResponse:
    """Which provider, and the login. The provider stands in the address, so that the form can follow from it."""
    draft.forget_ended(timezone.now())
    workspaces = actor_of(request).workspaces(Role.ADMIN).order_by("name", "pk")
    if not workspaces:
        raise PermissionDenied("Connecting an account needs the role admin in a workspace.")
    kind = _provider(request)
    if not kind:
        return render(request, "connections/connect_provider.html", {"providers": registry.SOURCES.items()})
    form = NewLoginForm(registry.source_class(kind), workspaces, posted(request))
    problem = None
    if request.method == "POST" and form.is_valid():
        begun, error = _begin(kind, form, timezone.now())
        if not isinstance(error, NeedsReconnect):
            draft.save(request.session, begun)
            return redirect("connect_accounts", begun.id)
        problem = begun.problem
    shown = {"form": form, "problem": problem, "label": registry.label(kind), "several": len(registry.SOURCES) > 1}
    shown |= {"kind": kind, "signs_in": asking.oauth(kind) is not None}
    return lets_leave(render(request, "connections/connect_login.html", shown), kind)


@step
def pick(request: HttpRequest, begun: Draft, workspace: Workspace) -> HttpResponse:
    """Which of the accounts that the login opens."""
    if request.POST.get("action") == "again":
        list_accounts(begun, workspace, timezone.now())
        draft.save(request.session, begun)
        return redirect("connect_accounts", begun.id)
    form = AccountsForm(begun.choices, posted(request))
    if request.method == "POST" and form.is_valid():
        _look_over(begun, form.cleaned_data["picked"], workspace, timezone.now())
        draft.save(request.session, begun)
        return redirect("connect_checks", begun.id)
    return render(request, "connections/connect_accounts.html", _picking(form, begun, workspace))


@step
def confirm(request: HttpRequest, begun: Draft, workspace: Workspace) -> HttpResponse:
    """What was found out, the options, how often it is read, and the last button."""
    if not begun.findings:
        return redirect("connect_accounts", begun.id)
    if request.POST.get("action") == "again":
        _look_over(begun, list(begun.findings), workspace, timezone.now())
        draft.save(request.session, begun)
        return redirect("connect_checks", begun.id)
    form = NewConnectionForm(registry.source_class(begun.provider), posted(request))
    if request.method == "POST" and begun.passed and form.is_valid():
        return _finish(request, begun, workspace, form)
    shown = {"draft": begun, "workspace": workspace, "label": registry.label(begun.provider), "form": form}
    found = [(begun.name_of(each), each, findings) for each, findings in begun.findings.items()]
    known = _connected(workspace, begun.provider) & set(begun.passed)
    news = {"new": len(begun.passed) - len(known), "known": len(known)}
    return render(request, "connections/connect_checks.html", shown | news | {"found": found})


def _provider(request: HttpRequest) -> str:
    """Empty while there is a choice that nobody has made."""
    only = next(iter(registry.SOURCES)) if len(registry.SOURCES) == 1 else ""
    kind = request.GET.get("provider", only)
    if kind and kind not in registry.SOURCES:
        raise Http404
    return kind


def _begin(kind: str, form: NewLoginForm, now: datetime) -> tuple[Draft, SyncError | None]:
    workspace = form.cleaned_data["workspace"]
    begun = Draft(workspace.pk, kind, form.secrets, ends_at=now + draft.LASTS)
    return begun, list_accounts(begun, workspace, now)


def list_accounts(begun: Draft, workspace: Workspace, now: datetime) -> SyncError | None:
    """A list that fails is no reason to stop: one can type an id. A login that is dead is."""
    begun.choices, begun.problem = [], None
    try:
        begun.choices = list(asking.choices(begun.provider, begun.secrets, now=now))
    except SyncError as error:
        begun.problem = problem_of(error, now, workspace.zone)
        return error
    return None


def _look_over(begun: Draft, picked: list[str], workspace: Workspace, now: datetime) -> None:
    found = asking.checks(begun.provider, picked, begun.secrets, now=now)
    begun.findings = {
        account_id: [
            Finding(
                check.name,
                check.sentence,
                problem_of(check.error, now, workspace.zone) if check.error else None,
            )
            for check in checks
        ]
        for account_id, checks in found.items()
    }


def _picking(form: AccountsForm, begun: Draft, workspace: Workspace) -> dict[str, object]:
    connected = _connected(workspace, begun.provider)
    can_be_picked = [choice.account.external_id for choice in begun.choices if not choice.refusal]
    only = can_be_picked if len(can_be_picked) == 1 and not connected.intersection(can_be_picked) else []
    return {
        "form": form,
        "draft": begun,
        "workspace": workspace,
        "label": registry.label(begun.provider),
        "connected": connected,
        "ticked": form["accounts"].value() if form.is_bound else list(begun.findings) or only,
        "is_long": len(begun.choices) >= MANY,
        "is_cut": len(begun.choices) >= MOST_CHOICES,
    }


def _finish(request: HttpRequest, begun: Draft, workspace: Workspace, form: NewConnectionForm) -> HttpResponse:
    now, actor, frequency = timezone.now(), actor_of(request), form.cleaned_data["frequency"]
    try:
        made = accounts.connect_all(
            workspace,
            begun.provider,
            begun.passed,
            begun.secrets,
            now=now,
            actor=actor,
            options=form.chosen,
            frequency=frequency,
        )
    except SyncError as error:
        problem = problem_of(error, now, workspace.zone)
        messages.error(request, f"{problem.sentence} {problem.remedy} Nothing was connected.")
        return redirect("connect_checks", begun.id)
    messages.success(request, _announcement(made, frequency))
    address = _next_page(made)
    draft.finish(request.session, begun, address)
    return redirect(address)


def _next_page(made: list[Connected]) -> str:
    """Several have no start page of their own: the overview shows each of them, and the badge the sum. The start page
    leads on to the account where there is nothing to wait for."""
    if len(made) > 1:
        return reverse("overview")
    return reverse("start" if made[0].is_new else "connection", args=[made[0].connection.pk])


def _announcement(made: list[Connected], frequency: str) -> str:
    one, number = len(made) == 1, len(made)
    name = made[0].connection.name[:80] if one else f"{number} accounts"
    if not any(each.is_new for each in made):
        return f"{name} {'has' if one else 'have'} the new login."
    first = "Its first sync starts now" if one else "Their first syncs start now"
    then = f" After that {choice(frequency).afterwards}." if one else ""
    return f"{name} {'is' if one else 'are'} connected. {first}.{then}"


def _connected(workspace: Workspace, provider: str) -> set[str]:
    known = Connection.objects.kept().filter(workspace=workspace, provider=provider)
    return set(known.values_list("external_account_id", flat=True))

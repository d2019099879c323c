"""Creators' accounts: what stands of each, why, and what needs an answer?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import Actor, Role, actor_of
from connections.screen import SignedInRequest, show
from projects.creators.forms import SORTS, AccountsForm
from projects.creators.listing import asking, lines, matching
from projects.creators.questions import count_questions
from projects.creators.sheets import accounts_of, find_project, lists_accounts, projects_of, sheets_of
from projects.models import CreatorAccount, CreatorProject

ACCOUNTS_A_PAGE = 50


@dataclass(frozen=True)
class Heading:
    """A column, and where its heading leads: sorted by it, and the other way round the second time."""

    code: str
    word: str
    direction: str
    address: str


@require_safe
def creators(request: SignedInRequest) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    sheets = list(sheets_of(actor).select_related("workspace", "sync"))
    operated = set(actor.connections(Role.OPERATOR).values_list("pk", flat=True))
    projects = list(projects_of(actor).select_related("connection").order_by("connection__name", "position", "pk"))
    form = AccountsForm(request.GET)
    context: dict[str, Any] = {
        "form": form,
        "sheets": [(sheet, sheet.pk in operated, lists_accounts(sheet.provider)) for sheet in sheets],
        "operated": operated,
        "may_connect": actor.workspaces(Role.ADMIN).exists(),
        "projects": projects,
        "active_count": sum(project.is_active and not project.missing_since for project in projects),
        "project_count": sum(not project.missing_since for project in projects),
        "platforms": accounts_of(actor).order_by("platform").values_list("platform", flat=True).distinct(),
        "questions": count_questions(actor),
        "sorts": [(f"-{code}" if code != "account" else code, word) for code, word in SORTS.items()],
    }
    if form.is_valid():
        context |= _answer(actor, form, request.GET.get("page"), now)
    return show(request, "projects/creators.html", context, workspace=actor.home(), now=now)


def found_by(actor: Actor, form: AccountsForm) -> tuple[CreatorProject | None, QuerySet[CreatorAccount]]:
    """The project that was asked for, and the accounts. Raises Http404 for a project that this person does not see."""
    asked = form.cleaned_data
    project = find_project(actor, asked["project"]) if asked["project"] else None
    rest = {name: asked[name] for name in ("q", "platform", "asks", "gone", "sort")}
    return project, matching(actor, project=project, **rest)


def _answer(actor: Actor, form: AccountsForm, wanted: str | None, now: datetime) -> dict[str, Any]:
    asked, address = form.cleaned_data, form.address()
    project, found = found_by(actor, form)
    page = Paginator(found.select_related("connection__workspace"), ACCOUNTS_A_PAGE).get_page(wanted)
    there = accounts_of(actor).filter(missing_since__isnull=True)
    return {
        "asked": asked,
        "address": address,
        "project": project,
        "page": page,
        "lines": lines(list(page), now),
        "headings": [_heading(code, asked["sort"], address) for code in SORTS],
        "by_project": not asked["sort"],
        "counts": {
            "there": there.count(),
            "asks": asking(there).count(),
            "gone": accounts_of(actor).filter(missing_since__isnull=False).count(),
        },
    }


def _heading(code: str, sort: str, address: QueryDict) -> Heading:
    now = {code: "ascending", f"-{code}": "descending"}.get(sort, "")
    falls = now == "ascending" if now else code != "account"
    return Heading(code, SORTS[code], now, link(address, sort=f"-{code}" if falls else code))


def link(address: QueryDict, **changes: str) -> str:
    query = address.copy()
    for name, value in changes.items():
        query[name] = value
    return f"{reverse('creators')}?{query.urlencode()}"

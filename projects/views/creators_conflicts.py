"""What waits for a person in sheets of creators: questions, cells that make no sense, profiles nobody answers for."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import Actor, Role, actor_of
from connections.screen import SignedInRequest, show
from projects.creators.listing import projects_by_place
from projects.creators.questions import answered_for, bad_cells, bad_tabs, groups, open_to, over, unmatched
from projects.creators.sheets import find_project, sheets_of
from projects.models import CreatorProject

ROWS_A_PAGE, LAST_ANSWERS = 50, 10
KINDS = {"questions": "Questions", "answered": "Answered", "cells": "Cells", "unmatched": "Without a platform"}


@require_safe
def creators_conflicts(request: SignedInRequest) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    kind = request.GET.get("of", "questions")
    if kind not in KINDS:
        raise Http404
    project = _project(actor, request.GET.get("project", ""))
    found: dict[str, QuerySet[Any]] = {
        "questions": open_to(actor, project),
        "answered": answered_for(actor, project),
        "cells": bad_cells(actor, project),
        "unmatched": unmatched(actor, project),
    }
    tabs = bad_tabs(actor, project)
    counts = {code: rows.count() for code, rows in found.items()}
    counts["cells"] += len(tabs)
    page = Paginator(found[kind], ROWS_A_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "kinds": [(code, word, counts[code]) for code, word in KINDS.items()],
        "kind": kind,
        "project": project,
        "page": page,
        "sheets": sheets_of(actor).exists(),
        "operated": set(actor.connections(Role.OPERATOR).values_list("pk", flat=True)),
        "tabs": tabs,
        **_rows(kind, list(page)),
    }
    if kind == "questions":
        context["last"] = over(list(answered_for(actor, project)[:LAST_ANSWERS]))
    return show(request, "projects/creators_conflicts.html", context, workspace=actor.home(), now=now)


def _rows(kind: str, rows: list[Any]) -> dict[str, Any]:
    if kind == "questions":
        return {"groups": groups(rows)}
    if kind == "answered":
        return {"answered": over(rows)}
    projects = projects_by_place(rows)
    return {"rows": [(row, projects.get((row.connection_id, row.project_id))) for row in rows]}


def _project(actor: Actor, asked: str) -> CreatorProject | None:
    if not asked:
        return None
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        raise Http404
    return find_project(actor, int(asked))

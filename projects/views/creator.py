"""One account of a creator: what stands of each count, what both sides say, how it grew, and who answered what."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import Role, actor_of
from connections.screen import SignedInRequest, show
from projects.creators import snapshots
from projects.creators.cells import EVERYWHERE, RULES, cells
from projects.creators.chart import chart
from projects.creators.history import history
from projects.creators.listing import open_questions
from projects.creators.platforms import said_of
from projects.creators.questions import question
from projects.creators.readings import METRICS
from projects.creators.sheets import find_account, project_of
from projects.models import CreatorAccount


@require_safe
def creator(request: SignedInRequest, account_id: int) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    account = find_account(actor, account_id)
    workspace = account.connection.workspace
    today = now.astimezone(workspace.zone).date()
    project, questions = project_of(account), open_questions([account])[account.pk]
    day, month = (snapshots.growth(account, today, days=days) for days in (1, 30))
    held = list(snapshots.latest(account))
    asked = request.GET.get("chart", "")
    drawn = asked if asked in METRICS else _first_known(account)
    context: dict[str, Any] = {
        "account": account,
        "connection": account.connection,
        "project": project,
        "cells": cells(account, project, questions, day=day, month=month),
        "questions": [question(each, project) for each in questions],
        "day": day,
        "month": month,
        "rules": RULES.items(),
        "metrics": EVERYWHERE,
        "drawn": drawn,
        "chart": chart(held, drawn, today) if len(held) > 1 else None,  # a line has two ends
        "snapshots": [(each, [each.counts[metric] for metric in EVERYWHERE]) for each in held],
        "history": history(account),
        "platforms": said_of(account),
        "may_operate": actor.may(Role.OPERATOR, workspace),
    }
    return show(request, "projects/creator.html", context, workspace=workspace, now=now)


def _first_known(account: CreatorAccount) -> str:
    return next((metric for metric in EVERYWHERE if getattr(account, metric) is not None), EVERYWHERE[0])

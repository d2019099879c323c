"""Show a page: in the workspace's time zone, with one `now` for everything on it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from connections.models import Workspace


class SignedInRequest(HttpRequest):
    """What a view gets behind LoginRequiredMiddleware."""

    user: User


def show(
    request: HttpRequest, template: str, context: dict[str, Any], *, workspace: Workspace | None, now: datetime
) -> HttpResponse:
    with timezone.override(workspace.zone if workspace else ZoneInfo("UTC")):
        return render(request, template, {"now": now, **context})

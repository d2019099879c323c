"""Show a page: in the workspace's time zone, with one `now` for everything on it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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
    with timezone.override(_zone(workspace)):
        return render(request, template, {"now": now, **context})


def _zone(workspace: Workspace | None) -> ZoneInfo:
    try:
        return ZoneInfo(workspace.timezone if workspace else "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")

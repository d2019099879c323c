"""Pages that move: they ask every two seconds while something runs, and are answered only when something changed."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from connections.models import Workspace
from connections.screen import show
from syncing.status.live import Live
from syncing.status.notices import notice
from syncing.status.outcomes import MOST, Watch, watches

STOP_POLLING = 286
"""What htmx understands as: draw this, and ask no more."""


def unchanged(request: HttpRequest, live: Live) -> HttpResponse | None:
    """An empty answer where the page that asks looks as it would look now."""
    if _is_part(request) and live.is_running and request.GET.get("v") == live.version:
        return HttpResponse(status=204)
    return None


def watched(request: HttpRequest) -> list[Watch]:
    """The syncs whose end the page waits for."""
    return watches(request.GET.getlist("watch"))


def show_live(
    request: HttpRequest,
    name: str,
    context: dict[str, Any],
    *,
    workspace: Workspace | None,
    now: datetime,
    live: Live,
    running: list[Watch],
) -> HttpResponse:
    """The page or, for its own script, the part of it that moves. running: what it waits for."""
    here = page_address(request)
    waits_for = list({watch.job_id: watch for watch in [*watched(request), *running]}.values())[-MOST:]
    context |= {
        "live": live,
        "here": here,
        "poll_url": with_query(here, {"v": live.version}),
        "refresh_url": with_query(here, {"watch": list(map(str, waits_for))}),
        "watches": waits_for,
        "notice": notice(now),
        "part": f"syncing/live/{name}.html",
    }
    page = "syncing/live/fragment.html" if _is_part(request) else f"syncing/{name}.html"
    answer = show(request, page, context, workspace=workspace, now=now)
    if "v" in request.GET and _is_part(request) and not live.is_running:
        answer.status_code = STOP_POLLING
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _is_part(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers


def page_address(request: HttpRequest) -> str:
    """Where the page is, without what only polls carry."""
    query = request.GET.copy()
    for name in ("v", "watch"):
        query.pop(name, None)
    return with_query(request.path, query)


def with_query(address: str, added: QueryDict | dict[str, Any]) -> str:
    text = added.urlencode() if isinstance(added, QueryDict) else urlencode(added, doseq=True)
    if not text:
        return address
    return f"{address}{'&' if '?' in address else '?'}{text}"


def back(request: HttpRequest, started: list[Watch] | None = None, *, anchor: str = "") -> HttpResponse:
    """To the page whose button was pressed, which then tells how the started syncs end."""
    asked = request.POST.get("next", "")
    is_ours = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    page = urlsplit(asked if is_ours else reverse("overview"))
    others = watches(request.POST.getlist("watch"))
    waits_for = list(map(str, [*(started or []), *others]))[:MOST]
    address = with_query(page._replace(fragment="").geturl(), {"watch": waits_for})
    return HttpResponseRedirect(f"{address}#{anchor}" if anchor else address)

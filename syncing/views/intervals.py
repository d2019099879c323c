"""The sync intervals: how often each object type is read, how that stands, and whether the calls suffice."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_POST

from connections import registry
from connections.access import actor_of, require_staff, require_superuser
from connections.screen import SignedInRequest, show
from syncing import tuning
from syncing.forecast import forecast
from syncing.forms import IntervalForm, Sheet
from syncing.status import intervals as status
from syncing.status.notices import notice
from syncing.tuning import Move
from syncing.views.live import with_query

SAVED = "It counts from the next look on; what runs goes on undisturbed."
NAMED = 3


@require_http_methods(["GET", "HEAD", "POST"])
def intervals(request: SignedInRequest) -> HttpResponse:
    require_staff(request.user)
    now = timezone.now()
    if request.method != "POST":
        return _page(request, Sheet(tuning.ordered()), now)
    require_superuser(request.user)
    with transaction.atomic():
        sheet = Sheet(tuning.ordered(locked=True), request.POST)
        if not sheet.is_valid():
            return _page(request, sheet, now)
        moves = sheet.moves
        tuning.save(moves, actor_of(request), now=now, action="sync intervals changed")
    _tell(request, moves)
    return redirect("intervals")


@require_POST
def preview(request: SignedInRequest) -> HttpResponse:
    """What the figures as they are typed would need. Saves nothing."""
    require_staff(request.user)
    return _page(request, Sheet(tuning.ordered(), request.POST), timezone.now(), preview=True)


@require_http_methods(["GET", "HEAD", "POST"])
def defaults(request: SignedInRequest) -> HttpResponse:
    """Of all object types, or of the one that is named: first say what changes, then do it."""
    named = request.GET.get("only", "")
    configs = {str(config.pk): config for config in tuning.ordered()}
    if named and named not in configs:
        raise Http404
    chosen = configs[named].display_name if named else "all object types"
    return _preset(request, tuning.defaults, f"Reset {chosen} to the defaults", "sync intervals reset", only=named)


@require_http_methods(["GET", "HEAD", "POST"])
def slow_start(request: SignedInRequest) -> HttpResponse:
    """For the first days of an installation."""
    title = "Slow start: everything every 4 hours"
    return _preset(request, tuning.slow_start, title, "sync intervals set to slow start")


def _preset(
    request: SignedInRequest, wanted: tuning.Preset, title: str, action: str, *, only: str = ""
) -> HttpResponse:
    require_staff(request.user)
    now = timezone.now()
    with transaction.atomic():
        asked = request.method == "POST"
        configs = tuning.ordered(locked=asked)
        moves = tuning.moves([config for config in configs if only in ("", str(config.pk))], wanted)
        if asked and request.POST.get("seen") == tuning.version(moves):
            require_superuser(request.user)
            tuning.save(moves, actor_of(request), now=now, action=action)
            _tell(request, moves)
            return redirect("intervals")
    if asked:
        messages.error(request, "Nothing was changed: somebody else has changed the intervals meanwhile. Look again.")
    before = forecast(configs)
    return show(
        request,
        "syncing/intervals_preset.html",
        {
            "title": title,
            "moves": moves,
            "seen": tuning.version(moves),
            "before": before,
            "after": forecast(tuning.applied(configs, moves)),
            "own_pace": before.own_pace if wanted is tuning.slow_start else 0,
            "may_change": request.user.is_superuser,
        },
        workspace=actor_of(request).home(),
        now=now,
    )


def _page(request: SignedInRequest, sheet: Sheet, now: datetime, *, preview: bool = False) -> HttpResponse:
    """All of it or, for its own script, the part that moves or the forecast."""
    is_part = "HX-Request" in request.headers
    found = status.standings(sheet.stored, now)
    version = status.version(found)
    if is_part and not preview and request.GET.get("v") == version:
        return HttpResponse(status=204)
    context: dict[str, Any] = {
        "sheet": sheet,
        "groups": _groups(sheet, found),
        "notice": notice(now),
        "poll_url": with_query(reverse("intervals"), {"v": version}),
        "may_change": request.user.is_superuser,
        "part": "syncing/live/intervals.html",
    }
    if preview or not is_part:
        context |= _forecasts(sheet, preview)
    template = "syncing/intervals.html"
    if is_part:
        template = "syncing/_forecast.html" if preview else "syncing/live/fragment.html"
    answer = show(request, template, context, workspace=actor_of(request).home(), now=now)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _forecasts(sheet: Sheet, is_preview: bool) -> dict[str, Any]:
    """Of what is stored and, where it makes sense and is something else, of what was typed."""
    stored = forecast(sheet.stored)
    changes = sheet.moves if is_preview and sheet.is_valid() else []
    return {
        "is_preview": is_preview,
        "changes": changes,
        "before": stored,
        "forecast": forecast(sheet.typed) if changes else stored,
    }


Row = tuple[IntervalForm, status.Standing, bool, str]


def _groups(sheet: Sheet, found: status.Standings) -> list[tuple[str, str, list[Row]]]:
    """Provider, what people call it, and its rows: each with whether it differs from its defaults, and what it
    depends on."""
    names = {(config.provider, config.object_type): config.display_name for config in sheet.stored}
    groups: dict[str, list[Row]] = {}
    for row, config in zip(sheet.rows, sheet.stored, strict=True):
        is_changed = bool(tuning.moves([config], tuning.defaults))
        parent = names.get((config.provider, config.depends_on), "")
        standing = found[config.provider, config.object_type]
        groups.setdefault(config.provider, []).append((row, standing, is_changed, parent))
    return [(kind, registry.label(kind), rows) for kind, rows in groups.items()]


def _tell(request: HttpRequest, moves: list[Move]) -> None:
    if not moves:
        messages.info(request, "Nothing was changed: everything stands as it did.")
        return
    names = ", ".join(move.config.display_name for move in moves[:NAMED])
    more = f" and {len(moves) - NAMED} more" if len(moves) > NAMED else ""
    messages.success(request, f"Saved: {names}{more}. {SAVED}")

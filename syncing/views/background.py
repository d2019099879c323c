"""The badge of what runs in the background: asked for every two seconds while it is there, and never otherwise."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from connections.access import actor_of
from connections.screen import SignedInRequest, show
from syncing.models import SyncJob
from syncing.status.background import HISTORY, Background, background_of, ended_of
from syncing.views.live import STOP_POLLING

MOST = 50
"""Jobs whose end a page waits for."""


def of_page(request: HttpRequest) -> dict[str, object]:
    """For every page: asked for where the page is a whole one, by one query."""
    return {"background": SimpleLazyObject(lambda: background_of(actor_of(request)))}


@require_safe
def background(request: SignedInRequest) -> HttpResponse:
    if "HX-Request" not in request.headers:
        return HttpResponseRedirect(reverse("overview"))
    now, actor, is_open = timezone.now(), actor_of(request), request.GET.get("open") == "1"
    found = background_of(actor)
    shown = f"{found.version}-open" if is_open else found.version
    if found.jobs and request.GET.get("v") == shown:
        return HttpResponse(status=204)
    gone = _ids(request.GET.getlist("watch")) - {job.pk for job in found.jobs}
    ended = ended_of(actor, list(gone)) if gone else []
    for job in ended:
        tell(request, job)
    context = {"background": found, "is_open": is_open, "ended": ended, "shown": shown}
    context |= {"details": found.details(now) if is_open and found.jobs else []}
    workspace = _first(found, ended).connection.workspace if found.jobs or ended else None
    answer = show(request, "syncing/live/background.html", context, workspace=workspace, now=now)
    if not found.jobs:
        answer.status_code = STOP_POLLING
    return answer


def _first(found: Background, ended: Sequence[SyncJob]) -> SyncJob:
    return [*found.jobs, *ended][0]


def _ids(texts: Sequence[str]) -> set[UUID]:
    """What makes no sense is passed over."""
    found = set()
    for text in texts[:MOST]:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found


def tell(request: HttpRequest, job: SyncJob) -> None:
    """How it ended, as a message of the next page or of this answer."""
    name, is_history = job.connection.name[:80], job.sync_phase == HISTORY
    if job.status == SyncJob.Status.COMPLETED:
        done = "Historical data sync complete!" if is_history else "Your recent data is ready!"
        messages.success(request, f"{done} {name}")
    elif job.status == SyncJob.Status.CANCELLED:
        messages.info(request, f"The sync of {name} was stopped. What it had read is stored.")
    else:
        messages.error(request, _failure(job, name, is_history=is_history))


def _failure(job: SyncJob, name: str, *, is_history: bool) -> str:
    address = reverse("job", args=[job.pk]) if is_history else reverse("start", args=[job.connection_id])
    what = "Some historical data" if is_history else "Some recent data"
    text = '{} of {} could not be read: {} {} <a href="{}">See what failed, and try it again</a>'
    return format_html(text, what, name, job.error, job.remedy, address)

"""What a monitor scrapes: read from the database at each scrape, so that any process gives the same answer."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from connections.api.cron import is_cron

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@login_not_required
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever has one of CRON_TOKENS, and for staff. Nobody else learns anything."""
    if not (is_cron(request) or request.user.is_staff):
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer realm="freshet"'})
    return HttpResponse(scrape(timezone.now()), content_type=CONTENT_TYPE)


def scrape(now: datetime) -> bytes:
    """The library takes its memory only where somebody scrapes."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.exposition import generate_latest

    from config.families import Families

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Families(now, enabled=settings.BACKGROUND_SYNC_ENABLED))
    return bytes(generate_latest(registry))

"""Say whether this process serves, and whether it has all that it needs for that."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import redis
from django.apps import apps
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from redis.backoff import NoBackoff
from redis.retry import Retry

BROKER_SECONDS = 0.5
"""For connecting, and again for the answer: platforms ask every few seconds."""
CERTIFICATE = re.compile(r"(?<=ssl_cert_reqs=)CERT_(\w+)")


@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """Whoever asks learns which part is missing, and nothing of where it is."""
    missing = list(_missing())
    if missing:
        return JsonResponse({"status": "not ready", "missing": missing}, status=503)
    return JsonResponse({"status": "ready"})


ANSWERS = {"/healthz": healthz, "/readyz": readyz}


class HealthCheckFirst:
    """Answer before host and scheme are looked at: platforms ask by the machine's own address, over plain HTTP."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return ANSWERS.get(request.path, self.get_response)(request)


def _missing() -> Iterator[str]:
    try:
        if not _migrations() <= MigrationRecorder(connection).applied_migrations().keys():
            yield "migrations"
    except DatabaseError:
        yield "database"
    if settings.BACKGROUND_SYNC_ENABLED and not _broker_answers(settings.REDIS_URL):
        yield "broker"


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    """All that stand in this release, by the names of their files: they are many, and importing them costs memory."""
    return frozenset(
        (app.label, path.stem)
        for app in apps.get_app_configs()
        for path in Path(app.path, "migrations").glob("[!_~]*.py")
    )


def _broker_answers(url: str) -> bool:
    try:
        return bool(broker(url).ping())
    except (redis.RedisError, OSError, ValueError):
        return False


@cache
def broker(url: str) -> redis.Redis:
    """The address is written for Celery; redis-py has other words for a socket and for how certificates are checked."""
    if url.startswith("redis+socket://"):
        url = url.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    url = CERTIFICATE.sub(lambda found: found[1].lower(), url)
    no_second_try = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(
        url, socket_connect_timeout=BROKER_SECONDS, socket_timeout=BROKER_SECONDS, retry=no_second_try
    )

"""Does an outside cron or monitor send this request? It shows one of the installation's own tokens."""

import hmac
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from connections.access import address_of
from connections.api.endpoint import Endpoint

SHORTEST_TOKEN = 20
"""Characters. A shorter one opens nothing."""


class CronToken:
    """What request.auth holds then."""


def is_cron(request: HttpRequest | Request) -> bool:
    """`Authorization: Bearer ...` with one of CRON_TOKENS, of which each is compared, in the time that any takes."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    given = text.strip().encode()
    tokens = [token.encode() for token in settings.CRON_TOKENS if len(token) >= SHORTEST_TOKEN]
    matches = [hmac.compare_digest(given, token) for token in tokens]
    return scheme.lower() == "bearer" and any(matches)


class CronAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[None, CronToken] | None:
        return (None, CronToken()) if is_cron(request) else None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="freshet"'


class IsCronOrStaff(BasePermission):
    """Whoever looks after the installation; nobody else learns anything."""

    def has_permission(self, request: Request, view: object) -> bool:
        return isinstance(request.auth, CronToken) or bool(getattr(request.user, "is_staff", False))


class TenAMinute(SimpleRateThrottle):
    """By address, of whoever shows no token that is right: so guessing is slow, and nobody can keep the cron out."""

    rate = "10/min"

    def get_cache_key(self, request: Request, view: object) -> str:
        return f"cron-{address_of(request) or 'nowhere'}"


class ForOperations(Endpoint):
    """For what is about the installation as a whole."""

    authentication_classes = (CronAuthentication, SessionAuthentication)
    permission_classes = (IsCronOrStaff,)
    throttle_classes = (TenAMinute,)

    def perform_authentication(self, request: Request) -> None:
        if not is_cron(request):
            super().check_throttles(request)
        super().perform_authentication(request)

    def check_throttles(self, request: Request) -> None:
        """Was done before anybody was let in."""


class CronTokenInSchema(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = CronAuthentication
    name = "cronToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "One of the installation's CRON_TOKENS."}

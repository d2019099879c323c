"""Who sends this request: a person with a session, or a program with a token?"""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from connections.access import actor_of
from connections.models import ApiToken


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer frt_...`. It stands first, so that its challenge goes with every 401."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiToken] | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = ApiToken.find(text.strip())
        if token is None:
            raise AuthenticationFailed("This token is unknown or was revoked.")
        token.note_use(timezone.now())
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="freshet"'


class IsKnown(BasePermission):
    """Anybody whom we know. What they may do stands at each operation, by role."""

    def has_permission(self, request: Request, view: object) -> bool:
        actor = actor_of(request)
        return bool(actor.user or actor.token)


class BearerTokenInSchema(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = BearerToken
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token: `manage.py create_token` makes one."}

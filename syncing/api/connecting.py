"""Connect an account: with the secrets that were sent, or in development with those of the environment."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from connections import accounts, registry
from connections.access import Actor, Role, allowed_connection, require
from connections.api.bodies import filled_in, read
from connections.api.endpoint import Endpoint
from connections.api.problems import Conflict
from connections.api.schema import WRITING, describe
from connections.models import Workspace
from syncing.api.shapes import ConnectionDetail, FromEnvironment


class FromEnv(Endpoint):
    @describe(
        "connections_from_env",
        "For development: connect what the environment holds",
        {201: ("Connected.", ConnectionDetail), 200: ("It was connected, and has the new login.", ConnectionDetail)},
        body=FromEnvironment,
        problems=(*WRITING, 404, 409, 422),
    )
    def post(self, request: Request) -> Response:
        if settings.PRODUCTION:
            raise Http404
        asked = read(request, FromEnvironment)
        return connect(self.actor, asked | _held(asked["provider"]))


def connect(actor: Actor, asked: dict[str, Any]) -> Response:
    """Raises what the provider says."""
    workspace = _workspace(actor, asked.get("workspace"))
    source = registry.source_class(asked["provider"])
    made, is_new = accounts.connect(
        workspace,
        asked["provider"],
        asked["account_id"],
        filled_in("secrets", source.credential_fields, asked["secrets"]),
        now=timezone.now(),
        actor=actor,
        name=asked.get("name", ""),
        options=filled_in("options", source.option_fields, asked.get("options", {})),
        frequency=asked.get("sync_frequency", ""),
    )
    shown = allowed_connection(actor, made.pk, Role.ADMIN)
    return Response(ConnectionDetail(shown).data, status=201 if is_new else 200)


def _workspace(actor: Actor, workspace_id: int | None) -> Workspace:
    """The one that was named, or the only one. Raises ValidationError, or PermissionDenied below an admin."""
    if workspace_id is not None:
        named = actor.workspaces().filter(pk=workspace_id).first()
        if named is None:
            raise ValidationError({"workspace": ["There is none with this id."]})
        require(actor, Role.ADMIN, named)
        return named
    found = list(actor.workspaces(Role.ADMIN).order_by("name", "id"))
    if not found:
        raise PermissionDenied("This needs the role admin.")
    if len(found) > 1:
        choices = ", ".join(f"{each.pk} ({each.name})" for each in found)
        raise ValidationError({"workspace": [f"Say which: {choices}."]})
    return found[0]


def _held(provider: str) -> dict[str, Any]:
    """Raises Conflict."""
    held = {name: value for name, value in settings.PROVIDERS[provider]["from_environment"].items() if value}
    secrets = [field.name for field in registry.source_class(provider).credential_fields]
    missing = [name for name in ("account_id", *secrets) if name not in held]
    if missing:
        raise Conflict(
            f"The environment holds no {missing[0].replace('_', ' ')} of this provider.", "Set it, and start again."
        )
    return {"account_id": held["account_id"], "secrets": {name: held[name] for name in secrets}}

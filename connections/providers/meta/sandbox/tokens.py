"""Who is asking: access tokens, the proof of the app's secret, and what a token may do."""

import hashlib
import hmac
from typing import Any

from connections.providers.meta.sandbox.errors import bad_parameter, graph_error
from connections.providers.meta.sandbox.request import GraphRequest, World

USER = {"id": "900100200300", "name": "Dana Demo"}
SCOPES = ("ads_read", "business_management", "public_profile")
SIXTY_DAYS = 60 * 24 * 3600


def token_of(world: World, params: dict[str, str]) -> str:
    """The token of a call. Raises the GraphError of a missing, dead or unproved one."""
    token = params.get("access_token", "")
    if not token:
        raise graph_error("2500")
    if token.startswith(f"{world.app_id}|") and token.endswith(f"|{world.app_secret}" if world.app_secret else ""):
        return token
    if problem := world.accounts.error_of(token):
        raise graph_error(problem)
    if world.app_secret and not hmac.compare_digest(params.get("appsecret_proof", ""), proof(world.app_secret, token)):
        raise graph_error("100", message="Invalid appsecret_proof provided in the API argument")
    return token


def proof(app_secret: str, token: str) -> str:
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def permissions(request: GraphRequest) -> dict[str, Any]:
    return {"data": [{"permission": scope, "status": "granted"} for scope in SCOPES]}


def debug_token(request: GraphRequest) -> dict[str, Any]:
    """What is known of another token; a dead one is described, not refused."""
    token = request.params.get("input_token", "")
    if not token:
        raise bad_parameter("The parameter input_token is required.")
    problem = request.world.accounts.error_of(token)
    issued = int(request.now.timestamp()) - 24 * 3600
    data: dict[str, Any] = {
        "app_id": request.world.app_id,
        "type": "USER",
        "application": "Sandbox app",
        "data_access_expires_at": issued + SIXTY_DAYS + SIXTY_DAYS // 2,
        "expires_at": issued + SIXTY_DAYS,
        "is_valid": problem is None,
        "issued_at": issued,
        "scopes": list(SCOPES),
        "granular_scopes": [{"scope": "ads_read"}],
        "user_id": USER["id"],
    }
    if problem:
        error = graph_error(problem).error
        data["error"] = {"code": 190, "subcode": error.get("error_subcode", 0), "message": error["message"]}
        data["scopes"] = []
    return {"data": data}

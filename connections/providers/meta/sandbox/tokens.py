"""Who is asking: access tokens, the proof of the app's secret, and what a token may do."""

import hashlib
import hmac
from datetime import datetime
from typing import Any

from connections.providers.meta.sandbox import oauth
from connections.providers.meta.sandbox.errors import bad_parameter, graph_error
from connections.providers.meta.sandbox.request import GraphRequest, World

USER = {"id": "900100200300", "name": "Dana Demo"}
SIXTY_DAYS = 60 * 24 * 3600


def token_of(world: World, params: dict[str, str], now: datetime) -> str:
    """The token of a call. Raises the GraphError of a missing, dead or unproved one."""
    token = params.get("access_token", "")
    if not token:
        raise graph_error("2500")
    if _is_an_apps(world, token):
        return token
    if problem := error_of(world, token, now):
        raise graph_error(problem)
    if world.app_secret and not hmac.compare_digest(params.get("appsecret_proof", ""), proof(world.app_secret, token)):
        raise graph_error("100", message="Invalid appsecret_proof provided in the API argument")
    return token


def _is_an_apps(world: World, token: str) -> bool:
    """The app's own token, its id and its secret. While no secret is set, that of any app with any secret."""
    app, _, secret = token.partition("|")
    if not world.app_secret:
        return app.isdigit() and bool(secret)
    return (app, secret) == (world.app_id, world.app_secret)


def error_of(world: World, token: str, now: datetime) -> str | None:
    held = oauth.parse(token)
    return world.accounts.error_of(token) or ("190-463" if held and held.is_over(now) else None)


def forget(request: GraphRequest) -> dict[str, Any]:
    """The person takes back all that was granted: the token is dead."""
    request.world.accounts.kill_token(request.token, 458)
    return {"success": True}


def proof(app_secret: str, token: str) -> str:
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def permissions(request: GraphRequest) -> dict[str, Any]:
    accounts = request.world.accounts
    granted = [{"permission": scope, "status": "granted"} for scope in accounts.scopes_of(request.token)]
    declined = [{"permission": scope, "status": "declined"} for scope in accounts.declined_by(request.token)]
    return {"data": [*granted, *declined]}


def debug_token(request: GraphRequest) -> dict[str, Any]:
    """What is known of another token; a dead one is described, not refused."""
    token = request.params.get("input_token", "")
    if not token:
        raise bad_parameter("The parameter input_token is required.")
    problem = error_of(request.world, token, request.now)
    issued = int(request.now.timestamp()) - 24 * 3600
    data: dict[str, Any] = {
        "app_id": request.world.app_id,
        "type": "USER",
        "application": "Sandbox app",
        "data_access_expires_at": issued + SIXTY_DAYS + SIXTY_DAYS // 2,
        "expires_at": issued + SIXTY_DAYS,
        "is_valid": problem is None,
        "issued_at": issued,
        "scopes": request.world.accounts.scopes_of(token),
        "granular_scopes": [{"scope": "ads_read"}],
        "user_id": USER["id"],
    }
    if held := oauth.parse(token):
        dates = {"issued_at": held.issued, "expires_at": held.expires, "data_access_expires_at": held.data_access_ends}
        data |= dates
    if problem:
        error = graph_error(problem).error
        data["error"] = {"code": 190, "subcode": error.get("error_subcode", 0), "message": error["message"]}
        data["scopes"] = []
    return {"data": data}

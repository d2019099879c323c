"""Google's sign-in page: whom it lets in, and the codes that it sends people back with.

A refresh token says itself what it opens, so that it still works after the sandbox was started again.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape
from secrets import token_hex
from string import Template
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from connections.providers.google_ads.sandbox.world import MANAGER
from connections.sandbox.exchange import Call, Reply

SCOPES: Final = "https://www.googleapis.com/auth/"
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
PREFIX: Final = "sandbox-login"
BUTTONS: Final = (
    '<button name="decision" value="allow">Continue</button><button name="decision" value="deny">Cancel</button>'
)
PAGE: Final = Template("""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox: sign in</title><style>
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:3rem auto;padding:0 1rem}
label{display:block;padding:.25rem 0}
fieldset{min-width:0;margin:0;overflow-wrap:anywhere}
button{font:inherit;padding:.5rem 1.5rem;margin:1rem .5rem 0 0}
</style></head><body><main>
<p>Sandbox: this stands in for Google's own page. Nobody's data is behind it.</p>
<h1>$title</h1>
<p>$text</p>$form
</main></body></html>""")


class GrantRefused(Exception):
    """error, description: as Google writes them."""

    def __init__(self, error: str, description: str = "Bad Request", status: int = 400) -> None:
        super().__init__(error)
        self.error, self.description, self.status = error, description, status


@dataclass(frozen=True)
class Code:
    client_id: str
    redirect_uri: str
    challenge: str
    scopes: tuple[str, ...]
    is_lasting: bool
    ends_at: datetime


@dataclass
class Desk:
    """What a test may set: login_as (customers that a new login reaches directly), answer ("deny" or an error's name:
    nobody is asked), code_seconds."""

    login_as: tuple[str, ...] = (MANAGER,)
    answer: str = ""
    code_seconds: int = 600
    codes: dict[str, Code] = field(default_factory=dict)

    def set(self, wishes: Mapping[str, Any]) -> dict[str, Any]:
        self.login_as = tuple(wishes.get("login_as", self.login_as))
        self.answer = str(wishes.get("answer", self.answer))
        self.code_seconds = int(wishes.get("code_seconds", self.code_seconds))
        return {"login_as": self.login_as, "answer": self.answer, "code_seconds": self.code_seconds}

    def dialog(self, call: Call, now: datetime) -> Reply:
        """GET shows the page; POST is what its buttons send."""
        if wrong := _wrong(call):
            return _page("Access blocked", wrong, "", 400)
        if self.answer:
            return _sent_back(call, {"error": "access_denied" if self.answer == "deny" else self.answer})
        if call.method != "POST":
            return _asked(call)
        if call.params.get("decision") != "allow":
            return _sent_back(call, {"error": "access_denied"})
        return _sent_back(call, {"code": self._code(call, now), "scope": " ".join(_granted(call))})

    def turn_in(self, params: Mapping[str, str], now: datetime) -> Code:
        """A code works once, also where it is refused for its verifier. Raises GrantRefused."""
        known = self.codes.pop(params.get("code", ""), None)
        if known is None or known.ends_at <= now or known.client_id != params.get("client_id"):
            raise GrantRefused("invalid_grant")
        if known.redirect_uri != params.get("redirect_uri"):
            raise GrantRefused("redirect_uri_mismatch")
        if known.challenge and known.challenge != _challenge(params.get("code_verifier", "")):
            missing = "Missing" if not params.get("code_verifier") else "Invalid"
            raise GrantRefused("invalid_grant", f"{missing} code verifier.")
        return known

    def lasting(self, code: Code) -> str:
        """A refresh token; empty where nobody asked for access while they are away."""
        named = "+".join(scope.removeprefix(SCOPES) for scope in code.scopes)
        return f"{PREFIX}.{'+'.join(self.login_as)}.{named}.{token_hex(12)}" if code.is_lasting else ""

    def _code(self, call: Call, now: datetime) -> str:
        made = f"sandbox-code-{token_hex(12)}"
        self.codes[made] = Code(
            call.params["client_id"],
            call.params["redirect_uri"],
            call.params.get("code_challenge", ""),
            _granted(call),
            call.params.get("access_type") == "offline" and "consent" in call.params.get("prompt", ""),
            now + timedelta(seconds=self.code_seconds),
        )
        return made


def opened_by(token: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Customers and scopes of a refresh token of this desk."""
    parts = token.split(".")
    if len(parts) != 4 or parts[0] != PREFIX:
        return None
    scopes = tuple(SCOPES + name for name in parts[2].split("+") if name)
    return tuple(filter(None, parts[1].split("+"))), scopes


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _wrong(call: Call) -> str:
    back = urlsplit(call.params.get("redirect_uri", ""))
    if back.scheme not in ("http", "https") or back.hostname not in LOOPBACK:
        return "Error 400: redirect_uri_mismatch. The sandbox sends people back to this machine only."
    if not call.params.get("client_id"):
        return "Error 400: invalid_request. Missing required parameter: client_id."
    if call.params.get("response_type") != "code" or not call.params.get("scope"):
        return "Error 400: invalid_request. Missing required parameter: response_type or scope."
    if call.params.get("code_challenge") and call.params.get("code_challenge_method") != "S256":
        return "Error 400: invalid_request. The sandbox knows the challenge S256 only."
    return ""


def _asked(call: Call) -> Reply:
    kept = [(escape(name), escape(value)) for name, value in call.params.items()]
    hidden = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in kept)
    boxes = "".join(
        f'<label><input type="checkbox" name="grant_{escape(scope)}" checked> {escape(scope)}</label>'
        for scope in _wanted(call)
    )
    form = f'<form method="post">{hidden}<fieldset><legend>Access</legend>{boxes}</fieldset>{BUTTONS}</form>'
    return _page("Continue as Dana Demo?", f"{escape(call.params['client_id'])} wants access to:", form)


def _wanted(call: Call) -> tuple[str, ...]:
    return tuple(call.params["scope"].split())


def _granted(call: Call) -> tuple[str, ...]:
    return tuple(scope for scope in _wanted(call) if f"grant_{scope}" in call.params)


def _sent_back(call: Call, answer: dict[str, str]) -> Reply:
    address = "".join(sign for sign in call.params["redirect_uri"] if sign.isprintable())
    query = urlencode({"state": call.params.get("state", ""), **answer})
    return Reply(302, headers={"Location": f"{address}{'&' if '?' in address else '?'}{query}"})


def _page(title: str, text: str, form: str, status: int = 200) -> Reply:
    page = PAGE.substitute(title=title, text=text, form=form)
    return Reply(status, page.encode(), content_type="text/html; charset=utf-8")

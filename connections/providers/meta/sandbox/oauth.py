"""Signing in: the page that asks whom to let in, its code, and the tokens that the code is turned in for.

A token says itself what it may do and until when, so that it still works after the sandbox was started again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from itertools import count
from secrets import token_hex
from string import Template
from typing import Any
from urllib.parse import urlencode, urlsplit

from connections.providers.meta.sandbox.errors import GraphError, bad_parameter, graph_error
from connections.sandbox.exchange import Call, Reply

ALWAYS = "public_profile"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
PREFIX = "sandbox-login"
SHORT = timedelta(hours=1)
DATA_ACCESS = timedelta(days=90)
BUTTONS = '<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button>'
PAGE = Template("""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox: sign in</title><style>
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:3rem auto;padding:0 1rem}
label{display:block;padding:.25rem 0}button{font:inherit;padding:.5rem 1.5rem;margin:1rem .5rem 0 0}
</style></head><body><main>
<p>Sandbox: this stands in for Meta's own page. Nobody's data is behind it.</p>
<h1>$title</h1>
<p>$text</p>$form
</main></body></html>""")


@dataclass(frozen=True)
class Code:
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    declined: tuple[str, ...]
    ends_at: datetime


@dataclass
class Desk:
    """Where people sign in, and what a test may set: login_as (whose accounts a new token opens), answer ("deny" or an
    error's name: nobody is asked), token_seconds (of a long token; None: it never expires, and the answer does not
    say so), code_seconds."""

    login_as: str = ""
    answer: str = ""
    token_seconds: int | None = 60 * 24 * 3600
    code_seconds: int = 600
    codes: dict[str, Code] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    _numbers: Any = field(default_factory=lambda: count(1))

    def set(self, wishes: Mapping[str, Any]) -> dict[str, Any]:
        for name in ("login_as", "answer", "token_seconds", "code_seconds"):
            setattr(self, name, wishes.get(name, getattr(self, name)))
        return {"login_as": self.login_as, "answer": self.answer, "token_seconds": self.token_seconds}

    # The page

    def dialog(self, call: Call, now: datetime) -> Reply:
        """GET shows the page; POST is what its buttons send."""
        back = urlsplit(call.params.get("redirect_uri", ""))
        if back.scheme not in ("http", "https") or back.hostname not in LOOPBACK:
            return _page("This address is not allowed", "The sandbox sends people back to this machine only.", "", 400)
        if self.answer:
            return self._sent_back(call, {"error": "access_denied" if self.answer == "deny" else self.answer})
        if call.method != "POST":
            return self._asked(call)
        if call.params.get("decision") != "allow":
            return self._sent_back(call, {"error": "access_denied"})
        return self._sent_back(call, {"code": self._code(call, now)})

    def _asked(self, call: Call) -> Reply:
        kept = [(escape(name), escape(value)) for name, value in call.params.items()]
        hidden = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in kept)
        boxes = "".join(
            f'<label><input type="checkbox" name="grant_{escape(scope)}" checked> {escape(scope)}</label>'
            for scope in _asked_for(call)
        )
        form = f'<form method="post">{hidden}<fieldset><legend>Permissions</legend>{boxes}</fieldset>{BUTTONS}</form>'
        app = escape(call.params.get("client_id", ""))
        return _page("Continue as Dana Demo?", f"The app {app} asks for:", form)

    def _sent_back(self, call: Call, answer: dict[str, str]) -> Reply:
        if "error" in answer:
            answer |= {"error_code": "200", "error_reason": "user_denied", "error_description": "Permissions error"}
        address = "".join(sign for sign in call.params["redirect_uri"] if sign.isprintable())
        query = urlencode({**answer, "state": call.params.get("state", "")})
        return Reply(302, headers={"Location": f"{address}{'&' if '?' in address else '?'}{query}"})

    def _code(self, call: Call, now: datetime) -> str:
        asked = _asked_for(call)
        granted = tuple(scope for scope in asked if f"grant_{scope}" in call.params)
        declined = tuple(scope for scope in asked if scope not in granted)
        ends_at = now + timedelta(seconds=self.code_seconds)
        code = f"sandbox-code-{token_hex(12)}"
        self.codes[code] = Code(
            call.params.get("client_id", ""), call.params["redirect_uri"], granted, declined, ends_at
        )
        return code

    # Its tokens

    def access_token(self, params: Mapping[str, str], secret: str, now: datetime) -> dict[str, Any]:
        """Both forms: a code for a short token, and a short token for a long one. secret: "" takes any."""
        given = params.get("client_secret", "")
        if not given or (secret and given != secret):
            raise GraphError(400, {"message": "Error validating client secret.", "type": "OAuthException", "code": 1})
        if params.get("grant_type") == "fb_exchange_token":
            return self._exchanged(params.get("fb_exchange_token", ""), now)
        return self._turned_in(params, now)

    def _turned_in(self, params: Mapping[str, str], now: datetime) -> dict[str, Any]:
        code = params.get("code", "")
        if code in self.used:
            raise graph_error("100-36009")
        known = self.codes.get(code)
        if known is None:
            raise bad_parameter("Invalid verification code format.")
        if (known.redirect_uri, known.client_id) != (params.get("redirect_uri"), params.get("client_id")):
            raise graph_error("100-36008")
        if known.ends_at <= now:
            raise graph_error("100-36007")
        self.used.add(code)
        return _answer(self._minted(known.scopes, known.declined, now, SHORT), SHORT)

    def _exchanged(self, short: str, now: datetime) -> dict[str, Any]:
        held = parse(short)
        if held is None:
            raise graph_error("190")
        lasts = None if self.token_seconds is None else timedelta(seconds=self.token_seconds)
        return _answer(self._minted(held.scopes, held.declined, now, lasts), lasts)

    def _minted(
        self, scopes: tuple[str, ...], declined: tuple[str, ...], now: datetime, lasts: timedelta | None
    ) -> str:
        issued = int(now.timestamp())
        ends = 0 if lasts is None else issued + int(lasts.total_seconds())
        named = "+".join(dict.fromkeys([ALWAYS, *scopes]))
        return f"{PREFIX}:{self.login_as}:{issued}:{ends}:{named}:{'+'.join(declined)}:{next(self._numbers)}"


@dataclass(frozen=True)
class Held:
    """What a token of this desk says. expires: 0 is never."""

    owner: str
    issued: int
    expires: int
    scopes: tuple[str, ...]
    declined: tuple[str, ...]

    def is_over(self, now: datetime) -> bool:
        return 0 < self.expires <= now.timestamp()

    @property
    def data_access_ends(self) -> int:
        return self.issued + int(DATA_ACCESS.total_seconds())


def parse(token: str) -> Held | None:
    parts = token.split(":")
    if len(parts) != 7 or parts[0] != PREFIX or not (parts[2].isdigit() and parts[3].isdigit()):
        return None
    return Held(parts[1], int(parts[2]), int(parts[3]), _split(parts[4]), _split(parts[5]))


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("+") if part)


def _asked_for(call: Call) -> list[str]:
    return [scope for scope in call.params.get("scope", "").replace(" ", ",").split(",") if scope and scope != ALWAYS]


def _answer(token: str, lasts: timedelta | None) -> dict[str, Any]:
    expires = {} if lasts is None else {"expires_in": int(lasts.total_seconds())}
    return {"access_token": token, "token_type": "bearer", **expires}


def _page(title: str, text: str, form: str, status: int = 200) -> Reply:
    page = PAGE.substitute(title=title, text=text, form=form)
    return Reply(status, page.encode(), content_type="text/html; charset=utf-8")

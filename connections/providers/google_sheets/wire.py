"""What goes to Google and what comes back: gated, bounded in time and size, judged, and nowhere else but to Google.

Stands where gspread expects a session of requests. No call is tried again here: an error says when, and the queue does.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as Late

from connections.deadline import DeadlineAdapter
from connections.errors import Misconfigured, RateLimited, SyncError, Transient
from connections.providers.google_sheets import errors
from connections.providers.google_sheets.errors import Fault
from connections.providers.google_sheets.key import ServiceAccount
from connections.providers.google_sheets.scrubbing import scrubbed
from connections.sources import CallLimit, SourceContext

SHEETS = "https://sheets.googleapis.com"
DRIVE = "https://www.googleapis.com"
LOGIN = "https://oauth2.googleapis.com"
HOSTS = (SHEETS, DRIVE, LOGIN)
TOKENS = f"{LOGIN}/token"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"

CONNECT_SECONDS = 5
ANSWER_SECONDS = 35  # both together are the deadline of one call
LONGEST_ANSWER = 32 * 2**20
LONGEST_WORDS = 1000
A_MINUTE = 60
"""Calls, of reads and of writes, that Google lets one key make."""

log = logging.getLogger(__name__)

Sign = Callable[[datetime], str]


@dataclass(frozen=True)
class Answer:
    """As much of a response as gspread asks for. fetched_at: when the request left."""

    body: dict[str, Any]
    fetched_at: datetime
    ok: bool = True

    def json(self) -> dict[str, Any]:
        return self.body


class _Bearer:
    """Also keeps requests from taking a login out of the machine's .netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Wire:
    """One key's calls. One for each source, so for each task: it is not shared between threads.

    sign: makes the assertion that an access token is had for. last: the newest answer.
    """

    last: Answer

    def __init__(self, context: SourceContext, key: ServiceAccount, sign: Sign) -> None:
        self._key = key
        self._sign = sign
        self._token = ""
        self._gate = context.gate
        self._clock = context.clock
        self._settings = context.settings
        self._base = str(context.settings.get("api_url") or "").rstrip("/")
        self._http = requests.Session()
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, DeadlineAdapter())

    def request(self, method: str, url: str, **options: Any) -> Answer:
        """Raises nothing but the errors of connections.errors, free of secrets."""
        if not self._token:
            self._token = self._new_token()
        self.last = self._ask(method, url, **options)
        return self.last

    def _new_token(self) -> str:
        form = {"grant_type": GRANT, "assertion": self._sign(self._clock())}
        token = self._ask("POST", TOKENS, data=form).body.get("access_token")
        if not (isinstance(token, str) and token.isascii() and token.isprintable() and token):
            raise Transient("Google let us in without giving a token.")
        return token

    def _ask(self, method: str, url: str, **options: Any) -> Answer:
        limit = limit_of(self._key, method, url, self._settings)
        self._gate.before_call([limit])
        fetched_at = self._clock()
        status, body, headers = self._exchange(method, url, options)
        error = body.get("error") if isinstance(body, dict) else None
        if isinstance(body, dict) and 200 <= status < 300 and not error:
            return Answer(body, fetched_at)
        raise self._refusal(status, body, headers, limit, is_login=url == TOKENS)

    def _exchange(self, method: str, url: str, options: Mapping[str, Any]) -> tuple[int, Any, Mapping[str, str]]:
        started = monotonic()
        wanted = {name: options[name] for name in ("params", "json", "data") if options.get(name) is not None}
        seconds = min(ANSWER_SECONDS, float(self._settings.get("answer_seconds") or ANSWER_SECONDS))
        try:
            response = self._http.request(
                method,
                self._steered(url),
                auth=_Bearer(self._token),
                timeout=(CONNECT_SECONDS, seconds),
                allow_redirects=False,
                stream=True,
                **wanted,
            )
            with response:
                content = response.raw.read(LONGEST_ANSWER + 1, decode_content=True)
        except (OSError, HTTPError) as error:
            failure = self._broken(error)
        else:
            log.debug("%s %s %s %.0f ms", method, url, response.status_code, (monotonic() - started) * 1000)
            return response.status_code, _decoded(content), response.headers
        # Raised out here, the failure does not carry along the first error, which nobody has scrubbed.
        raise failure

    def _steered(self, url: str) -> str:
        """To the address that this installation is set to, if it is set to any; and never to a host of anybody else."""
        place = urlsplit(url)
        host = f"{place.scheme}://{place.netloc}"
        if host not in HOSTS:
            raise Misconfigured("Freshet was about to call a place that is not Google's.", original=host[:100])
        return f"{self._base}{url.removeprefix(host)}" if self._base else url

    def _broken(self, error: Exception) -> SyncError:
        said = self._scrub(str(error))
        if isinstance(error, requests.exceptions.SSLError):
            remedy = "Look which proxy stands between, and name the issuer of its certificate in REQUESTS_CA_BUNDLE."
            return Misconfigured("The certificate of Google's server is not trusted.", remedy=remedy, original=said)
        if isinstance(error, requests.Timeout | Late | TimeoutError):
            return Transient("Google did not answer in time.", original=said)
        return Transient("The line to Google broke.", original=said)

    def _refusal(
        self, status: int, body: Any, headers: Mapping[str, str], limit: CallLimit, *, is_login: bool
    ) -> SyncError:
        """Of an error, and of a success that is none: now and then an answer says 200 and holds an error."""
        said = self._scrub(errors.words(body))
        error = body.get("error") if isinstance(body, dict) else None
        if error is None and not is_login and status < 500 and status != 429:
            return Transient(
                f"Instead of an answer from Google came something unreadable (HTTP {status}).", original=said
            )
        if isinstance(error, dict) and status < 400 and isinstance(error.get("code"), int):
            status = error["code"]
        fault = Fault(status, errors.reason_of(body), said, headers, is_login)
        if fault.is_limit:
            return self._parked(fault, limit)
        if status < 400:
            return Transient("Google answered with an error that Freshet does not know.", original=said)
        return errors.explain(fault, self._key.email)

    def _parked(self, fault: Fault, limit: CallLimit) -> RateLimited:
        """Nobody calls with this key in this way before then."""
        until = errors.told_until(fault.headers, self._clock())
        self._gate.block(limit.bucket, until, errors.TOO_MANY_CALLS)
        return RateLimited(
            errors.TOO_MANY_CALLS, retry_at=until, scope=limit.bucket, original=fault.original, code=fault.code
        )

    def _scrub(self, text: str) -> str:
        return scrubbed(text, self._key.private_key, self._token)[:LONGEST_WORDS]


def limit_of(key: ServiceAccount, method: str, url: str, settings: Mapping[str, Any]) -> CallLimit:
    """Google counts reads and writes of spreadsheets apart, each for the key; other calls have room enough."""
    if not url.startswith(SHEETS):
        return CallLimit(f"{key.bucket}/{'login' if url == TOKENS else 'drive'}")
    kind = "reads" if method.upper() == "GET" else "writes"
    return CallLimit(f"{key.bucket}/{kind}", per_minute=int(settings.get(f"{kind}_per_minute") or A_MINUTE))


def _decoded(content: bytes) -> Any:
    """The JSON of a body, or the beginning of its text. Raises Misconfigured where it is too long."""
    if len(content) > LONGEST_ANSWER:
        raise Misconfigured(
            f"The spreadsheet is larger than the {LONGEST_ANSWER // 2**20} MB that Freshet reads.",
            remedy="Move what is not about creators into another spreadsheet.",
        )
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return content[:2000].decode("utf-8", "replace")

"""What goes to YouTube and what comes back: gated, bounded in time and size, judged, and nowhere else but to YouTube.

Stands where Google's client expects its HTTP client. No call is tried again here: an error says when, and the queue
does.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from time import monotonic
from typing import Any

import requests
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as Late

from connections.deadline import DeadlineAdapter
from connections.errors import Misconfigured, NeedsReconnect, RateLimited, SyncError, Transient
from connections.providers.youtube import errors
from connections.providers.youtube.errors import Fault
from connections.providers.youtube.scrubbing import scrubbed
from connections.sources import CallLimit, SourceContext

HOST = "https://youtube.googleapis.com"
FIELD = "api_key"
KEY_HEADER = "X-Goog-Api-Key"

CONNECT_SECONDS = 5
ANSWER_SECONDS = 35  # both together are the deadline of one call
LONGEST_ANSWER = 16 * 2**20
LONGEST_WORDS = 1000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Head:
    """As much of a response as Google's client asks for."""

    status: int
    reason: str = ""


class Wire:
    """One key's calls. One for each source, so for each task: it is not shared between threads. The key travels in a
    header, since addresses stand in logs."""

    def __init__(self, context: SourceContext) -> None:
        self._key = api_key(context)
        self._gate = context.gate
        self._clock = context.clock
        self._seconds = min(ANSWER_SECONDS, float(context.settings.get("answer_seconds") or ANSWER_SECONDS))
        self.base = base_url(context.settings)
        self.limit = CallLimit(bucket(self._key))
        self.fetched_at: datetime = context.clock()
        self._http = requests.Session()
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, DeadlineAdapter())

    def request(self, uri: str, method: str = "GET", **_: Any) -> tuple[Head, bytes]:
        """Raises nothing but the errors of connections.errors, free of secrets."""
        if not uri.startswith(f"{self.base}/"):
            raise Misconfigured("Freshet was about to call a place that is not YouTube's.", original=uri[:100])
        self._gate.before_call([self.limit])
        self.fetched_at = self._clock()
        status, content, headers = self._exchange(method, uri)
        body = _decoded(content)
        if status == 200 and isinstance(body, dict) and "error" not in body:
            return Head(status), content
        raise self._refusal(status, body, headers)

    def _exchange(self, method: str, uri: str) -> tuple[int, bytes, Mapping[str, str]]:
        started = monotonic()
        try:
            response = self._http.request(
                method,
                uri,
                headers={KEY_HEADER: self._key, "Accept": "application/json"},
                auth=_unchanged,
                timeout=(CONNECT_SECONDS, self._seconds),
                allow_redirects=False,
                stream=True,
            )
            with response:
                content = response.raw.read(LONGEST_ANSWER + 1, decode_content=True)
        except (OSError, HTTPError) as error:
            failure = self._broken(error)
        else:
            log.debug("%s %s %s %.0f ms", method, uri, response.status_code, (monotonic() - started) * 1000)
            return response.status_code, content, response.headers
        # Raised out here, the failure does not carry along the first error, which nobody has scrubbed.
        raise failure

    def _broken(self, error: Exception) -> SyncError:
        said = self._scrub(str(error))
        if isinstance(error, requests.exceptions.SSLError):
            remedy = "Look which proxy stands between, and name the issuer of its certificate in REQUESTS_CA_BUNDLE."
            return Misconfigured("The certificate of YouTube's server is not trusted.", remedy=remedy, original=said)
        if isinstance(error, requests.Timeout | Late | TimeoutError):
            return Transient("YouTube did not answer in time.", original=said)
        return Transient("The line to YouTube broke.", original=said)

    def _refusal(self, status: int, body: Any, headers: Mapping[str, str]) -> SyncError:
        said = self._scrub(errors.words(body))
        if not isinstance(body, dict) and status < 500 and status != 429:
            return Transient(
                f"Instead of an answer from YouTube came something unreadable (HTTP {status}).", original=said
            )
        if status < 400 and isinstance(body, dict) and isinstance(body.get("error"), dict):
            status = int(body["error"].get("code") or 500)  # now and then an answer says 200 and holds an error
        fault = Fault.of(status, body, said, headers)
        return self._parked(fault) if fault.is_limit else errors.explain(fault)

    def _parked(self, fault: Fault) -> RateLimited:
        """Nobody calls with this key before then."""
        until = errors.told_until(fault, self._clock())
        sentence = errors.DAY_IS_SPENT if fault.is_of_the_day else errors.TOO_MANY_CALLS
        self._gate.block(self.limit.bucket, until, sentence)
        return RateLimited(sentence, retry_at=until, scope=self.limit.bucket, original=fault.original, code=fault.code)

    def _scrub(self, text: str) -> str:
        return scrubbed(text, self._key)[:LONGEST_WORDS]


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from taking a login out of the machine's .netrc."""
    return request


def _decoded(content: bytes) -> Any:
    """The JSON of a body, or the beginning of its text."""
    if len(content) > LONGEST_ANSWER:
        raise Transient("YouTube's answer was too long to be read.")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content[:2000].decode("utf-8", "replace")


def base_url(settings: Mapping[str, Any]) -> str:
    return str(settings.get("api_url") or HOST).rstrip("/")


def api_key(context: SourceContext) -> str:
    key = context.secrets.get(FIELD, "").strip()
    if not (key and key.isascii() and key.isprintable() and " " not in key):
        sentence = "This is not an API key." if key else "No YouTube API key is stored for this connection."
        raise NeedsReconnect(sentence, remedy="Press Reconnect, and paste the key alone.")
    return key


def bucket(key: str) -> str:
    """What Google counts the calls of, without spelling it out."""
    return f"youtube_{sha256(key.encode()).hexdigest()[:16]}"

"""Ask Instagram's Graph API through Meta's official SDK. Nothing else here imports it.

The SDK takes a page of HTML for success, waits for ever and quotes tokens in its errors. So what it calls, its requests
session, gives it judged answers only.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import requests
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookError
from facebook_business.session import FacebookSession
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as Late

from connections.deadline import DeadlineAdapter
from connections.errors import NeedsReconnect, RateLimited, SyncError, Transient
from connections.providers.instagram import errors, usage
from connections.providers.instagram.errors import Fault
from connections.providers.instagram.limits import FIELD, call_limits
from connections.providers.instagram.scrubbing import scrubbed
from connections.sources import SourceContext

CONNECT_SECONDS = 5
ANSWER_SECONDS = 35  # both together are the deadline of one call
LONGEST_ANSWER = 16 * 2**20
LONGEST_WORDS = 1000
# The question is long and holds the token; what matters of such an error stands after it.
_QUERY = re.compile(r"\?[^\s)]*access_token=[^\s)]*")


@dataclass(frozen=True)
class Answer:
    """What the SDK takes for a response of requests. It leaves a text that is decoded already as it is."""

    status_code: int
    headers: Mapping[str, str]
    text: Any


Judge = Callable[[Answer], Answer]


class _Wire:
    """Stands where the SDK expects a requests session."""

    def __init__(self, session: requests.Session, judge: Judge) -> None:
        self._session = session
        self._judge = judge

    def request(self, method: str, url: str, **options: Any) -> Answer:
        with self._session.request(method, url, stream=True, allow_redirects=False, **options) as response:
            body = response.raw.read(LONGEST_ANSWER + 1, decode_content=True)
        return self._judge(Answer(response.status_code, response.headers, _decoded(body)))


class _Session(FacebookSession):  # type: ignore[misc]
    """The SDK's session with our address and our deadline. One per source: it keeps the connection alive."""

    requests: Any

    def __init__(self, settings: Mapping[str, Any], token: str, judge: Judge) -> None:
        timeout = (CONNECT_SECONDS, min(ANSWER_SECONDS, float(settings.get("answer_seconds") or ANSWER_SECONDS)))
        super().__init__(settings.get("app_id") or None, settings.get("app_secret") or None, token, timeout=timeout)
        self.GRAPH = settings["graph_url"]
        for scheme in ("http://", "https://"):
            self.requests.mount(scheme, DeadlineAdapter())
        self.requests = _Wire(self.requests, judge)


class InstagramApi(FacebookAdsApi):  # type: ignore[misc]
    """One for each source, so for each task: it is not shared between threads."""

    def __init__(self, context: SourceContext) -> None:
        self._token = access_token(context)
        self._secret = str(context.settings.get("app_secret") or "")
        self._gate = context.gate
        self._clock = context.clock
        # Before an account is chosen, calls count for the person.
        person = f"login-{sha256(self._token.encode()).hexdigest()[:16]}"
        account = context.account.external_id.strip() or person
        self._limits = call_limits(account, context.settings)
        session = _Session(context.settings, self._token, self._judged)
        super().__init__(session, api_version=context.settings["api_version"])

    def get(self, *path: str, **params: str) -> dict[str, Any]:
        """Raises nothing but the errors of connections.errors, free of secrets."""
        self._gate.before_call(self._limits)
        try:
            body: dict[str, Any] = self.call("GET", path, params=params).body()
        except (OSError, HTTPError, FacebookError) as error:
            is_late = isinstance(error, requests.Timeout | Late | TimeoutError)
            sentence = "Instagram did not answer in time." if is_late else "The line to Instagram broke."
            failure = Transient(sentence, original=self._scrub(_QUERY.sub("", str(error))))
        else:
            return body
        # Raised out here, the failure does not carry the first error along, whose text quotes the token.
        raise failure

    def now(self) -> datetime:
        return self._clock()

    def _judged(self, answer: Answer) -> Answer:
        now = self._clock()
        body, (bucket, *_) = answer.text, [limit.bucket for limit in self._limits]
        if 200 <= answer.status_code < 300 and isinstance(body, dict) and "error" not in body:
            if (percent := usage.fullest(answer.headers)) >= usage.BLOCK_AT_PERCENT:
                until = usage.told_until(answer.headers, now)
                self._gate.block(bucket, until, f"Meta reports {percent:.0f} % of the calls used.")
            return answer
        fault = Fault.of(answer.status_code, body, self._scrub(errors.words(body)))
        if not fault.is_limit:
            raise errors.explain(fault)
        raise self._parked(fault, answer.headers, now)

    def _parked(self, fault: Fault, headers: Mapping[str, str], now: datetime) -> SyncError:
        """Nobody asks in this way before then."""
        account, app = (limit.bucket for limit in self._limits)
        bucket = app if fault.code in errors.APP_LIMITS else account
        is_block = fault.code == errors.POLICY_BLOCK
        until = now + errors.POLICY_PAUSE if is_block else usage.told_until(headers, now)
        sentence = errors.limit_sentence(fault)
        self._gate.block(bucket, until, sentence)
        return RateLimited(sentence, retry_at=until, scope=bucket, original=fault.original, code=fault.name)

    def _scrub(self, text: str) -> str:
        return scrubbed(text, self._token, self._secret)[:LONGEST_WORDS]


def _decoded(body: bytes) -> Any:
    """The JSON of a body, or the beginning of its text."""
    if len(body) > LONGEST_ANSWER:
        raise Transient("Instagram's answer was too long to be read.")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body[:2000].decode("utf-8", "replace")


def access_token(context: SourceContext) -> str:
    token = context.secrets.get(FIELD, "").strip()
    if not (token and token.isascii() and token.isprintable() and " " not in token):
        sentence = "This is not an access token." if token else "No Meta access token is stored for this connection."
        raise NeedsReconnect(sentence, remedy="Press Reconnect, and paste the token alone.")
    return token

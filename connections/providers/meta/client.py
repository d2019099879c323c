"""Call the Marketing API through the official SDK. Nothing else imports it.

The SDK takes a page of HTML for success, fails on malformed errors, waits for ever and quotes access tokens in its
errors. So `call` stays the SDK's, and what it calls, its requests session, gives it judged answers only.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import requests
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookError
from facebook_business.session import FacebookSession
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as Late

from connections.errors import Misconfigured, NeedsReconnect, RateLimited, SyncError, Transient
from connections.providers.meta import answers, errors, usage
from connections.providers.meta.answers import Answer
from connections.providers.meta.deadline import PunctualAdapter
from connections.providers.meta.faults import Fault
from connections.providers.meta.scrubbing import scrubber
from connections.sources import CallLimit, SourceContext

CONNECT_SECONDS = 5
ANSWER_SECONDS = 35  # both together are the deadline of one call

# The question is long and holds the token; what matters of such an error stands after it.
_QUERY = re.compile(r"\?[^\s)]*access_token=[^\s)]*")

Params = Mapping[str, Any]
Judge = Callable[[Answer], Answer]


class Reply(NamedTuple):
    """The decoded body of an answer, and when its request left."""

    body: dict[str, Any]
    fetched_at: datetime


class JudgedWire:
    """Stands where the SDK expects a requests session."""

    def __init__(self, session: requests.Session, judge: Judge) -> None:
        self._session = session
        self._judge = judge

    def request(self, method: str, url: str, **options: Any) -> Answer:
        response = self._session.request(method, url, stream=True, allow_redirects=False, **options)
        return self._judge(answers.read(response))


class GraphSession(FacebookSession):  # type: ignore[misc]
    """The SDK's session with our address and our deadline. One per source: it keeps the connection alive."""

    requests: Any

    def __init__(self, settings: Mapping[str, Any], token: str, judge: Judge) -> None:
        timeout = (CONNECT_SECONDS, settings.get("answer_seconds", ANSWER_SECONDS))
        super().__init__(settings.get("app_id") or None, settings.get("app_secret") or None, token, timeout=timeout)
        self.GRAPH = settings["graph_url"]
        for scheme in ("http://", "https://"):
            self.requests.mount(scheme, PunctualAdapter())
        self.requests = JudgedWire(self.requests, judge)


class AdAccountApi(FacebookAdsApi):  # type: ignore[misc]
    """The SDK, reading one ad account. One for each source, so for each task: it is not shared between threads."""

    def __init__(self, context: SourceContext) -> None:
        settings = context.settings
        token = _access_token(context)
        super().__init__(GraphSession(settings, token, self._judged), api_version=settings["api_version"])
        self.account_id = account_id(context.account.external_id)
        self.page_size: int = settings["page_size"]
        self.scrub = scrubber(token, settings.get("app_secret", ""))
        self._gate = context.gate
        self._clock = context.clock
        self._app = f"app_{settings.get('app_id') or 'default'}"
        self._limits = call_limits(self.account_id, self._app, settings, scheduled=context.scheduled)

    def get(self, edge: str, params: Params) -> Reply:
        """Read the account itself (edge "") or one of its lists."""
        question = {**params, "fields": ",".join(params["fields"])}
        fetched_at = self._clock()
        return Reply(self.call("GET", (self.account_id, edge), params=question).body(), fetched_at)

    def call(self, *args: Any, **options: Any) -> Any:
        """Pass the gate, then call. Raises nothing but the errors of connections.errors, free of secrets."""
        self._gate.before_call(self._limits)
        try:
            return super().call(*args, **options)
        except answers.AnswerTooLong:
            failure: SyncError = errors.PageTooBig("The answer was too long to be read.")
        except (OSError, HTTPError, FacebookError) as error:
            is_late = isinstance(error, requests.Timeout | Late)
            sentence = "Meta did not answer in time." if is_late else "The line to Meta broke."
            failure = Transient(sentence, original=self.scrub(_QUERY.sub("", str(error)))[:1000])
        # Raised out here, the failure does not carry the first error along, whose text quotes the token.
        raise failure

    def _judged(self, answer: Answer) -> Answer:
        """The answer, if it is one; otherwise its error. Either way its usage headers count."""
        now = self._clock()
        found = usage.usages(answer.headers, account=self.account_id, app=self._app)
        for quiet in usage.nearly_full(found, now):
            self._gate.block(*quiet)
        if 200 <= answer.status_code < 300 and isinstance(answer.text, dict) and "error" not in answer.text:
            return answer
        fault = Fault.of(answer.status_code, answer.text, self.scrub)
        bucket = errors.limited_bucket(fault, account=self.account_id, app=self._app)
        if bucket is None:
            raise errors.explain(fault)
        if fault.code == errors.POLICY_BLOCK:
            raise self._parked(fault, bucket, now + errors.POLICY_PAUSE)
        raise self._parked(fault, bucket, usage.told_until(found, bucket, answer.headers, now))

    def _parked(self, fault: Fault, bucket: str, until: datetime) -> RateLimited:
        """Nobody calls this bucket before then."""
        sentence = errors.limit_sentence(fault)
        self._gate.block(bucket, until, sentence)
        return RateLimited(sentence, retry_at=until, scope=bucket, original=fault.original, code=fault.name)


def call_limits(account: str, app: str, settings: Mapping[str, Any], *, scheduled: bool) -> Sequence[CallLimit]:
    """What each call counts against. Work that nobody waits for leaves room for the work that somebody does."""
    limits = [CallLimit(account, settings["burst_calls_per_hour"])]
    if scheduled:
        limits.append(CallLimit(f"{account}/scheduled", settings["calls_per_hour"]))
    return (*limits, CallLimit(app))


def account_id(external_id: str) -> str:
    """The id as Meta's addresses want it, with act_ in front."""
    digits = external_id.strip().removeprefix("act_")
    if not (digits.isascii() and digits.isdigit()):
        raise Misconfigured(
            "This is not the id of an ad account.",
            remedy="Copy the number from Ads Manager; it looks like act_1234567890.",
            original=external_id[:100],
        )
    return f"act_{digits}"


def _access_token(context: SourceContext) -> str:
    token = context.secrets.get("access_token", "").strip()
    if not token:
        raise NeedsReconnect("No Meta access token is stored for this connection.", remedy="Press Reconnect.")
    return token

"""Call the Marketing API through the official SDK. Nothing else imports it.

The SDK takes a page of HTML for success, fails on malformed errors, waits for ever and quotes access tokens in its
errors. So `call` stays the SDK's, and what it calls, its requests session, gives it judged answers only.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple, Self

import requests
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookError
from facebook_business.session import FacebookSession
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as Late

from connections.deadline import DeadlineAdapter
from connections.errors import Misconfigured, NeedsReconnect, RateLimited, SyncError, Transient
from connections.providers.meta import answers, errors, usage
from connections.providers.meta.answers import Answer
from connections.providers.meta.faults import Fault
from connections.providers.meta.scrubbing import scrubber
from connections.sources import CallLimit, SourceContext

CONNECT_SECONDS = 5
ANSWER_SECONDS = 35  # both together are the deadline of one call

# The question is long and holds the token; what matters of such an error stands after it.
_QUERY = re.compile(r"\?[^\s)]*(?:access_token|client_secret)=[^\s)]*")

NO_HEADERS: Mapping[str, str] = MappingProxyType({})

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
    """The SDK's session with our address and our deadline. One per source: it keeps the connection alive.

    token: empty where there is none yet, and so nothing that the app's secret could prove.
    """

    requests: Any

    def __init__(self, settings: Mapping[str, Any], token: str, judge: Judge) -> None:
        timeout = (CONNECT_SECONDS, settings.get("answer_seconds", ANSWER_SECONDS))
        app_secret = (settings.get("app_secret") or None) if token else None
        super().__init__(settings.get("app_id") or None, app_secret, token or None, timeout=timeout)
        self.GRAPH = settings["graph_url"]
        for scheme in ("http://", "https://"):
            self.requests.mount(scheme, DeadlineAdapter())
        self.requests = JudgedWire(self.requests, judge)


class GraphApi(FacebookAdsApi):  # type: ignore[misc]
    """The SDK, reading one object of Graph. One for each source, so for each task: it is not shared between threads.

    node: the object. bucket: whose limit its calls count against.
    """

    def __init__(self, context: SourceContext, *, node: str, bucket: str) -> None:
        settings = context.settings
        token = self.token_of(context)
        super().__init__(GraphSession(settings, token, self._judged), api_version=settings["api_version"])
        self.page_size: int = settings["page_size"]
        self.report_rows: int = settings["report_rows"]
        self.somebody_waits = not context.scheduled
        self.scrub = scrubber(token, settings.get("app_secret", ""))
        self._node = node
        self._bucket = bucket
        self._gate = context.gate
        self._clock = context.clock
        self._app = app_bucket(settings)
        self._limits = call_limits(bucket, settings, scheduled=context.scheduled)

    def about(self, node: str) -> Self:
        """The same session, limits and bucket, and another object."""
        other = copy(self)
        other._node = node
        return other

    def now(self) -> datetime:
        return self._clock()

    def token_of(self, context: SourceContext) -> str:
        return access_token(context)

    def get(self, edge: str, params: Params) -> Reply:
        """Read the object itself (edge "") or one of its lists."""
        fields = {"fields": ",".join(params["fields"])} if "fields" in params else {}
        return self._ask("GET", edge, {**params, **fields})

    def post(self, edge: str, params: Params) -> Reply:
        """Have something made. Here Graph wants fields as a list."""
        return self._ask("POST", edge, params)

    def _ask(self, method: str, edge: str, params: Params) -> Reply:
        fetched_at = self._clock()
        return Reply(self.call(method, (self._node, edge), params=params).body(), fetched_at)

    def goes_on(self, path: str, edge: str) -> bool:
        """Whether a link to this path leads on in the same list."""
        return path.rstrip("/").endswith(f"/{self._node}/{edge}")

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
        found = usage.usages(answer.headers, account=self._bucket, app=self._app)
        for quiet in usage.nearly_full(found, now):
            self._gate.block(*quiet)
        if 200 <= answer.status_code < 300 and isinstance(answer.text, dict) and "error" not in answer.text:
            return answer
        raise self.refusal(Fault.of(answer.status_code, answer.text, self.scrub), found, answer.headers)

    def refusal(
        self, fault: Fault, found: Sequence[usage.Usage] = (), headers: Mapping[str, str] = NO_HEADERS
    ) -> SyncError:
        """What a fault means for us. found, headers: of the answer that it came with, where one did."""
        now = self._clock()
        bucket = errors.limited_bucket(fault, account=self._bucket, app=self._app)
        if bucket is None:
            return errors.explain(fault)
        if fault.code == errors.POLICY_BLOCK:
            return self._parked(fault, bucket, now + errors.POLICY_PAUSE)
        return self._parked(fault, bucket, usage.told_until(found, bucket, headers, now))

    def _parked(self, fault: Fault, bucket: str, until: datetime) -> RateLimited:
        """Nobody calls this bucket before then."""
        sentence = errors.limit_sentence(fault)
        self._gate.block(bucket, until, sentence)
        return RateLimited(sentence, retry_at=until, scope=bucket, original=fault.original, code=fault.name)


class AdAccountApi(GraphApi):
    """The SDK, reading one ad account."""

    def __init__(self, context: SourceContext) -> None:
        self.account_id = account_id(context.account.external_id)
        super().__init__(context, node=self.account_id, bucket=self.account_id)


def app_bucket(settings: Mapping[str, Any]) -> str:
    return f"app_{settings.get('app_id') or 'default'}"


def call_limits(account: str, settings: Mapping[str, Any], *, scheduled: bool) -> Sequence[CallLimit]:
    """What each call counts against. Work that nobody waits for leaves room for the work that somebody does."""
    limits = [CallLimit(account, settings["burst_calls_per_hour"])]
    if scheduled:
        limits.append(CallLimit(f"{account}/scheduled", settings["calls_per_hour"]))
    return (*limits, CallLimit(app_bucket(settings)))


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


def access_token(context: SourceContext) -> str:
    token = context.secrets.get("access_token", "").strip()
    if not token:
        raise NeedsReconnect("No Meta access token is stored for this connection.", remedy="Press Reconnect.")
    return token

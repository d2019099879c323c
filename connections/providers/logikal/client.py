"""Call LOGIKAL's REST API over HTTP: gated, bounded in time and size, its errors sorted, its secrets kept.

Endpoints, states and envelopes: the vendor's API definition "MBIOE Service" 12.2.6.59. Only reading calls exist here.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

import requests
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as Late

from connections.deadline import DeadlineAdapter
from connections.errors import Misconfigured, RateLimited, SyncError, Transient
from connections.providers.logikal import answers, errors
from connections.providers.logikal.errors import Failed, Fault
from connections.providers.logikal.login import Login, call_limits
from connections.providers.logikal.scrubbing import scrubbed
from connections.sources import SourceContext

CONNECT_SECONDS = 5
ANSWER_SECONDS = 30
PARTS_SECONDS = 60
LOGOUT_SECONDS = 5
LONGEST_LIST = 16 * 2**20
LONGEST_PARTS = 48 * 2**20  # the reader takes files of 32 MiB, of which base64 makes 43
LONGEST_PICTURE = 4 * 2**20
ENVELOPE = {"data", "hints", "warnings"}
LONGEST_WORDS = 1000  # of what a server says, in characters

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reply:
    """data: of the envelope, or the bytes of a picture. fetched_at: when the request left."""

    data: Any
    fetched_at: datetime


@dataclass(frozen=True)
class Question:
    """seconds: for the whole answer. longest: of its body, in bytes. binary: the body is no JSON."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    params: Mapping[str, str] | None = None
    seconds: float = ANSWER_SECONDS
    longest: int = LONGEST_LIST
    binary: bool = False


def _data(body: bytes, question: Question) -> Any:
    """A list that is empty has no data, maybe; what is no envelope at all must not be taken for one."""
    if not body and question.method != "GET":
        return None
    envelope = answers.decoded(body)
    if not isinstance(envelope, dict) or not ENVELOPE & envelope.keys():
        raise Transient("Instead of an answer from LOGIKAL came something unreadable.")
    return envelope.get("data")


class _Bearer:
    """Also keeps requests from taking a login out of the machine's .netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class LogikalApi:
    """One login at one address. Not shared between threads."""

    def __init__(self, context: SourceContext) -> None:
        self.login = Login.of(context)
        self.sessions = context.sessions
        self._gate = context.gate
        self._clock = context.clock
        self._limits = call_limits(context.account.external_id or self.login.external_id, context.settings)
        self._most_seconds = float(context.settings.get("answer_seconds") or PARTS_SECONDS)
        self._http = requests.Session()
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, DeadlineAdapter())

    def now(self) -> datetime:
        return self._clock()

    def version(self) -> Reply:
        return self._ask(Question("GET", "version"), "", errors.of_anybody)

    def sign_in(self) -> str:
        """A session's token. Raises NeedsReconnect for a wrong login, RateLimited where no session is free."""
        body = {"username": self.login.username, "password": self.login.password, "erp": True}
        data = self._ask(Question("POST", "auth", body), "", self._refused_login).data
        token = data.get("token") if isinstance(data, dict) else None
        if not (isinstance(token, str) and re.fullmatch(r"[\w{}.+/=-]{8,200}", token)):
            raise Transient("LOGIKAL let us in without giving a session.")
        return token

    def sign_out(self, token: str) -> None:
        """Even where the gate is shut: a session left open would keep everybody out."""
        try:
            self._gate.before_call(self._limits)
        except Exception:
            log.info("Signing out of LOGIKAL although nothing more is to be called.")
        self._answer(Question("DELETE", "auth", seconds=LOGOUT_SECONDS), token, errors.of_session)

    def ask(self, question: Question, token: str) -> Reply:
        """Raises the errors of connections.errors: SessionEnded, Refused and Forbidden among them."""
        return self._ask(question, token, errors.of_session)

    def _ask(self, question: Question, token: str, explain: Callable[[Fault], SyncError]) -> Reply:
        self._gate.before_call(self._limits)
        return self._answer(question, token, explain)

    def _answer(self, question: Question, token: str, explain: Callable[[Fault], SyncError]) -> Reply:
        fetched_at = self._clock()
        response, body = self._exchange(question, token)
        if response.status_code != 200:
            said = self._scrub(errors.words(answers.decoded(body)), token)
            raise self._error(Fault(response.status_code, said, response.headers), explain)
        if question.binary:
            return Reply(body, fetched_at)
        return Reply(_data(body, question), fetched_at)

    def _exchange(self, question: Question, token: str) -> tuple[requests.Response, bytes]:
        started = monotonic()
        try:
            response = self._http.request(
                question.method,
                f"{self.login.address}/{question.path}",
                json=question.body,
                params=question.params,
                auth=_Bearer(token),
                timeout=(CONNECT_SECONDS, min(question.seconds, self._most_seconds)),
                allow_redirects=False,
                stream=True,
            )
            body = answers.body_of(response, question.longest)
        except (OSError, HTTPError) as error:
            failure = self._broken(error, token)
        else:
            took = (monotonic() - started) * 1000
            log.debug("%s %s %s %.0f ms", question.method, question.path, response.status_code, took)
            return response, body
        # Raised out here, the failure does not carry along the first error, which nobody has scrubbed.
        raise failure

    def _broken(self, error: Exception, token: str) -> SyncError:
        said = self._scrub(str(error), token)
        if isinstance(error, requests.exceptions.SSLError):
            remedy = "Give the server a certificate that this machine trusts, or name its issuer in REQUESTS_CA_BUNDLE."
            return Misconfigured("The certificate of the LOGIKAL server is not trusted.", remedy=remedy, original=said)
        if isinstance(error, requests.exceptions.InvalidURL):
            return Misconfigured("The address of the LOGIKAL server is none.", remedy="Correct it.", original=said)
        if isinstance(error, requests.Timeout | Late | TimeoutError):
            return Failed("LOGIKAL did not answer in time.", original=said)
        return Failed("The line to LOGIKAL broke.", original=said)

    def _refused_login(self, fault: Fault) -> SyncError:
        if fault.lacks_sessions():
            return self._parked(errors.SESSIONS_IN_USE, self._clock() + errors.SESSIONS_PAUSE, fault)
        return errors.of_login(fault)

    def _error(self, fault: Fault, explain: Callable[[Fault], SyncError]) -> SyncError:
        if fault.is_limit:
            return self._parked(errors.TOO_MANY_CALLS, errors.told_until(fault.headers, self._clock()), fault)
        return explain(fault)

    def _parked(self, sentence: str, until: datetime, fault: Fault) -> RateLimited:
        """Nobody calls for this login before then."""
        bucket = self._limits[0].bucket
        self._gate.block(bucket, until, sentence)
        remedy = "Close LOGIKAL where it is not needed, or give Freshet a user of its own."
        return RateLimited(
            sentence,
            retry_at=until,
            scope=bucket,
            remedy="" if fault.is_limit else remedy,
            original=fault.original,
            code=str(fault.status),
        )

    def _scrub(self, text: str, token: str) -> str:
        return scrubbed(text, self.login.password, token)[:LONGEST_WORDS]

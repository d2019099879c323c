"""Ask Google Ads through the official SDK over gRPC. Nothing else but `line` imports it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import grpc
from google.ads.googleads.errors import GoogleAdsException
from google.api_core.exceptions import GoogleAPICallError

from connections.errors import NeedsReconnect, RateLimited, SyncError
from connections.providers.google_ads import errors
from connections.providers.google_ads.answers import fault_of
from connections.providers.google_ads.errors import TokenRefused
from connections.providers.google_ads.faults import Fault
from connections.providers.google_ads.line import Line, line
from connections.providers.google_ads.login import Login
from connections.providers.google_ads.names import account_bucket, call_limits, project_bucket, sign_in_bucket
from connections.providers.google_ads.slim import Form
from connections.sources import CallLimit, SourceContext

T = TypeVar("T")

ANSWER_SECONDS = 40
"""Of a whole stream: the SDK itself waits for ever."""

REFUSALS = (GoogleAdsException, GoogleAPICallError, grpc.RpcError, grpc.FutureCancelledError)


class Batch(NamedTuple):
    """One message of a stream: its rows, the paths of the fields that were selected, and when the request left."""

    rows: Any
    paths: tuple[str, ...]
    fetched_at: datetime


class AdsApi:
    """One for each source. customer: whose numbers. manager: the account through which the login reaches it."""

    def __init__(self, context: SourceContext, *, customer: str, manager: str = "") -> None:
        self.customer = customer
        self.login = Login.of(context)
        self.manager = manager
        self._gate = context.gate
        self._clock = context.clock
        self.currency = context.account.currency
        self._zone = context.account.zone
        self._settings = context.settings
        self._project = project_bucket(context.settings)
        self._seconds: float = context.settings.get("answer_seconds") or ANSWER_SECONDS
        self._limits: Sequence[CallLimit] = call_limits(customer, context.settings, scheduled=context.scheduled)

    def search(self, query: str, *, form: Form | None = None, divisible: bool = False) -> Iterator[Batch]:
        """One operation, whatever its size. form: of its answer; Google's own where there is none. divisible: where it
        takes too long, it can be asked in halves.

        Raises nothing but the errors of connections.errors, also after some of the rows.
        """
        return self._with_a_good_token(lambda: self._stream(query, form, divisible=divisible))

    def accessible(self) -> list[str]:
        """The numbers of the accounts that this login reaches directly."""
        return list(self._with_a_good_token(self._listed))

    def sign_in(self) -> None:
        """No operation, and nothing at all while the token of the hour is good."""
        self._line.sign_in(lambda: self._gate.before_call([CallLimit(sign_in_bucket(self._settings))]))

    def now(self) -> datetime:
        return self._clock()

    def today(self) -> date:
        """Where the account is."""
        return self._clock().astimezone(self._zone).date()

    @cached_property
    def _line(self) -> Line:
        """Held as long as this, and so as long as a stream is read."""
        return line(self.login)

    @property
    def _metadata(self) -> tuple[tuple[str, str], ...]:
        return (("login-customer-id", self.manager),) if self.manager else ()

    def _stream(self, query: str, form: Form | None, *, divisible: bool) -> Iterator[Batch]:
        fetched_at = self._before_call()
        with self._refusals(divisible=divisible) as found:
            request = self._line.client.get_type("SearchGoogleAdsStreamRequest")
            request.customer_id, request.query = self.customer, query
            ask = self._line.asking(form)
            stream = ask(request=request, timeout=self._seconds, metadata=self._metadata)
            yield from _batches(stream, fetched_at)
        if found:
            raise found[0]

    def _listed(self) -> Iterator[str]:
        self._before_call()
        with self._refusals() as found:
            customers = self._line.client.get_service("CustomerService")
            request = self._line.client.get_type("ListAccessibleCustomersRequest")
            names = customers.list_accessible_customers(request=request, timeout=self._seconds).resource_names
            yield from (name.rpartition("/")[2] for name in names)
        if found:
            raise found[0]

    def _with_a_good_token(self, ask: Callable[[], Iterator[T]]) -> Iterator[T]:
        """The token of the hour may end before its time; whether the login itself is over shows when it is renewed."""
        answered = False
        try:
            for each in ask():
                answered = True
                yield each
                del each  # before the next one is there
        except NeedsReconnect as error:
            self._line.forget_token()
            if answered or not isinstance(error, TokenRefused):
                raise
        else:
            return
        yield from ask()

    def _before_call(self) -> datetime:
        self._gate.before_call(self._limits)
        fetched_at = self._clock()
        self.sign_in()
        return fetched_at

    @contextmanager
    def _refusals(self, *, divisible: bool = False) -> Iterator[list[SyncError]]:
        """Ends with the error of our family in the list, to be raised outside: the first one may quote the login."""
        found: list[SyncError] = []
        try:
            yield found
        except REFUSALS as error:
            found.append(self._sorted(fault_of(error, self.login.scrub), divisible=divisible))

    def _sorted(self, fault: Fault, *, divisible: bool) -> SyncError:
        if fault.is_limit:
            return self._parked(fault)
        return errors.explain(fault, divisible=divisible)

    def _parked(self, fault: Fault) -> RateLimited:
        """Nobody calls for this project, or account, before then."""
        is_of_account = fault.rate_scope == errors.ACCOUNT_SCOPE
        bucket = account_bucket(self.customer) if is_of_account else self._project
        until, sentence = errors.told_until(fault, self._clock()), errors.limit_sentence(fault)
        self._gate.block(bucket, until, sentence)
        return RateLimited(sentence, retry_at=until, scope=bucket, original=fault.original, code=fault.code)


def _batches(stream: Any, fetched_at: datetime) -> Iterator[Batch]:
    """A row takes 8 KB in memory, so none is held longer than needed."""
    try:
        for message in stream:
            yield Batch(message.results, tuple(message.field_mask.paths), fetched_at)
            del message
    finally:
        stream.cancel()

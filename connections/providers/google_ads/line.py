"""The line to Google Ads: one channel of the official SDK for each login and process, and the sign-in on it.

A channel that nobody holds is taken down under a running stream, so the service is kept here. It is made where it is
used, after any fork.
"""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from threading import Lock
from typing import Any

import grpc
from google.ads.googleads.client import _CLIENT_INFO as CLIENT_INFO
from google.ads.googleads.client import GoogleAdsClient
from google.api_core.gapic_v1 import method, routing_header
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials

from connections.errors import SyncError, Transient
from connections.providers.google_ads import sign_in
from connections.providers.google_ads.errors import REVOKED
from connections.providers.google_ads.login import Login
from connections.providers.google_ads.names import VERSION
from connections.providers.google_ads.slim import Form

# The SDK prints every refusal, with the question; ours tell it where people look.
logging.getLogger("google.ads.googleads.client").setLevel(logging.CRITICAL)

MOST_LINES = 32
SEARCH_STREAM = f"/google.ads.googleads.{VERSION}.services.GoogleAdsService/SearchStream"
WANTS_PERSON = "Reauthentication is needed"
"""All that the library says where Google's answer has the subtype rapt_required."""


class ForgetsFirst(grpc.UnaryStreamClientInterceptor):  # type: ignore[misc]
    """The SDK keeps the first message of each stream for its log; that can be 80 MB of rows."""

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        response = continuation(details, request)
        if hasattr(response, "get_cache"):
            response.get_cache().initial_response_object = ()
        return response


class Line:
    """client: the SDK's. service: keeps the channel open."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._signing_in = Lock()
        self._credentials = Credentials(
            token=None,
            refresh_token=login.refresh_token,
            client_id=login.client_id,
            client_secret=login.client_secret,
            token_uri=login.token_url,
            scopes=[sign_in.SCOPE],
        )
        self.client = GoogleAdsClient(
            credentials=self._credentials,
            endpoint=login.endpoint or None,
            version=VERSION,
            use_proto_plus=False,
        )
        self.service = self.client.get_service("GoogleAdsService", interceptors=[ForgetsFirst()])

    def asking(self, form: Form | None) -> Callable[..., Any]:
        """How a question is asked that is answered in this form: as the SDK does, on its channel."""
        return self.service.search_stream if form is None else partial(_ask_for, form, self.service.transport)

    def sign_in(self, before: Callable[[], None]) -> None:
        """Before a call. Left to the channel itself, a login that is over would look like a server that is down.

        before: what is to be done before Google is asked, which is once an hour.
        """
        with self._signing_in:
            if self._credentials.valid:
                return
            before()
            failure = self._refreshed()
        if failure is not None:
            raise failure

    def forget_token(self) -> None:
        """Google has refused the token of the hour before its time."""
        self._credentials.token = None

    @property
    def granted(self) -> tuple[str, ...]:
        """What the login may do, once signed in; nothing where Google does not tell."""
        return tuple(self._credentials.granted_scopes or ())

    def _refreshed(self) -> SyncError | None:
        """What went wrong, to be raised outside, where it does not carry along an error that quotes the login."""
        try:
            self._credentials.refresh(partial(Request(), timeout=sign_in.SECONDS))
        except RefreshError as error:
            return _refused(error, self._login)
        except (GoogleAuthError, OSError) as error:
            return Transient("The line to Google's sign-in broke.", original=self._login.scrub(str(error))[:500])
        if self.granted and sign_in.SCOPE not in self.granted:
            self.forget_token()
            return sign_in.as_error(sign_in.NO_SCOPE, f"Granted: {' '.join(self.granted)}", "invalid_scope")
        return None


def _ask_for(
    form: Form, transport: Any, *, request: Any, timeout: float, metadata: Sequence[tuple[str, str]]
) -> Iterator[Any]:
    stub = transport.grpc_channel.unary_stream(
        SEARCH_STREAM, request_serializer=type(request).SerializeToString, response_deserializer=form.parse
    )
    route = routing_header.to_grpc_metadata((("customer_id", request.customer_id),))
    ask = method.wrap_method(stub, client_info=CLIENT_INFO)
    stream: Iterator[Any] = ask(request, timeout=timeout, metadata=(*metadata, route))
    return stream


def _refused(error: RefreshError, login: Login) -> SyncError:
    told = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], dict) else {}
    code, original = str(told.get("error") or ""), login.scrub(str(error))
    if WANTS_PERSON in original:
        return sign_in.as_error(sign_in.AGAIN_SOON, original, REVOKED)
    return sign_in.refused(sign_in.RENEWING, code, original)


def line(login: Login) -> Line:
    """Everybody who comes with this login signs in once, and shares the channel."""
    with _making:
        return _line(login, os.getpid())


@lru_cache(maxsize=MOST_LINES)
def _line(login: Login, process: int) -> Line:
    return Line(login)


def forget_lines() -> None:
    """For tests: each begins as a process does that has called nobody yet."""
    _line.cache_clear()


_making = Lock()

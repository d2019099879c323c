"""Do the providers' addresses answer, and does our clock agree with theirs? Asks without a login."""

import os
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.utils import timezone

from config.doctor.finding import Finding, ok, warning, wrong
from connections import registry
from connections.errors import Misconfigured
from connections.models import Connection

PATIENCE = 5.0
"""Seconds for connecting, and again for the answer."""

APART, FAR_APART = 5.0, 30.0
"""Seconds between the clocks that are worth a word, and that are half a lease."""


GRPC = "grpcs://"
AWAY = "Look whether this machine may go out: its name service, its firewall, its proxy."
SANDBOX_AWAY = "./bin/run starts the sandbox; `manage.py sandbox` does it alone."


class Answered(NamedTuple):
    """ahead: seconds by which their clock is ahead of ours; None where they do not tell the time."""

    took: float
    ahead: float | None


class _StayHere(HTTPRedirectHandler):
    """To be sent elsewhere is an answer too."""

    def redirect_request(self, *_: object) -> None:
        return None


def providers_answer(now: datetime) -> Iterator[Finding]:
    for kind in sorted(registry.SOURCES):
        its = settings.PROVIDERS[kind]
        title = f"{registry.label(kind)} ({'sandbox' if its['sandbox'] else 'real'})"
        source = registry.source_class(kind)
        if lacking := source.lacks(its):
            yield _lacking(title, lacking, is_used=Connection.objects.kept().filter(provider=kind).exists())
        addresses = source.addresses(its)
        if not addresses:
            yield ok(title, "It declares no address that could be asked.")
        for address in addresses:
            yield from _place(title, address, SANDBOX_AWAY if its["sandbox"] else AWAY)


def _lacking(title: str, lacking: Misconfigured, *, is_used: bool) -> Finding:
    """Nothing to mend where nobody wants it."""
    if is_used:
        return wrong(title, lacking.sentence, lacking.remedy)
    return ok(title, f"No account of it can be connected yet. {lacking.sentence} {lacking.remedy}")


def _place(title: str, address: str, remedy: str) -> Iterator[Finding]:
    host = urlsplit(address).netloc.rpartition("@")[2]
    try:
        answered = ask(address)
    except (OSError, HTTPException, ValueError) as error:
        yield _silent(title, host, error, remedy)
        return
    secured = ", over TLS with a valid certificate" if address.startswith(("https://", GRPC)) else ""
    yield ok(title, f"{host} answers after {answered.took:.2f} s{secured}.")
    if answered.ahead is not None:
        yield _clock(host, answered.ahead)


def ask(address: str) -> Answered:
    """Any answer is one, also a refusal: only the place is of interest. Raises OSError, HTTPException or ValueError."""
    if address.startswith(GRPC):
        return _shake_hands(urlsplit(address))
    if not address.startswith(("http://", "https://")):
        raise ValueError("no address of the web")
    before = timezone.now()
    try:
        with build_opener(_StayHere).open(Request(address), timeout=PATIENCE) as answer:  # noqa: S310 - looked at above
            told = answer.headers.get("Date")
    except HTTPError as refusal:
        told = refusal.headers.get("Date")
        refusal.close()
    took = timezone.now() - before
    theirs = _parsed(told)
    return Answered(took.total_seconds(), (theirs - before - took / 2).total_seconds() + 0.5 if theirs else None)


def _shake_hands(place: SplitResult) -> Answered:
    """As far as anybody comes without a login. Whom it trusts: as gRPC does in this process."""
    before = timezone.now()
    trusting = ssl.create_default_context(cafile=os.environ.get("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH") or None)
    trusting.set_alpn_protocols(["h2"])
    host, port = place.hostname or "", place.port or 443
    with (
        socket.create_connection((host, port), timeout=PATIENCE) as line,
        trusting.wrap_socket(line, server_hostname=host),
    ):
        return Answered((timezone.now() - before).total_seconds(), ahead=None)


def _parsed(told: str | None) -> datetime | None:
    """It is cut to whole seconds: on average half of one too early."""
    try:
        found = parsedate_to_datetime(told or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _silent(title: str, host: str, error: Exception, remedy: str) -> Finding:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ssl.SSLError):
        said = f"The certificate of {host} cannot be trusted ({type(reason).__name__})."
        return wrong(title, said, "Look whether a proxy stands between, and whether this machine's clock is right.")
    if isinstance(reason, TimeoutError):
        said = f"{host} did not answer within {PATIENCE:.0f} s."
    else:
        said = f"{host} cannot be reached ({type(reason).__name__})."
    return wrong(title, said, remedy)


def _clock(host: str, ahead: float) -> Finding:
    said = f"This machine's clock is {abs(ahead):.0f} s {'behind' if ahead > 0 else 'ahead of'} that of {host}."
    remedy = "Let NTP set it: leases, budgets and due times are counted by it."
    if abs(ahead) > FAR_APART:
        return wrong("Clock", said, remedy)
    if abs(ahead) > APART:
        return warning("Clock", said, remedy)
    return ok("Clock", f"This machine's clock agrees with that of {host}, as far as seconds tell.")

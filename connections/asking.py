"""What does a provider say of a login, and of the accounts that it opens? Nothing is remembered here."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

from django.conf import settings

from connections import registry
from connections.errors import Misconfigured, NeedsReconnect, ObjectSkipped, SyncError, Transient
from connections.sources import (
    LONGEST_ID,
    LONGEST_NAME,
    Account,
    AccountChoice,
    Check,
    LoginFacts,
    OAuth,
    OpenGate,
    Source,
    SourceContext,
    Trip,
)

MOST_ACCOUNTS = 20
"""No more accounts are connected by one form: each is asked about while somebody waits."""

_THREADS = 4


def check(provider: str, account_id: str, secrets: dict[str, str], *, now: datetime) -> Account:
    """What the provider says of the account. Raises NeedsReconnect or Misconfigured.

    Raises LookupError for an unknown provider.
    """
    found = _source(provider, account_id, secrets, now).check()
    if len(found.external_id) > LONGEST_ID:
        raise Misconfigured("This is too long for the id of an account.", remedy="Look at the id, and type it again.")
    return found


def check_all(provider: str, account_ids: Sequence[str], secrets: dict[str, str], *, now: datetime) -> list[Account]:
    """The same for several accounts. Raises what the provider says of the first that it refuses."""
    with ThreadPoolExecutor(_THREADS) as threads:
        return list(threads.map(lambda account_id: check(provider, account_id, secrets, now=now), account_ids))


def opened(provider: str, account_id: str, secrets: dict[str, str], *, now: datetime) -> Account | None:
    """The account, if this login opens exactly this one. Raises what says nothing of that, such as Transient."""
    try:
        account = check(provider, account_id, secrets, now=now)
    except (Misconfigured, NeedsReconnect, ObjectSkipped):
        return None
    return account if account.external_id == account_id else None


def choices(provider: str, secrets: dict[str, str], *, now: datetime) -> Sequence[AccountChoice]:
    """The accounts that this login opens. Raises the errors of connections.errors."""
    found = _source(provider, "", secrets, now).accounts()
    return [replace(each, account=replace(each.account, name=each.account.name[:LONGEST_NAME])) for each in found]


def checks(
    provider: str, account_ids: Sequence[str], secrets: dict[str, str], *, now: datetime
) -> dict[str, list[Check]]:
    """What is to be known of each account before it is connected."""
    sources = [_source(provider, account_id, secrets, now) for account_id in account_ids]
    with ThreadPoolExecutor(_THREADS) as threads:
        return dict(zip(account_ids, threads.map(lambda source: list(source.checks()), sources), strict=True))


def facts(provider: str, secrets: dict[str, str], *, now: datetime) -> LoginFacts | None:
    """What the provider says of a login. It is good to know, and no reason to refuse anything: None where it fails."""
    for _ in range(2):  # nobody asks again: a hiccup must not leave the end of a login unknown
        try:
            return _source(provider, "", secrets, now).login_facts()
        except Transient:
            continue
        except SyncError:
            break
    return None


def oauth(provider: str) -> OAuth | None:
    """How people sign in there; None where this installation cannot offer it. Raises LookupError."""
    offered = registry.source_class(provider).oauth
    return offered if offered and offered.is_configured(settings.PROVIDERS[provider]) else None


def dialog(provider: str, trip: Trip) -> str:
    """Where people sign in. Raises LookupError where this installation offers it not."""
    return _offered(provider).dialog(trip, settings.PROVIDERS[provider])


def secrets_of(provider: str, trip: Trip, code: str, *, now: datetime) -> dict[str, str]:
    """What a code stands for. Raises the errors of connections.errors, and LookupError as above."""
    return dict(_offered(provider).secrets(trip, code, _context(provider, "", {}, now)))


def _offered(provider: str) -> OAuth:
    offered = oauth(provider)
    if offered is None:
        raise LookupError(f"Nobody can sign in at {registry.label(provider)} from here.")
    return offered


def _source(provider: str, account_id: str, secrets: dict[str, str], now: datetime) -> Source:
    return registry.source_class(provider)(_context(provider, account_id, secrets, now))


def _context(provider: str, account_id: str, secrets: dict[str, str], now: datetime) -> SourceContext:
    return SourceContext(Account(account_id), secrets, {}, settings.PROVIDERS[provider], OpenGate(), lambda: now)

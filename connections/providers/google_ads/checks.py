"""Look a customer over before it is connected: login, Cloud project, the way to it, its state, its days and money."""

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connections.errors import Misconfigured, NeedsReconnect, RateLimited, SyncError
from connections.providers.google_ads.accounts import Customer, read_customer
from connections.providers.google_ads.client import AdsApi
from connections.providers.google_ads.errors import AccessDenied, AccountOff, ProjectRefused
from connections.providers.google_ads.names import written
from connections.providers.google_ads.streams import AccountMetrics
from connections.sources import Account, Check, Slice, SourceContext

Look = Callable[[Callable[[], Customer]], Customer]

LOGIN = "Google accepts the sign-in"
PROJECT = "The Cloud project may read Google Ads"
QUOTA = "Operations are left"
REACHED = "The account can be reached"
OPEN = "The account is open"
NUMBERS = "Its numbers can be read"
DAYS = "Time zone and currency are known"
BY_PROJECT = "Google counts by the project since developer tokens ended, so none is needed."

NO_DAYS = Misconfigured(
    "Google does not say in which time zone or currency this account is kept.",
    remedy="Finish setting the account up in Google Ads, where both are chosen, then try again.",
)


def checks(context: SourceContext, api: Callable[[], AdsApi], look: Look) -> Iterator[Check]:
    """One renewal of the login, and two operations; a few more where nobody has named the manager account.

    api: of the way that is known by now. look: asks, and finds another way where this one is closed.
    """
    try:
        AdsApi(context, customer="").sign_in()
    except SyncError as error:
        yield Check(LOGIN, error=error)
        return
    try:
        found = look(lambda: read_customer(api()))
    except NeedsReconnect as error:
        yield Check(LOGIN, error=error)
        return
    except SyncError as error:
        yield from _of_a_refusal(error, api)
        return
    yield Check(LOGIN)
    yield Check(PROJECT, BY_PROJECT)
    yield Check(REACHED, _way(api().manager))
    if found.refusal is not None:
        yield Check(OPEN, error=found.refusal)
        return
    yield Check(OPEN, f"It is called {found.account.name}." if found.account.name else "")
    yield from _numbers(api(), found.account)
    yield _days(found.account)


def _of_a_refusal(error: SyncError, api: Callable[[], AdsApi]) -> Iterator[Check]:
    """What Google refuses says which of the checks was not passed, and so that those before it were."""
    if isinstance(error, RateLimited) and not error.original:  # nobody was asked
        yield Check(QUOTA, error=error)
        return
    yield Check(LOGIN)
    if isinstance(error, RateLimited):
        yield Check(QUOTA, error=error)
        return
    if isinstance(error, ProjectRefused):
        yield Check(PROJECT, error=error)
        return
    if isinstance(error, AccessDenied | AccountOff):
        yield Check(PROJECT, BY_PROJECT)
    if isinstance(error, AccountOff):
        yield Check(REACHED, _way(api().manager))
        yield Check(OPEN, error=error)
        return
    yield Check(REACHED, error=error)


def _way(manager: str) -> str:
    return f"Through the manager account {written(manager)}." if manager else "Directly."


def _numbers(api: AdsApi, account: Account) -> Iterator[Check]:
    today = api.now().astimezone(account.zone).date()
    try:
        list(AccountMetrics().read(api, Slice(today, today), None))
    except RateLimited as error:
        yield Check(QUOTA, error=error)
    except SyncError as error:
        yield Check(NUMBERS, error=error)
    else:
        yield Check(NUMBERS)


def _days(account: Account) -> Check:
    """Without them no day has an end and no amount a meaning."""
    if not (account.currency and _is_known(account.timezone)):
        return Check(DAYS, error=NO_DAYS)
    return Check(DAYS, f"Its days end in {account.timezone}, its money is {account.currency}.")


def _is_known(timezone: str) -> bool:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(timezone)

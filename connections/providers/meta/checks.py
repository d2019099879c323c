"""Look an ad account over before it is connected: token, permission, state, numbers, time zone and currency."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connections.errors import Misconfigured, SyncError
from connections.providers.meta import login
from connections.providers.meta.account import read_account
from connections.providers.meta.client import AdAccountApi
from connections.providers.meta.login import LoginApi
from connections.sources import Account, Check, SourceContext

TOKEN = "The token is valid"  # noqa: S105 - a name
PERMISSION = "It may read ads (ads_read)"
OPEN = "The account is open"
NUMBERS = "Insights can be read"
DAYS = "Time zone and currency are known"
SMALLEST = {"level": "account", "date_preset": "yesterday", "fields": ["impressions"], "limit": 1}

NO_PERMISSION = Misconfigured(
    "This token was made without the permission ads_read.", remedy="Make a token with ads_read, and paste that one."
)


def checks(context: SourceContext) -> Iterator[Check]:
    """Three calls: one for the first two checks, one for the account, one for its numbers."""
    try:
        reads_ads = login.may_read_ads(LoginApi(context))
    except SyncError as error:
        yield Check(TOKEN, error=error)
        return
    yield Check(TOKEN)
    if not reads_ads:
        yield Check(PERMISSION, error=NO_PERMISSION)
        return
    yield Check(PERMISSION)
    yield from _of_the_account(context)


def _of_the_account(context: SourceContext) -> Iterator[Check]:
    try:
        api = AdAccountApi(context)
        account = read_account(api)
    except SyncError as error:
        yield Check(OPEN, error=error)
        return
    yield Check(OPEN, f"It is called {account.name}." if account.name else "")
    yield _numbers(api)
    yield _days(account)


def _numbers(api: AdAccountApi) -> Check:
    try:
        api.get("insights", SMALLEST)
    except SyncError as error:
        return Check(NUMBERS, error=error)
    return Check(NUMBERS)


def _days(account: Account) -> Check:
    """Without them no day has an end and no amount a meaning."""
    if not (account.currency and _is_known(account.timezone)):
        remedy = "Set both in the ad account's settings at Meta, then try again."
        error = Misconfigured("Meta does not say in which time zone or currency this account is kept.", remedy=remedy)
        return Check(DAYS, error=error)
    return Check(DAYS, f"Its days end in {account.timezone}, its money is {account.currency}.")


def _is_known(timezone: str) -> bool:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(timezone)

"""Through which account a login reaches a customer: found once by each process, where nobody has named it."""

from connections.errors import SyncError
from connections.providers.google_ads.client import AdsApi
from connections.providers.google_ads.errors import AccessDenied, AccountOff
from connections.providers.google_ads.login import Login
from connections.providers.google_ads.rows import select
from connections.sources import SourceContext

_FOUND: dict[tuple[Login, str], str] = {}
NOT_BY_THIS_WAY: tuple[type[SyncError], ...] = (AccessDenied, AccountOff)


def known(login: Login, customer: str) -> str:
    """Empty where the login reaches it directly, as far as anybody knows."""
    return _FOUND.get((login, customer), "")


def find(context: SourceContext, customer: str) -> bool:
    """Looks below each account that the login reaches directly: one operation for each, and one for their list."""
    question = select(("customer_client.id",), "customer_client", f"WHERE customer_client.id = {customer}")
    for root in AdsApi(context, customer="").accessible():
        try:
            found = any(batch.rows for batch in AdsApi(context, customer=root, manager=root).search(question))
        except NOT_BY_THIS_WAY:
            continue
        if found:
            _FOUND[Login.of(context), customer] = root
            return True
    return False


def forget() -> None:
    """For tests: each begins as a process does that has asked nobody yet."""
    _FOUND.clear()

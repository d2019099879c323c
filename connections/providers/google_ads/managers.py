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
    """Looks below each account that the login reaches directly: one operation for each, and one for their list. What
    else is there is remembered too, so that the others of a manager account need not be looked for."""
    login, question = Login.of(context), select(("customer_client.id",), "customer_client")
    _FOUND.pop((login, customer), None)
    for root in AdsApi(context, customer="").accessible():
        try:
            below = _below(AdsApi(context, customer=root, manager=root), question)
        except NOT_BY_THIS_WAY:
            continue
        for each in below:
            _FOUND.setdefault((login, each), root)
        if customer in below:
            return True
    return False


def _below(api: AdsApi, question: str) -> set[str]:
    return {str(row.customer_client.id) for batch in api.search(question) for row in batch.rows}


def forget() -> None:
    """For tests: each begins as a process does that has asked nobody yet."""
    _FOUND.clear()

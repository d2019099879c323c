"""Ask Meta about a login itself: what it may do, and which ad accounts it opens."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any

from connections.errors import BadData, Misconfigured, NeedsReconnect
from connections.providers.meta.account import FIELDS, described, refused
from connections.providers.meta.client import GraphApi, access_token, account_id
from connections.providers.meta.paging import GraphList
from connections.providers.meta.values import Row, identifier
from connections.sources import MOST_CHOICES, AccountChoice, SourceContext

READS_ADS = frozenset({"ads_read", "ads_management"})
PAGE_SIZE = 200
UNKNOWN_TOKEN = "190"  # noqa: S105 - without a subcode: Meta has never seen it


class LoginApi(GraphApi):
    """The SDK, asking about the login. Meta counts that for the person and the app, not for an account."""

    def __init__(self, context: SourceContext) -> None:
        person = sha256(access_token(context).encode()).hexdigest()[:16]
        super().__init__(context, node="me", bucket=f"login_{person}")

    def call(self, *args: Any, **options: Any) -> Any:
        """Whoever asks this has the token before them; nothing is stored yet."""
        try:
            return super().call(*args, **options)
        except NeedsReconnect as error:
            if error.code != UNKNOWN_TOKEN:
                raise
            refused = NeedsReconnect("Meta does not accept this access token.", remedy=error.remedy, code=error.code)
        raise refused

    def goes_on(self, path: str, edge: str) -> bool:
        """Links within a list of mine do not say "me" but name the person by number."""
        return path.rstrip("/").endswith(f"/{edge}")


def accounts(api: LoginApi) -> Sequence[AccountChoice]:
    """By name. Without the business of an account, which only a token with one more permission may ask for."""
    found = islice(_rows(api, "adaccounts", FIELDS), MOST_CHOICES)
    known = {choice.account.external_id: choice for choice in map(_choice, found) if choice}
    return sorted(known.values(), key=lambda choice: (choice.account.name.casefold(), choice.account.external_id))


def may_read_ads(api: LoginApi) -> bool:
    granted = {
        row.get("permission")
        for row in _rows(api, "permissions", ("permission", "status"))
        if row.get("status") == "granted"
    }
    return bool(granted & READS_ADS)


def _rows(api: LoginApi, edge: str, fields: Sequence[str]) -> Iterator[Row]:
    listed = GraphList(api, edge, {"limit": PAGE_SIZE, "fields": list(fields)})
    return (row for page in listed.pages({}) for row in page.rows if isinstance(row, dict))


def _choice(row: Row) -> AccountChoice | None:
    try:
        external_id = account_id(identifier(row, "id"))
    except (BadData, Misconfigured):
        return None  # no account that anybody could read
    refusal = refused(row)
    words = f"{refusal.sentence} {refusal.remedy}" if refusal else ""
    return AccountChoice(described(external_id, row), words)

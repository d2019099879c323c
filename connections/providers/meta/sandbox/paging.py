"""Cut a list into pages, with opaque cursors and links as the Graph API gives them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import dropwhile, islice
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from connections.providers.meta.sandbox.errors import GraphError, bad_parameter, graph_error
from connections.providers.meta.sandbox.request import GraphRequest
from connections.providers.meta.sandbox.tables import Period, Row

DEFAULT_LIMIT = 25
T = TypeVar("T")


class Keyed(Protocol):
    @property
    def key(self) -> str: ...


@dataclass(frozen=True)
class Page:
    """first, last: the keys of its ends. more: whether something follows."""

    items: list[Any]
    first: str = ""
    last: str = ""
    more: bool = False

    def payload(self, request: GraphRequest, **beside: Any) -> dict[str, Any]:
        if not self.items:
            return {"data": [], **beside}
        cursors = {"before": cursor(self.first), "after": cursor(self.last)}
        paging: dict[str, Any] = {"cursors": cursors}
        if self.more:
            paging["next"] = link(request, after=cursors["after"])
        if request.params.get("after") or request.params.get("before"):
            paging["previous"] = link(request, before=cursors["before"])
        return {"data": self.items, "paging": paging, **beside}


def cursor(key: str) -> str:
    """Base64 with a twist, so that nobody reads a meaning into it."""
    return urlsafe_b64encode(key[::-1].encode()).decode().rstrip("=") + "ZD"


def key_of(text: str) -> str:
    try:
        bare = text.removesuffix("ZD")
        return urlsafe_b64decode(bare + "=" * (-len(bare) % 4)).decode()[::-1]
    except ValueError:
        raise _bad_cursor() from None


def _bad_cursor() -> GraphError:
    return bad_parameter("Invalid cursors values")


def link(request: GraphRequest, **changes: str) -> str:
    """The same question at another place. Like the real links, it carries the token."""
    kept = {
        name: value
        for name, value in request.params.items()
        if name not in ("before", "after", "offset", "ids", "appsecret_proof")
    }
    return f"{request.url}?{urlencode({**kept, **changes})}"


def page_limit(request: GraphRequest) -> int:
    text = request.params.get("limit") or str(DEFAULT_LIMIT)
    if not text.isdigit() or int(text) < 1:
        raise bad_parameter("Param limit must be a positive integer")
    account = request.account_or_none
    if account and account.page_limit is not None and int(text) > account.page_limit:
        raise graph_error("reduce-data")
    return int(text)


def page_of_rows(rows: Iterable[Row], request: GraphRequest) -> Page:
    """The page after a cursor, before one, or from an offset. Rows come in the order of their keys."""
    limit = page_limit(request)
    if before := request.params.get("before"):
        return _page_before(rows, key_of(before), limit)
    if after := request.params.get("after"):
        last = key_of(after)
        rows = dropwhile(lambda row: row.key <= last, rows)
    start = int(request.params.get("offset") or 0)
    taken = list(islice(rows, start, start + limit + 1))
    return _page(taken[:limit], more=len(taken) > limit)


def periods_ahead(request: GraphRequest, periods: list[Period]) -> list[Period]:
    """Without those that lie wholly before the cursor."""
    after = request.params.get("after")
    if not after:
        return periods
    first = key_of(after).partition(":")[0]
    return [period for period in periods if period[0].isoformat() >= first]


def _page_before(rows: Iterable[Row], key: str, limit: int) -> Page:
    earlier = [row for row in rows if row.key < key]
    return _page(earlier[-limit:], more=True)


def _page(rows: list[Row], *, more: bool) -> Page:
    if not rows:
        return Page([])
    return Page(rows, rows[0].key, rows[-1].key, more)


def page_of_list(items: list[T], keys: list[str], request: GraphRequest) -> Page:
    """A page of a list that is all there; keys name its items."""
    limit = page_limit(request)
    start = int(request.params.get("offset") or 0)
    if after := request.params.get("after"):
        start = _first_older(keys, key_of(after))
    if before := request.params.get("before"):
        end = _first_older(keys, key_of(before)) - 1
        start, limit = max(0, end - limit), min(limit, end)
    stop = min(start + limit, len(items))
    if start >= stop:
        return Page([])
    return Page(items[start:stop], keys[start], keys[stop - 1], more=stop < len(items))


def _first_older(keys: list[str], key: str) -> int:
    """Lists are newest first, and the node of the key may have left the list since."""
    if not key.isdigit():
        raise _bad_cursor()
    return next((place for place, known in enumerate(keys) if int(known) < int(key)), len(keys))

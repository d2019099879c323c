"""Read a list of Graph to its end, page by page.

The SDK's own cursor stops at an empty page, and where `next` comes without a cursor. A list is at its end when
`paging.next` is absent, and not before.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from connections.errors import TooMuchData, Transient
from connections.providers.meta.client import GraphApi, Params, Reply
from connections.providers.meta.errors import CursorRefused, FieldsRefused, PageTooBig
from connections.sources import Checkpoint

SMALLEST_PAGE = 25
MOST_EMPTY_PAGES = 100
MOST_REPEATS = 3
SECRETS = frozenset({"access_token", "appsecret_proof"})

Place = dict[str, str]
"""The parameters that lead to one page of a list: a cursor, an offset, or whatever else Meta puts into `next`."""

log = logging.getLogger(__name__)


class ListPage(NamedTuple):
    """The rows of one page, and how to go on; resume is None after the last page. is_first: the list begins here.

    again_after: there are no rows yet; look again after so long.
    """

    rows: list[Any]
    resume: Checkpoint | None
    fetched_at: datetime
    is_first: bool
    again_after: timedelta | None = None


class GraphList:
    """One list of an object. optional_fields may vanish with a new version of the API: we go on without them."""

    def __init__(
        self, api: GraphApi, edge: str, params: Params, *, optional_fields: frozenset[str] = frozenset()
    ) -> None:
        self._api = api
        self._edge = edge
        self._params = {"limit": api.page_size, **params}
        self._optional_fields = optional_fields

    def pages(self, resume: Checkpoint) -> Iterator[ListPage]:
        """From the page on that a `resume` names; {} is the beginning."""
        self._params["limit"] = min(self._params["limit"], resume.get("limit", self._params["limit"]))
        place: Place | None = resume.get("page", {})
        reply, is_first = self._begin(place or {})
        trail = Trail(place or {})
        while True:
            rows = _rows(reply.body)
            place = self._after(reply.body)
            yield ListPage(rows, self._resume(place), reply.fetched_at, is_first)
            if place is None:
                return
            trail.step(place, is_empty=not rows)
            reply, is_first = self._ask(place), False

    def _begin(self, place: Place) -> tuple[Reply, bool]:
        """Cursors do not last. Where Meta no longer knows ours, the list begins anew: rows read twice do no harm."""
        try:
            return self._ask(place), not place
        except CursorRefused:
            if not place:
                raise
            return self._ask({}), True

    def _ask(self, place: Place) -> Reply:
        while True:
            try:
                return self._api.get(self._edge, {**place, **self._params})
            except PageTooBig as error:
                self._halve_page(error)
            except FieldsRefused as error:
                self._params["fields"] = without(
                    error, self._params.get("fields", ()), self._optional_fields, of=self._edge
                )

    def _halve_page(self, error: PageTooBig) -> None:
        if self._params["limit"] <= SMALLEST_PAGE:
            raise TooMuchData(error.sentence, original=error.original, code=error.code)
        self._params["limit"] = max(self._params["limit"] // 2, SMALLEST_PAGE)

    def _after(self, body: dict[str, Any]) -> Place | None:
        """The place that `next` leads to: our own question stays ours, and its access token is not sent again."""
        paging = body.get("paging")
        url = paging.get("next") if isinstance(paging, dict) else None
        if not url:
            return None
        address = urlsplit(str(url))
        if not self._api.goes_on(address.path, self._edge):
            raise Transient("Meta's list goes on at another address.", original=self._api.scrub(str(url))[:1000])
        return {
            name: value for name, value in parse_qsl(address.query) if name not in SECRETS and name not in self._params
        }

    def _resume(self, place: Place | None) -> Checkpoint | None:
        return None if place is None else {"page": place, "limit": self._params["limit"]}


def without(error: FieldsRefused, fields: Sequence[str], optional: frozenset[str], *, of: str) -> list[str]:
    """The fields of a list less those that were refused. Raises the error again where we need one of these."""
    if not error.fields or not error.fields <= optional & set(fields):
        raise error
    log.warning("Meta no longer has %s of %s; reading on without.", ", ".join(sorted(error.fields)), of)
    return [each for each in fields if each not in error.fields]


class Trail:
    """Where we have been in a list, so that one which leads in circles ends.

    An empty page may point to itself, for "ask again"; and some lists are empty for many pages before they go on.
    """

    def __init__(self, place: Place) -> None:
        self._visited = {_key(place)}
        self._empty_pages = 0
        self._repeats = 0

    def step(self, place: Place, *, is_empty: bool) -> None:
        is_repeat = _key(place) in self._visited
        self._visited.add(_key(place))
        self._empty_pages = self._empty_pages + 1 if is_empty else 0
        self._repeats = self._repeats + 1 if is_repeat else 0
        if (is_repeat and not is_empty) or self._repeats > MOST_REPEATS or self._empty_pages > MOST_EMPTY_PAGES:
            raise Transient("Meta's list leads in circles.", original=str(place)[:1000])


def _key(place: Place) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(place.items()))


def _rows(body: dict[str, Any]) -> list[Any]:
    rows = body.get("data")
    if not isinstance(rows, list):
        raise Transient("Meta answered without a list.", original=", ".join(map(str, body))[:1000])
    return rows

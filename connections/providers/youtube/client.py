"""Ask YouTube through Google's official client. Nothing else imports it."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from googleapiclient.discovery import build
from googleapiclient.errors import Error

from connections.errors import Transient
from connections.providers.youtube.wire import Wire
from connections.sources import SourceContext

AT_ONCE = 50
PARTS = "snippet,statistics,contentDetails"


class _NoWire:
    """Each call brings its own."""


@cache
def _service(base: str) -> Any:
    """Once in a process: the description of the API is large. It comes with the client, so that nobody is asked."""
    options = {"api_endpoint": f"{base}/"}
    return build("youtube", "v3", http=_NoWire(), client_options=options, static_discovery=True, cache_discovery=False)


class YouTubeApi:
    """One for each source."""

    at_once = AT_ONCE

    def __init__(self, context: SourceContext) -> None:
        self.wire = Wire(context)
        self._service = _service(self.wire.base)

    def channels(self, **which: str) -> Sequence[Mapping[str, Any]]:
        """By id (up to 50, with commas), forHandle or forUsername. One unit of the day's quota."""
        return _items(self._ask(self._service.channels().list(part=PARTS, maxResults=AT_ONCE, **which)))

    def uploads(self, playlist: str, token: str) -> tuple[Sequence[str], str]:
        """The ids of the next 50 videos of a list, and the token for those after them. One unit."""
        question = {"part": "contentDetails", "playlistId": playlist, "maxResults": AT_ONCE}
        body = self._ask(self._service.playlistItems().list(**question, **({"pageToken": token} if token else {})))
        details = [item.get("contentDetails") for item in _items(body)]
        ids = [str(each["videoId"]) for each in details if isinstance(each, dict) and each.get("videoId")]
        following = str(body.get("nextPageToken") or "")
        return ids, "" if following == token else following

    def videos(self, ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """Up to 50. One unit."""
        return _items(self._ask(self._service.videos().list(part="statistics", id=",".join(ids), maxResults=AT_ONCE)))

    def languages(self) -> Sequence[Mapping[str, Any]]:
        """What every key may ask, and costs one unit."""
        return _items(self._ask(self._service.i18nLanguages().list(part="snippet")))

    def _ask(self, request: Any) -> Mapping[str, Any]:
        try:
            found: Mapping[str, Any] = request.execute(http=self.wire)
        except (Error, ValueError) as error:  # of the client itself: the wire lets errors of the server not so far
            failure = Transient("Google's client did not understand YouTube's answer.", original=str(error)[:200])
        else:
            return found
        raise failure


def _items(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """None where there are none: then YouTube leaves the list out."""
    found = body.get("items") or []
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

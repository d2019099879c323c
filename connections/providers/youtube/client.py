"""Ask YouTube through Google's official client. Nothing else imports it."""

from collections.abc import Mapping, Sequence
from typing import Any

from googleapiclient.discovery import build
from googleapiclient.errors import Error

from connections.errors import Transient
from connections.providers.youtube.wire import Wire
from connections.sources import SourceContext

AT_ONCE = 50
PARTS = "snippet,statistics,contentDetails"


class YouTubeApi:
    """One for each source. The description of the API comes with the client, so that building it asks nobody."""

    def __init__(self, context: SourceContext) -> None:
        self.wire = Wire(context)
        options = {"api_endpoint": f"{self.wire.base}/"}
        self._service = build("youtube", "v3", http=self.wire, client_options=options, static_discovery=True)

    def channels(self, **which: str) -> Sequence[Mapping[str, Any]]:
        """By id (up to 50, with commas), forHandle or forUsername. One unit of the day's quota."""
        return _items(self._ask(self._service.channels().list(part=PARTS, maxResults=AT_ONCE, **which)))

    def languages(self) -> Sequence[Mapping[str, Any]]:
        """What every key may ask, and costs one unit."""
        return _items(self._ask(self._service.i18nLanguages().list(part="snippet")))

    @staticmethod
    def _ask(request: Any) -> Mapping[str, Any]:
        try:
            found: Mapping[str, Any] = request.execute()
        except (Error, ValueError) as error:  # of the client itself: the wire lets errors of the server not so far
            failure = Transient("Google's client did not understand YouTube's answer.", original=str(error)[:200])
        else:
            return found
        raise failure


def _items(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """None where there are none: then YouTube leaves the list out."""
    found = body.get("items") or []
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

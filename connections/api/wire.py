"""How does JSON come in and go out? Named by the settings, so it imports none of REST framework's views."""

from collections.abc import Iterable
from typing import Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

JSON = "application/json"


def media_type_of(request: Request) -> str:
    return (request.content_type or "").partition(";")[0].strip().lower()


class JSONBody(BaseParser):
    """Refuses what other parsers let through and the database does not take: NaN, half characters, endless nesting."""

    media_type = JSON

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise ParseError(f"This is not JSON: {error}.") from error


class AlwaysJSON(BaseContentNegotiation):
    """Every answer is JSON, whatever a client says that it accepts."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        return next((parser for parser in parsers if parser.media_type == media_type_of(request)), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type

"""One call as a stand-in sees it, and the reply it gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import orjson

Manner = Literal["whole", "hang", "slow", "reset", "truncated"]
JSON_TYPE = "application/json; charset=UTF-8"


@dataclass(frozen=True)
class Call:
    """path: below the stand-in's prefix. base_url: where that prefix is, for links back to the stand-in. pairs: all
    parameters in their order, of which `params` has the last of each name."""

    method: str
    path: str
    params: dict[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_url: str = ""
    pairs: tuple[tuple[str, str], ...] = ()

    def json(self) -> Any:
        return orjson.loads(self.body or b"{}")


@dataclass(frozen=True)
class Delivery:
    """How a reply leaves: after which delay, held back until released, whole or broken."""

    delay_seconds: float = 0.0
    held: bool = False
    manner: Manner = "whole"
    bytes_per_second: float = 1.0


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE
    delivery: Delivery = Delivery()

    def delivered(self, **changes: Any) -> "Reply":
        return replace(self, delivery=replace(self.delivery, **changes))


def json_reply(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status=status, body=orjson.dumps(value), headers=headers or {})

"""GAQL, as far as it is spoken here: SELECT, FROM, WHERE with AND, ORDER BY and LIMIT."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from connections.providers.google_ads.sandbox.errors import Refusal, unknown_field

QUERY: Final = re.compile(
    r"\s*SELECT\s+(?P<select>.+?)\s+FROM\s+(?P<resource>\w+)(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+ORDER\s+BY\s+(?P<order>.+?))?(?:\s+LIMIT\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
CONDITION: Final = re.compile(
    r"\s*(?P<path>[\w.]+)\s*(?:(?P<sign>>=|<=|!=|=|>|<)\s*(?P<value>'[^']*'|[\w.]+)"
    r"|IN\s*\((?P<list>[^)]*)\)|BETWEEN\s+(?P<low>'[^']*'|[\w.]+)\s+AND\s+(?P<high>'[^']*'|[\w.]+))\s*(?:AND\b|$)",
    re.IGNORECASE,
)
SIGNS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": lambda one, other: bool(one == other),
    "!=": lambda one, other: bool(one != other),
    ">": lambda one, other: bool(one > other),
    ">=": lambda one, other: bool(one >= other),
    "<": lambda one, other: bool(one < other),
    "<=": lambda one, other: bool(one <= other),
}


@dataclass(frozen=True)
class Condition:
    path: str
    holds: Callable[[Any], bool]
    low: Any = None
    high: Any = None


@dataclass(frozen=True)
class Query:
    fields: tuple[str, ...]
    resource: str
    conditions: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None

    @property
    def paths(self) -> set[str]:
        return {*self.fields, *(each.path for each in self.conditions), *(path for path, _ in self.order)}

    @property
    def has_metrics(self) -> bool:
        return any(path.startswith("metrics.") for path in self.fields)

    def bounds(self, path: str) -> tuple[Any, Any]:
        """The least and the greatest value that the conditions let through; None where there is none."""
        found = [each for each in self.conditions if each.path == path]
        lows = [each.low for each in found if each.low is not None]
        highs = [each.high for each in found if each.high is not None]
        return max(lows, default=None), min(highs, default=None)

    def of(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        kept = [row for row in rows if all(each.holds(row.get(each.path)) for each in self.conditions)]
        for path, is_falling in reversed(self.order):
            kept.sort(key=lambda row: row[path], reverse=is_falling)
        return kept[: self.limit]


def parse(text: str) -> Query:
    """Raises Refusal."""
    found = QUERY.fullmatch(text)
    if found is None:
        raise Refusal("query_error.UNEXPECTED_INPUT", "Error in query: unexpected input.")
    order = [part.split() for part in (found["order"] or "").split(",") if part.strip()]
    return Query(
        tuple(path.strip() for path in found["select"].split(",")),
        found["resource"],
        tuple(_conditions(found["where"] or "")),
        tuple((path, bool(way) and way[0].upper() == "DESC") for path, *way in order),
        int(found["limit"]) if found["limit"] else None,
    )


def _conditions(text: str) -> list[Condition]:
    found, at = [], 0
    while at < len(text):
        match = CONDITION.match(text, at)
        if match is None:
            raise Refusal("query_error.UNEXPECTED_INPUT", f"Error in query: unexpected input {text[at : at + 20]}.")
        found.append(_condition(match))
        at = match.end()
    return found


def _condition(found: re.Match[str]) -> Condition:
    path = found["path"]
    if found["low"]:
        low, high = _value(found["low"]), _value(found["high"])
        return Condition(path, lambda value: bool(low <= value <= high), low, high)
    if found["list"] is not None:
        named = {_value(each.strip()) for each in found["list"].split(",")}
        return Condition(path, lambda value: value in named)
    wanted, sign = _value(found["value"]), found["sign"]
    low = wanted if sign in ("=", ">", ">=") else None
    high = wanted if sign in ("=", "<", "<=") else None
    return Condition(path, lambda value: SIGNS[sign](value, wanted), low, high)


def _value(text: str) -> Any:
    if text.startswith("'"):
        return text[1:-1]
    if text.upper() in ("TRUE", "FALSE"):
        return text.upper() == "TRUE"
    return int(text) if text.lstrip("-").isdigit() else text


def check(query: Query, descriptor: Any, resources: Mapping[str, tuple[str, ...]]) -> None:
    """Refuses what Google's own messages do not have, and resources that do not go with each other."""
    if query.resource not in resources:
        raise Refusal("query_error.BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", f"Unknown resource '{query.resource}'.")
    for path in sorted(query.paths):
        if not _exists(path, descriptor):
            raise unknown_field(path)
        if path.partition(".")[0] not in (query.resource, *resources[query.resource]):
            code = "query_error.PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"
            raise Refusal(code, f"'{path}' does not go with '{query.resource}'.")
    for path, _ in query.order:
        if path not in query.fields:
            code = "query_error.EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE"
            raise Refusal(code, f"'{path}' has to be selected to be ordered by.")


def _exists(path: str, descriptor: Any) -> bool:
    for part in path.split("."):
        found = descriptor.fields_by_name.get(part) if descriptor else None
        if found is None:
            return False
        descriptor = found.message_type
    return True

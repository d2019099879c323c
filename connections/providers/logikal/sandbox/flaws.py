"""Faults that only this API can have: its errors, and lists with records that are odd, missing or there twice."""

from collections.abc import Callable, Mapping
from typing import Any

from connections.providers.logikal.sandbox.errors import Refusal, refusal
from connections.sandbox.faults import FaultRule

Options = Mapping[str, Any]
Rows = list[dict[str, Any]]


def refuse(rules: list[FaultRule]) -> None:
    """Raise the Refusal that a rule demands: {"kind": "error", "status": 503}, with `message`, `errors`, `seconds`
    to wait, or a `body` of its own."""
    for rule in rules:
        if rule.kind == "error":
            raise _wished(rule.options)


def spoil(data: Any, rules: list[FaultRule]) -> Any:
    """The answer after every rule about lists."""
    for rule in rules:
        if rule.kind in LIST_FLAWS and isinstance(data, list):
            data = LIST_FLAWS[rule.kind](data, rule.options)
    return data


def _wished(options: Options) -> Refusal:
    status, seconds = int(options.get("status", 500)), options.get("seconds")
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    if "body" in options:
        return Refusal(status, options["body"], headers)
    message = options.get("message", "The service failed.")
    return refusal(status, message, options.get("errors", ()), headers)


def _extra_field(rows: Rows, options: Options) -> Rows:
    extra = options.get("record", {"brandNewField": {"nested": ["value"]}})
    return [{**row, **extra} for row in rows]


def _malformed_record(rows: Rows, options: Options) -> Rows:
    """One record with wrong values (`record`) or without some keys (`drop`); by default its id is none."""
    place, spoiled = options.get("index", 0), [dict(row) for row in rows]
    if place < len(spoiled):
        spoiled[place].update(options.get("record", {} if "drop" in options else {"id": None}))
        for name in options.get("drop", ()):
            spoiled[place].pop(name, None)
    return spoiled


def _missing_rows(rows: Rows, options: Options) -> Rows:
    return rows[options.get("count", 1) :]


def _no_rows(rows: Rows, options: Options) -> Rows:
    return []


def _duplicate_rows(rows: Rows, options: Options) -> Rows:
    return rows + rows[: options.get("count", len(rows))]


LIST_FLAWS: dict[str, Callable[[Rows, Options], Rows]] = {
    "extra_field": _extra_field,
    "malformed_record": _malformed_record,
    "missing_rows": _missing_rows,
    "no_rows": _no_rows,
    "duplicate_rows": _duplicate_rows,
}
KINDS = frozenset({"error"} | LIST_FLAWS.keys())

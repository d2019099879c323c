"""What are the fields of the log called, and how are their values said and compared?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import orjson
from django.utils.dateparse import parse_datetime

from projects.creators.readings import METRICS
from projects.numbers.statuses import status

Kind = Literal["money", "count", "amount", "status", "moment", "parts", "text"]
MEASURED: frozenset[Kind] = frozenset({"money", "count", "amount"})


@dataclass(frozen=True)
class Field:
    word: str
    kind: Kind = "text"


FIELDS = {
    "impressions": Field("Impressions", "count"),
    "clicks": Field("Clicks", "count"),
    "spend_micros": Field("Spend", "money"),
    "conversions": Field("Conversions", "amount"),
    "revenue_micros": Field("Revenue", "money"),
    "reach": Field("Reach", "count"),
    "actions": Field("Actions", "parts"),
    "currency": Field("Currency"),
    "campaign_id": Field("Campaign's id"),
    "ad_set_id": Field("Ad set's id"),
    "creative_id": Field("Creative's id"),
    "name": Field("Name"),
    "configured_status": Field("Status that was set", "status"),
    "effective_status": Field("Status", "status"),
    "objective": Field("Objective", "status"),
    "daily_budget_micros": Field("Daily budget", "money"),
    "lifetime_budget_micros": Field("Lifetime budget", "money"),
    "start_at": Field("Start", "moment"),
    "stop_at": Field("End", "moment"),
    "created_date": Field("Created at the source", "moment"),
    "changed_date": Field("Changed at the source", "moment"),
    "directory_path": Field("Directory"),
    "project_id": Field("Project's id"),
    "phase_id": Field("Phase's id"),
    "amount": Field("Amount", "amount"),
    "width": Field("Width", "amount"),
    "height": Field("Height", "amount"),
    "surfaces": Field("Surfaces", "parts"),
    "part_count": Field("Parts", "count"),
    "facts": Field("Facts", "parts"),
    "sha256": Field("Fingerprint of its file"),
    **{metric: Field(metric.capitalize(), "count") for metric in METRICS},
    "project_name": Field("Name"),
    "row_count": Field("Rows", "count"),
    "position": Field("Place among the tabs", "count"),
    "header_problems": Field("Problems of its header"),
}


def field_of(name: str, *values: str | None) -> Field:
    """One that we have no word for keeps its own. values: where one is no number, all are shown as they are."""
    known = FIELDS.get(name) or Field(name.replace("_", " ").capitalize())
    odd = known.kind in MEASURED and any(said is not None and number(said) is None for said in values)
    return Field(known.word) if odd else known


@dataclass(frozen=True)
class Part:
    """One of the entries of which a value consists, such as an action."""

    name: str
    before: str
    after: str


def value(kind: Kind, said: str | None) -> Any:
    """As the templates say it; the text itself where it is not what it should be. None: there was none."""
    if said is None:
        return None
    if kind in MEASURED:
        return number(said)
    if kind == "status":
        found = status(said)
        return found.word if found else said
    if kind == "moment":
        return _moment(said) or said
    return said


def number(said: str | None) -> Decimal | None:
    try:
        found = Decimal(said) if said is not None else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def _moment(said: str) -> datetime | None:
    try:
        return parse_datetime(said)
    except ValueError:
        return None


def parts(before: str | None, after: str | None) -> list[Part]:
    """Of two JSON objects, whose entries are the ones that differ."""
    was, becomes = _entries(before), _entries(after)
    return [
        Part(_said(name), _amount(was.get(name)), _amount(becomes.get(name)))
        for name in dict.fromkeys([*was, *becomes])
    ]


def _entries(said: str | None) -> dict[str, Any]:
    try:
        found = orjson.loads(said or "{}")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _said(name: str) -> str:
    """Purchase (values) of action_values.purchase."""
    kind, _, rest = name.partition(".")
    words = (rest or kind).replace("_", " ").replace(".", " ").capitalize()
    return f"{words} (value)" if "value" in kind else words


def _amount(entry: Any) -> str:
    """The main number of an entry, or all that it says."""
    if entry is None:
        return ""
    if isinstance(entry, dict):
        return str(entry["value"]) if "value" in entry else ", ".join(_pairs(entry))
    return str(entry)


def _pairs(entry: dict[str, Any]) -> Iterator[str]:
    return (f"{name} {said}" for name, said in entry.items())

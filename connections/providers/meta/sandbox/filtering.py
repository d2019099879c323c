"""The `filtering` and `effective_status` parameters: which nodes a list shows, and which objects rows are made for."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from connections.providers.meta.sandbox.errors import bad_parameter, graph_error
from connections.providers.meta.sandbox.request import GraphRequest
from connections.providers.meta.sandbox.structure import Node, parse_graph_time
from connections.providers.meta.sandbox.tables import Level, Scope

Filter = Mapping[str, Any]
CAMPAIGN_STATES = frozenset({"ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "IN_PROCESS", "WITH_ISSUES"})
AD_SET_STATES = CAMPAIGN_STATES | {"CAMPAIGN_PAUSED"}
AD_STATES = AD_SET_STATES | {"ADSET_PAUSED", "DISAPPROVED", "PENDING_BILLING_INFO", "PENDING_REVIEW", "PREAPPROVED"}
STATES: dict[str, frozenset[str]] = {"campaign": CAMPAIGN_STATES, "adset": AD_SET_STATES, "ad": AD_STATES}
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "IN": lambda actual, wished: str(actual) in map(str, wished),
    "NOT_IN": lambda actual, wished: str(actual) not in map(str, wished),
    "EQUAL": lambda actual, wished: str(actual) == str(wished),
    "NOT_EQUAL": lambda actual, wished: str(actual) != str(wished),
    "CONTAIN": lambda actual, wished: str(wished) in str(actual),
    "NOT_CONTAIN": lambda actual, wished: str(wished) not in str(actual),
    "GREATER_THAN": lambda actual, wished: float(actual) > float(wished),
    "GREATER_THAN_OR_EQUAL": lambda actual, wished: float(actual) >= float(wished),
    "LESS_THAN": lambda actual, wished: float(actual) < float(wished),
    "LESS_THAN_OR_EQUAL": lambda actual, wished: float(actual) <= float(wished),
}
TIMES = frozenset({"updated_time", "created_time", "start_time"})


def list_param(params: Mapping[str, str], name: str) -> list[Any]:
    """A list as JSON, or comma-joined."""
    text = params.get(name, "")
    if not text.startswith("["):
        return [part for part in text.split(",") if part]
    try:
        return list(orjson.loads(text))
    except ValueError:
        raise bad_parameter(f"{name} must be a valid JSON array") from None


def filters(params: Mapping[str, str]) -> list[Filter]:
    wished = list_param(params, "filtering")
    for item in wished:
        if not isinstance(item, Mapping) or item.get("operator") not in OPERATORS or "field" not in item:
            raise bad_parameter("Filtering must be an array of objects with field, operator and value")
    return wished


def listed(request: GraphRequest, kind: str, nodes: list[Node]) -> list[Node]:
    """The nodes that an edge shows: without ARCHIVED and DELETED unless the former are asked for."""
    conditions = filters(request.params)
    states = list_param(request.params, "effective_status") or _states_in(conditions)
    _check_states(kind, states)
    hidden = {"ARCHIVED", "DELETED"} - set(states)
    return [
        node
        for node in nodes
        if not node.deleted
        and node.effective_status not in hidden
        and (not states or node.effective_status in states)
        and all(_holds(condition, node, kind) for condition in conditions)
    ]


def _states_in(conditions: list[Filter]) -> list[str]:
    for condition in conditions:
        if condition["field"].endswith("effective_status") and condition["operator"] in ("IN", "EQUAL"):
            value = condition["value"]
            return [value] if isinstance(value, str) else list(value)
    return []


def _check_states(kind: str, states: list[str]) -> None:
    if set(states) - STATES[kind]:
        raise graph_error("100-1487561")
    if "DELETED" in states:
        raise graph_error("100-1815001")


def _holds(condition: Filter, node: Node, kind: str) -> bool:
    owner, _, name = condition["field"].rpartition(".")
    if owner in STATES and owner != kind:
        actual = node.fields.get(f"{owner}_id") if name == "id" else None
    elif name in TIMES:
        actual = parse_graph_time(node.fields[name])
    else:
        actual = node.fields.get(name)
    if actual is None:
        raise bad_parameter(
            f"Filtering field {condition['field']} with operation {condition['operator']} is not supported"
        )
    return OPERATORS[condition["operator"]](actual, condition["value"])


def insights_scope(request: GraphRequest, level: Level) -> Scope:
    conditions = filters(request.params)
    chosen = {kind: _ids(request, kind, conditions) for kind in STATES}
    return Scope(
        level,
        within=request.node.id if request.node else "",
        campaign_ids=chosen["campaign"],
        adset_ids=chosen["adset"],
        ad_ids=chosen["ad"],
        with_deleted="DELETED" in _states_in(conditions),
    )


def _ids(request: GraphRequest, kind: str, conditions: list[Filter]) -> frozenset[str] | None:
    """The ids of this kind that pass every condition about this kind; None when there is none."""
    about = [condition for condition in conditions if condition["field"].partition(".")[0] == kind]
    if not about:
        return None
    nodes = request.account.structure.by_kind[kind]
    return frozenset(node.id for node in nodes if all(_holds(condition, node, kind) for condition in about))

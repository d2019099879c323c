"""Lists of campaigns, ad sets and ads, and single objects by id."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from connections.providers.meta.sandbox.accounts import AdAccount
from connections.providers.meta.sandbox.errors import bad_parameter
from connections.providers.meta.sandbox.fields import Field, parse_fields
from connections.providers.meta.sandbox.filtering import listed
from connections.providers.meta.sandbox.insights import insights
from connections.providers.meta.sandbox.paging import page_of_list
from connections.providers.meta.sandbox.request import GraphRequest
from connections.providers.meta.sandbox.structure import Node, graph_time
from connections.providers.meta.sandbox.tables import Row, Scope, rows

KINDS = {"campaigns": "campaign", "adsets": "adset", "ads": "ad"}
LABELS = {"campaign": "Campaign", "adset": "AdSet", "ad": "Ad"}
COMMON = frozenset({"id", "account_id", "name", "status", "configured_status", "effective_status", "issues_info"})
COMMON |= {"created_time", "updated_time", "start_time", "adlabels", "recommendations", "bid_strategy", "bid_amount"}
BUDGETS = {"daily_budget", "lifetime_budget", "budget_remaining", "promoted_object"}
KNOWN = {
    "campaign": COMMON
    | BUDGETS
    | {"objective", "buying_type", "special_ad_categories", "special_ad_category", "smart_promotion_type"}
    | {"spend_cap", "stop_time", "source_campaign_id"},
    "adset": COMMON
    | BUDGETS
    | {"campaign_id", "campaign", "billing_event", "optimization_goal", "destination_type", "targeting", "end_time"}
    | {"attribution_spec", "frequency_control_specs", "pacing_type", "learning_stage_info", "source_adset_id"},
    "ad": COMMON
    | {"campaign_id", "campaign", "adset_id", "adset", "creative", "conversion_domain", "tracking_specs"}
    | {"conversion_specs", "source_ad_id", "preview_shareable_link", "ad_review_feedback"},
}
ACCOUNT_KNOWN = frozenset(
    {"id", "account_id", "name", "account_status", "currency", "timezone_name", "timezone_id", "created_time", "age"}
    | {"timezone_offset_hours_utc", "amount_spent", "balance", "spend_cap", "business", "business_name", "owner"}
    | {"disable_reason", "min_daily_budget", "funding_source"}
)


def list_edge(request: GraphRequest, edge: str) -> dict[str, Any]:
    """/<account or parent>/campaigns, adsets or ads: newest first."""
    kind = KINDS[edge]
    nodes = [node for node in request.account.structure.by_kind[kind] if _below(node, request.node)]
    shown = sorted(listed(request, kind, nodes), key=lambda node: int(node.id), reverse=True)
    page = page_of_list(shown, [node.id for node in shown], request)
    wished = parse_fields(request.params.get("fields", ""))
    page.items[:] = [node_record(request, node, wished) for node in page.items]
    summary = {"summary": {"total_count": len(shown)}} if request.params.get("summary") else {}
    return page.payload(request, **summary)


def node_record(request: GraphRequest, node: Node, wished: list[Field]) -> dict[str, Any]:
    known = KNOWN[node.kind]
    record: dict[str, Any] = {}
    for field in wished:
        if field.name in KINDS or field.name == "insights":
            inner = edge_inside(request, request.account, node, field)
            record.update({field.name: inner} if inner["data"] else {})
        elif field.name not in known:
            raise _nonexisting(field.name, LABELS[node.kind])
        elif (value := _value(request, node, field)) is not None:
            record[field.name] = value
    record.setdefault("id", node.id)
    return record


def account_record(request: GraphRequest, account: AdAccount, wished: list[Field]) -> dict[str, Any]:
    everything = _account_fields(account, request.now)
    names = {field.name for field in wished}
    if "amount_spent" in names:
        everything["amount_spent"] = str(_spent(request, account))
    record: dict[str, Any] = {}
    for field in wished:
        if field.name in KINDS or field.name == "insights":
            inner = edge_inside(request, account, None, field)
            record.update({field.name: inner} if inner["data"] else {})
        elif field.name not in ACCOUNT_KNOWN:
            raise _nonexisting(field.name, "AdAccount")
        elif field.name in everything:
            record[field.name] = everything[field.name]
    if not wished:
        record["account_id"] = account.account_id
    record.setdefault("id", f"act_{account.account_id}")
    return record


def edge_inside(request: GraphRequest, account: AdAccount, node: Node | None, field: Field) -> dict[str, Any]:
    """An edge that was asked for as a field: `insights.date_preset(today){spend}`."""
    owner = node.id if node else f"act_{account.account_id}"
    params = {"access_token": request.token, **field.params, "fields": field.children}
    asked = request.about(account, node, f"{owner}/{field.name}", params)
    return insights(asked) if field.name == "insights" else list_edge(asked, field.name)


def _below(node: Node, parent: Node | None) -> bool:
    return parent is None or (node.id != parent.id and node.belongs_to(parent.id))


def _nonexisting(name: str, label: str) -> Exception:
    return bad_parameter(f"Tried accessing nonexisting field ({name}) on node type ({label})")


def _value(request: GraphRequest, node: Node, field: Field) -> Any:
    if field.name == "budget_remaining":
        return _budget_remaining(request, node)
    value = node.fields.get(field.name)
    if isinstance(value, Mapping) and field.children:
        names = {child.name for child in parse_fields(field.children)} | {"id"}
        return {name: inner for name, inner in value.items() if name in names}
    if isinstance(value, Mapping) and "id" in value:
        return {"id": value["id"]}
    return value


def _budget_remaining(request: GraphRequest, node: Node) -> str | None:
    """Drifts all day, as the real one does."""
    budget = node.fields.get("daily_budget")
    if budget is None:
        return "0"
    account, today = request.account, request.account.today(request.now)
    scope = Scope("account", within=node.id)
    spent = sum(row.numbers.spend for row in _rows(request, account, scope, today))
    return str(max(0, int(budget) - spent))


def _rows(request: GraphRequest, account: AdAccount, scope: Scope, today: Any) -> list[Row]:
    return list(rows(account, scope, [(today, today)], request.now, request.world.days))


def _spent(request: GraphRequest, account: AdAccount) -> int:
    today = account.today(request.now)
    whole = rows(account, Scope("account"), [(account.start_date, today)], request.now, request.world.days)
    return sum(row.numbers.spend for row in whole)


def _account_fields(account: AdAccount, now: datetime) -> dict[str, Any]:
    offset = now.astimezone(account.zone).utcoffset()
    created = datetime.combine(account.start_date, time(6), account.zone)
    return {
        "id": f"act_{account.account_id}",
        "account_id": account.account_id,
        "name": account.name,
        "account_status": account.account_status,
        "currency": account.currency,
        "timezone_name": account.timezone,
        "timezone_id": 1,
        "timezone_offset_hours_utc": offset.total_seconds() / 3600 if offset else 0,
        "created_time": graph_time(created),
        "age": (account.today(now) - account.start_date).days,
        "balance": "0",
        "spend_cap": "0",
        "business": {"id": f"30{account.account_id}", "name": f"{account.name} Ltd"},
        "business_name": f"{account.name} Ltd",
        "disable_reason": account.disable_reason,
        "owner": f"30{account.account_id}",
    }

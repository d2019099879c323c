"""The insights edge: rows of numbers for an account, or for one campaign, ad set or ad."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from connections.providers.meta.sandbox.accounts import AdAccount
from connections.providers.meta.sandbox.actions import action_values, actions, money, one_action, per_action, ratio
from connections.providers.meta.sandbox.errors import GraphError, bad_parameter, graph_error
from connections.providers.meta.sandbox.fields import parse_fields
from connections.providers.meta.sandbox.filtering import insights_scope
from connections.providers.meta.sandbox.paging import Page, page_of_rows, periods_ahead
from connections.providers.meta.sandbox.periods import date_range, periods
from connections.providers.meta.sandbox.request import GraphRequest
from connections.providers.meta.sandbox.structure import Node
from connections.providers.meta.sandbox.tables import LEVELS, Level, Period, Row, Scope, rows

Params = Mapping[str, str]
Renderer = Callable[[Row, Params], Any]
DEFAULT_FIELDS = ("account_id", "campaign_id", "adset_id", "ad_id", "impressions", "spend")


class Question(NamedTuple):
    scope: Scope
    periods: list[Period]
    render: list[tuple[str, Renderer]]


def insights(request: GraphRequest) -> dict[str, Any]:
    return insights_page(request).payload(request)


def insights_page(request: GraphRequest) -> Page:
    question = validate(request)
    ahead = periods_ahead(request, question.periods)
    page = page_of_rows(rows(request.account, question.scope, ahead, request.now, request.world.days), request)
    records = [_record(row, question.render, request.params) for row in page.items]
    return Page(records, page.first, page.last, more=page.more)


def validate(request: GraphRequest) -> Question:
    """Raises the GraphError of what is wrong with the question."""
    account = request.account
    level = _level(request)
    scope = insights_scope(request, level)
    reach = date_range(request.params, account, request.now)
    asked = periods(request.params, reach, account, request.now)
    _refuse_too_much(request, level, len(asked), sum(map(scope.counts, account.structure.ads)))
    return Question(scope, asked, _renderers(request.params.get("fields", ""), level))


def _level(request: GraphRequest) -> Level:
    own: Level = request.node.kind if request.node else "account"
    wished = request.params.get("level") or own
    if wished not in LEVELS:
        raise bad_parameter(f"level must be one of the following values: {', '.join(LEVELS)}")
    if request.params.get("breakdowns") not in (None, "", "[]"):
        raise graph_error("2-1504041")
    return LEVELS[LEVELS.index(wished)]


def _refuse_too_much(request: GraphRequest, level: Level, days: int, ads: int) -> None:
    account = request.account
    nodes: list[Node] = account.structure.by_kind.get(level, [])
    objects = min(len(nodes), ads) if nodes else 1
    if account.rows_per_call is not None and days * objects > account.rows_per_call:
        raise graph_error("100-1487534")


def _renderers(text: str, level: Level) -> list[tuple[str, Renderer]]:
    wished = [field.name for field in parse_fields(text)] or list(DEFAULT_FIELDS)
    if unknown := [name for name in wished if name not in RENDERERS]:
        raise _unknown_fields(unknown)
    return [(name, RENDERERS[name]) for name in wished if _has(level, name)]


def _has(level: Level, name: str) -> bool:
    """Rows name the objects at and above their level, not those below."""
    owner = name.partition("_")[0]
    return owner not in LEVELS or LEVELS.index(owner) <= LEVELS.index(level)


def _unknown_fields(names: Iterable[str]) -> GraphError:
    return bad_parameter(
        f"{', '.join(names)} are not valid for fields param. please check "
        "https://developers.facebook.com/docs/marketing-api/reference/ads-insights/ for all valid values"
    )


def _record(row: Row, render: list[tuple[str, Renderer]], params: Params) -> dict[str, Any]:
    """A metric that has nothing to say is left out."""
    record = {name: value for name, make in render if (value := make(row, params)) not in (None, [])}
    record["date_start"] = row.start.isoformat()
    record["date_stop"] = row.stop.isoformat()
    return record


def _node_value(kind: str, key: str) -> Renderer:
    def value(row: Row, params: Params) -> str | None:
        node = _ancestor(row, kind)
        return str(node.fields[key]) if node and key in node.fields else None

    return value


def _ancestor(row: Row, kind: str) -> Node | None:
    if row.node is None:
        return None
    identifier = {"campaign": row.node.campaign_id or row.node.id, "adset": row.node.adset_id, "ad": row.node.id}[kind]
    return row.account.structure.by_id.get(identifier)


def _quotient(make: Callable[[Row], tuple[float, float]]) -> Renderer:
    def value(row: Row, params: Params) -> str | None:
        part, whole = make(row)
        return ratio(part, whole) if whole else None

    return value


def _spend(row: Row) -> float:
    return float(row.numbers.spend) / float(10**row.account.decimals)


def _roas(row: Row, params: Params) -> Any:
    found = row.numbers
    if not found.revenue or not found.spend:
        return None
    return [{"action_type": "omni_purchase", "value": ratio(found.revenue, found.spend)}]


def _account_value(make: Callable[[AdAccount], str]) -> Renderer:
    return lambda row, params: make(row.account)


def _count(name: str) -> Renderer:
    return lambda row, params: str(getattr(row.numbers, name))


def _watched(percent: int) -> Renderer:
    return lambda row, params: one_action("video_view", row.numbers.video_views * percent // 100, params)


RENDERERS: dict[str, Renderer] = {
    "account_id": _account_value(lambda account: account.account_id),
    "account_name": _account_value(lambda account: account.name),
    "account_currency": _account_value(lambda account: account.currency),
    "campaign_id": _node_value("campaign", "id"),
    "campaign_name": _node_value("campaign", "name"),
    "adset_id": _node_value("adset", "id"),
    "adset_name": _node_value("adset", "name"),
    "ad_id": _node_value("ad", "id"),
    "ad_name": _node_value("ad", "name"),
    "objective": _node_value("campaign", "objective"),
    "buying_type": _node_value("campaign", "buying_type"),
    "optimization_goal": _node_value("adset", "optimization_goal"),
    "attribution_setting": lambda row, params: "7d_click_1d_view",
    "impressions": _count("impressions"),
    "reach": _count("reach"),
    "clicks": _count("clicks"),
    "inline_link_clicks": _count("link_clicks"),
    "spend": lambda row, params: money(row.numbers.spend, row.account.decimals),
    "social_spend": lambda row, params: None,
    "frequency": _quotient(lambda row: (row.numbers.impressions, row.numbers.reach)),
    "ctr": _quotient(lambda row: (row.numbers.clicks * 100, row.numbers.impressions)),
    "cpc": _quotient(lambda row: (_spend(row), row.numbers.clicks)),
    "cpm": _quotient(lambda row: (_spend(row) * 1000, row.numbers.impressions)),
    "cpp": _quotient(lambda row: (_spend(row) * 1000, row.numbers.reach)),
    "actions": lambda row, params: actions(row.numbers, params),
    "action_values": lambda row, params: action_values(row.numbers, row.account.decimals, params),
    "cost_per_action_type": lambda row, params: per_action(row.numbers, row.account.decimals),
    "purchase_roas": _roas,
    "conversions": lambda row, params: None,
    "conversion_values": lambda row, params: None,
    "outbound_clicks": lambda row, params: one_action("outbound_click", row.numbers.landing_views, params),
    "video_p25_watched_actions": _watched(60),
    "video_p50_watched_actions": _watched(40),
    "video_p75_watched_actions": _watched(25),
    "video_p95_watched_actions": _watched(18),
    "video_p100_watched_actions": _watched(15),
    "video_30_sec_watched_actions": _watched(20),
    "video_play_actions": _watched(100),
    "date_start": lambda row, params: row.start.isoformat(),
    "date_stop": lambda row, params: row.stop.isoformat(),
    "created_time": _node_value("ad", "created_time"),
    "updated_time": _node_value("ad", "updated_time"),
}

"""Faults that only a Graph API can have: its errors, its paging, its records and its headers."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from connections.providers.meta.sandbox.errors import CATALOGUE, GraphError, graph_error
from connections.providers.meta.sandbox.quota import BUCKET_ERRORS, FULL_ACCESS, business_usage, told
from connections.providers.meta.sandbox.reports import KIND as REPORT
from connections.sandbox.exchange import Call, Reply, json_reply
from connections.sandbox.faults import FaultRule

Options = Mapping[str, Any]
Payload = dict[str, Any]


def refuse(rules: list[FaultRule], call: Call, account_id: str, bucket: str) -> None:
    """Raise the error that a rule demands in place of an answer."""
    for rule in rules:
        if rule.kind == "error":
            raise wished_error(rule.options, account_id, bucket)
        if rule.kind == "token_echo":
            token = call.params.get("access_token", "")
            raise graph_error("190", message=f"Error validating access token {token}: malformed access token {token}")


def wished_error(options: Options, account_id: str, bucket: str) -> GraphError:
    """By its name in the catalogue, {"error": "613", "seconds": 90}, or spelled out, {"status": 400, "body": {...}}."""
    if "body" in options:
        return GraphError(options.get("status", 400), options["body"])
    error = graph_error(str(options.get("error", "1-99")), **options.get("changes", {}))
    owner = next((known for known, name in BUCKET_ERRORS.items() if name == options.get("error")), bucket)
    seconds, minutes = options.get("seconds", 0), options.get("minutes", 0)
    return told(error, account_id, seconds=seconds, minutes=minutes, bucket=owner or bucket)


def spoil(payload: Payload, rules: list[FaultRule], url: str) -> Payload:
    """The page after every rule about pages. url: the question itself, with its parameters."""
    for rule in rules:
        if rule.kind in PAGE_FLAWS and isinstance(payload.get("data"), list):
            payload = PAGE_FLAWS[rule.kind](payload, rule.options, url)
    return payload


def distort(reply: Reply, rules: list[FaultRule], account_id: str) -> Reply:
    """The reply after every rule about headers and error objects."""
    for rule in rules:
        if rule.kind in REPLY_FLAWS:
            reply = REPLY_FLAWS[rule.kind](reply, rule.options, account_id)
    return reply


def _empty_with_next(payload: Payload, options: Options, url: str) -> Payload:
    """Nothing on this page, yet more to come: asking again continues where this page would have begun."""
    return {"data": [], "paging": {"cursors": {"before": "", "after": _param(url, "after")}, "next": url}}


def _next_without_cursors(payload: Payload, options: Options, url: str) -> Payload:
    """Paging by offset: a link, but no cursor."""
    if "next" not in payload.get("paging", {}):
        return {"data": payload["data"]}
    offset = int(_param(url, "offset") or 0) + len(payload["data"])
    return {"data": payload["data"], "paging": {"next": _with(url, offset=str(offset))}}


def _cursor_loop(payload: Payload, options: Options, url: str) -> Payload:
    """The next page is this page, for ever."""
    paging = payload.get("paging", {"cursors": {"before": "", "after": ""}})
    return {**payload, "paging": {**paging, "next": url}}


def _duplicate_rows(payload: Payload, options: Options, url: str) -> Payload:
    count = options.get("count", len(payload["data"]))
    return {**payload, "data": payload["data"] + payload["data"][:count]}


def _no_rows(payload: Payload, options: Options, url: str) -> Payload:
    """As if there were nothing, where something was yesterday."""
    return {"data": []}


def _missing_rows(payload: Payload, options: Options, url: str) -> Payload:
    """A page that silently lacks some of its rows."""
    return {**payload, "data": payload["data"][options.get("count", 1) :]}


def _malformed_record(payload: Payload, options: Options, url: str) -> Payload:
    """One record with wrong values (`record`) or without some keys (`drop`); by default spend is no number."""
    records = [dict(record) for record in payload["data"]]
    place = options.get("index", 0)
    if place < len(records):
        default = {} if "drop" in options else {"spend": "abc"}
        records[place].update(options.get("record", default))
        for name in options.get("drop", ()):
            records[place].pop(name, None)
    return {**payload, "data": records}


def _extra_field(payload: Payload, options: Options, url: str) -> Payload:
    extra = options.get("record", {"brand_new_field": {"nested": ["value"]}})
    return {**payload, "data": [{**record, **extra} for record in payload["data"]]}


def _quota(reply: Reply, options: Options, account_id: str) -> Reply:
    """Usage headers at a chosen percent, all of them or one (`header`)."""
    percent, minutes = options.get("percent", 95), options.get("minutes", 0)
    share = {"acc_id_util_pct": percent, "ads_api_access_tier": FULL_ACCESS}
    values = {
        "x-app-usage": orjson.dumps({"call_count": percent, "total_time": 20, "total_cputime": 20}).decode(),
        "x-ad-account-usage": orjson.dumps({**share, "reset_time_duration": options.get("seconds", 0)}).decode(),
        "x-business-use-case-usage": business_usage(account_id, options.get("type", "ads_insights"), percent, minutes),
        "x-fb-ads-insights-throttle": orjson.dumps({"app_id_util_pct": 0, **share}).decode(),
    }
    chosen = {options["header"]: values[options["header"]]} if "header" in options else values
    return Reply(reply.status, reply.body, {**reply.headers, **chosen}, reply.content_type, reply.delivery)


def _no_quota_headers(reply: Reply, options: Options, account_id: str) -> Reply:
    kept = {name: value for name, value in reply.headers.items() if not name.startswith("x-")}
    return Reply(reply.status, reply.body, kept, reply.content_type, reply.delivery)


def _error_is_text(reply: Reply, options: Options, account_id: str) -> Reply:
    return json_reply({"error": options.get("text", "Something went wrong")}, options.get("status", 400), reply.headers)


def _error_data_is_text(reply: Reply, options: Options, account_id: str) -> Reply:
    status, error = CATALOGUE[str(options.get("error", "2"))]
    return json_reply({"error": {**error, "error_data": "not JSON at all"}}, status, reply.headers)


def _param(url: str, name: str) -> str:
    return dict(parse_qsl(urlsplit(url).query)).get(name, "")


def _with(url: str, **changes: str) -> str:
    address = urlsplit(url)
    kept = {name: value for name, value in parse_qsl(address.query) if name not in ("after", "before")}
    return address._replace(query=urlencode({**kept, **changes})).geturl()


PAGE_FLAWS: dict[str, Callable[[Payload, Options, str], Payload]] = {
    "empty_page_with_next": _empty_with_next,
    "next_without_cursors": _next_without_cursors,
    "cursor_loop": _cursor_loop,
    "duplicate_rows": _duplicate_rows,
    "no_rows": _no_rows,
    "missing_rows": _missing_rows,
    "malformed_record": _malformed_record,
    "extra_field": _extra_field,
}
REPLY_FLAWS: dict[str, Callable[[Reply, Options, str], Reply]] = {
    "quota": _quota,
    "no_quota_headers": _no_quota_headers,
    "error_is_text": _error_is_text,
    "error_data_is_text": _error_data_is_text,
}
KINDS = frozenset({"error", "token_echo", REPORT} | PAGE_FLAWS.keys() | REPLY_FLAWS.keys())

"""Which path is answered by what."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from connections.providers.meta.sandbox import reporting, tokens
from connections.providers.meta.sandbox.accounts import AdAccount
from connections.providers.meta.sandbox.edges import KINDS, account_record, list_edge, node_record
from connections.providers.meta.sandbox.errors import bad_parameter, graph_error, object_missing
from connections.providers.meta.sandbox.fields import parse_fields
from connections.providers.meta.sandbox.insights import insights
from connections.providers.meta.sandbox.paging import page_of_list
from connections.providers.meta.sandbox.quota import INSIGHTS, MANAGEMENT
from connections.providers.meta.sandbox.request import GraphRequest
from connections.providers.meta.sandbox.structure import Node

VERSION = re.compile(r"^/v(\d+)\.\d+(/.*)?$")


def me(request: GraphRequest) -> dict[str, Any]:
    names = {field.name for field in parse_fields(request.params.get("fields", ""))} or {"id", "name"}
    return {name: value for name, value in tokens.USER.items() if name in names | {"id"}}


def ad_accounts(request: GraphRequest) -> dict[str, Any]:
    """The accounts that the token may read. Links to its pages name the person by number, as the real ones do."""
    request = replace(request, path=f"{tokens.USER['id']}/adaccounts")
    if not request.world.accounts.may_read_ads(request.token):
        raise graph_error("200", message="(#200) Requires ads_read permission to manage the object")
    accounts = request.world.accounts.readable_with(request.token)
    accounts.sort(key=lambda account: int(account.account_id), reverse=True)
    page = page_of_list(accounts, [account.account_id for account in accounts], request)
    wished = parse_fields(request.params.get("fields", ""))
    page.items[:] = [account_record(request, account, wished) for account in page.items]
    return page.payload(request)


def one_object(request: GraphRequest) -> dict[str, Any]:
    wished = parse_fields(request.params.get("fields", ""))
    if request.node is None:
        return account_record(request, request.account, wished)
    return node_record(request, request.node, wished)


def edge(name: str) -> Callable[[GraphRequest], dict[str, Any]]:
    return lambda request: list_edge(request, name)


Answer = Callable[[GraphRequest], dict[str, Any]]
FIXED: dict[tuple[str, str], Answer] = {
    ("GET", "me"): me,
    ("GET", "me/adaccounts"): ad_accounts,
    ("GET", "me/permissions"): tokens.permissions,
    ("DELETE", "me/permissions"): tokens.forget,
    ("GET", "debug_token"): tokens.debug_token,
}
OF_A_REPORT: dict[tuple[str, str], Answer] = {("GET", ""): reporting.status, ("GET", "insights"): reporting.rows}
OF_AN_OBJECT: dict[tuple[str, str], Answer] = {
    ("GET", ""): one_object,
    ("GET", "insights"): insights,
    ("POST", "insights"): reporting.ask,
    **{("GET", name): edge(name) for name in KINDS},
}


@dataclass(frozen=True)
class Target:
    """What a path points at. key: the id under which a multi-get answers it."""

    answer: Answer
    request: GraphRequest
    key: str
    account: AdAccount | None = None
    bucket: str = ""


def split_version(path: str, oldest: int) -> tuple[str, str]:
    """("/v26.0", "act_1/ads"). Raises the GraphError of a version that is gone."""
    found = VERSION.match(path)
    if found is None:
        return "", path.strip("/")
    if int(found.group(1)) < oldest:
        raise graph_error("2635")
    rest = (found.group(2) or "").strip("/")
    return path[: len(path) - len(found.group(2) or "")], rest


def targets(request: GraphRequest, path: str) -> Iterator[Target]:
    """One target, or with `ids` one for each id."""
    if fixed := FIXED.get((request.method, path.replace(tokens.USER["id"], "me"))):
        yield Target(fixed, replace(request, path=path), "")
        return
    if "ids" not in request.params:
        identifier, _, rest = path.partition("/")
        yield _target(request, identifier, rest)
        return
    identifiers = [one for one in request.params["ids"].split(",") if one]
    if len(identifiers) > 50:
        raise bad_parameter("Too many IDs. Maximum: 50.")
    for identifier in identifiers:
        yield _target(request, identifier, path)


def _target(request: GraphRequest, identifier: str, rest: str) -> Target:
    report = request.world.reports.get(identifier)
    answer = (OF_A_REPORT if report else OF_AN_OBJECT).get((request.method, rest))
    account, node = _owner(request, f"act_{report.account_id}" if report else identifier)
    if answer is None:
        raise bad_parameter(f"Unknown path components: /{rest}")
    bucket = INSIGHTS if report or rest == "insights" else MANAGEMENT
    return Target(
        answer, request.about(account, node, f"{identifier}/{rest}", request.params), identifier, account, bucket
    )


def _owner(request: GraphRequest, identifier: str) -> tuple[AdAccount, Node | None]:
    accounts = request.world.accounts
    if identifier.startswith("act_"):
        try:
            account, node = accounts.get(identifier), None
        except KeyError:
            raise object_missing(identifier) from None
    else:
        owner = accounts.owner_of(identifier)
        node = owner.structure.by_id.get(identifier) if owner else None
        if owner is None or node is None or node.gone:
            raise object_missing(identifier)
        account = owner
    if not accounts.opens(request.token, account) or not accounts.may_read_ads(request.token):
        raise graph_error("200", message="(#200) Ad account owner has NOT grant ads_management or ads_read permission")
    return account, node

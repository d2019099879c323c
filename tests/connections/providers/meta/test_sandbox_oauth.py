"""The stand-in's sign-in page: whom it sends back, with what, and what a code and a token are good for."""

import http.client
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from connections.providers.meta.sandbox.oauth import parse
from tests.connections.providers.meta.asking import Graph

BACK = "http://localhost:8000/back"
ASKED = {"client_id": "2001", "redirect_uri": BACK, "state": "s<1>", "scope": "ads_read,business_management"}


def at_the_page(graph: Graph, method: str = "GET", **changes: str) -> Any:
    wire = http.client.HTTPConnection("127.0.0.1", graph.server.port, timeout=5)
    wire.request(method, f"/meta/v26.0/dialog/oauth?{urlencode(ASKED | changes)}")
    answer = wire.getresponse()
    answer.text = answer.read().decode()  # type: ignore[attr-defined]
    wire.close()
    return answer


def code(graph: Graph, **grants: str) -> str:
    there = at_the_page(graph, "POST", decision="allow", **(grants or {"grant_ads_read": "on"})).getheader("Location")
    assert parse_qs(urlsplit(there).query)["state"] == [ASKED["state"]]
    return str(parse_qs(urlsplit(there).query)["code"][0])


def turn_in(graph: Graph, **question: str) -> Any:
    app = {"client_id": "2001", "client_secret": "any", "redirect_uri": BACK}
    return graph.fetch(f"/meta/v26.0/oauth/access_token?{urlencode(app | question)}")


def test_the_page_says_who_asks_for_what(graph: Graph) -> None:
    page = at_the_page(graph).text
    for words in ("The app 2001 asks for", "ads_read", "business_management", "Allow", "Deny", "s&lt;1&gt;"):
        assert words in page


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "javascript:alert(1)", "", "http://localhost.evil.example/"]
)
def test_nobody_is_sent_anywhere_but_to_this_machine(graph: Graph, address: str) -> None:
    for method in ("GET", "POST"):
        answer = at_the_page(graph, method, redirect_uri=address, decision="allow")
        assert (answer.status, answer.getheader("Location")) == (400, None)


def test_a_code_is_good_for_one_token_and_that_for_a_longer_one(graph: Graph) -> None:
    given = code(graph)
    short = turn_in(graph, code=given).json
    assert short["expires_in"] == 3600
    assert turn_in(graph, code=given).error["error_subcode"] == 36009
    long = turn_in(graph, grant_type="fb_exchange_token", fb_exchange_token=short["access_token"]).json
    assert long["expires_in"] == 60 * 24 * 3600
    held = parse(long["access_token"])
    assert held
    assert (held.scopes, held.declined) == (("public_profile", "ads_read"), ("business_management",))
    granted = graph.get("me/permissions", token=long["access_token"]).data
    assert {"permission": "business_management", "status": "declined"} in granted


def test_a_code_is_bound_to_its_address(graph: Graph) -> None:
    assert turn_in(graph, code=code(graph), redirect_uri=BACK + "/").error["error_subcode"] == 36008


def test_a_token_ends_when_it_says(graph: Graph) -> None:
    token = turn_in(graph, code=code(graph)).json["access_token"]
    assert graph.get("me/adaccounts", token=token).status == 200
    graph.clock.advance(hours=2)
    assert graph.get("me/adaccounts", token=token).error["error_subcode"] == 463


def test_what_was_granted_can_be_taken_back(graph: Graph) -> None:
    token = turn_in(graph, code=code(graph)).json["access_token"]
    graph.wire.request("DELETE", f"/meta/v26.0/me/permissions?{urlencode({'access_token': token})}")
    assert graph.wire.getresponse().read() == b'{"success":true}'
    assert graph.get("me/adaccounts", token=token).error["error_subcode"] == 458


def test_the_desk_can_be_told_what_to_do(graph: Graph) -> None:
    graph.control("meta/oauth", {"answer": "deny", "token_seconds": None})
    assert "error=access_denied" in at_the_page(graph).getheader("Location")
    graph.control("meta/oauth", {"answer": ""})
    short = turn_in(graph, code=code(graph)).json["access_token"]
    assert "expires_in" not in turn_in(graph, grant_type="fb_exchange_token", fb_exchange_token=short).json

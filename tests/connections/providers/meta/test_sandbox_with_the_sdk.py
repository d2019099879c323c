"""The official SDK reads the sandbox as it reads Meta: by its own paths, parameters and paging."""

from typing import Any

import pytest
from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from tests.connections.providers.meta.asking import Graph


@pytest.fixture
def api(graph: Graph) -> Any:
    return api_of(graph, "sandbox-demo-token")


def api_of(graph: Graph, token: str, secret: str | None = None) -> Any:
    session = FacebookSession(app_id="2001", app_secret=secret, access_token=token, timeout=(5, 5))
    session.GRAPH = graph.server.url("meta")
    return FacebookAdsApi(session, api_version="v26.0")


def test_it_finds_the_accounts(api: Any) -> None:
    (account,) = User("me", api=api).get_ad_accounts(fields=["name", "currency"])
    assert (account["id"], account["name"], account["currency"]) == ("act_1001001", "Demo Shop", "USD")


def test_it_reads_the_account_node(api: Any) -> None:
    account = AdAccount("act_1001001", api=api).api_get(fields=["timezone_name"])
    assert account["timezone_name"] == "America/New_York"


@pytest.mark.parametrize(("edge", "size"), [("get_campaigns", 7), ("get_ad_sets", 21), ("get_ads", 50)])
def test_it_pages_through_lists(api: Any, edge: str, size: int) -> None:
    cursor = getattr(AdAccount("act_1001001", api=api), edge)(fields=["name"], params={"limit": 4})
    assert len({node["id"] for node in cursor}) == size


def test_it_filters_lists(api: Any) -> None:
    ads = AdAccount("act_1001001", api=api).get_ads(params={"effective_status": ["ARCHIVED"], "limit": 100})
    assert len(ads) == 10


def test_it_reads_an_object_by_id(api: Any, graph: Graph) -> None:
    ad = graph.meta.account("1001001").structure.ads[0]
    assert Ad(ad.id, api=api).api_get(fields=["name", "adset_id"])["adset_id"] == ad.adset_id


def test_it_reads_every_row_of_a_week(api: Any, graph: Graph) -> None:
    params = {
        "level": "ad",
        "time_range": {"since": "2026-03-01", "until": "2026-03-07"},
        "time_increment": 1,
        "limit": 50,
    }
    rows = AdAccount("act_1001001", api=api).get_insights(fields=["ad_id", "impressions", "spend"], params=params)
    found = {(row["ad_id"], row["date_start"]): int(row["impressions"]) for row in rows}
    truth = graph.meta.truth_rows("1001001")
    assert found == {(row.id, row.date): row.impressions for row in truth if "2026-03-01" <= row.date <= "2026-03-07"}


def test_it_understands_the_errors(graph: Graph) -> None:
    with pytest.raises(FacebookRequestError) as caught:
        AdAccount("act_1001001", api=api_of(graph, "sandbox-token-463")).get_campaigns()
    assert (caught.value.api_error_code(), caught.value.api_error_subcode()) == (190, 463)


def test_it_gets_the_headers_of_a_block(api: Any, graph: Graph) -> None:
    graph.meta.faults.add({"kind": "error", "error": "80004", "minutes": 5})
    with pytest.raises(FacebookRequestError) as caught:
        AdAccount("act_1001001", api=api).get_ads()
    assert '"estimated_time_to_regain_access":5' in caught.value.http_headers()["X-Business-Use-Case-Usage"]


def test_it_proves_the_apps_secret(graph: Graph) -> None:
    graph.control("meta/app", {"app_secret": "not-so-secret"})
    proved = api_of(graph, "sandbox-demo-token", "not-so-secret")
    assert len(User("me", api=proved).get_ad_accounts()) == 1
    with pytest.raises(FacebookRequestError, match="Invalid appsecret_proof"):
        User("me", api=api_of(graph, "sandbox-demo-token")).get_ad_accounts()


def test_an_empty_page_with_a_next_ends_its_own_cursor_too_early(api: Any, graph: Graph) -> None:
    """Why sources page by themselves."""
    graph.meta.faults.add({"kind": "empty_page_with_next", "path": "/ads", "nth": 2})
    assert len(list(AdAccount("act_1001001", api=api).get_ads(params={"limit": 10}))) == 10

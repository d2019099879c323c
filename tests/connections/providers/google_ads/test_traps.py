"""The traps of Google's client, each over the wire: what plain code runs into, and what ours does instead."""

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import grpc
import orjson
import pytest
from google.ads.googleads.client import GoogleAdsClient
from google.ads.googleads.errors import GoogleAdsException
from google.api_core import exceptions
from google.oauth2.credentials import Credentials

from connections.errors import NeedsReconnect, RateLimited, TooMuchData, Transient
from connections.providers.google_ads.demo import DEMO_TOKEN
from connections.providers.google_ads.sandbox.world import MANAGER, SHOP
from connections.sources import Page, Slice
from tests.connections.providers.google_ads.reading import NOW, PROJECT, TODAY, WEEK, Reader

pytestmark = pytest.mark.once

QUERY = "SELECT campaign.id FROM campaign ORDER BY campaign.id"


def plain_client(reader: Reader) -> GoogleAdsClient:
    """As everybody makes it: signing in is left to the channel."""
    login = reader.login
    credentials = Credentials(
        token=None,
        refresh_token=login.refresh_token,
        client_id=login.client_id,
        client_secret=login.client_secret,
        token_uri=login.token_url,
    )
    return GoogleAdsClient(
        credentials=credentials, endpoint=login.endpoint, login_customer_id=MANAGER, use_proto_plus=False
    )


def ids(stream: Iterator[Any]) -> Iterator[int]:
    for message in stream:
        yield from (row.campaign.id for row in message.results)


def plain_read(reader: Reader) -> list[int]:
    service = plain_client(reader).get_service("GoogleAdsService")
    return list(ids(service.search_stream(customer_id=SHOP, query=QUERY)))


def test_plain_code_reads_as_ours_does(reader: Reader) -> None:
    assert [str(each) for each in plain_read(reader)] == [each["external_id"] for each in reader.records("campaigns")]


# G1


def test_a_login_that_is_over_looks_like_a_server_that_is_down(reader: Reader) -> None:
    reader.google.logins.revoke()
    with pytest.raises(exceptions.ServiceUnavailable, match="invalid_grant"):
        plain_read(reader)


@pytest.mark.parametrize("before", ["signed in", "new"])
def test_a_login_that_is_over_asks_for_a_new_one(reader: Reader, before: str) -> None:
    if before == "signed in":
        reader.records("campaigns")
    asked = len(reader.questions())
    reader.google.logins.revoke()
    with pytest.raises(NeedsReconnect) as raised:
        reader.records("campaigns")
    assert raised.value.code == "invalid_grant"
    assert DEMO_TOKEN not in raised.value.original
    assert len(reader.questions()) - asked <= 1, "a call that could not succeed"


def test_a_token_that_ends_before_its_hour_is_no_reason_to_ask_people(reader: Reader) -> None:
    reader.records("campaigns")
    reader.google.logins.end_tokens()
    assert reader.records("campaigns")
    assert reader.google.logins.refreshes == 2


def test_those_who_read_at_once_sign_in_once(reader: Reader) -> None:
    with ThreadPoolExecutor(4) as several:
        found = list(several.map(reader.records, ("campaigns", "ads", "campaigns", "ads")))
    assert found[0] == found[2]
    assert found[1] == found[3]
    assert reader.google.logins.refreshes == 1


def test_a_question_for_numbers_travels_as_the_client_sends_any(reader: Reader) -> None:
    """Its answer is read by messages of our own."""
    reader.records("campaigns")
    reader.records("ad_metrics")
    theirs, ours = reader.google.headers
    assert ours == theirs
    assert {"login-customer-id", "x-goog-api-client", "x-goog-request-params", "authorization"} < ours.keys()
    assert "developer-token" not in ours


# G2


def recorded(recordings_dir: Any) -> dict[str, Any]:
    (path,) = (recordings_dir / "google_ads" / "errors").glob("quota*.json")
    found: dict[str, Any] = orjson.loads(path.read_bytes())["error"]["details"][0]
    return found


def test_a_limit_is_not_among_the_errors_of_googles_client(reader: Reader, recordings_dir: Any) -> None:
    reader.google.faults.add({"kind": "error", "status": "RESOURCE_EXHAUSTED", "body": recorded(recordings_dir)})
    with pytest.raises(exceptions.ResourceExhausted) as raised:
        plain_read(reader)
    assert not isinstance(raised.value, GoogleAdsException)
    assert raised.value.details == []


@pytest.mark.spec("A58")
@pytest.mark.parametrize("after", [0, 2], ids=["at once", "amid the stream"])
def test_the_recorded_limit_parks_the_project_until_its_time(reader: Reader, recordings_dir: Any, after: int) -> None:
    reader.google.rows_a_message = 1
    body = recorded(recordings_dir)
    reader.google.faults.add({"kind": "error", "status": "RESOURCE_EXHAUSTED", "body": body, "after": after})
    with pytest.raises(RateLimited) as raised:
        reader.records("campaigns")
    until = NOW + timedelta(seconds=40_591)
    assert (raised.value.retry_at, raised.value.scope) == (until, PROJECT)
    assert raised.value.code == "quota_error.RESOURCE_EXHAUSTED"
    assert [block[:2] for block in reader.gate.blocks] == [(PROJECT, until)]
    assert {PROJECT} < {limit.bucket for limit in reader.gate.calls[0]}


def test_the_stand_in_counts_a_day_and_tells_when_it_is_over(reader: Reader) -> None:
    reader.google.quota.per_day = 2
    reader.records("campaigns")
    reader.server.clock.advance(hours=1)
    reader.records("ads")
    with pytest.raises(RateLimited) as raised:
        reader.records("ads")
    assert raised.value.retry_at == NOW + timedelta(hours=23)
    reader.server.clock.advance(hours=23)
    assert reader.records("ads")


# G3


def test_a_stream_whose_service_nobody_holds_is_cut_off(reader: Reader) -> None:
    reader.google.rows_a_message = 1
    stream = plain_client(reader).get_service("GoogleAdsService").search_stream(customer_id=SHOP, query=QUERY)
    gc.collect()
    with pytest.raises(exceptions.Cancelled, match="Channel deallocated"):
        list(ids(stream))


def test_our_stream_goes_on_when_nobody_holds_its_source(reader: Reader) -> None:
    reader.google.rows_a_message = 1
    batches = reader.source().api.search(QUERY)
    seen = 0
    for batch in batches:
        gc.collect()
        seen += len(batch.rows)
    assert seen == 4


# G4


def test_a_retry_around_a_generator_never_fires(reader: Reader) -> None:
    reader.google.rows_a_message = 1
    reader.google.faults.add({"kind": "error", "status": "UNAVAILABLE", "after": 2, "times": 1})
    service = plain_client(reader).get_service("GoogleAdsService")

    def retried() -> Iterator[int]:
        try:
            return ids(service.search_stream(customer_id=SHOP, query=QUERY))
        except exceptions.ServiceUnavailable:  # never: nothing has been read yet
            return ids(service.search_stream(customer_id=SHOP, query=QUERY))

    with pytest.raises(exceptions.ServiceUnavailable):
        list(retried())


@pytest.mark.parametrize(
    ("fault", "family"),
    [
        ({"status": "UNAVAILABLE"}, Transient),
        ({"error": "internal_error.INTERNAL_ERROR"}, Transient),
        ({"error": "quota_error.RESOURCE_TEMPORARILY_EXHAUSTED"}, RateLimited),
    ],
    ids=["unavailable", "internal", "limit"],
)
def test_a_stream_that_breaks_goes_on_after_the_last_page(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, fault: dict[str, str], family: type[Exception]
) -> None:
    monkeypatch.setattr("connections.providers.google_ads.reading.ROWS_A_PAGE", 10)
    whole = reader.records("ad_metrics")
    reader.google.rows_a_message = 15
    reader.google.faults.add({"kind": "error", "after": 3, "times": 1, **fault})
    source = reader.source()
    pages: list[Page] = []
    with pytest.raises(family):
        pages.extend(source.read(source.stream("ad_metrics"), WEEK, None))
    assert pages, "what came before the break is kept"
    rest = reader.pages("ad_metrics", WEEK, pages[-1].checkpoint)
    assert [record for page in [*pages, *rest] for record in page.records] == whole


# G5


def test_without_a_deadline_of_ours_there_is_none(reader: Reader) -> None:
    plain_read(reader)
    reader.records("campaigns")
    theirs, ours = reader.google.deadlines
    assert theirs is None or theirs > 10**6
    assert 0 < ours < 41


@pytest.mark.parametrize(
    ("stream", "piece", "family"),
    [
        ("campaigns", Slice(), Transient),
        ("ad_metrics", WEEK, TooMuchData),
        ("ad_metrics", Slice(since=TODAY, until=TODAY), Transient),
    ],
    ids=["a list", "a week", "a day"],
)
@pytest.mark.parametrize("after", [0, 1])
def test_a_stream_that_stalls_is_given_up(
    reader: Reader, stream: str, piece: Slice, family: type[Exception], after: int
) -> None:
    reader.settings["answer_seconds"] = 0.5
    reader.google.rows_a_message = 2
    reader.google.faults.add({"kind": "stall", "after": after})
    with pytest.raises(family, match=r"in time|too long"):
        reader.pages(stream, piece)


# G6


def test_a_page_size_is_refused(reader: Reader) -> None:
    service = plain_client(reader).get_service("GoogleAdsService")
    with pytest.raises(GoogleAdsException) as raised:
        service.search(request={"customer_id": SHOP, "query": QUERY, "page_size": 100})
    assert raised.value.error.code() is grpc.StatusCode.INVALID_ARGUMENT
    (error,) = raised.value.failure.errors
    assert error.error_code.request_error == 7 or "page size" in error.message


def test_ours_asks_for_no_page_size_and_makes_pages_itself(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connections.providers.google_ads.reading.ROWS_A_PAGE", 5)
    pages = reader.pages("ads")
    assert [len(page.records) for page in pages] == [5, 5, 2]
    assert reader.google.quota.made == 1

"""Where the official SDK loses data, mistakes or hangs, and that we do not. Both against the same answers."""

import json
import time
from typing import Any

import pytest
import requests
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession

from connections.errors import SyncError, Transient
from connections.sources import Slice
from tests.connections.providers.meta.reading import TOKEN, records_of, source_at
from tests.connections.providers.meta.scripted_server import Raw, as_json, listing, scripted

EVERYTHING = Slice()
NEXT = "https://graph.facebook.com/v26.0/act_42/ads?access_token=other&limit=25"
HTML = Raw(502, b"<html><body><h1>Bad Gateway</h1></body></html>", {"Content-Type": "text/html"})


def sdk_account(url: str, timeout: Any = None) -> AdAccount:
    """As the SDK is used by everyone: its objects, its cursor."""
    session = FacebookSession(access_token=TOKEN, timeout=timeout)
    session.GRAPH = url
    return AdAccount("act_42", api=FacebookAdsApi(session, api_version="v26.0"))


def sdk_ids(url: str) -> list[str | None]:
    return [ad.get("id") for ad in sdk_account(url).get_ads()]


def our_ids(url: str) -> list[str]:
    return [record["external_id"] for record in records_of(source_at(url), "ads", EVERYTHING)]


def our_error(url: str, **settings: Any) -> SyncError:
    with pytest.raises(SyncError) as caught:
        records_of(source_at(url, **settings), "ads", EVERYTHING)
    return caught.value


def test_an_empty_page_is_not_the_end_while_there_is_a_next_one():
    pages = [
        listing("1", after="a", more=f"{NEXT}&after=a"),
        listing(after="b", more=f"{NEXT}&after=b"),
        listing("2"),
    ]
    with scripted(*pages) as server:
        assert sdk_ids(server.url) == ["1"]
    with scripted(*pages) as server:
        assert our_ids(server.url) == ["1", "2"]


def test_a_next_page_without_a_cursor_is_followed():
    pages = [listing("1", more=f"{NEXT}&offset=25"), listing("2", more=f"{NEXT}&offset=50"), listing("3")]
    with scripted(*pages) as server:
        assert sdk_ids(server.url) == ["1"]
    with scripted(*pages) as server:
        assert our_ids(server.url) == ["1", "2", "3"]
        assert [asked.params.get("offset") for asked in server.asked] == [None, "25", "50"]


def test_a_page_of_html_is_no_success():
    with scripted(HTML) as server:
        assert sdk_account(server.url).get_api_assured().call("GET", ("act_42", "ads")).is_success()
        with pytest.raises(TypeError):
            sdk_ids(server.url)
        error = our_error(server.url)
    assert isinstance(error, Transient)
    assert "HTTP 502" in error.sentence
    assert "Bad Gateway" in error.original


def test_an_empty_body_is_no_object():
    with scripted(Raw(200, b"")) as server:
        assert sdk_ids(server.url) == [None]
        assert isinstance(our_error(server.url), Transient)


@pytest.mark.parametrize(
    ("error", "sdk_fails_with", "code"),
    [
        pytest.param("Something went wrong", AttributeError, "HTTP 400", id="error is a text"),
        pytest.param(
            {"code": 2, "message": "Unavailable", "error_data": "see above"},
            json.JSONDecodeError,
            "2",
            id="error_data is no JSON",
        ),
    ],
)
def test_a_malformed_error_is_understood_as_far_as_it_goes(error, sdk_fails_with, code):
    with scripted(as_json({"error": error}, 400)) as server:
        with pytest.raises(sdk_fails_with):
            sdk_ids(server.url)
        ours = our_error(server.url)
    assert isinstance(ours, Transient)
    assert ours.code == code


def test_an_answer_that_drips_ends_at_the_deadline():
    """The SDK waits for ever by default, and a timeout of requests begins anew with every byte."""
    slow = Raw(200, b'{"data": []}', drip_seconds=0.1)
    assert FacebookSession(access_token=TOKEN).timeout is None
    with scripted(slow) as server:
        started = time.monotonic()
        assert list(sdk_account(server.url, timeout=(1, 0.3)).get_ads()) == []
        assert time.monotonic() - started > 1
    with scripted(slow) as server:
        started = time.monotonic()
        error = our_error(server.url, answer_seconds=0.3)
        assert time.monotonic() - started < 0.9
    assert isinstance(error, Transient)
    assert error.sentence == "Meta did not answer in time."


def test_no_error_quotes_the_access_token():
    nobody_listens = "http://127.0.0.1:9"
    with pytest.raises(requests.ConnectionError, match="access_token=EAAbcdefgh"):
        sdk_ids(nobody_listens)
    error = our_error(nobody_listens)
    assert isinstance(error, Transient)
    assert "EAAbcdefgh" not in f"{error} {error.original} {error.remedy}"
    assert "refused" in error.original
    assert error.__cause__ is None
    assert error.__context__ is None, "a traceback would print the first error, and the token with it"

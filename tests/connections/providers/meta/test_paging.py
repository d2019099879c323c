"""A list is read to its end: once, in order, and from where we stopped."""

import json

import pytest

from connections.errors import Misconfigured, TooMuchData, Transient
from connections.sources import Slice
from tests.connections.providers.meta.reading import TOKEN, pages_of, source_at
from tests.connections.providers.meta.scripted_server import as_json, fault, listing, scripted

EVERYTHING = Slice()
NEXT = (
    "https://graph.facebook.com/v19.0/act_42/ads?access_token=EAAotherotherother1&appsecret_proof=p&limit=25&fields=id"
)
TOO_BIG = fault(1, status=500, message="Please reduce the amount of data you're asking for, then retry your request")
BAD_CURSOR = fault(100, message="(#100) Invalid cursors values")


def read(server, checkpoint=None, **settings):
    return pages_of(source_at(server.url, **settings), "ads", EVERYTHING, checkpoint)


def ids(pages):
    return [record["external_id"] for page in pages for record in page.records]


def test_next_says_where_to_go_on_and_nothing_else():
    with scripted(listing("1", more=f"{NEXT}&after=a&__paging_token=t"), listing("2")) as server:
        read(server)
        first, second = (asked.params for asked in server.asked)
    assert second == first | {"after": "a", "__paging_token": "t"}
    assert second["access_token"] == TOKEN
    assert second["limit"] == "500"
    assert server.asked[1].path == "/v26.0/act_42/ads"


def test_paging_by_time_and_offset_keeps_what_the_last_page_said():
    pages = [listing("1", more=f"{NEXT}&since=1&until=2"), listing("2", more=f"{NEXT}&offset=9"), listing("3")]
    with scripted(*pages) as server:
        assert ids(read(server)) == ["1", "2", "3"]
    extra = [{key: asked.params.get(key) for key in ("since", "until", "offset")} for asked in server.asked]
    assert extra[1:] == [{"since": "1", "until": "2", "offset": None}, {"since": None, "until": None, "offset": "9"}]


def test_a_checkpoint_is_json_without_a_token_and_leads_to_the_next_page():
    with scripted(listing("1", more=f"{NEXT}&after=a"), listing("2")) as server:
        first, last = read(server)
    assert last.checkpoint is None
    assert "EAA" not in json.dumps(first.checkpoint)
    with scripted(listing("2")) as server:
        assert ids(read(server, json.loads(json.dumps(first.checkpoint)))) == ["2"]
        assert server.asked[0].params["after"] == "a"


def test_a_forgotten_cursor_begins_the_list_anew_once():
    checkpoint = {"part": "all", "page": {"after": "old"}, "limit": 500}
    with scripted(BAD_CURSOR, listing("1", more=f"{NEXT}&after=a"), listing("2")) as server:
        assert ids(read(server, checkpoint)) == ["1", "2"]
    with scripted(fault(2642, message="(#2642) Invalid cursors values"), listing("1")) as server:
        assert ids(read(server, checkpoint)) == ["1"]
    with scripted(BAD_CURSOR) as server:
        with pytest.raises(Transient):
            read(server, checkpoint)
        assert len(server.asked) == 2


def test_a_cursor_refused_in_the_middle_is_for_the_next_try():
    with scripted(listing("1", more=f"{NEXT}&after=a"), BAD_CURSOR) as server:
        with pytest.raises(Transient):
            read(server)
        assert len(server.asked) == 2


@pytest.mark.parametrize(
    "circle",
    [
        pytest.param([listing("1", more=NEXT)], id="to itself"),
        pytest.param(
            [
                listing("1", more=f"{NEXT}&after=a"),
                listing("2", more=f"{NEXT}&after=b"),
                listing("3", more=f"{NEXT}&after=a"),
            ],
            id="back",
        ),
        pytest.param([listing(more=f"{NEXT}&after=a")], id="empty for ever"),
    ],
)
def test_a_list_that_leads_in_circles_ends(circle):
    with scripted(*circle) as server:
        with pytest.raises(Transient, match="circles"):
            read(server)
        assert len(server.asked) <= 6


def test_an_empty_page_may_ask_to_be_asked_again():
    with scripted(listing("1", more=f"{NEXT}&after=a"), listing(more=f"{NEXT}&after=a"), listing("2")) as server:
        assert ids(read(server)) == ["1", "2"]


@pytest.mark.parametrize(
    "url", ["https://graph.facebook.com/v26.0/act_43/ads?after=a", "https://evil.example/ads?after=a", "nonsense"]
)
def test_a_list_never_goes_on_at_another_account(url):
    with scripted(listing("1", more=url)) as server:
        with pytest.raises(Transient, match="another address"):
            read(server)
        assert len(server.asked) == 1


def test_pages_get_smaller_while_meta_asks_for_less_and_stay_so():
    with scripted(TOO_BIG, TOO_BIG, listing("1", more=f"{NEXT}&after=a"), listing("2")) as server:
        pages = read(server)
        assert [asked.params["limit"] for asked in server.asked] == ["500", "250", "125", "125"]
    assert pages[0].checkpoint == {"part": "all", "page": {"after": "a"}, "limit": 125}
    with scripted(listing("2")) as server:
        read(server, pages[0].checkpoint)
        assert server.asked[0].params["limit"] == "125"


def test_after_the_smallest_page_the_slice_itself_is_too_big():
    with scripted(TOO_BIG) as server:
        with pytest.raises(TooMuchData):
            read(server)
        assert [asked.params["limit"] for asked in server.asked] == ["500", "250", "125", "62", "31", "25"]


def test_too_much_data_by_its_code_is_split_at_once():
    with scripted(fault(100, 1487534)) as server:
        with pytest.raises(TooMuchData):
            read(server)
        assert len(server.asked) == 1


def test_a_field_that_meta_removed_is_left_out_when_nothing_lies_by_its_absence(caplog):
    removed = fault(100, message="(#100) creative is not valid for fields param. please check the docs")
    with scripted(removed, listing("1")) as server:
        assert ids(read(server)) == ["1"]
        assert "creative" not in server.asked[1].params["fields"]
    assert "no longer has creative of ads" in caplog.text


def test_a_removed_field_whose_absence_would_look_like_a_zero_stops_with_its_name():
    removed = fault(100, message="(#100) effective_status, creative are not valid for fields param.")
    with scripted(removed) as server:
        with pytest.raises(Misconfigured, match="effective_status, creative"):
            read(server)
        assert len(server.asked) == 1


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {"id": "1"}}, {"success": True}, {"success": False}])
def test_an_answer_without_a_list_is_tried_again(body):
    with scripted(as_json(body)) as server, pytest.raises(Transient):
        read(server)


def test_odd_paging_is_no_next_page():
    with scripted(as_json({"data": [{"id": "1"}], "paging": None})) as server:
        assert ids(read(server)) == ["1"]

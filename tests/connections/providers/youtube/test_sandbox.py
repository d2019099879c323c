"""The stand-in's own ways: numbers by hand, over HTTP and on its page, and the channels of the demo's spreadsheet."""

import re
from html import unescape
from typing import Any

import pytest
import requests

from connections.providers.google_sheets.sandbox.content import standing_books
from connections.providers.youtube.sandbox.channels import standing_channels
from tests.connections.providers.youtube.reading import NOW, Reader

ALMA = "@alma_bakes"


@pytest.fixture
def page(reader: Reader) -> str:
    return f"{reader.server.url()}/_sandbox/youtube/"


def fields(page: str) -> dict[str, str]:
    text = requests.get(page, timeout=10).text
    found = re.findall(r'<input (?:type="hidden" )?name="([^"]+)"[^>]*? value="([^"]*)"', text, re.DOTALL)
    return {unescape(name): unescape(value) for name, value in found}


def send(page: str, form: dict[str, str], **headers: str) -> requests.Response:
    return requests.post(page, data=form, headers=headers, timeout=10, allow_redirects=False)


def test_its_channels_are_those_of_the_demos_spreadsheet_and_near_its_numbers() -> None:
    (book,) = standing_books()
    channels = {f"https://www.youtube.com/{each.handle}": each.shown(NOW) for each in standing_channels(NOW)}
    listed: dict[Any, Any] = {}
    for tab in book.tabs:
        for (row, column), cell in tab.cells.items():
            if column == 1 and str(cell).startswith("https://www.youtube.com/"):
                listed[cell] = {4: tab.cells[row, 4], 7: tab.cells[row, 7], 8: tab.cells[row, 8]}
    assert channels.keys() == listed.keys()
    for link, shown in channels.items():
        for name, column in (("subscribers", 4), ("videos", 7), ("views", 8)):
            if isinstance(listed[link][column], int):
                assert abs(shown[name] / listed[link][column] - 1) < 0.1, (link, name)


@pytest.mark.spec("V38")
def test_numbers_are_set_on_the_page(reader: Reader, page: str) -> None:
    form = fields(page)
    assert send(page, form | {f"subscribers:{ALMA}": "950", f"views:{ALMA}": ""}).status_code == 303
    found = reader.read(ALMA)[ALMA]
    assert (found["followers"], found["views"]) == (950, None)
    assert reader.youtube.channels["@islandida"].grows > 0, "what was not typed was not set"


def test_the_page_obeys_no_other_site_and_no_nonsense(reader: Reader, page: str) -> None:
    form = fields(page)
    wish = {f"subscribers:{ALMA}": "950"}
    assert send(page, wish).status_code == 403
    assert send(page, form | wish, Origin="https://evil.example").status_code == 403
    assert send(page, form | {f"subscribers:{ALMA}": "many"}).status_code == 400
    assert requests.get(page, headers={"Host": "evil.example"}, timeout=10).status_code == 403
    assert reader.youtube.channels[ALMA].shown(NOW)["subscribers"] != 950


def test_numbers_are_set_over_http(reader: Reader, page: str) -> None:
    wish = {"channel": "@newcomer", "subscribers": 1050, "videos": 3}
    listed = requests.post(f"{page}channels", json=wish, timeout=10).json()["channels"]
    assert [each["subscribers"] for each in listed if each["channel"] == "@newcomer"] == [1050]
    assert reader.read("@newcomer")["@newcomer"]["followers"] == 1050
    requests.delete(f"{page}channels", json={"channel": "@newcomer"}, timeout=10)
    assert reader.read("@newcomer")["@newcomer"]["state"] == "missing"
    assert requests.post(f"{page}channels", json={"channel": ALMA, "views": -1}, timeout=10).status_code == 400
    requests.post(f"{page}quota", json={"quota": 5}, timeout=10)
    assert requests.delete(f"{page}quota", timeout=10).json() == {"quota": 5, "used": 0}


def test_subscribers_grow_by_the_hour_unless_they_were_set(reader: Reader) -> None:
    reader.youtube.set(ALMA, subscribers=950)
    before = {handle: channel.shown(NOW)["subscribers"] for handle, channel in reader.youtube.channels.items()}
    reader.server.clock.advance(hours=3)
    now = reader.server.clock.now()
    after = {handle: channel.shown(now)["subscribers"] for handle, channel in reader.youtube.channels.items()}
    assert [handle for handle in before if after[handle] == before[handle]] == [ALMA]


@pytest.mark.parametrize(
    ("headers", "params", "status"),
    [
        ({}, {"id": "x"}, 403),
        ({"X-Goog-Api-Key": "wrong"}, {"id": "x"}, 400),
        ({"X-Goog-Api-Key": "sandbox-demo-key"}, {}, 400),
        ({"X-Goog-Api-Key": "sandbox-demo-key"}, {"id": ",".join("x" * 51)}, 400),
        ({"X-Goog-Api-Key": "sandbox-demo-key"}, {"id": "x"}, 200),
        ({}, {"id": "x", "key": "sandbox-demo-key"}, 200),
    ],
    ids=["no key", "a wrong key", "no filter", "too many ids", "nobody", "the key in the address"],
)
def test_it_answers_as_youtube_does(
    reader: Reader, headers: dict[str, str], params: dict[str, str], status: int
) -> None:
    url = f"{reader.server.url('youtube')}/youtube/v3/channels"
    answer = requests.get(url, headers=headers, params={"part": "id", **params}, timeout=10)
    assert answer.status_code == status
    assert ("error" in answer.json()) is (status != 200)

"""The stand-in's own ways: numbers by hand, over HTTP and on its page, and the accounts of the demo's spreadsheet."""

import re
from html import unescape
from typing import Any

import pytest
import requests

from connections.providers.google_sheets.sandbox.content import standing_books
from connections.providers.instagram.sandbox.accounts import OWN_NAME, standing_people
from tests.connections.providers.instagram.reading import NOW, Reader

JON = "junglejon"


def test_its_accounts_are_those_of_the_demos_spreadsheet_and_near_its_numbers() -> None:
    (book,) = standing_books()
    before = "https://www.instagram.com/"
    people = {
        f"{before}{each.username}/": each.shown(NOW) for each in standing_people(NOW) if each.username != OWN_NAME
    }
    listed: dict[Any, Any] = {}
    for tab in book.tabs:
        for (row, column), cell in tab.cells.items():
            if column == 1 and str(cell).startswith(before):
                listed[cell] = {at: tab.cells[row, at] for at in (4, 6, 7)}
    assert people.keys() == listed.keys()
    for link, shown in people.items():
        for name, column in (("followers", 4), ("following", 6), ("posts", 7)):
            if isinstance(listed[link][column], int):
                assert abs(shown[name] / listed[link][column] - 1) < 0.1, (link, name)


@pytest.mark.spec("V38")
def test_numbers_are_set_on_the_page_and_over_http(reader: Reader) -> None:
    page = f"{reader.server.url()}/_sandbox/instagram/"
    found = re.findall(
        r'<input (?:type="hidden" )?name="([^"]+)"[^>]*? value="([^"]*)"', requests.get(page, timeout=9).text
    )
    form = {unescape(name): unescape(value) for name, value in found} | {f"followers:{JON}": "950"}
    assert requests.post(page, data=form, timeout=9, allow_redirects=False).status_code == 303
    assert reader.read(JON)[JON]["followers"] == 950
    wish = {"account": "newcomer", "followers": 1050, "posts": 2}
    requests.post(f"{page}accounts", json=wish, timeout=9)
    assert reader.read("newcomer")["newcomer"]["followers"] == 1050
    requests.post(f"{page}accounts", json={"account": "newcomer", "professional": False}, timeout=9)
    assert reader.read("newcomer")["newcomer"]["state"] == "unsupported"
    requests.delete(f"{page}accounts", json={"account": "newcomer"}, timeout=9)
    assert "newcomer" not in reader.instagram.people
    assert requests.post(f"{page}accounts", json={"account": JON, "posts": -1}, timeout=9).status_code == 400


def test_followers_grow_by_the_hour_unless_they_were_set(reader: Reader) -> None:
    reader.instagram.set(JON, followers=950)
    before = reader.read(JON, "lumen_lou")
    reader.server.clock.advance(hours=3)
    after = reader.read(JON, "lumen_lou")
    assert after[JON]["followers"] == before[JON]["followers"] == 950
    assert after["lumen_lou"]["followers"] > before["lumen_lou"]["followers"]


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("17841400000000001", {}, 190),
        ("17841400000000001", {"access_token": "wrong"}, 190),
        ("999", {"access_token": "sandbox-demo-token"}, 100),
        ("17841400000000001", {"access_token": "sandbox-demo-token", "fields": "nonsense"}, 100),
        ("17841400000000001", {"access_token": "sandbox-demo-token", "fields": "id,name"}, None),
    ],
    ids=["no token", "a wrong token", "somebody else's", "an unknown field", "one's own"],
)
def test_it_answers_as_graph_does(reader: Reader, path: str, params: dict[str, str], code: int | None) -> None:
    url = f"{reader.server.url('instagram')}/v26.0/{path}"
    body = requests.get(url, params=params, timeout=9).json()
    assert (body["error"]["code"] if "error" in body else None) == code

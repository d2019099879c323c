"""What is looked at before a login is connected, and which account it opens."""

import pytest

from connections.errors import Misconfigured, NeedsReconnect, RateLimited
from connections.providers.logikal.login import external_id
from connections.providers.logikal.source import LogikalSource
from connections.sources import LONGEST_ID, Account
from tests.connections.providers.logikal.reading import Reader, RememberingGate, source_at
from tests.connections.providers.logikal.scripted_server import data, error, scripted

NAMES = ["The server answers", "The login works", "Directories can be listed", "The session is closed again"]


def test_all_of_it_is_looked_at_with_one_login(demo: Reader) -> None:
    found = list(demo.source().checks())
    assert [check.name for check in found] == NAMES
    assert [check.error for check in found] == [None] * 4
    assert "MBIOE Service 12.2.6.59" in found[0].sentence
    assert found[2].sentence == "There are 3 at the top."
    assert demo.kinds() == ["version", "login", "directories", "logout"]
    assert len(demo.gate.calls) == 4


def test_it_stops_where_the_login_is_refused(demo: Reader) -> None:
    demo.options["password"] = "wrong-password"
    found = list(demo.source().checks())
    assert [check.name for check in found] == NAMES[:2]
    assert isinstance(found[-1].error, NeedsReconnect)
    assert found[-1].error.remedy


def test_it_stops_where_there_is_no_logikal(demo: Reader) -> None:
    (found,) = source_at(f"{demo.server.url()}/nothing").checks()
    assert isinstance(found.error, Misconfigured)
    assert "address" in found.error.remedy


def test_it_stops_where_the_gate_is_closed(demo: Reader) -> None:
    (found,) = source_at(demo.server.url("logikal"), gate=RememberingGate(closed_after=0)).checks()
    assert isinstance(found.error, RateLimited)
    assert demo.kinds() == []


def test_what_comes_after_directories_is_looked_at_though_they_are_refused() -> None:
    with scripted({"GET version": data({}), "GET directories": error(403, "No.")}) as server:
        found = list(source_at(server.url).checks())
    assert [check.error is None for check in found] == [True, True, False, True]


def test_a_session_that_stays_open_is_told() -> None:
    with scripted({"GET version": data({"componentVersions": [3]}), "DELETE auth": error(500, "No.")}) as server:
        found = list(source_at(server.url).checks())
        assert server.asked.count("DELETE auth") == 1
    assert found[-1].error
    assert found[-1].error.remedy


def test_a_login_opens_one_account(demo: Reader) -> None:
    (choice,) = demo.source().accounts()
    assert choice.account == Account("demo", "LOGIKAL of demo")
    assert LogikalSource.demo.account_id == choice.account.external_id
    assert demo.source().check() == choice.account
    assert demo.kinds() == ["login", "logout"] * 2


def test_a_wrong_login_opens_none(demo: Reader) -> None:
    demo.options["password"] = "wrong-password"
    with pytest.raises(NeedsReconnect):
        demo.source().accounts()


@pytest.mark.parametrize(
    ("typed", "username", "expected"),
    [
        ("", "demo", "demo"),
        ("https://ERP.example:8443/logikal", "demo", "demo@erp.example:8443"),
        ("http://erp.example", "a@b.example", "a@b.example@erp.example"),
    ],
)
def test_the_account_is_named_after_user_and_host(typed: str, username: str, expected: str) -> None:
    assert external_id(typed, username) == expected


def test_a_long_name_still_fits_and_tells_apart() -> None:
    one, other = (external_id("https://erp.example", "x" * 150 + end) for end in "ab")
    assert one != other
    assert max(len(one), len(other)) <= LONGEST_ID


def test_limits_are_known_without_the_login(demo: Reader) -> None:
    account = demo.source().check()
    limits = LogikalSource.limits(account, {"calls_per_hour": 50}, scheduled=True)
    demo.read("directories")
    assert limits[0].bucket == demo.gate.calls[-1][0].bucket
    assert limits[0].per_hour == 50
    assert "demo" not in limits[0].bucket
    assert limits != LogikalSource.limits(Account("demo@elsewhere.example"), {}, scheduled=True)


def test_its_addresses_are_those_of_the_installation() -> None:
    assert LogikalSource.addresses({"api_url": "https://erp.example"}) == ("https://erp.example",)
    assert LogikalSource.addresses({}) == ()

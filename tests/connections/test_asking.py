"""What a provider says of a login: nothing of it is stored."""

import pytest

from connections.asking import check, check_all, checks, choices, opened
from connections.errors import Misconfigured, NeedsReconnect
from tests.fixtures.engine import NOON
from tests.fixtures.plain import TOKEN

pytestmark = pytest.mark.usefixtures("plain")
GOOD, WRONG = {"token": TOKEN}, {"token": "wrong"}


def test_an_unknown_provider_is_refused() -> None:
    with pytest.raises(LookupError):
        check("nowhere", "account-1", GOOD, now=NOON)


def test_a_source_says_by_itself_whether_the_account_can_be_read() -> None:
    """The plain provider lists no accounts, and has no checks of its own."""
    assert choices("plain", GOOD, now=NOON) == []
    (good,) = checks("plain", ["account-1"], GOOD, now=NOON)["account-1"]
    assert (good.name, good.sentence, good.error) == ("The account can be read", "It is called Plain account.", None)
    (bad,) = checks("plain", ["account-1"], WRONG, now=NOON)["account-1"]
    assert bad.error
    assert bad.error.sentence == "The token is not known."


def test_an_id_that_nobody_can_remember_is_refused() -> None:
    assert check("plain", "x" * 100, GOOD, now=NOON).external_id == "x" * 100
    with pytest.raises(Misconfigured, match="too long"):
        check("plain", "x" * 101, GOOD, now=NOON)


def test_several_are_asked_about_in_the_order_in_which_they_were_named() -> None:
    names = [f"account-{number}" for number in range(9)]
    assert [account.external_id for account in check_all("plain", names, GOOD, now=NOON)] == names
    with pytest.raises(NeedsReconnect):
        check_all("plain", names, WRONG, now=NOON)


def test_a_login_opens_an_account_or_not() -> None:
    found = opened("plain", "account-1", GOOD, now=NOON)
    assert found
    assert found.external_id == "account-1"
    assert opened("plain", "account-1", WRONG, now=NOON) is None

"""Customers: found through the manager account, each with what stands against it."""

import pytest

from connections.errors import Misconfigured
from connections.providers.google_ads.errors import AccessDenied, AccountOff
from connections.providers.google_ads.sandbox.world import CLOSED, MANAGER, SHOP, STRANGER, Customer
from connections.sources import Account
from tests.connections.providers.google_ads.reading import Reader

pytestmark = pytest.mark.once


def test_a_manager_leads_to_the_accounts_below_it(reader: Reader) -> None:
    found = {choice.account.external_id: choice for choice in reader.source("").accounts()}
    assert found.keys() == {MANAGER, SHOP, CLOSED}
    assert found[SHOP].account == Account(SHOP, "Demo Shop", "America/New_York", "USD")
    assert found[SHOP].refusal == ""
    assert "manager" in found[MANAGER].refusal
    assert "cancelled" in found[CLOSED].refusal


def test_a_root_that_is_closed_hides_no_other(reader: Reader) -> None:
    reader.google.logins.add("sandbox-many-roots", CLOSED, MANAGER, SHOP)
    found = {choice.account.external_id: choice for choice in reader.source("", token="sandbox-many-roots").accounts()}
    assert found.keys() == {MANAGER, SHOP, CLOSED}
    assert found[SHOP].refusal == ""
    assert found[CLOSED].refusal


def test_an_account_is_found_by_its_number_as_people_write_it(reader: Reader) -> None:
    assert reader.source("222-000-2220").check().name == "Demo Shop"


@pytest.mark.parametrize(
    ("customer", "family"),
    [(CLOSED, AccountOff), (STRANGER, AccessDenied), (MANAGER, Misconfigured), ("12", Misconfigured)],
)
def test_an_account_that_cannot_be_read_says_why(reader: Reader, customer: str, family: type[Misconfigured]) -> None:
    with pytest.raises(family) as raised:
        reader.source(customer).check()
    assert type(raised.value) is family
    assert raised.value.sentence
    assert raised.value.remedy


def test_the_manager_that_leads_to_an_account_is_found_once(reader: Reader) -> None:
    assert reader.source(SHOP, manager="").check().name == "Demo Shop"
    asked = [(call["customer"], call["manager"]) for call in reader.questions()]
    assert asked == [(SHOP, ""), ("", ""), (MANAGER, MANAGER), (SHOP, MANAGER)]
    assert reader.records("campaigns", manager="") == reader.records("campaigns")
    assert len(reader.questions()) == len(asked) + 2


def test_whoever_looks_for_one_account_of_a_manager_knows_the_way_to_the_others(reader: Reader) -> None:
    other = "5550005550"
    reader.google.customers[other] = Customer(other, "Other Shop")
    manager = reader.google.customers[MANAGER]
    manager.below = (*manager.below, other)
    reader.source(SHOP, manager="").check()
    before = len(reader.questions())
    assert reader.source(other, manager="").check().name == "Other Shop"
    assert [call["manager"] for call in reader.questions()[before:]] == [MANAGER]


def test_a_way_that_is_closed_is_not_remembered(reader: Reader) -> None:
    reader.source(SHOP, manager="").check()
    manager = reader.google.customers[MANAGER]
    there, manager.below = manager.below, ()
    with pytest.raises(AccessDenied):
        reader.source(SHOP, manager="").check()
    before = len(reader.questions())
    manager.below = there
    assert reader.source(SHOP, manager="").check().name == "Demo Shop"
    assert [call["manager"] for call in reader.questions()[before:]] == ["", "", MANAGER, MANAGER]


def test_a_manager_that_somebody_named_is_not_replaced(reader: Reader) -> None:
    with pytest.raises(AccessDenied) as raised:
        reader.source(SHOP, manager=STRANGER).check()
    assert raised.value.code == "authorization_error.USER_PERMISSION_DENIED"
    assert "manager account" in raised.value.remedy
    assert len(reader.questions()) == 1


def test_an_account_that_no_manager_leads_to_is_told(reader: Reader) -> None:
    with pytest.raises(AccessDenied):
        reader.source(STRANGER, manager="").check()
    assert len(reader.questions()) == 3

"""What a person is told of an account before it is connected, and which accounts a login opens."""

from typing import Any

import pytest

from connections.errors import Misconfigured, NeedsReconnect, RateLimited, SyncError, Transient
from connections.providers.google_ads import checks
from connections.providers.google_ads.accounts import INVITED, MANAGES, STATES
from connections.providers.google_ads.checks import DAYS, LOGIN, NUMBERS, OPEN, PROJECT, QUOTA, REACHED
from connections.providers.google_ads.errors import AccessDenied, AccountOff, ProjectRefused
from connections.providers.google_ads.sandbox.world import CLOSED, MANAGER, SHOP, STRANGER, Customer
from connections.sources import Check
from tests.connections.providers.google_ads.reading import Reader

pytestmark = pytest.mark.once


def names(found: list[Check]) -> list[str]:
    return [check.name for check in found]


def looked_over(reader: Reader, customer: str = SHOP, **options: str) -> list[Check]:
    return list(reader.source(customer, **options).checks())


def test_a_good_account_passes_in_two_operations(reader: Reader) -> None:
    found = looked_over(reader)
    assert [(check.name, check.sentence) for check in found] == [
        (LOGIN, ""),
        (PROJECT, checks.BY_PROJECT),
        (REACHED, "Through the manager account 111-000-1110."),
        (OPEN, "It is called Demo Shop."),
        (NUMBERS, ""),
        (DAYS, "Its days end in America/New_York, its money is USD."),
    ]
    assert [check.error for check in found] == [None] * len(found)
    assert reader.google.quota.made == 2
    assert reader.google.logins.refreshes == 1


def test_the_way_to_the_account_is_found_and_told(reader: Reader) -> None:
    (reached,) = (check for check in looked_over(reader, manager="") if check.name == REACHED)
    assert reached.sentence == "Through the manager account 111-000-1110."
    assert reader.google.quota.made == 5
    reader.google.logins.add("sandbox-direct", SHOP)
    (reached,) = (check for check in looked_over(reader, manager="", token="sandbox-direct") if check.name == REACHED)
    assert reached.sentence == "Directly."


def with_a_login_that_is_over(reader: Reader) -> None:
    reader.google.logins.revoke()


def with_a_project_that_is_not_approved(reader: Reader) -> None:
    refuse(reader, "authorization_error.CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION")


def with_nothing_left(reader: Reader) -> None:
    reader.google.quota.per_day = 0


def with_one_operation_left(reader: Reader) -> None:
    reader.google.quota.per_day = 1


def that_is_suspended(reader: Reader) -> None:
    reader.google.customers[SHOP].change(status="SUSPENDED")


def while_google_is_down(reader: Reader) -> None:
    refuse(reader, "internal_error.INTERNAL_ERROR")


def without_a_currency(reader: Reader) -> None:
    reader.google.customers[SHOP].change(currency="")


def refuse(reader: Reader, error: str) -> None:
    reader.google.faults.add({"kind": "error", "error": error})


@pytest.mark.parametrize(
    ("begin", "customer", "passed", "failed", "family"),
    [
        (with_a_login_that_is_over, SHOP, [], LOGIN, NeedsReconnect),
        (with_a_project_that_is_not_approved, SHOP, [LOGIN], PROJECT, ProjectRefused),
        (with_nothing_left, SHOP, [LOGIN], QUOTA, RateLimited),
        (with_one_operation_left, SHOP, [LOGIN, PROJECT, REACHED, OPEN], QUOTA, RateLimited),
        (while_google_is_down, SHOP, [LOGIN], REACHED, Transient),
        (None, STRANGER, [LOGIN, PROJECT], REACHED, AccessDenied),
        (None, "12", [LOGIN], REACHED, Misconfigured),
        (that_is_suspended, SHOP, [LOGIN, PROJECT, REACHED], OPEN, AccountOff),
        (None, CLOSED, [LOGIN, PROJECT, REACHED], OPEN, AccountOff),
        (None, MANAGER, [LOGIN, PROJECT, REACHED], OPEN, Misconfigured),
        (without_a_currency, SHOP, [LOGIN, PROJECT, REACHED, OPEN, NUMBERS], DAYS, Misconfigured),
    ],
    ids=lambda value: getattr(value, "__name__", value if isinstance(value, str) else ""),
)
def test_what_is_not_right_is_told_with_a_remedy(
    reader: Reader, begin: Any, customer: str, passed: list[str], failed: str, family: type[SyncError]
) -> None:
    if begin:
        begin(reader)
    found = looked_over(reader, customer)
    wrong = [check for check in found if check.error]
    assert names(wrong) == [failed]
    assert names(found)[: len(passed) + 1] == [*passed, failed]
    assert type(wrong[0].error) is family
    assert wrong[0].error.sentence
    assert wrong[0].error.remedy or family in (RateLimited, Transient)


def test_one_manager_with_40_customers_lists_36_and_says_why_of_4(reader: Reader) -> None:
    numbers = [f"77700{index:05}" for index in range(40)]
    states = {numbers[7]: "CANCELED", numbers[19]: "SUSPENDED", numbers[33]: "CLOSED"}
    invited = numbers[39]
    for number in numbers:
        state = states.get(number, "ENABLED")
        reader.google.customers[number] = Customer(number, f"Customer {number}", status=state, campaigns=1)
    manager = Customer("7780000001", "Agency", is_manager=True, below=tuple(numbers[:39]), invited=(invited,))
    reader.google.customers[manager.number] = manager
    reader.google.logins.add("sandbox-agency", manager.number)

    found = {choice.account.external_id: choice for choice in reader.source("", token="sandbox-agency").accounts()}
    assert reader.google.quota.made == 3, "roots, what is below, who was invited"
    assert found.pop(manager.number).refusal == MANAGES
    assert found.keys() == set(numbers)
    refused = {number: choice.refusal for number, choice in found.items() if choice.refusal}
    assert refused == {invited: INVITED, **{number: STATES[state] for number, state in states.items()}}
    assert len(found) - len(refused) == 36

    way = {"manager": manager.number, "token": "sandbox-agency"}
    for number in (numbers[0], numbers[38]):
        assert reader.source(number, **way).check().name == f"Customer {number}"
    for number in refused:
        with pytest.raises((AccountOff, AccessDenied)) as raised:
            reader.source(number, **way).check()
        assert raised.value.remedy

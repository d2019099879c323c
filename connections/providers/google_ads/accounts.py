"""Customers: the account itself, and those that a login reaches, also through manager accounts."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from connections.errors import Misconfigured, SyncError
from connections.providers.google_ads.client import AdsApi
from connections.providers.google_ads.errors import OFF, AccessDenied, AccountOff
from connections.providers.google_ads.rows import Values, check_mask, row_reader, select
from connections.sources import MOST_CHOICES, Account, AccountChoice, SourceContext

FIELDS = (
    "customer.id",
    "customer.descriptive_name",
    "customer.currency_code",
    "customer.time_zone",
    "customer.status",
    "customer.manager",
)
BELOW = tuple(
    f"customer_client.{name}"
    for name in ("id", "descriptive_name", "currency_code", "time_zone", "status", "manager", "level")
)
LINK = ("customer_client_link.client_customer", "customer_client_link.status")
OPEN = "ENABLED"
PENDING = "PENDING"
STATES: Mapping[str, str] = {
    "CANCELED": "It was cancelled; its admin can open it again in Google Ads.",
    "SUSPENDED": "Google has suspended it; Google Ads says why and what to do.",
    "CLOSED": "It is closed for good.",
}
INVITED = (
    "It has not accepted the manager account's invitation, so this login may not read it yet. "
    "Its admin accepts it in Google Ads, under Access and security, Managers."
)
MANAGES = "It is a manager account, which has no numbers of its own: pick the accounts below it."


class Customer(NamedTuple):
    """refusal: why it has no numbers to read; None where it has."""

    account: Account
    refusal: SyncError | None = None


def read_customer(api: AdsApi) -> Customer:
    values = next(_ask(api, FIELDS, "customer"))
    return Customer(_account(values, "customer"), _closed(values))


def read_account(api: AdsApi) -> Account:
    """Raises Misconfigured for an account that has no numbers to read."""
    found = read_customer(api)
    if found.refusal is not None:
        raise found.refusal
    return found.account


def _closed(values: Values) -> SyncError | None:
    if values["customer.manager"]:
        return Misconfigured("This is a manager account.", remedy=MANAGES)
    if values["customer.status"] != OPEN:
        return AccountOff(OFF.sentence, remedy=STATES.get(values["customer.status"], OFF.remedy))
    return None


def choices(context: SourceContext) -> list[AccountChoice]:
    """Each once, also where several managers lead to it; one that stands alone names nobody above it."""
    found: dict[str, AccountChoice] = {}
    for root in AdsApi(context, customer="").accessible():
        for choice in _below(context, root):
            known = found.get(choice.account.external_id)
            if known is None or known.refusal:
                found[choice.account.external_id] = choice
            if len(found) == MOST_CHOICES:
                return list(found.values())
    return list(found.values())


def _below(context: SourceContext, root: str) -> Iterator[AccountChoice]:
    """A root that is closed, or that was taken away meanwhile, says so and hides no other."""
    api, is_manager = AdsApi(context, customer=root, manager=root), False
    try:
        for values in _ask(api, BELOW, "customer_client"):
            is_manager = is_manager or values["customer_client.manager"]
            yield AccountChoice(_account(values, "customer_client"), _refusal(values))
        if is_manager:
            yield from _invited(api)
    except (AccountOff, AccessDenied) as error:
        yield AccountChoice(Account(root), f"{error.sentence} {error.remedy}")


def _invited(api: AdsApi) -> Iterator[AccountChoice]:
    """They are not below the manager account yet, though it shows them there; Google tells their numbers only."""
    for values in _ask(api, LINK, "customer_client_link", f"WHERE {LINK[1]} = '{PENDING}'"):
        yield AccountChoice(Account(values[LINK[0]].rpartition("/")[2]), INVITED)


def _refusal(values: Values) -> str:
    if values["customer_client.manager"]:
        return MANAGES
    state = values["customer_client.status"]
    return "" if state == OPEN else STATES.get(state, "It is not open.")


def _ask(api: AdsApi, fields: tuple[str, ...], resource: str, *clauses: str) -> Iterator[Values]:
    for batch in api.search(select(fields, resource, *clauses)):
        check_mask(batch.paths, fields)
        for row in batch.rows:
            yield dict(zip(fields, row_reader(row.DESCRIPTOR, fields)(row), strict=True))


def _account(values: Values, resource: str) -> Account:
    def text(name: str) -> Any:
        return values[f"{resource}.{name}"]

    return Account(str(text("id")), text("descriptive_name"), text("time_zone"), text("currency_code"))

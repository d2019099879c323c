"""Customers: the account itself, and those that a login reaches, also through manager accounts."""

from collections.abc import Iterator, Mapping
from typing import Any

from connections.errors import Misconfigured
from connections.providers.google_ads.client import AdsApi
from connections.providers.google_ads.errors import OFF, AccessDenied, AccountOff
from connections.providers.google_ads.rows import RowReader, Values, select
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
OPEN = "ENABLED"
STATES: Mapping[str, str] = {
    "CANCELED": "It was cancelled; its admin can open it again in Google Ads.",
    "SUSPENDED": "Google has suspended it; Google Ads says why and what to do.",
    "CLOSED": "It is closed for good.",
}
MANAGES = "It is a manager account, which has no numbers of its own: pick the accounts below it."


def read_account(api: AdsApi) -> Account:
    """Raises Misconfigured for an account that has no numbers to read."""
    values = next(_ask(api, FIELDS, "customer"))
    if values["customer.manager"]:
        raise Misconfigured("This is a manager account.", remedy=MANAGES)
    if values["customer.status"] != OPEN:
        raise AccountOff(OFF.sentence, remedy=STATES.get(values["customer.status"], OFF.remedy))
    return _account(values, "customer")


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
    try:
        for values in _ask(AdsApi(context, customer=root, manager=root), BELOW, "customer_client"):
            yield AccountChoice(_account(values, "customer_client"), _refusal(values))
    except (AccountOff, AccessDenied) as error:
        yield AccountChoice(Account(root), f"{error.sentence} {error.remedy}")


def _refusal(values: Values) -> str:
    if values["customer_client.manager"]:
        return MANAGES
    state = values["customer_client.status"]
    return "" if state == OPEN else STATES.get(state, "It is not open.")


def _ask(api: AdsApi, fields: tuple[str, ...], resource: str) -> Iterator[Values]:
    for batch in api.search(select(fields, resource)):
        for row in batch.rows:
            yield RowReader(batch.paths, row.DESCRIPTOR, fields)(row)


def _account(values: Values, resource: str) -> Account:
    def text(name: str) -> Any:
        return values[f"{resource}.{name}"]

    return Account(str(text("id")), text("descriptive_name"), text("time_zone"), text("currency_code"))

"""Ask about a login itself: which professional accounts it opens, and whether one may look up others."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from connections.sources import MOST_CHOICES, Account, AccountChoice

PAGE_SIZE = "100"
MOST_PAGES = 20
OWN = "id,username,name"


def accounts(api: Any) -> Sequence[AccountChoice]:
    """Those of the person's pages, by name."""
    found = islice(_accounts(api), MOST_CHOICES)
    known = {account.external_id: AccountChoice(account) for account in found}
    return sorted(known.values(), key=lambda choice: (choice.account.name.casefold(), choice.account.external_id))


def _accounts(api: Any) -> Iterator[Account]:
    question = {"fields": f"name,instagram_business_account{{{OWN}}}", "limit": PAGE_SIZE}
    for _ in range(MOST_PAGES):
        body = api.get("me", "accounts", **question)
        for page in body.get("data") or ():
            linked = page.get("instagram_business_account") if isinstance(page, dict) else None
            if isinstance(linked, dict) and linked.get("id"):
                yield described(linked)
        after = _cursor(body)
        if not after or after == question.get("after"):
            return
        question["after"] = after


def _cursor(body: Mapping[str, Any]) -> str:
    paging = body.get("paging")
    cursors = paging.get("cursors") if isinstance(paging, dict) and paging.get("next") else None
    return str(cursors.get("after") or "") if isinstance(cursors, dict) else ""


def described(found: Mapping[str, Any]) -> Account:
    name = str(found.get("username") or found.get("name") or "")
    return Account(str(found.get("id") or ""), f"@{name}" if name else "")

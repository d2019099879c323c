"""Control over HTTP: what stands below /_sandbox/google_ads/, as JSON."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from connections.providers.google_ads.demo import DEMO_CUSTOMER, DEMO_TOKEN
from connections.sandbox.exchange import Call

if TYPE_CHECKING:
    from connections.providers.google_ads.sandbox.google import GoogleAdsSandbox

Control = Callable[["GoogleAdsSandbox", Call], Any]


def customers(sandbox: "GoogleAdsSandbox", call: Call) -> Any:
    """POST {"customer": ..., "status": "SUSPENDED", "campaigns": 6, "groups": 10, "ads": 14}: any of these."""
    if call.method == "POST":
        wishes = call.json()
        sandbox.customers[wishes.pop("customer", DEMO_CUSTOMER)].change(**wishes)
    return {"customers": [each.describe() for each in sandbox.customers.values()]}


def restate(sandbox: "GoogleAdsSandbox", call: Call) -> Any:
    """POST {"days": ["2026-03-09"], "customer": ...}: the numbers of these days differ from now on."""
    wishes = call.json()
    customer = sandbox.customers[wishes.get("customer", DEMO_CUSTOMER)]
    customer.restate(*map(date.fromisoformat, wishes["days"]))
    return {"restated": {day.isoformat(): times for day, times in customer.restated.items()}}


def logins(sandbox: "GoogleAdsSandbox", call: Call) -> Any:
    """DELETE takes the demo's access back; POST {} gives it again; {"tokens": "end"} ends those of the hour."""
    if call.method == "DELETE":
        sandbox.logins.revoke()
    if call.method == "POST":
        sandbox.logins.revoked.discard(DEMO_TOKEN)
        if call.json().get("tokens") == "end":
            sandbox.logins.end_tokens()
    return {"revoked": len(sandbox.logins.revoked), "refreshes": sandbox.logins.refreshes}


def oauth(sandbox: "GoogleAdsSandbox", call: Call) -> Any:
    """POST {"login_as": ["2220002220"], "answer": "deny", "code_seconds": 600}: any of these."""
    return sandbox.logins.desk.set(call.json() if call.method == "POST" else {})


def quota(sandbox: "GoogleAdsSandbox", call: Call) -> Any:
    """POST {"per_day": 2880}, or null for none; {"rows_a_message": 100}."""
    if call.method == "POST":
        wishes = call.json()
        sandbox.quota.per_day = wishes.get("per_day", sandbox.quota.per_day)
        sandbox.rows_a_message = int(wishes.get("rows_a_message", sandbox.rows_a_message))
    made = sandbox.quota.made
    return {"per_day": sandbox.quota.per_day, "made": made, "rows_a_message": sandbox.rows_a_message}


CONTROLS: dict[str, Control] = {
    "customers": customers,
    "restate": restate,
    "logins": logins,
    "oauth": oauth,
    "quota": quota,
}

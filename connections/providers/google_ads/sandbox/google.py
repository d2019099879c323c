"""The stand-in for Google Ads: sign-in and controls over HTTP like any other, questions over gRPC on its own port."""

from collections.abc import Iterator, Sequence
from threading import Event
from typing import Any

from connections.providers.google_ads.sandbox import gaql, tables
from connections.providers.google_ads.sandbox.certificate import Certificate
from connections.providers.google_ads.sandbox.controls import CONTROLS
from connections.providers.google_ads.sandbox.errors import Refusal
from connections.providers.google_ads.sandbox.logins import Logins
from connections.providers.google_ads.sandbox.messages import answer, row_descriptor
from connections.providers.google_ads.sandbox.quota import Quota
from connections.providers.google_ads.sandbox.service import GrpcServer
from connections.providers.google_ads.sandbox.world import Customer, customers
from connections.sandbox.calls import LoggedCall
from connections.sandbox.clock import SandboxClock
from connections.sandbox.exchange import Call, Reply, json_reply
from connections.sandbox.faults import WIRE_FAULTS, FaultRule, damage
from connections.sandbox.stand_in import StandIn

ROWS_A_MESSAGE = 10_000
NEWER = "extra_field"
OK, UNAUTHENTICATED = 0, 16
"""As gRPC numbers them."""

DIALOG_PATH = "/o/oauth2/v2/auth"


class GoogleAdsSandbox(StandIn):
    """Faults of its own: "error" refuses by a code of Google (error, message, seconds, scope), by Google's own failure
    (body) or with a status alone (status); "stall" never ends. after: so many messages come first. "extra_field": rows
    have one that this version of the package does not know.
    """

    name = "google_ads"
    fault_kinds = frozenset({"error", "stall", NEWER})

    def __init__(self, clock: SandboxClock) -> None:
        super().__init__(clock)
        self._grpc: GrpcServer | None = None
        self.logins = Logins()
        self._fresh()

    def reset(self) -> None:
        super().reset()
        self._fresh()

    def _fresh(self) -> None:
        self.customers: dict[str, Customer] = customers()
        self.logins = Logins(given=self.logins.given)  # whoever is signed in stays so
        self.quota = Quota()
        self.rows_a_message = ROWS_A_MESSAGE
        self.deadlines: list[float | None] = []
        self.headers: list[dict[str, str]] = []

    # Where it is

    def start(self, port: int) -> None:
        self._grpc = GrpcServer(self, Certificate.made(), near=port + 99)

    def stop(self) -> None:
        if self._grpc is not None:
            self._grpc.stop()
            self._grpc = None

    def also_at(self) -> dict[str, str]:
        return {"grpc": f"localhost:{self._grpc.port}"} if self._grpc else {}

    # Over HTTP

    def answer(self, call: Call) -> Reply:
        rules = self.faults.pick(call, WIRE_FAULTS)
        return damage(self._signed_in(call), rules)

    def _signed_in(self, call: Call) -> Reply:
        if call.path == DIALOG_PATH and call.method in ("GET", "POST"):
            return self.logins.desk.dialog(call, self.clock.now())
        if call.path == "/token" and call.method == "POST":
            kind = {"grant_type": call.params.get("grant_type", "")}
            self.calls.record(LoggedCall(self.clock.now(), call.method, call.path, kind, 0))
            return self.logins.token(call, self.clock.now())
        return json_reply({"error": "not_found"}, 404)

    def control(self, call: Call) -> Any:
        asked = CONTROLS.get(call.path.strip("/"))
        return asked(self, call) if asked else super().control(call)

    # Over gRPC

    def stream(self, request: Any, context: Any) -> Iterator[Any]:
        self.deadlines.append(context.time_remaining())
        self.headers.append(_metadata(context))
        rules = self._admit("SearchStream", request.customer_id, request.query, context)
        is_newer = any(rule.kind == NEWER for rule in rules)
        fault = next((rule for rule in rules if rule.kind != NEWER), None)
        after = int(fault.options.get("after", 0)) if fault else 0
        query, rows = self._rows(request, context) if not (fault and after == 0) else (None, [])
        for number, start in enumerate(range(0, len(rows), self.rows_a_message)):
            if fault and number == after:
                break
            some = rows[start : start + self.rows_a_message]
            yield answer("SearchGoogleAdsStreamResponse", query, some, is_newer=is_newer)
        if fault:
            self._go_wrong(fault, context)

    def search(self, request: Any, context: Any) -> Any:
        if request.page_size:
            raise Refusal("request_error.PAGE_SIZE_NOT_SUPPORTED", "Setting the page size is not supported.")
        for rule in self._admit("Search", request.customer_id, request.query, context):
            self._go_wrong(rule, context)
        return answer("SearchGoogleAdsResponse", *self._rows(request, context))

    def accessible(self, context: Any) -> Sequence[str]:
        for rule in self._admit("ListAccessibleCustomers", "", "", context):
            self._go_wrong(rule, context)
        return self.logins.roots(self._who(context))

    def _admit(self, method: str, customer: str, query: str, context: Any) -> list[FaultRule]:
        """Every call is logged and costs one operation; one without a good token costs none."""
        now = self.clock.now()
        manager = _metadata(context).get("login-customer-id", "")
        call = Call("GRPC", f"/{method}", {"customer": customer, "query": query, "manager": manager})
        try:
            self._who(context)
        except Refusal:
            self.calls.record(LoggedCall(now, call.method, call.path, call.params, UNAUTHENTICATED, customer))
            raise
        self.calls.record(LoggedCall(now, call.method, call.path, call.params, OK, customer))
        self.quota.charge(now)
        return self.faults.pick(call, self.fault_kinds)

    def _who(self, context: Any) -> str:
        return self.logins.of(_metadata(context).get("authorization", ""), self.clock.now())

    def _rows(self, request: Any, context: Any) -> tuple[gaql.Query, list[tables.Row]]:
        customer = self._customer(request.customer_id, context)
        query = gaql.parse(request.query)
        gaql.check(query, row_descriptor(), tables.RESOURCES)
        return query, tables.rows(customer, query, self.clock.minute(), self.customers)

    def _customer(self, number: str, context: Any) -> Customer:
        roots, manager = self.logins.roots(self._who(context)), _metadata(context).get("login-customer-id", number)
        if manager not in roots or number not in self._reached(manager):
            raise Refusal(
                "authorization_error.USER_PERMISSION_DENIED", "User doesn't have permission to access customer."
            )
        customer = self.customers[number]
        if customer.status != "ENABLED":
            raise Refusal("authorization_error.CUSTOMER_NOT_ENABLED", "The customer account can't be accessed.")
        return customer

    def _reached(self, manager: str) -> set[str]:
        below = [number for each in self.customers[manager].below for number in self._reached(each)]
        return {manager, *below}

    def _go_wrong(self, rule: FaultRule, context: Any) -> None:
        if rule.kind == "stall":
            gone = Event()
            if context.add_callback(gone.set):
                gone.wait()
            return
        told = {
            key: rule.options[key] for key in ("message", "status", "seconds", "scope", "body") if key in rule.options
        }
        raise Refusal(str(rule.options.get("error", "")), **told)


def _metadata(context: Any) -> dict[str, str]:
    return dict(context.invocation_metadata())

"""The stand-in for Meta's Graph API: answers calls, counts them, and lets itself be controlled."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import blake2b
from itertools import count
from typing import Any
from urllib.parse import urlencode

from connections.providers.meta.sandbox import flaws
from connections.providers.meta.sandbox.accounts import AdAccount
from connections.providers.meta.sandbox.errors import GraphError
from connections.providers.meta.sandbox.oauth import Desk
from connections.providers.meta.sandbox.quota import Quota
from connections.providers.meta.sandbox.reports import Report
from connections.providers.meta.sandbox.request import GraphRequest, World
from connections.providers.meta.sandbox.routes import Target, split_version, targets
from connections.providers.meta.sandbox.structure import graph_time
from connections.providers.meta.sandbox.tables import LEVELS, Level
from connections.providers.meta.sandbox.tokens import token_of
from connections.providers.meta.sandbox.truth import Truth, TruthRow, describe, restate, truth, truth_rows
from connections.sandbox.calls import LoggedCall
from connections.sandbox.clock import SandboxClock
from connections.sandbox.exchange import Call, Reply, json_reply
from connections.sandbox.faults import FaultRule, damage
from connections.sandbox.stand_in import StandIn

SECRET_PARAMS = frozenset(
    {"access_token", "appsecret_proof", "input_token", "client_secret", "fb_exchange_token", "code", "state"}
)


@dataclass
class Traffic:
    """What becomes known of a call while it is answered."""

    rules: list[FaultRule]
    accounts: list[AdAccount] = field(default_factory=list)
    bucket: str = ""

    @property
    def account_id(self) -> str:
        return self.accounts[0].account_id if self.accounts else ""


class MetaSandbox(StandIn):
    """Meta's Graph API, below /meta."""

    name = "meta"
    fault_kinds = flaws.KINDS

    def __init__(self, clock: SandboxClock) -> None:
        super().__init__(clock)
        self.world = World()
        self.quota = Quota()
        self._numbers = count(1)

    def reset(self) -> None:
        super().reset()
        self.world.accounts.reset()
        self.world.days.forget()
        self.world.reports.forget()
        self.world.app_secret = ""
        self.world.desk = Desk()
        self.quota.reset()

    def answer(self, call: Call) -> Reply:
        traffic = Traffic(self.faults.pick(call))
        asked_at = self.clock.now()
        reply = self._graph_reply(call, traffic)
        headers = {**self.quota.headers(traffic.accounts, asked_at), "facebook-api-version": "v26.0", **reply.headers}
        reply = flaws.distort(replace(reply, headers=headers), traffic.rules, traffic.account_id)
        reply = damage(reply, traffic.rules)
        self._log(call, traffic, reply, asked_at)
        return reply

    def _graph_reply(self, call: Call, traffic: Traffic) -> Reply:
        if call.path.endswith("/dialog/oauth"):
            return self.world.desk.dialog(call, self.clock.now())
        try:
            payload = self._payload(call, traffic)
        except GraphError as error:
            for account in traffic.accounts[:1]:
                self.quota.count_error(account, self.clock.now())
            return error.reply(self._trace_id())
        url = f"{call.base_url}{call.path}?{urlencode(call.params)}"
        return json_reply(flaws.spoil(payload, traffic.rules, url))

    def _payload(self, call: Call, traffic: Traffic) -> dict[str, Any]:
        version, path = split_version(call.path, self.world.oldest_version)
        if path == "oauth/access_token":
            flaws.refuse(traffic.rules, call, "", "")
            return self.world.desk.access_token(call.params, self.world.app_secret, self.clock.now())
        token = token_of(self.world, call.params, self.clock.now())
        root, instant = f"{call.base_url}{version}", self.clock.now()
        now = instant.replace(second=0, microsecond=0)
        rules = tuple(traffic.rules)
        request = GraphRequest(self.world, call.method, root, path, dict(call.params), token, now, instant, rules)
        found = list(targets(request, path))
        self._charge(found, traffic)
        flaws.refuse(traffic.rules, call, traffic.account_id, traffic.bucket)
        answers = {target.key: target.answer(target.request) for target in found}
        return answers if found[0].key and "ids" in call.params else next(iter(answers.values()))

    def _charge(self, found: list[Target], traffic: Traffic) -> None:
        now = self.clock.now()
        traffic.accounts = [target.account for target in found if target.account]
        traffic.bucket = found[0].bucket if found else ""
        for target in found:
            if target.account:
                self.quota.charge(target.account, target.bucket, now)
            else:
                self.quota.charge_app(now)

    def _log(self, call: Call, traffic: Traffic, reply: Reply, asked_at: Any) -> None:
        params = {name: value for name, value in call.params.items() if name not in SECRET_PARAMS}
        fault = ",".join(rule.kind for rule in traffic.rules)
        logged = LoggedCall(
            asked_at, call.method, call.path, params, reply.status, traffic.account_id, traffic.bucket, fault
        )
        self.calls.record(logged)

    def _trace_id(self) -> str:
        raw = blake2b(str(next(self._numbers)).encode(), digest_size=17).digest()
        return "A" + base64.urlsafe_b64encode(raw).decode().rstrip("=")[:22]

    def add_account(self, account_id: str, **options: Any) -> AdAccount:
        """Create or replace an account: add_account("42", ads=100, dense=True, start_date="2026-01-01")."""
        account = AdAccount.from_json({"account_id": account_id, **options})
        self.world.days.forget()
        return self.world.accounts.add(account)

    def account(self, account_id: str) -> AdAccount:
        return self.world.accounts.get(account_id)

    def edit(self, identifier: str, *, silent: bool = False, **changes: Any) -> None:
        """Change an object by id: edit(ad_id, name="New"), edit(ad_id, status="ARCHIVED"), edit(ad_id, gone=True).

        silent: its updated_time stays, as with changes on the delivery side.
        """
        owner = self.world.accounts.owner_of(identifier)
        if owner is None or identifier not in owner.structure.by_id:
            raise LookupError(f"There is no object {identifier}.")
        moment = {} if silent else {"updated_time": graph_time(self.clock.now().astimezone(owner.zone))}
        owner.edit(identifier, {**moment, **changes})

    def restate(
        self, account_id: str, number: int, *, since: date | None = None, until: date | None = None
    ) -> list[tuple[str, date]]:
        """Change exactly this many ad-day rows of the last 28 days, one click each; returns (ad id, date) of each."""
        return restate(self.world, self.account(account_id), number, since, until, self.clock.minute())

    def truth(
        self, account_id: str, level: Level = "ad", *, since: date | None = None, until: date | None = None
    ) -> Truth:
        return truth(iter(self.truth_rows(account_id, level, since=since, until=until)))

    def truth_rows(
        self, account_id: str, level: Level = "ad", *, since: date | None = None, until: date | None = None
    ) -> list[TruthRow]:
        account = self.account(account_id)
        return list(truth_rows(self.world, account, level, since, until, self.clock.minute()))

    def reports(self, account_id: str = "") -> list[Report]:
        """The asynchronous reports that were asked for, in that order."""
        return self.world.reports.all(account_id.removeprefix("act_"))

    def control(self, call: Call) -> Any:
        controls: dict[str, Callable[[Call], Any]] = {
            "accounts": self._control_accounts,
            "app": self._control_app,
            "edit": self._control_edit,
            "oauth": lambda call: self.world.desk.set(call.json()),
            "reports": self._control_reports,
            "restate": self._control_restate,
            "tokens": self._control_tokens,
            "truth": self._control_truth,
        }
        asked = controls.get(call.path.strip("/"))
        return asked(call) if asked else super().control(call)

    def _control_accounts(self, call: Call) -> Any:
        if call.method == "POST":
            self.add_account(**call.json())
        listed = self.world.accounts.all()
        return {"accounts": [{"account_id": one.account_id, "name": one.name, "ads": one.ads} for one in listed]}

    def _control_app(self, call: Call) -> Any:
        wishes = call.json()
        self.world.app_id = wishes.get("app_id", self.world.app_id)
        self.world.app_secret = wishes.get("app_secret", self.world.app_secret)
        return {"app_id": self.world.app_id, "checks_proof": bool(self.world.app_secret)}

    def _control_edit(self, call: Call) -> Any:
        changes = call.json()
        self.edit(changes.pop("id"), **changes)
        return {"edited": True}

    def _control_reports(self, call: Call) -> Any:
        asked_for = self.reports(call.params.get("account", ""))
        return {"count": len(asked_for), "reports": [report.describe(self.clock.now()) for report in asked_for]}

    def _control_restate(self, call: Call) -> Any:
        wishes = call.json()
        since, until = _dates(wishes)
        done = self.restate(wishes["account"], int(wishes["count"]), since=since, until=until)
        return {"restated": [{"id": identifier, "date": day.isoformat()} for identifier, day in done]}

    def _control_tokens(self, call: Call) -> Any:
        """{"token": ..., "subcode": 460} kills a token; null makes it unknown; without a subcode it works again.

        {"token": ..., "declined": ["ads_read"]}: it works, without that scope.
        """
        wishes = call.json()
        if "declined" in wishes:
            self.world.accounts.decline(wishes["token"], wishes["declined"])
        elif "subcode" in wishes:
            self.world.accounts.kill_token(wishes["token"], wishes["subcode"])
        else:
            self.world.accounts.revive_token(wishes["token"])
        return {"error": self.world.accounts.error_of(wishes["token"])}

    def _control_truth(self, call: Call) -> Any:
        level: Level = LEVELS[LEVELS.index(call.params.get("level", "ad"))]
        since, until = _dates(call.params)
        rows = self.truth_rows(call.params["account"], level, since=since, until=until)
        return describe(iter(rows), with_rows=bool(call.params.get("rows")))


def _dates(wishes: Mapping[str, Any]) -> tuple[date | None, date | None]:
    since, until = (wishes.get(name) for name in ("since", "until"))
    return since and date.fromisoformat(since), until and date.fromisoformat(until)

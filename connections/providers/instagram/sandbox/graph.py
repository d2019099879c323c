"""The stand-in for Instagram's Graph API: answers calls, and lets itself be controlled."""

import re
from dataclasses import replace
from threading import RLock
from typing import Any

from connections.providers.instagram.sandbox import errors
from connections.providers.instagram.sandbox.accounts import (
    DEMO_TOKEN,
    NUMBERS,
    OWN_ID,
    OWN_NAME,
    Person,
    standing_people,
)
from connections.providers.instagram.sandbox.errors import Refusal
from connections.providers.instagram.sandbox.fields import Field, parsed
from connections.sandbox.calls import LoggedCall
from connections.sandbox.clock import SandboxClock
from connections.sandbox.desk import Desk, Row
from connections.sandbox.exchange import Call, Reply, json_reply
from connections.sandbox.faults import FaultRule, damage
from connections.sandbox.stand_in import StandIn

USUAL_MEDIA = 25
HIDDEN_PARAMS = {"access_token", "appsecret_proof"}
NOTE = (
    "Sandbox: this stands in for Instagram. Whole numbers, or nothing where Instagram leaves one out. "
    "What you set stays; the others grow by the hour."
)


class InstagramSandbox(StandIn):
    """Below /instagram. tokens: those that open the demo's own account. A fault may be of one profile alone:
    {"kind": "error", "error": "2", "where": {"username": "junglejon"}}."""

    name = "instagram"
    fault_kinds = frozenset({"error", "extra_field"})

    def __init__(self, clock: SandboxClock) -> None:
        super().__init__(clock)
        self.lock = RLock()
        self.desk = Desk("Instagram accounts", NOTE)
        self._begin()

    def _begin(self) -> None:
        self.tokens = {DEMO_TOKEN}
        self.people = {person.username: person for person in standing_people(self.clock.now())}

    def reset(self) -> None:
        super().reset()
        with self.lock:
            self._begin()

    def answer(self, call: Call) -> Reply:
        asked = _asked_for(call)
        rules = self.faults.pick(replace(call, params={**call.params, "username": asked}))
        with self.lock:
            reply = damage(self._reply(call, rules), rules)
        params = {name: value for name, value in call.params.items() if name not in HIDDEN_PARAMS}
        fault = ",".join(rule.kind for rule in rules)
        now = self.clock.now()
        self.calls.record(LoggedCall(now, call.method, call.path, params, reply.status, OWN_ID, asked, fault))
        return reply

    def _reply(self, call: Call, rules: list[FaultRule]) -> Reply:
        try:
            for rule in rules:
                if rule.kind == "error":
                    raise errors.ERRORS[str(rule.options.get("error", "2"))](rule.options)
            if call.params.get("access_token") not in self.tokens:
                raise errors.bad_token()
            body = self._body(call)
        except Refusal as refused:
            return refused.reply()
        if any(rule.kind == "extra_field" for rule in rules):
            body = _with_news(body)
        return json_reply(body, headers={"X-App-Usage": '{"call_count":3,"total_cputime":1,"total_time":1}'})

    def _body(self, call: Call) -> dict[str, Any]:
        found = re.fullmatch(r"/v\d+\.\d+/([^/]+)(/accounts)?/?", call.path)
        node, edge = found.groups() if found else ("", None)
        wanted = parsed(call.params.get("fields", "id"))
        if node == "me" and edge:
            return {"data": [self._page_of(wanted)]}
        if node != OWN_ID or edge:
            raise errors.no_object(node)
        return {**self._node(self.people[OWN_NAME], wanted), "id": OWN_ID}

    def _page_of(self, wanted: list[Field]) -> dict[str, Any]:
        page: dict[str, Any] = {"id": "100000000000001", "name": "Freshet demo page"}
        for each in wanted:
            if each.name == "instagram_business_account":
                page[each.name] = self._node(self.people[OWN_NAME], parsed(each.inner or "id"))
        return page

    def _node(self, person: Person, wanted: list[Field]) -> dict[str, Any]:
        held = person.node(self.clock.now())
        found: dict[str, Any] = {}
        for each in wanted:
            if each.name == "business_discovery":
                found[each.name] = self._discovered(each)
            elif each.name == "media":
                found[each.name] = {"data": _posts(person, each)}
            elif each.name in held:
                found[each.name] = held[each.name]
            elif each.name not in ("followers_count", "follows_count", "media_count"):
                raise errors.unknown_field(each.name)
        return found

    def _discovered(self, asked: Field) -> dict[str, Any]:
        person = self.people.get(asked.argument.lower())
        if person is None or not person.professional:
            raise errors.nobody(asked.argument)
        return {**self._node(person, parsed(asked.inner)), "id": person.id}

    # By hand

    def set(self, username: str, **wishes: Any) -> Person:
        """set("junglejon", followers=950, professional=False). One that is not there is made."""
        with self.lock:
            person = self.people.get(username)
            if person is None:
                person = Person(username, username, f"178414000000002{len(self.people):02}")
            person.set(**wishes)
            self.people[person.username] = person
            return person

    def remove(self, username: str) -> None:
        with self.lock:
            del self.people[username]

    def control(self, call: Call) -> Any:
        controls = {"": self._page, "accounts": self._control_accounts}
        asked = controls.get(call.path.strip("/"))
        return asked(call) if asked else super().control(call)

    def _control_accounts(self, call: Call) -> Any:
        """POST {"account": "junglejon", "followers": 950}; DELETE {"account": "junglejon"}."""
        if call.method in ("POST", "DELETE"):
            wishes = call.json()
            username = wishes.pop("account")
            self.remove(username) if call.method == "DELETE" else self.set(username, **wishes)
        with self.lock:
            now = self.clock.now()
            return {"accounts": [{"account": name, **each.shown(now)} for name, each in self.people.items()]}

    def _page(self, call: Call) -> Reply:
        with self.lock:
            now = self.clock.now()
            rows = [
                Row(name, {each: "" if count is None else str(count) for each, count in person.shown(now).items()})
                for name, person in self.people.items()
            ]
            return self.desk.reply(call, rows, self._typed)

    def _typed(self, username: str, name: str, text: str) -> None:
        if name not in NUMBERS or (text and not (text.isascii() and text.isdigit() and len(text) < 16)):
            raise ValueError(f"{text} of {username} is no whole number.")
        self.set(username, **{name: int(text) if text else None})


def _posts(person: Person, wanted: Field) -> list[dict[str, Any]]:
    names = ("id", *(each.name for each in parsed(wanted.inner)))
    posts = person.media(int(wanted.argument or USUAL_MEDIA))
    return [{name: post[name] for name in names if name in post} for post in posts]


def _asked_for(call: Call) -> str:
    found = re.search(r"business_discovery\.username\(([^)]*)\)", call.params.get("fields", ""))
    return found[1] if found else ""


def _with_news(answer: Any) -> Any:
    """A release of tomorrow, with fields that nobody knows."""
    if isinstance(answer, dict):
        return {**{name: _with_news(value) for name, value in answer.items()}, "new_field": {"of": "tomorrow"}}
    return [_with_news(each) for each in answer] if isinstance(answer, list) else answer

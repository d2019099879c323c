"""The stand-in for Google Sheets and Drive: answers calls, counts them, and lets itself be controlled."""

from pathlib import Path
from threading import RLock
from typing import Any

from connections.providers.google_sheets.demo import DEMO_BOOK
from connections.providers.google_sheets.sandbox import flaws
from connections.providers.google_sheets.sandbox.books import Book, Books, Rows
from connections.providers.google_sheets.sandbox.cells import Content
from connections.providers.google_sheets.sandbox.content import standing_books
from connections.providers.google_sheets.sandbox.controls import CONTROLS
from connections.providers.google_sheets.sandbox.errors import Refusal
from connections.providers.google_sheets.sandbox.page import Desk
from connections.providers.google_sheets.sandbox.quota import Behaviour, Quota
from connections.providers.google_sheets.sandbox.ranges import area
from connections.providers.google_sheets.sandbox.robots import Robots
from connections.providers.google_sheets.sandbox.routes import TOKEN, Route, route
from connections.providers.google_sheets.sandbox.visit import Visit
from connections.sandbox.calls import LoggedCall
from connections.sandbox.clock import SandboxClock
from connections.sandbox.exchange import Call, Reply, json_reply
from connections.sandbox.faults import FaultRule, damage
from connections.sandbox.stand_in import StandIn

KEY_FILE = "google-sheets-demo-key.json"
SECRET_PARAMS = frozenset({"assertion", "access_token", "key"})


class GoogleSheetsSandbox(StandIn):
    """Below /google_sheets: all of Google's hosts in one. The spreadsheet that it has stands in content.py."""

    name = "google_sheets"
    fault_kinds = flaws.KINDS

    def __init__(self, clock: SandboxClock) -> None:
        super().__init__(clock)
        self.lock = RLock()
        self.robots = Robots()
        self.quota = Quota()
        self.desk = Desk()
        self._begin()

    def keep_in(self, folder: Path) -> None:
        with self.lock:
            self.robots.keep_in(folder / KEY_FILE)

    def _begin(self) -> None:
        self.books = Books(standing_books())
        self.behaviour = Behaviour()

    def reset(self) -> None:
        super().reset()
        with self.lock:
            self.robots.reset()
            self.quota.reset()
            self._begin()

    def answer(self, call: Call) -> Reply:
        found, names = route(call.method, call.path)
        rules = self.faults.pick(call)
        with self.lock:
            email, reply = self._reply(found, names, call, rules)
        reply = damage(reply, rules)
        self._log(call, found, reply, email, rules)
        return reply

    def _reply(self, found: Route, names: dict[str, str], call: Call, rules: list[FaultRule]) -> tuple[str, Reply]:
        """And for whom."""
        email, now = "", self.clock.now()
        try:
            flaws.refuse(rules, at_the_door=found.kind == TOKEN)
            if found.kind == TOKEN:
                return email, json_reply(self.robots.let_in(call, now))
            email = self.robots.of(call, now)
            self.quota.charge(email, found.kind, self.behaviour, now)
            answer = found.answer(Visit(self.books, call, now, email, names))
        except Refusal as refused:
            return email, refused.reply()
        return email, Reply(204) if answer is None else json_reply(flaws.spoil(answer, rules))

    def _log(self, call: Call, found: Route, reply: Reply, email: str, rules: list[FaultRule]) -> None:
        """Neither tokens nor bodies are kept."""
        fault = ",".join(rule.kind for rule in rules)
        params = {name: value for name, value in call.params.items() if name not in SECRET_PARAMS}
        now = self.clock.now()
        self.calls.record(LoggedCall(now, call.method, call.path, params, reply.status, email, found.kind, fault))

    # By hand

    def set(self, **knobs: Any) -> None:
        """set(reads_per_minute=3, told=True): see Behaviour."""
        with self.lock:
            self.behaviour.set(**knobs)

    def book(self, book: str = DEMO_BOOK) -> Book:
        return self.books.get(book)

    def add_book(self, book: str, tabs: dict[str, Rows], **fields: Any) -> Book:
        """Create or replace one: add_book("creators-of-autumn", {"Tab": [["Link"], ["https://..."]]})."""
        with self.lock:
            made = Book(book, fields.pop("title", book), self.clock.now(), **fields)
            for title, rows in tabs.items():
                made.add_tab(title, rows)
            return self.books.add(made)

    def edit(self, tab: str | int, cells: dict[str, Content], *, book: str = DEMO_BOOK, silent: bool = False) -> None:
        """edit("Always on", {"I2": 900}). silent: as a formula that works out anew, so that no date moves."""
        with self.lock:
            its = self.book(book)
            sheet = its.tab(tab)
            for address, content in cells.items():
                place = area(address)
                sheet.put([["" if content is None else content]], top=place.top, left=place.left)
            if not silent:
                its.touch(self.clock.now())

    def change_tab(self, tab: str | int, *, book: str = DEMO_BOOK, **fields: Any) -> None:
        """change_tab("Always on", title="Never off", hidden=True)."""
        with self.lock:
            its = self.book(book)
            sheet = its.tab(tab)
            for name in ("title", "hidden"):
                setattr(sheet, name, fields.get(name, getattr(sheet, name)))
            its.touch(self.clock.now())

    def delete_tab(self, tab: str | int, *, book: str = DEMO_BOOK) -> None:
        with self.lock:
            its = self.book(book)
            its.tabs.remove(its.tab(tab))
            its.touch(self.clock.now())

    def share(self, *emails: str, book: str = DEMO_BOOK) -> None:
        """With these alone."""
        with self.lock:
            self.book(book).readers = set(emails)

    def control(self, call: Call) -> Any:
        asked = CONTROLS.get(call.path.strip("/"))
        return asked(self, call) if asked else super().control(call)

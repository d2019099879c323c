"""One session of LOGIKAL: where it stands, what it may do there, and how it gets elsewhere.

    ROOT or DIRECTORY -> PROJECT -> PHASE -> ELEVATION

A session only goes down. Whoever must go up signs out and in anew, as a login may have one session at a time; to what
is beside, the server may let us go without, which is tried once (abilities.py). A session that has ended is opened anew
where it was, once for each call.
"""

import logging
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

from connections.errors import Transient
from connections.providers.logikal.abilities import KNOWN, Abilities
from connections.providers.logikal.client import (
    LONGEST_PARTS,
    LONGEST_PICTURE,
    PARTS_SECONDS,
    LogikalApi,
    Question,
    Reply,
)
from connections.providers.logikal.errors import Failed, Forbidden, IllegalCallError, Refused, SessionEnded
from connections.providers.logikal.leftovers import LEFT
from connections.providers.logikal.places import SELECT, Level, Place, Step, steps_aside, steps_down

ROOT = Place()
REFUSALS_OF_A_WAY = (400, 404, 405, 409)
PICTURE = {
    "width": "400",
    "height": "400",
    "format": "PNG",
    "view": "Exterior",
    "withdimensions": "false",
    "withdescription": "false",
}

Found = TypeVar("Found")

log = logging.getLogger(__name__)


class LogikalSession:
    """Signs in with the first call and out at the end of its `with`, whatever happens."""

    def __init__(self, api: LogikalApi, abilities: Abilities = KNOWN) -> None:
        self._api = api
        self._abilities = abilities
        self._whose = (api.login.address, api.login.username)
        self._token = ""
        self.place = ROOT

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Sign in, if that has not been done. Raises NeedsReconnect, and RateLimited where no session is free."""
        if self._token:
            return
        for token in dict.fromkeys([*LEFT.take(self._whose), *self._api.sessions.left()]):
            self._let_go(token)
        self._token = self._api.sign_in()
        self._api.sessions.opened(self._token)

    def close(self) -> bool:
        """Sign out. Never raises; False where the server did not confirm it."""
        token, self._token, self.place = self._token, "", ROOT
        return self._let_go(token) if token else True

    def _let_go(self, token: str) -> bool:
        try:
            self._api.sign_out(token)
        except SessionEnded:
            log.info("LOGIKAL had ended the session by itself.")
        except Exception as error:
            log.warning("LOGIKAL did not confirm that the session is closed: %s", type(error).__name__)
            LEFT.leave(self._whose, token)
            return False
        self._api.sessions.closed(token)
        return True

    def directories(self) -> Reply:
        """Those in the directory, or in the root: name, path."""
        return self._ask("directory", Question("GET", "directories"))

    def projects(self) -> Reply:
        return self._ask("directory", Question("GET", "projects"))

    def selected_project(self) -> Reply:
        return self._ask("project", Question("GET", "projects/selected"))

    def phases(self) -> Reply:
        return self._ask("project", Question("GET", "phases"))

    def elevations(self) -> Reply:
        return self._ask("phase", Question("GET", "elevations"))

    def thumbnail(self, elevation: str) -> Reply:
        """The bytes of a PNG."""
        path = f"elevations/{quote(elevation, safe='')}/thumbnail"
        return self._ask("phase", Question("GET", path, params=PICTURE, longest=LONGEST_PICTURE, binary=True))

    def parts_list(self) -> Reply:
        """An SQLite file in base64."""
        path = "elevations/selected/parts-list"
        return self._ask("elevation", Question("GET", path, seconds=PARTS_SECONDS, longest=LONGEST_PARTS))

    def go(self, there: Place) -> None:
        """By the cheapest way that is open. Raises Refused or Forbidden with the level that could not be selected."""
        down = steps_down(self.place, there)
        if down is None and not self._go_aside(there):
            self._begin_anew(there)
            return
        for step in down or ():
            self._select(step)

    def _go_aside(self, there: Place) -> bool:
        steps = steps_aside(self.place, there)
        if steps is None:
            return False
        move = steps[0].level
        if not self._abilities.may_move(self._api.login.address, move):
            return False
        try:
            self._select(steps[0])
        except Refused as refused:
            if refused.status not in REFUSALS_OF_A_WAY:
                raise
            self._begin_anew(there)
            # It was there for a new session, so it was the way that was refused.
            self._abilities.refuse(self._api.login.address, move)
            return True
        for step in steps[1:]:
            self._select(step)
        return True

    def _begin_anew(self, there: Place) -> None:
        """Out, in, and down again."""
        self.close()
        self.open()
        try:
            for step in there.steps():
                self._take(step)
        except SessionEnded:
            raise _ends_at_once() from None

    def _select(self, step: Step) -> None:
        self._again_if_ended(lambda: self._take(step))

    def _take(self, step: Step) -> None:
        self._sent(step.level, Question("POST", SELECT[step.level], {"identifier": step.identifier}))
        self.place = self.place.after(step)

    def _ask(self, level: Level, question: Question) -> Reply:
        if self.place.state != level:
            raise IllegalCallError(
                f"{question.path} needs a session at a {level}, and this one is at a {self.place.state}."
            )
        return self._again_if_ended(lambda: self._sent(level, question))

    def _again_if_ended(self, call: Callable[[], Found]) -> Found:
        self.open()
        try:
            return call()
        except SessionEnded:
            log.info("LOGIKAL has ended the session; signing in again.")
        self._begin_anew(self.place)
        try:
            return call()
        except SessionEnded:
            raise _ends_at_once() from None

    def _sent(self, level: Level, question: Question) -> Reply:
        try:
            return self._api.ask(question, self._token)
        except (Refused, Forbidden, Failed) as error:
            error.level = level
            raise


def _ends_at_once() -> Transient:
    return Transient("LOGIKAL ends each session right after the login.")

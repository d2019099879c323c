"""Keep processes running, and end them in order. Imports no Django: it has to stay small."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from types import FrameType

log = logging.getLogger(__name__)

BASE_DIR = Path(__file__).resolve().parent.parent
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LONGEST_WAIT = 30
MOST_DEATHS = 5
"""So many within a minute, whoever it was, and starting again makes no sense."""
MINUTE = 60
PR_SET_PDEATHSIG = 1


class Stopped(Exception):
    """Somebody asked us to stop."""


class Failed(Exception):
    """A sentence that says what did not work."""


@dataclass
class Child:
    """What we run, as one process after another.

    gone_after: how many seconds after the stop it has to be gone. Who has fewer is asked to go first.
    says: logged at each start, with the PID. again_at: it has ended, and is started again then.
    """

    name: str
    command: Sequence[str]
    gone_after: float
    process: "subprocess.Popen[bytes]"
    started_at: float
    says: Sequence[str] = ()
    wait: int = 1
    again_at: float | None = None

    def ended(self, now: float) -> int:
        """Returns how many seconds later it is started again: 1, 2, 4 .. 30, and 1 once it has lived for a minute."""
        wait = 1 if now - self.started_at > MINUTE else self.wait
        self.again_at, self.wait = now + wait, min(2 * wait, LONGEST_WAIT)
        return wait


class Processes:
    """What we started. A signal is only noted, and heard in `pause`, so that none is lost while it is being started."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self.serving: list[Child] = []
        self.step: Child | None = None
        self.deaths: list[float] = []
        self.asked_to_stop = False
        for number in STOP_SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means it
                signal.signal(number, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.asked_to_stop = True

    def serve(self, name: str, command: Sequence[str], *says: str, gone_after: float) -> None:
        """Start what has to run until we stop, and is started again whenever it ends."""
        child = Child(name, command, gone_after, self._start(command), time.monotonic(), says)
        self.serving.append(child)
        _announce(child)

    def run(
        self, command: Sequence[str], *, gone_after: float, may_exit: Sequence[int] = (), stdout: int | None = None
    ) -> None:
        """Start what has to end by itself, and wait for it."""
        name = f"{Path(command[1]).name} {command[2]}"
        process = self._start(command, stdout)
        self.step = Child(name, command, gone_after, process, time.monotonic())
        while process.poll() is None:
            self.pause(0.05)
        self.step = None
        if process.returncode and process.returncode not in may_exit:
            raise Failed(f"{name} ended with {_outcome(process.returncode)}.")

    def pause(self, seconds: float) -> None:
        """Wait, and start again who has ended. Raises Stopped or Failed when there is nothing to wait for any more."""
        time.sleep(seconds)
        if self.asked_to_stop:
            raise Stopped
        for child in self.serving:
            if child.again_at is None and child.process.poll() is not None:
                self._mourn(child, time.monotonic())
            elif child.again_at is not None and child.again_at <= time.monotonic():
                self._start_again(child)

    def stop(self) -> None:
        """One rank after the other; whoever is not gone in time is killed, with all that it has forked."""
        began = time.monotonic()
        everybody = [child for child in (*self.serving, self.step) if child and child.again_at is None]
        for seconds, rank in groupby(sorted(everybody, key=_gone_after), key=_gone_after):
            asked = list(rank)
            for child in asked:
                child.process.terminate()
            for child in asked:
                _end(child, by=began + seconds)

    def _mourn(self, child: Child, now: float) -> None:
        _kill_group(child.process)  # what it has forked would keep its port and its leases
        outcome = _outcome(child.process.returncode)
        self.deaths = [at for at in self.deaths if now - at < MINUTE] + [now]
        if len(self.deaths) >= MOST_DEATHS:
            raise Failed(
                f"{MOST_DEATHS} processes ended within a minute, the last of them the {child.name} with {outcome}, so"
                " everything stops."
            )
        log.warning("The %s ended with %s and is started again in %d s.", child.name, outcome, child.ended(now))

    def _start_again(self, child: Child) -> None:
        child.process, child.started_at, child.again_at = self._start(child.command), time.monotonic(), None
        _announce(child)

    def _start(self, command: Sequence[str], stdout: int | None = None) -> "subprocess.Popen[bytes]":
        """In a session of its own, so that Ctrl-C reaches us alone and we stop them in order."""
        try:
            return subprocess.Popen(
                command,
                env=self.environment,
                cwd=BASE_DIR,
                stdout=stdout,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        except OSError as error:
            raise Failed(f"{command[0]} cannot be started: {error.strerror}.") from error


def _gone_after(child: Child) -> float:
    return child.gone_after


def _announce(child: Child) -> None:
    for line in child.says:
        log.info(line, child.process.pid)


def _end(child: Child, *, by: float) -> None:
    with suppress(subprocess.TimeoutExpired):
        child.process.wait(max(by - time.monotonic(), 0.1))
    _kill_group(child.process)
    child.process.wait()


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    """A process is the first of its group, in which its own children live on when it was killed."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _end_with_parent() -> None:
    """Linux only: whoever kills us with SIGKILL leaves nobody behind. Elsewhere the children live on."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _outcome(code: int) -> str:
    return f"code {code}" if code >= 0 else f"signal {-code}"

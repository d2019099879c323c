"""Start Freshet on one machine, and stop it in order. Imports no Django: it has to stay small."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import Any

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(os.environ.get("ENV_FILE") or str(BASE_DIR / ".env"))
VAR_DIR = BASE_DIR / (os.environ.get("VAR_DIR") or "var")
MANAGE = [sys.executable, str(BASE_DIR / "manage.py")]
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
READ_SETTINGS = """
import json
from config.settings import PRODUCTION, PROVIDERS, PUBLIC_URL
has_sandbox = any(provider["sandbox"] for provider in PROVIDERS.values())
print(json.dumps({"production": PRODUCTION, "sandbox": has_sandbox, "url": PUBLIC_URL}))
"""
GRACE_SECONDS = 8
"""For all processes together: container platforms kill after ten seconds."""
START_SECONDS = 60
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
"""A server that listens on all addresses, and where to find it."""
PR_SET_PDEATHSIG = 1


class Stopped(Exception):
    """Somebody asked us to stop."""


class Failed(Exception):
    """A sentence that says which process ended, and how."""


class Processes:
    """What we started. A signal is only noted, and heard in `pause`, so that none is lost while it is being started."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.serving: dict[str, subprocess.Popen[bytes]] = {}
        self.step: subprocess.Popen[bytes] | None = None
        self.asked_to_stop = False
        for number in STOP_SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means it
                signal.signal(number, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.asked_to_stop = True

    def serve(self, name: str, command: Sequence[str]) -> None:
        """Start what has to run until we stop."""
        self.serving[name] = self._start(command)

    def run(self, command: Sequence[str], *, may_exit: tuple[int, ...] = (), stdout: int | None = None) -> None:
        """Start what has to end by itself, and wait for it."""
        self.step = self._start(command, stdout)
        while self.step.poll() is None:
            self.pause(0.05)
        code, self.step = self.step.returncode, None
        if code and code not in may_exit:
            raise Failed(f"{Path(command[1]).name} {command[2]} ended with {_outcome(code)}.")

    def pause(self, seconds: float) -> None:
        """Wait, and raise Stopped or Failed when there is nothing to wait for any more."""
        time.sleep(seconds)
        if self.asked_to_stop:
            raise Stopped
        for name, process in self.serving.items():
            if process.poll() is not None:
                raise Failed(f"The {name} ended with {_outcome(process.returncode)}, so everything stops.")

    def stop(self) -> None:
        """Last started, first stopped; whoever does not go in time is killed."""
        deadline = time.monotonic() + GRACE_SECONDS
        for process in filter(None, (self.step, *reversed(self.serving.values()))):
            process.terminate()
            try:
                process.wait(max(deadline - time.monotonic(), 0.5))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, command: Sequence[str], stdout: int | None = None) -> subprocess.Popen[bytes]:
        """In a session of its own, so that Ctrl-C reaches us alone and we stop them in order."""
        return subprocess.Popen(
            command,
            env=self.environment,
            cwd=BASE_DIR,
            stdout=stdout,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )


def _end_with_parent() -> None:
    """Linux only: whoever kills us with SIGKILL leaves nobody behind. Elsewhere the children live on."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _outcome(code: int) -> str:
    return f"code {code}" if code > 0 else f"signal {-code}" if code else "code 0"


def main() -> int:
    """0 when asked to stop, 1 when a step or a process failed."""
    try:
        port = _port()
        processes = Processes(_surroundings(port))
        try:
            return _run(processes, port)
        finally:
            processes.stop()
    except Stopped:
        return 0
    except Failed as sentence:
        print(sentence, file=sys.stderr, flush=True)
        return 1


def _run(processes: Processes, port: int) -> int:
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    (BASE_DIR / "staticfiles").mkdir(exist_ok=True)
    settings = _settings(processes.environment)
    is_demo = settings["sandbox"] and not settings["production"]
    if is_demo:
        _start_sandbox(processes)
    processes.run([*MANAGE, "migrate", "--skip-checks", "--verbosity", "0"])
    processes.run([*MANAGE, "check", "--database", "default"], stdout=subprocess.DEVNULL)  # warnings go to stderr
    if is_demo:
        processes.run([*MANAGE, "create_demo", "--skip-checks"])
    if settings["production"]:
        processes.run([*MANAGE, "collectstatic", "--skip-checks", "--no-input", "--verbosity", "0"])
    _start_web(processes, port)
    if is_demo:
        processes.run([*MANAGE, "sync", "--skip-checks", "--verbosity", "0", "--all", "--foreground"], may_exit=(1, 3))
    _greet(settings["url"], demo=is_demo)
    while True:
        processes.pause(0.2)


def _settings(environment: dict[str, str]) -> dict[str, Any]:
    """Read in a process of their own. One that is missing or malformed is a sentence; other failures stay whole."""
    done = subprocess.run(
        [sys.executable, "-c", READ_SETTINGS],
        env=environment,
        cwd=BASE_DIR,
        check=False,
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    if done.returncode:
        raise Failed(done.stderr.rpartition("ImproperlyConfigured: ")[2].strip())
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _surroundings(port: int) -> dict[str, str]:
    """The sandboxes are on this machine, and no proxy leads there."""
    around = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    return {**os.environ, "PORT": str(port), "no_proxy": ",".join(filter(None, [around, "localhost,127.0.0.1"]))}


def _start_sandbox(processes: Processes) -> None:
    """Up once it has written down its addresses, in which the other processes find it."""
    found = VAR_DIR / "sandbox.json"
    found.unlink(missing_ok=True)
    processes.serve("sandbox", [*MANAGE, "sandbox"])
    _wait_until(found.exists, "The sandbox does not answer.", processes)


def _start_web(processes: Processes, port: int) -> None:
    address = f"[{_host()}]:{port}" if ":" in _host() else f"{_host()}:{port}"
    words = f"-m gunicorn config.wsgi --bind {address} --workers 1 --threads 4 --graceful-timeout 5 --log-level warning"
    processes.serve("web server", [sys.executable, *words.split()])
    _wait_until(lambda: _answers(port), "The web server does not answer.", processes)


def _wait_until(condition: Callable[[], bool], otherwise: str, processes: Processes) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(otherwise)
        processes.pause(0.05)


def _answers(port: int) -> bool:
    connection = HTTPConnection(ANY_ADDRESS.get(_host(), _host()), port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _host() -> str:
    return os.environ.get("HOST") or "127.0.0.1"


def _port() -> int:
    """PORT, or 8000 and where that is taken the next that is free."""
    chosen = os.environ.get("PORT")
    if not chosen:
        return next(filter(_is_free, range(8000, 65536)))
    if not chosen.isdecimal() or not 0 < int(chosen) < 65536:
        raise Failed(f"PORT is {chosen!r}: it must be a number from 1 to 65535.")
    if not _is_free(int(chosen)):
        raise Failed(f"Port {chosen} is taken. Choose another: PORT={int(chosen) + 1} ./bin/run")
    return int(chosen)


def _is_free(port: int) -> bool:
    family = socket.AF_INET6 if ":" in _host() else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_host(), port))
        except OSError:
            return False
        return True


def _greet(url: str, *, demo: bool) -> None:
    print(f"\nFreshet is at {url}", flush=True)
    login = VAR_DIR / "demo-login"
    if demo and login.exists():
        email, password = login.read_text().split()
        print(f"Sign in as {email} with the password {password}", flush=True)
    if not demo:
        print("Make the first user:  .venv/bin/python manage.py create_owner EMAIL")
        print("Connect an account:   .venv/bin/python manage.py connect PROVIDER --account ID --token-stdin")
        print("Read its data:        .venv/bin/python manage.py sync --all --foreground")
    print("Ctrl-C stops it; what was read stays.\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())

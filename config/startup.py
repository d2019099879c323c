"""Start Freshet on one machine, and stop it in order. Imports no Django: it has to stay small."""

import argparse
import atexit
import json
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import environ

from config import address, broker
from config.processes import BASE_DIR, Failed, Processes, Stopped

log = logging.getLogger(__name__)

environ.Env.read_env(os.environ.get("ENV_FILE") or str(BASE_DIR / ".env"))
VAR_DIR = BASE_DIR / (os.environ.get("VAR_DIR") or "var")
STATIC_DIR = BASE_DIR / "staticfiles"
MANAGE = [sys.executable, str(BASE_DIR / "manage.py")]
FIRST_SYNC = "sync --skip-checks --verbosity 0 --all --never-read --foreground".split()
GUNICORN = [sys.executable, "-m", "gunicorn", "config.wsgi"]
CELERY = [sys.executable, "-m", "celery", "--quiet", "-A", "config"]
READ_SETTINGS = """
import json
from config.broker import binary
from config.settings import BACKGROUND_SYNC_ENABLED, PRODUCTION, PROVIDERS, PUBLIC_URL, REDIS_URL, WORKER_SLOTS
print(json.dumps({
    "production": PRODUCTION,
    "sandbox": any(provider["sandbox"] for provider in PROVIDERS.values()),
    "url": PUBLIC_URL,
    "sync": BACKGROUND_SYNC_ENABLED,
    "slots": WORKER_SLOTS,
    "needs_broker": BACKGROUND_SYNC_ENABLED and not REDIS_URL,
    "server": binary() if BACKGROUND_SYNC_ENABLED and not REDIS_URL else None,
}))
"""
BEAT_GONE, WORK_GONE, WEB_GONE, BROKER_GONE, SANDBOX_GONE = 1.5, 5.5, 7, 7.5, 8
"""Seconds after the signal. Container platforms kill after ten."""
START_SECONDS = 60
WORKER_LINE = "Starting Celery worker process (PID: %d)"
BEAT_LINE = "Starting Celery beat process (PID: %d)"


class Words(argparse.ArgumentParser):
    """A wrong word is a sentence, like everything else that is wrong at the start."""

    def error(self, message: str) -> NoReturn:
        raise Failed(f"bin/run takes --profile lean or --profile full, and nothing else ({message}).")


def main(words: Sequence[str]) -> int:
    """0 when asked to stop, 1 when a step or too many processes failed."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    try:
        profile = _profile(words)
        port = address.choose_port()
        processes = Processes(_surroundings(port))
        try:
            _run(processes, port, profile)
        finally:
            processes.stop()
    except Stopped:
        return 0
    except Failed as sentence:
        log.error(sentence)
        return 1


def _profile(words: Sequence[str]) -> str:
    parser = Words(prog="bin/run", description="Start Freshet and all that it needs.", allow_abbrev=False)
    parser.add_argument(
        "--profile",
        choices=("lean", "full"),
        default="lean",
        help="lean (default): one worker, Beat in it. full: a forking worker, one for what is urgent, Beat",
    )
    chosen: str = parser.parse_args(words).profile
    return chosen


def _run(processes: Processes, port: int, profile: str) -> NoReturn:
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    STATIC_DIR.mkdir(exist_ok=True)
    settings = _settings(processes.environment)
    is_demo = settings["sandbox"] and not settings["production"]
    if is_demo:
        _start_sandbox(processes)
    if settings["needs_broker"]:
        _start_broker(processes, settings["server"])
    _manage(processes, "migrate", "--skip-checks", "--verbosity", "0")
    _manage(processes, "check", "--database", "default", stdout=subprocess.DEVNULL)  # warnings go to stderr
    if is_demo:
        _manage(processes, "create_demo", "--skip-checks")
    if settings["production"]:
        _collect_static(processes)
    if settings["sync"]:
        _start_workers(processes, profile, settings["slots"])
    else:
        log.info("Background sync is disabled, skipping Celery services")
    _start_web(processes, port)
    if is_demo:  # beside the worker, if there is one: whoever signs in first sees numbers; later syncs have their pace
        _manage(processes, *FIRST_SYNC, may_exit=(1, 3))
    _greet(settings["url"], demo=is_demo)
    while True:
        processes.pause(0.2)


def _manage(processes: Processes, *words: str, may_exit: Sequence[int] = (), stdout: int | None = None) -> None:
    processes.run([*MANAGE, *words], gone_after=WORK_GONE, may_exit=may_exit, stdout=stdout)


def _collect_static(processes: Processes) -> None:
    """An image holds them already, and keeps us from changing them."""
    if os.access(STATIC_DIR, os.W_OK):
        _manage(processes, "collectstatic", "--skip-checks", "--no-input", "--verbosity", "0")


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
    """The sandboxes are on this machine, and no proxy leads there. glibc keeps fewer stores of free memory, of which it
    makes eight a core otherwise."""
    around = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    no_proxy = ",".join(filter(None, [around, "localhost,127.0.0.1"]))
    return {"MALLOC_ARENA_MAX": "2", **os.environ, "PORT": str(port), "no_proxy": no_proxy}


def _start_sandbox(processes: Processes) -> None:
    """Up once it has written down its addresses, in which the other processes find it."""
    found = VAR_DIR / "sandbox.json"
    found.unlink(missing_ok=True)
    processes.serve("sandbox", [sys.executable, "-m", "connections.sandbox", str(VAR_DIR)], gone_after=SANDBOX_GONE)
    _wait_until(found.exists, "The sandbox does not answer.", processes)
    # The others read its address once, so it has to come back to the same one.
    processes.environment["SANDBOX_PORT"] = str(json.loads(found.read_text())["port"])


def _start_broker(processes: Processes, server: str | None) -> None:
    if server is None:
        raise Failed(
            "There is no broker for this kind of machine: install Valkey or Redis, name one in REDIS_URL, or set"
            " BACKGROUND_SYNC_ENABLED=false."
        )
    folder = broker.private_folder()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    processes.environment["REDIS_URL"] = broker.url(folder)
    processes.serve("broker", broker.command(server, folder, log=VAR_DIR / "broker.log"), gone_after=BROKER_GONE)
    _wait_until(lambda: broker.answers(folder), "The broker does not answer.", processes)


def _start_workers(processes: Processes, profile: str, slots: int) -> None:
    if profile == "lean":
        queues = "realtime,sync,parser,scheduler,backfill"
        words = f"worker --pool threads --concurrency {slots + 1} --queues {queues} --with-beat"  # one for the schedule
        _start_celery(processes, "worker", words, WORKER_LINE, BEAT_LINE)
    else:
        words = "worker --pool prefork --concurrency 2 --queues sync,parser,backfill --hostname worker@%h"
        _start_celery(processes, "worker", words, WORKER_LINE)
        words = "worker --pool threads --concurrency 3 --queues realtime,scheduler --hostname realtime@%h"
        _start_celery(processes, "realtime worker", words, WORKER_LINE)
        _start_celery(processes, "Beat", "beat --pidfile=", BEAT_LINE)
    log.info("Starting smart sync scheduler task")
    log.info("Background sync is enabled")


def _start_celery(processes: Processes, name: str, words: str, *says: str) -> None:
    is_worker = words.startswith("worker")
    alone = "--without-gossip --without-mingle".split() if is_worker else []  # workers need not know each other
    command = [*CELERY, *words.split(), *alone]
    processes.serve(name, command, *says, gone_after=WORK_GONE if is_worker else BEAT_GONE)


def _start_web(processes: Processes, port: int) -> None:
    words = f"--bind {address.bind(port)} --workers 1 --threads 4 --graceful-timeout 5 --log-level warning"
    processes.serve("web server", [*GUNICORN, *words.split()], gone_after=WEB_GONE)
    _wait_until(lambda: address.answers(port), "The web server does not answer.", processes)


def _wait_until(condition: Callable[[], bool], otherwise: str, processes: Processes) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(otherwise)
        processes.pause(0.05)


def _greet(url: str, *, demo: bool) -> None:
    print(f"\nFreshet is at {url}", flush=True)
    login = VAR_DIR / "demo-login"
    if demo and login.exists():
        email, password = login.read_text().split()
        print(f"Sign in as {email} with the password {password}", flush=True)
    if not demo:
        manage = ".venv/bin/python manage.py" if Path(sys.prefix) == BASE_DIR / ".venv" else "python manage.py"
        print(f"Make the first user:  {manage} create_owner EMAIL")
        print(f"Connect an account:   {manage} connect PROVIDER --account ID --token-stdin")
        print(f"Read its data:        {manage} sync --all --foreground")
    print("Ctrl-C stops it; what was read stays.\n", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

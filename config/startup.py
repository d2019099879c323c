"""Start Freshet on one machine, and stop it in order. Imports no Django: it has to stay small."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import urlopen

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(os.environ.get("ENV_FILE", str(BASE_DIR / ".env")))
VAR_DIR = Path(os.environ.get("VAR_DIR", BASE_DIR / "var"))
MANAGE = [sys.executable, str(BASE_DIR / "manage.py")]
GRACE_SECONDS = 10


class Stopped(Exception):
    """Somebody asked us to stop."""


def main() -> int:
    """0 when asked to stop; the code of the step or process that failed otherwise."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _raise_stopped)
    children: list[subprocess.Popen[bytes]] = []
    try:
        return _run(children)
    except subprocess.CalledProcessError as error:
        print(f"Stopped: {Path(error.cmd[1]).name} {error.cmd[2]} failed.", file=sys.stderr)
        return error.returncode
    except Stopped:
        return 0
    finally:
        _stop(children)


def _run(children: list[subprocess.Popen[bytes]]) -> int:
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    (BASE_DIR / "staticfiles").mkdir(exist_ok=True)
    port = _port()
    environment = {**os.environ, "PORT": str(port)}
    sandbox = _start_sandbox(environment)
    children += [sandbox] if sandbox else []
    _manage("migrate", "--verbosity", "0", environment=environment)
    _manage("check", "--database", "default", environment=environment)
    if sandbox:
        _manage("create_demo", environment=environment)
    web = _start_web(environment)
    children.append(web)
    _wait_until_up(port, web)
    if sandbox:
        _manage("sync", "--all", "--foreground", environment=environment, may_exit=(1, 3))
    _greet(port, environment, demo=bool(sandbox))
    return _watch(children)


def _manage(*words: str, environment: dict[str, str], may_exit: tuple[int, ...] = ()) -> None:
    done = subprocess.run([*MANAGE, *words], env=environment, cwd=BASE_DIR, check=False)
    if done.returncode and done.returncode not in may_exit:
        raise subprocess.CalledProcessError(done.returncode, done.args)


def _start_sandbox(environment: dict[str, str]) -> subprocess.Popen[bytes] | None:
    """None when no provider is in sandbox mode: then the command ends by itself."""
    found = VAR_DIR / "sandbox.json"
    found.unlink(missing_ok=True)
    child = _start([*MANAGE, "sandbox"], environment)
    deadline = time.monotonic() + 30
    while not found.exists() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    if found.exists():
        return child
    child.terminate()
    if child.wait():
        raise subprocess.CalledProcessError(child.returncode, child.args)
    return None


def _start_web(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    address = f"{environment.get('HOST', '127.0.0.1')}:{environment['PORT']}"
    words = [
        "-m",
        "gunicorn",
        "config.wsgi",
        "--bind",
        address,
        "--workers",
        "1",
        "--threads",
        "4",
        "--log-level",
        "warning",
    ]
    return _start([sys.executable, *words], environment)


def _start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """In a session of its own, so that Ctrl-C reaches us alone and we stop them in order."""
    return subprocess.Popen(command, env=environment, cwd=BASE_DIR, start_new_session=True)


def _wait_until_up(port: int, web: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and web.poll() is None:
        try:
            urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise subprocess.CalledProcessError(web.poll() or 1, [sys.executable, "gunicorn", "config.wsgi"])


def _port() -> int:
    """PORT, or 8000 and where that is taken the next that is free."""
    chosen = os.environ.get("PORT")
    if chosen and not _is_free(int(chosen)):
        raise SystemExit(f"Port {chosen} is taken. Choose another: PORT={int(chosen) + 1} ./bin/run")
    if chosen:
        return int(chosen)
    return next(port for port in range(8000, 8100) if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _greet(port: int, environment: dict[str, str], *, demo: bool) -> None:
    url = environment.get("PUBLIC_URL") or f"http://localhost:{port}"
    print(f"\nFreshet is at {url}", flush=True)
    login = VAR_DIR / "demo-login"
    if demo and login.exists():
        email, password = login.read_text().split()
        print(f"Sign in as {email} with the password {password}", flush=True)
    elif not demo:
        print("Make the first user with: .venv/bin/python manage.py create_owner EMAIL", flush=True)
    print("Ctrl-C stops it; what was read stays in var/.\n", flush=True)


def _watch(children: list[subprocess.Popen[bytes]]) -> int:
    """Until a child dies: then everything stops, for whoever started us to see."""
    while True:
        for child in children:
            if child.poll() is not None:
                print(f"A process has ended: {child.args!r}", file=sys.stderr)
                return child.returncode or 1
        time.sleep(0.5)


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    """Last started, first stopped; whoever does not go in time is killed."""
    for child in reversed(children):
        child.terminate()
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()


def _raise_stopped(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())

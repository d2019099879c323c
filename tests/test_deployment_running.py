"""The roles of the compose file as real processes, with the environment that it gives each: they start small."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.config.installation import free_port, real_processes, wait_until
from tests.fixtures.deployment import ROOT, compose, resident, words
from tests.fixtures.workers import Broker

pytestmark = real_processes

MEGABYTES = {"K": 1 / 1024, "M": 1, "G": 1024}
ELSEWHERE = ("PATH", "TMPDIR", "XDG_RUNTIME_DIR")


@dataclass
class Containers:
    """Each role as compose starts it, but for the addresses of database, broker and web."""

    folder: Path
    stores: dict[str, str]
    port: int = field(default_factory=free_port)
    started: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, role: str) -> "subprocess.Popen[bytes]":
        service = compose()["services"][role]
        environment = {name: os.environ[name] for name in ELSEWHERE if name in os.environ}
        environment |= {"FRESHET_ENV": "production", "ENV_FILE": os.devnull, **service["environment"], **self.stores}
        if "VAR_DIR" in service["environment"]:
            environment["VAR_DIR"] = str(self.folder)
        command = [word.replace(":8000", f":{self.port}") for word in words(service["command"])]
        with (self.folder / role).open("w") as log:
            self.started[role] = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        return self.started[role]

    def said(self, role: str) -> str:
        return (self.folder / role).read_text()

    def limit(self, role: str) -> float:
        memory: str = compose()["services"][role]["deploy"]["resources"]["limits"]["memory"]
        return int(memory[:-1]) * MEGABYTES[memory[-1]]

    def is_ready(self) -> bool:
        with suppress(requests.ConnectionError):
            answer = requests.get(f"http://127.0.0.1:{self.port}/readyz", timeout=10)
            return bool(answer.json() == {"status": "ready"})
        return False


@pytest.fixture
def containers(database_url: str, broker: Broker, tmp_path: Path) -> Iterator[Containers]:
    made = Containers(tmp_path, {"DATABASE_URL": database_url, "REDIS_URL": broker.url})
    yield made
    for process in made.started.values():
        process.kill()
        process.wait()


@pytest.mark.postgres
@pytest.mark.spec("A90", "A91", "A92", "L39", "V14")
def test_each_role_starts_with_what_it_is_given_and_is_within_its_limit_at_rest(containers: Containers) -> None:
    """Ready and idle. What a worker needs while it syncs is measured by benchmarks/memory.py."""
    assert containers.start("migrate").wait(60) == 0, containers.said("migrate")
    roles: dict[str, Any] = {role: containers.start(role) for role in ("web", "worker", "beat")}
    wait_until(containers.is_ready)
    wait_until(lambda: " ready." in containers.said("worker"))
    wait_until(lambda: "Sending due task" in containers.said("beat"))  # so it has read its rows from the database

    for role in ("worker", "beat"):
        assert resident(roles[role].pid) < containers.limit(role)
    assert "SECRET_KEY" not in Path(f"/proc/{roles['beat'].pid}/environ").read_text()
    for role, process in roles.items():
        process.terminate()
        assert process.wait(10) == 0, containers.said(role)
        assert "Traceback" not in containers.said(role), containers.said(role)

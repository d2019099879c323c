"""What ends is started again, a little later each time; too many ends stop everything."""

import os
import re
import signal
import subprocess
import time

import pytest

from config.processes import Child
from tests.config.installation import PATIENCE, Installation, real_processes, wait_until

pytestmark = real_processes

CELERY = ("-m", "celery", "-A", "config", "worker")
WORKER = r"^Starting Celery worker process \(PID: \d+\)$"
OPEN = "SELECT count(*) FROM sync_jobs WHERE status IN ('pending', 'in_progress')"


def kill(installation: Installation, *words: str) -> None:
    """Only the process itself: what it has forked has to be ended by whoever started it."""
    os.kill(installation.processes(*words)[0], signal.SIGKILL)


@pytest.mark.parametrize("profile", ["lean", "full"])
def test_a_running_sync_completes_though_everything_is_killed(profile: str, installation: Installation) -> None:
    process = installation.start("--profile", profile, LEASE_SECONDS="3", SWEEP_SECONDS="1", CHUNK_DELAY_MS="600")
    installation.wait_until_ready(process)
    started = len(re.findall(WORKER, installation.said(), re.MULTILINE))
    installation.slow_down(500)
    installation.manage("sync", "--all")
    wait_until(installation.leases)
    killed = {
        "worker": [*CELERY, "sync,parser,backfill" if profile == "full" else "--with-beat"],
        "web server": ["gunicorn"],
        "broker": ["--unixsocket"],
        "sandbox": ["connections.sandbox"],
    }
    before = {pid for words in killed.values() for pid in installation.processes(*words)}
    for words in killed.values():
        kill(installation, *words)

    ends = [f"The {name} ended with signal 9 and is started again in 1 s.\n" for name in killed]
    wait_until(lambda: all(line in installation.said() for line in ends))
    wait_until(lambda: not before & set(installation.processes()), 0.5)  # nor whatever they had forked
    wait_until(lambda: not installation.number(f"{OPEN} AND lane = 'sync'"))
    wait_until(lambda: not installation.number(OPEN), 2 * PATIENCE)  # 37 months are 48 parts that do not follow at once
    assert installation.rows("SELECT DISTINCT status FROM sync_jobs") == [("completed",)]
    assert all(installation.processes(*words) for words in killed.values())
    assert len(re.findall(WORKER, installation.said(), re.MULTILINE)) == started + 1
    answer = installation.browser.get(f"{installation.url}/readyz", timeout=10)
    assert answer.json() == {"status": "ready"}

    while process.poll() is None:  # the fifth within a minute
        for pid in installation.processes("connections.sandbox"):
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    assert process.returncode == 1
    last = "5 processes ended within a minute, the last of them the sandbox with signal 9, so everything stops."
    assert installation.said().splitlines()[-1] == last
    assert installation.left_over() == []


def test_the_wait_doubles_up_to_half_a_minute_and_begins_anew_after_a_steady_one() -> None:
    child = Child("thing", ["true"], 1, subprocess.Popen(["true"]), started_at=100)
    child.process.wait()
    assert [child.ended(now=101) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert child.again_at == 131
    assert [child.ended(now=161), child.ended(now=101)] == [1, 2]

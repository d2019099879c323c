"""Which of Celery's processes the start makes: by the switch, by the profile, and in whose words it says so."""

import os
import re
import signal
import time

import pytest

from tests.config.installation import Installation, real_processes, wait_until
from tests.fixtures.workers import Broker

pytestmark = real_processes

CELERY = ("-m", "celery", "-A", "config")
WORKER = r"^Starting Celery worker process \(PID: (\d+)\)$"
BEAT = r"^Starting Celery beat process \(PID: (\d+)\)$"
SCHEDULER = r"^Starting smart sync scheduler task$"
ENABLED = r"^Background sync is enabled$"
DISABLED = r"^Background sync is disabled, skipping Celery services$"
LIVING = "SELECT count(*) FROM syncing_workerheartbeat"
BEAT_ROWS = """SELECT name, every FROM django_celery_beat_periodictask AS task
JOIN django_celery_beat_intervalschedule AS interval ON interval.id = task.interval_id
WHERE enabled AND queue = 'scheduler' AND period = 'seconds'"""
BEATS = "SELECT name, took_ms FROM syncing_schedulerheartbeat"
SCHEDULED = "SELECT count(*) FROM sync_jobs WHERE \"trigger\" IN ('schedule', 'cascade')"
LONG_SYNC = """SELECT status FROM sync_jobs WHERE "trigger" = 'command'
ORDER BY created_at DESC LIMIT 1"""
COMPLETED = "SELECT count(*) FROM sync_jobs WHERE status = 'completed'"


def lines(installation: Installation) -> list[str]:
    """Those about Celery, in their order, with PIDs as they stand there."""
    ours = re.compile("|".join((WORKER, BEAT, SCHEDULER, ENABLED, DISABLED)))
    return [line for line in installation.said().splitlines() if ours.match(line)]


def pid(line: str) -> int:
    return int(re.findall(r"\d+", line)[0])


@pytest.mark.spec("L5", "L27", "L28", "L30", "A36")
def test_one_worker_with_beat_in_it_runs_what_is_queued(installation: Installation) -> None:
    process = installation.start(SWEEP_SECONDS="1")
    installation.wait_until_ready(process)
    worker, beat, scheduler, enabled = lines(installation)
    assert re.match(WORKER, worker)
    assert re.match(BEAT, beat)
    assert re.match(SCHEDULER, scheduler)
    assert re.match(ENABLED, enabled)
    (found,) = installation.processes(*CELERY, "worker")
    assert found == pid(worker) == pid(beat)
    assert installation.browser.get(f"{installation.url}/readyz", timeout=10).json() == {"status": "ready"}

    before = installation.number(COMPLETED)
    installation.manage("sync", "--all")  # without --foreground: queued
    wait_until(lambda: installation.number(COMPLETED) > before)
    wait_until(lambda: "Sending due task sweep" in installation.said())
    paces = {"smart-sync": 300, "smart-sync-all-projects": 1800, "dispatch-realtime": 10, "sweep": 1}
    assert dict(installation.rows(BEAT_ROWS)) == paces
    wait_until(lambda: "dispatch-realtime" in dict(installation.rows(BEATS)))
    wait_until(lambda: installation.number(SCHEDULED) > 0)  # the demo's connection is a realtime one
    with installation.broker() as broker:
        assert not list(broker.scan_iter("*celery-task-meta*"))
        wanted = {"appendonly": "no", "save": "", "port": "0", "maxmemory-policy": "noeviction"}
        assert broker.config_get(*wanted) == wanted
        os.kill(broker.info("server")["process_id"], signal.SIGKILL)

    wait_until(lambda: "The broker ended with signal 9" in installation.said())
    wait_until(lambda: installation.processes("--unixsocket"))
    before = installation.number(COMPLETED)
    installation.manage("sync", "--all")
    wait_until(lambda: installation.number(COMPLETED) > before)
    assert installation.processes(*CELERY, "worker") == [found]  # which has found the new one by itself


@pytest.mark.spec("A37")
def test_a_second_worker_joins_and_a_stop_leaves_no_lease_and_nobody(installation: Installation) -> None:
    process = installation.start()
    installation.wait_until_ready(process)
    wait_until(lambda: installation.number(LIVING) == 1)
    folder = installation.broker_socket().parent
    assert (folder.stat().st_mode & 0o777, installation.broker_socket().stat().st_mode & 0o777) == (0o700, 0o700)
    second = installation.start_beside(*CELERY, *"worker --pool threads --concurrency 1 --queues sync".split())
    wait_until(lambda: installation.number(LIVING) == 2)

    installation.queue_a_long_sync()
    wait_until(lambda: installation.leases() > 1)
    second.terminate()
    assert second.wait(10) == 0
    wait_until(lambda: installation.leases() > 1)

    began = time.monotonic()
    process.terminate()
    assert process.wait(10) == 0, installation.said()
    assert time.monotonic() - began < 8.5
    assert installation.leases() == 0
    assert installation.rows(LONG_SYNC) == [("in_progress",)]
    assert installation.number(LIVING) == 0
    assert installation.left_over() == []
    assert not folder.exists()
    assert "Traceback" not in installation.said()


@pytest.mark.spec("L26", "L40", "L4", "D6", "L1")
def test_with_the_switch_off_there_is_neither_broker_nor_worker_nor_beat(installation: Installation) -> None:
    process = installation.start(BACKGROUND_SYNC_ENABLED="false")
    installation.wait_until_ready(process)
    assert lines(installation) == ["Background sync is disabled, skipping Celery services"]
    assert not installation.processes(*CELERY)
    assert not installation.processes("--unixsocket")
    assert installation.number(COMPLETED) >= 1  # a demo has numbers all the same
    assert installation.browser.get(f"{installation.url}/readyz", timeout=10).json() == {"status": "ready"}
    assert installation.number(SCHEDULED) == 0
    before = installation.number(COMPLETED)
    installation.manage("sync", "--all")  # queued, and run by the process that serves the web
    wait_until(lambda: installation.number(COMPLETED) > before)
    process.terminate()
    assert process.wait(10) == 0
    assert installation.left_over() == []


@pytest.mark.spec("L27", "L28", "L29", "L40", "L12")
def test_the_full_profile_forks_and_has_a_worker_for_what_is_urgent(installation: Installation) -> None:
    process = installation.start("--profile", "full", SWEEP_SECONDS="1")
    installation.wait_until_ready(process)
    worker, urgent, beat, *others = lines(installation)
    assert [*map(re.match, (WORKER, WORKER, BEAT), (worker, urgent, beat))].count(None) == 0
    assert others == ["Starting smart sync scheduler task", "Background sync is enabled"]
    assert pid(worker) in installation.processes("prefork", "sync,parser,backfill")
    assert installation.processes("threads", "realtime,scheduler") == [pid(urgent)]
    assert installation.processes(*CELERY, "beat") == [pid(beat)]
    assert not installation.processes("--with-beat")
    wait_until(lambda: len(installation.processes("prefork")) == 3)  # it forks two
    wait_until(lambda: "Sending due task sweep" in installation.said())
    wait_until(lambda: installation.number(f"{LIVING} WHERE has_beat AND slots = 0 AND memory_bytes > 0") == 1)

    installation.queue_a_long_sync()
    wait_until(lambda: installation.leases() > 1)
    order = {
        "Beat": ["beat"],
        "workers": ["worker"],
        "web server": ["gunicorn"],
        "broker": ["--unixsocket"],
        "sandbox": ["connections.sandbox"],
    }
    process.terminate()
    ended: list[str] = []
    while len(ended) < len(order) and process.poll() is None:
        ended += [name for name, words in order.items() if name not in ended and not installation.processes(*words)]
    assert (ended + [name for name in order if name not in ended]) == list(order)
    assert process.wait(10) == 0, installation.said()
    assert installation.leases() == 0
    assert installation.left_over() == []
    assert "Traceback" not in installation.said()


def test_production_uses_the_broker_that_it_is_given(installation: Installation, broker: Broker) -> None:
    process = installation.start_production(REDIS_URL=broker.url)
    installation.wait_until_ready(process)
    assert len(lines(installation)) == 4
    assert not installation.processes("--unixsocket")
    wait_until(lambda: installation.number(LIVING) == 1)
    assert installation.browser.get(f"{installation.url}/readyz", timeout=10).json() == {"status": "ready"}
    broker.stop()
    assert installation.browser.get(f"{installation.url}/readyz", timeout=10).status_code == 503
    process.terminate()
    assert process.wait(10) == 0
    assert installation.left_over() == []


@pytest.mark.parametrize("words", [["--profile", "fat"], ["--profile"], ["everything"], ["--prof", "full"]], ids=str)
def test_wrong_words_end_the_start_with_one_sentence(words: list[str], installation: Installation) -> None:
    assert installation.start(*words).wait(20) == 1
    (line,) = installation.said().splitlines()
    assert line.startswith("bin/run takes --profile lean or --profile full, and nothing else (")

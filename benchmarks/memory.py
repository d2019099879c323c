"""How much memory the lean stack holds after a full sync: `python -m benchmarks.memory`.

A start of its own as by bin/run, the pages looked at, a year of the demo account read by the worker. RSS counts what
processes share once for each of them, PSS once. The sandbox is not counted; neither is bin/run, which is shown.
"""

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.config.installation import Installation, wait_until

MOST = 300
COUNTED = {
    "broker": ["--unixsocket"],
    "worker with Beat": ["celery", "--with-beat"],
    "web server": ["gunicorn"],
}
PAGES = ("/", "/admin/", "/admin/syncing/syncjob/")
OPEN = "SELECT count(*) FROM sync_jobs WHERE status IN ('pending', 'in_progress')"
JOBS = "SELECT status, count(*) FROM sync_jobs GROUP BY status"


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="freshet-", ignore_cleanup_errors=True) as folder:
        installation = Installation(Path(folder))
        process = installation.start(LOG_LEVEL="WARNING")
        try:
            installation.wait_until_ready(process)
            look_and_sync(installation)
            return report(installation)
        finally:
            process.terminate()
            process.wait()
            installation.kill_all()


def look_and_sync(installation: Installation) -> None:
    installation.sign_in()
    for page in PAGES:
        installation.browser.get(f"{installation.url}{page}", timeout=30).raise_for_status()
    since = datetime.now(UTC).date() - timedelta(days=365)
    installation.manage("sync", "--all", "--since", since.isoformat())
    wait_until(lambda: not installation.number(OPEN), 300)
    print(f"{dict(installation.rows(JOBS))}, {installation.number('SELECT count(*) FROM projects_dailymetric')} rows")


def report(installation: Installation) -> int:
    total = 0.0
    for name, words in COUNTED.items():
        for pid in installation.processes(*words):
            held = megabytes(pid, "smaps_rollup", "Rss")
            total += held
            shared, peak = megabytes(pid, "smaps_rollup", "Pss"), megabytes(pid, "status", "VmHWM")
            print(f"{name:18}{held:6.0f} MB RSS {shared:6.0f} MB PSS {peak:6.0f} MB at most")
    print(f"{'sum':18}{total:6.0f} MB RSS, of {MOST} at most")
    for pid in installation.processes("config.startup"):
        print(f"{'(bin/run':18}{megabytes(pid, 'smaps_rollup', 'Rss'):6.0f} MB RSS)")
    return int(total > MOST)


def megabytes(pid: int, file: str, field: str) -> float:
    lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) / 1024


if __name__ == "__main__":
    sys.exit(main())

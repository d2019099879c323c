"""How much memory do we use? As Linux tells it; nobody knows elsewhere."""

import os
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
CGROUP = Path("/sys/fs/cgroup")
WEB_SERVER = "gunicorn"


def family(pid: int) -> int | None:
    """Bytes that a process and its children hold; None where it cannot be known."""
    mine = _held(pid)
    return None if mine is None else mine + sum(family(child) or 0 for child in _children(pid))


def web() -> int | None:
    """The web server that this process serves in, with all of its workers; else this process."""
    parent = os.getppid()
    with suppress(OSError):
        if WEB_SERVER in (PROC / str(parent) / "cmdline").read_text(errors="replace"):
            return family(parent)
    return family(os.getpid())


def container() -> tuple[int, int] | None:
    """Bytes in use and allowed, of all processes of this container; None where there is no limit."""
    with suppress(OSError, ValueError):
        allowed = int((CGROUP / "memory.max").read_text())
        used = int((CGROUP / "memory.current").read_text())
        figures = dict(line.split() for line in (CGROUP / "memory.stat").read_text().splitlines())
        return used - int(figures.get("inactive_file", 0)), allowed  # what the system can drop at once is not in use
    return None


def _held(pid: int) -> int | None:
    """What processes share is counted once, by shares; where the system does not tell these, in full."""
    with suppress(OSError, ValueError, StopIteration):
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    with suppress(OSError, ValueError):
        return os.sysconf("SC_PAGE_SIZE") * int((PROC / str(pid) / "statm").read_text().split()[1])
    return None


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in (PROC / str(pid) / "task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found

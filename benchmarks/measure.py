"""Run a command and account for it: `python -S measure.py REPORT COMMAND...` writes wall, CPU, memory and exit code.

A process of its own because it is small: a child's peak memory counts from what its parent held when it was forked.
"""

import json
import os
import sys
import time


def main(report: str, command: list[str]) -> None:
    before = time.monotonic()
    pid = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    with open(report, "w") as file:
        json.dump(
            {
                "wall": time.monotonic() - before,
                "cpu": usage.ru_utime + usage.ru_stime,
                "peak": usage.ru_maxrss / 1024,
                "code": os.waitstatus_to_exitcode(status),
            },
            file,
        )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

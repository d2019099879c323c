"""`manage.py` at another time: SHIFT_SECONDS ahead of the machine's clock, which goes on from there."""

import os
import sys
from datetime import UTC, datetime, timedelta

import time_machine


def main() -> None:
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    shift = timedelta(seconds=float(os.environ.get("SHIFT_SECONDS", "0")))
    with time_machine.travel(datetime.now(UTC) + shift, tick=True):
        execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()

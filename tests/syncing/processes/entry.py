"""`manage.py` with the plain provider, and with the accidents that the environment asks for.

DIE, PAUSE: a place of accidents.PLACES, where the process kills or stops (SIGSTOP) itself.
READY, GO: files; the first is made once Django is up, the command begins when the second one exists.
"""

import os
import sys
from pathlib import Path

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings
    from django.core.management import execute_from_command_line

    from tests.fixtures import plain
    from tests.syncing.processes import accidents

    plain.register(settings)
    for name, accident in (("DIE", accidents.die), ("PAUSE", accidents.pause)):
        if place := os.environ.get(name):
            accidents.happen(place, accident)
    if ready := os.environ.get("READY"):
        Path(ready).touch()
        accidents.wait_for(os.environ["GO"])
    execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()

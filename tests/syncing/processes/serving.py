"""A process that serves the web with background sync off: nobody asks it for anything, and after a while it ends.

Arguments: the seconds until its main thread returns.
"""

import os
import sys
import time
from importlib import import_module

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings

    from tests.fixtures import plain

    plain.register(settings)
    import_module("config.wsgi")
    time.sleep(float(sys.argv[1]))


if __name__ == "__main__":
    main()

"""A process like a web server's with background sync off: somebody presses Sync now, then the process ends.

Arguments: the connection's id, and the seconds until its main thread returns.
"""

import os
import sys
import time

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings
    from django.utils import timezone

    from connections.access import Actor
    from connections.models import Connection
    from syncing import actions
    from syncing.scope import Scope
    from tests.fixtures import plain

    plain.register(settings)
    connection = Connection.objects.get(pk=sys.argv[1])
    actions.sync_now(connection, Actor(), now=timezone.now(), scope=Scope(("campaigns",)))
    time.sleep(float(sys.argv[2]))


if __name__ == "__main__":
    main()

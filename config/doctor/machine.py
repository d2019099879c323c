"""Is there room on the disk, and may we write there?"""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from config.doctor.finding import Finding, ok, warning, wrong

GIGABYTE = 1_000_000_000
LITTLE, NEXT_TO_NONE = GIGABYTE, GIGABYTE // 10


def disk_has_room(now: datetime) -> Iterator[Finding]:
    folder = settings.VAR_DIR
    if not folder.is_dir():
        level = warning if settings.PRODUCTION else wrong
        yield level("Disk", f"The folder {folder.name} of VAR_DIR does not exist.", "Make it, or set VAR_DIR.")
        return
    if not os.access(folder, os.W_OK):
        remedy = "Let the user that runs Freshet write there, or set VAR_DIR."
        yield wrong("Disk", f"Nothing can be written into {folder.name}, which is VAR_DIR.", remedy)
    usage = shutil.disk_usage(folder)
    said = f"{usage.free / GIGABYTE:.1f} of {usage.total / GIGABYTE:.1f} GB are free for VAR_DIR."
    if usage.free < NEXT_TO_NONE:
        yield wrong("Disk", said, "Make room at once: a full disk stops the database.")
    elif usage.free < LITTLE:
        yield warning("Disk", said, "Make room soon.")
    else:
        yield ok("Disk", said)

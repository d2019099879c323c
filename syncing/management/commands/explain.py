"""Why a connection, one of its streams, a job or a chunk is where it is."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from connections.models import Connection
from syncing import explaining
from syncing.explaining import Check, told
from syncing.models import SyncChunk, SyncJob

WITH_ALL = ("connection__workspace", "connection__credential", "connection__sync")


class Command(BaseCommand):
    help = "Say why something did sync or did not, what comes next and what to do. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", help="of a connection, of a job or of a chunk: `sync_status` lists connections")
        parser.add_argument("stream", nargs="?", help="one object type of the connection, such as campaigns")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        found = _found(options["id"])
        if options["stream"] and not isinstance(found, Connection):
            raise CommandError("An object type is told for a connection only.")
        if isinstance(found, SyncJob):
            self._show_checks(found, explaining.explain_job(found, now), options)
        elif isinstance(found, SyncChunk):
            self._show_checks(found, explaining.explain_chunk(found, now), options)
        elif options["stream"]:
            try:
                explained = explaining.explain(found, options["stream"], now)
            except LookupError as unknown:
                names = ", ".join(stream.name for stream in found.source_class.streams)
                raise CommandError(f"{unknown.args[0]} Choose from: {names}.") from unknown
            self._show(told.data_of(explained, now), told.lines_of(explained, now), options)
        else:
            streams = explaining.explain_all(found, now)
            self._show(told.data_of_all(streams, now), told.lines_of_all(streams, now), options)

    def _show_checks(self, found: SyncJob | SyncChunk, checks: list[Check], options: dict[str, Any]) -> None:
        title = f"{found} of {found.connection}"
        lines = [title, *(line for check in checks for line in told.check_lines(check, timezone.now()))]
        self._show({"about": title, "checks": [told.check_data(check) for check in checks]}, lines, options)

    def _show(self, data: dict[str, Any], lines: Iterable[str], options: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(data, indent=2) if options["json"] else "\n".join(lines))


def _found(text: str) -> Connection | SyncJob | SyncChunk:
    """Also of a connection that was removed, as long as it is there."""
    found: Connection | SyncJob | SyncChunk | None = None
    if text.isascii() and text.isdigit() and len(text) < 19:
        found = SyncChunk.objects.select_related(*WITH_ALL, "sync_job__user").filter(pk=int(text)).first()
    elif uuid := _uuid(text):
        connections = Connection.objects.select_related("workspace", "credential", "sync")
        jobs = SyncJob.objects.select_related(*WITH_ALL, "user")
        found = connections.filter(pk=uuid).first() or jobs.filter(pk=uuid).first()
    if found is None:
        raise CommandError(f"There is no connection, job or chunk {text}: `manage.py sync_status` lists connections.")
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

"""How every connection stands."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone

from connections.models import Connection
from syncing.models import ConnectionSync


class Command(BaseCommand):
    help = "List the connections: state, last check, last change, attempts, and what is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("connection", nargs="?", help="only this one")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen: QuerySet[Connection] = (
            Connection.objects.kept().select_related("sync", "credential").order_by("created_at")
        )
        if options["connection"]:
            chosen = _only(chosen, options["connection"])
        for connection in chosen:
            self._show(connection)
        if not chosen:
            self.stdout.write("There is no connection yet: manage.py connect PROVIDER --account ID makes one.")

    def _show(self, connection: Connection) -> None:
        sync = getattr(connection, "sync", None) or ConnectionSync(connection=connection)
        self.stdout.write(f"{connection.pk}  {connection}: {_state(connection, sync)}")
        self.stdout.write(
            f"  checked {_when(sync.last_sync_completed_at)}, changed {_when(sync.last_metrics_changed_at)}"
        )
        self.stdout.write(f"  {sync.total_syncs_attempted} attempts, {sync.total_syncs_with_changes} with changes")
        if sync.last_sync_error:
            self.stdout.write(f"  {sync.last_sync_error} {sync.last_sync_remedy}".rstrip())


def _only(connections: QuerySet[Connection], connection_id: str) -> QuerySet[Connection]:
    try:
        chosen = connections.filter(pk=connection_id)
    except ValidationError:
        chosen = connections.none()
    if not chosen:
        raise CommandError(f"There is no connection {connection_id}: manage.py sync_status lists them.")
    return chosen


def _state(connection: Connection, sync: ConnectionSync) -> str:
    if connection.credential.trouble:
        return "needs reconnecting"
    if connection.paused:
        return "paused"
    if connection.wrong_mode():
        return connection.wrong_mode()
    if sync.not_before and sync.not_before > timezone.now():
        return f"waits until {_when(sync.not_before)}: {sync.not_before_reason}"
    return str(sync.get_sync_status_display()).lower()


def _when(moment: Any) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else "never"

"""Sync connections, now."""

import logging
import signal
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from connections.models import Connection
from syncing import foreground, scheduler
from syncing.foreground import Waiting
from syncing.models import SyncChunk, SyncJob
from syncing.scope import Scope

FAILED, MUST_WAIT, INTERRUPTED = 1, 3, 130


class Command(BaseCommand):
    help = (
        "Queue a sync, or with --foreground run it here. Exit codes with --foreground: 0 all rows are stored, "
        "1 chunks failed, 3 the rest must wait (run it again then), 130 interrupted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("connection", nargs="?", help="the connection's id")
        parser.add_argument("--all", action="store_true", help="every connection that may run")
        parser.add_argument("--never-read", action="store_true", help="with --all: only those never read to the end")
        parser.add_argument("--stream", action="append", default=[], help="only this stream; may be given again")
        parser.add_argument("--since", type=_date, help="first date to read, YYYY-MM-DD in the account's time zone")
        parser.add_argument("--until", type=_date, help="last date to read; today if left out")
        parser.add_argument("--foreground", action="store_true", help="run it in this process and wait")
        parser.add_argument("--parallel", type=int, default=4, metavar="N", help="slices at a time (default 4)")

    def handle(self, *args: Any, **options: Any) -> None:
        self.is_quiet = not options["verbosity"]
        if self.is_quiet:
            logging.getLogger("syncing").setLevel(logging.WARNING)
        connections = _chosen(options["connection"], everything=options["all"], never_read=options["never_read"])
        lists, readers = _in_order(connections)
        jobs = self._enqueue_all(lists, options)
        if not options["foreground"]:
            self._enqueue_all(readers, options)
        elif lists or readers:
            sys.exit(self._run(jobs, lambda: self._enqueue_all(readers, options), threads=max(1, options["parallel"])))

    def _enqueue_all(self, connections: Iterable[Connection], options: dict[str, Any]) -> list[UUID]:
        jobs = []
        for connection in connections:
            try:
                jobs.append(self._enqueue(connection, _scope(connection, options)).pk)
            except CommandError as refusal:
                if not options["all"]:
                    raise
                self.stderr.write(str(refusal))  # the others are synced all the same
        return jobs

    def _enqueue(self, connection: Connection, scope: Scope) -> SyncJob:
        try:
            enqueued = scheduler.enqueue_now(connection, now=timezone.now(), trigger="command", scope=scope)
        except scheduler.NotRunnable as error:
            raise CommandError(f"{connection}: {error.sentence} {error.remedy}") from error
        if not self.is_quiet:
            joined = "joined job" if enqueued.deduplicated else "job"
            self.stdout.write(f"{connection}: {joined} {enqueued.job.pk}")
        return enqueued.job

    def _run(self, jobs: list[UUID], then: Callable[[], list[UUID]], *, threads: int) -> int:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        waiting = foreground.run_jobs(jobs, threads=threads, stop=stop)
        if not stop.is_set() and (readers := then()):
            jobs = [*jobs, *readers]
            waiting = foreground.run_jobs(jobs, threads=threads, stop=stop)
        while not stop.is_set() and (more := foreground.following(jobs)):
            jobs = [*jobs, *more]
            waiting = foreground.run_jobs(jobs, threads=threads, stop=stop)
        if stop.is_set():
            self.stderr.write("Interrupted: what was read is stored, the rest waits in the queue.")
            return INTERRUPTED
        ran = SyncJob.objects.filter(pk__in=jobs).select_related("connection").order_by("created_at")
        results = [self._report(job) for job in ran]
        for each in waiting:
            self.stdout.write(_waiting_line(each))
        return FAILED if FAILED in results else MUST_WAIT if waiting else 0

    def _report(self, job: SyncJob) -> int:
        counts = ", ".join(f"{count} {name}" for name, count in job.counts().items())
        self.stdout.write(f"{job.connection}: {job.get_status_display().lower()}; {counts}")
        failed = job.chunks.filter(status=SyncChunk.Status.FAILED).order_by("chunk_order")
        for line in _failures(failed):
            self.stdout.write(f"  failed: {line}")
        return FAILED if failed and not job.is_active else 0


def _in_order(connections: Sequence[Connection]) -> tuple[list[Connection], list[Connection]]:
    """Those that others wait for, and those that read what others list."""
    readers = [each for each in connections if each.source_class.reads_what_others_list()]
    return [each for each in connections if each not in readers], readers


def _date(text: str) -> date:
    return date.fromisoformat(text)


def _chosen(connection_id: str | None, *, everything: bool, never_read: bool) -> list[Connection]:
    if everything == bool(connection_id):
        raise CommandError("Give the id of one connection, or --all.")
    if never_read and not everything:
        raise CommandError("--never-read needs --all.")
    if everything:
        runnable = Connection.objects.kept().filter(Connection.runnable())
        wanted = runnable.filter(sync__last_sync_completed_at=None) if never_read else runnable
        return list(wanted.order_by("created_at"))
    try:
        return [Connection.objects.kept().get(pk=str(connection_id))]
    except (Connection.DoesNotExist, ValidationError) as error:
        raise CommandError(f"There is no connection {connection_id}: manage.py sync_status lists them.") from error


def _scope(connection: Connection, options: dict[str, Any]) -> Scope:
    since, until = options["since"], options["until"]
    if until and not since:
        raise CommandError("--until needs --since.")
    if since and not until:
        until = timezone.now().astimezone(connection.zone).date()
    return Scope(tuple(options["stream"]), since, until)


def _failures(failed: Iterable[SyncChunk]) -> list[str]:
    """Each sentence with its remedy once; a single chunk goes by its name."""
    alike: dict[str, list[SyncChunk]] = {}
    for chunk in failed:
        alike.setdefault(f"{chunk.error} {chunk.remedy}".rstrip(), []).append(chunk)
    return [
        f"{_named(chunks[0]) if len(chunks) == 1 else f'{len(chunks)} chunks'}: {said}"
        for said, chunks in alike.items()
    ]


def _named(chunk: SyncChunk) -> str:
    return f"{chunk.stream} {chunk.start_date} to {chunk.end_date}" if chunk.start_date else chunk.stream


def _waiting_line(waiting: Waiting) -> str:
    until = f"until {waiting.until:%Y-%m-%dT%H:%M:%SZ}" if waiting.until else "for now"
    return f"{waiting.job.connection}: waits {until}. {waiting.reason}".rstrip()

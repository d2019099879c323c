"""A chunk: a bounded piece of a job, claimed under a lease, run and retried on its own."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, Exists, F, Q
from django.db.models.functions import Greatest

from connections.errors import ObjectSkipped, SyncError
from connections.models import Connection
from connections.sources import Page, Slice
from syncing.models.jobs import SyncJob
from syncing.models.state import ConnectionSync

MAX_ATTEMPTS = 3
"""Claims that may end in the death of their process, without a page stored, before the chunk is given up."""

SUSPICIOUS = 2
"""After so many deaths a chunk runs only while no other such chunk does: one of them kills, the others were near it."""

CURSOR_AGE = timedelta(hours=2)
"""A provider's page cursor older than this is not trusted: the slice is read from its start."""


HISTORY = "backfill"
"""The queue of history, which leaves one of its connection's slices to what people wait for."""


class LeaseLost(Exception):
    """Another process has taken the chunk over: save nothing more."""


class SyncChunkQuerySet(models.QuerySet["SyncChunk"]):
    def open(self) -> Self:
        return self.filter(finished_at__isnull=True)

    def running(self, now: datetime) -> Self:
        return self.open().filter(lease_token__isnull=False, ready_at__gt=now)

    def failed(self) -> Self:
        return self.filter(status=SyncChunk.Status.FAILED)

    def failed_whole(self) -> Self:
        """Without those that were read to their end but for some entities."""
        return self.failed().exclude(error_kind=ObjectSkipped.kind, skipped__isnull=False)

    def ready(self, now: datetime) -> Self:
        """To be claimed: their time has come and their connection is neither blocked, full nor stopped."""
        full = (
            SyncChunk.objects.running(now)
            .values("connection_id")
            .annotate(count=Count("id"))
            .filter(count__gte=F("connection__sync__slices_in_flight"))
        )
        history = SyncChunk.objects.running(now).filter(queue=HISTORY).values("connection_id")
        has_its_share = history.annotate(count=Count("id")).filter(
            count__gte=Greatest(F("connection__sync__slices_in_flight") - 1, 1)
        )
        unblocked = self.open().filter(ready_at__lte=now)._unblocked(now)
        unblocked = unblocked.exclude(queue=HISTORY, connection_id__in=has_its_share.values("connection_id"))
        suspect_runs = Exists(SyncChunk.objects.running(now).filter(attempts__gt=SUSPICIOUS))
        return unblocked.exclude(connection_id__in=full.values("connection_id")).exclude(
            suspect_runs, attempts__gte=SUSPICIOUS
        )

    def _unblocked(self, at: datetime) -> Self:
        blocked = ConnectionSync.objects.blocked(at).values("connection_id")
        return self.filter(Connection.runnable("connection__")).exclude(connection_id__in=blocked)

    def expected(
        self, now: datetime, within: timedelta, *, queues: Sequence[str] = (), jobs: Sequence[UUID] = ()
    ) -> Self:
        """Those that may be claimed soon. With jobs named, also those in other hands: more may follow when they end."""
        soon = self.open().filter(ready_at__lte=now + within)._unblocked(now + within)
        if jobs:
            return self.filter(
                Q(pk__in=soon.values("pk")) | Q(pk__in=self.running(now).values("pk")), sync_job_id__in=jobs
            )
        soon = soon.filter(lease_token__isnull=True)
        return soon.filter(queue__in=queues) if queues else soon


class SyncChunk(models.Model):
    """status is for people; the lease is for workers. ready_at: pending, not before; running, when the lease ends."""

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    sync_job = models.ForeignKey(SyncJob, on_delete=models.CASCADE, related_name="chunks")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    chunk_order = models.PositiveIntegerField()
    stream = models.CharField(max_length=40)
    chunk_type = models.CharField(max_length=20)
    queue = models.CharField(max_length=20, default="sync")
    rank = models.SmallIntegerField(default=13, help_text="0 if stale else 10, plus priority; frozen when queued.")
    entity_ids = models.JSONField(default=list, blank=True)
    entity_offset = models.PositiveIntegerField(null=True, blank=True)
    entity_limit = models.PositiveIntegerField(null=True, blank=True)
    start_date = models.DateField(null=True, blank=True)
    end_date = models.DateField(null=True, blank=True)
    updated_since = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    ready_at = models.DateTimeField()
    lease_token = models.UUIDField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_count = models.PositiveSmallIntegerField(default=0)
    max_retries = models.PositiveSmallIntegerField(default=3)
    checkpoint = models.JSONField(null=True, blank=True)
    checkpoint_at = models.DateTimeField(null=True, blank=True)
    read_to_end = models.BooleanField(default=False, help_text="Every page is stored: only the finish is missing.")
    date_counts = models.JSONField(
        default=dict, blank=True, help_text="Per date: rows and total that the provider gave."
    )
    calls = models.PositiveIntegerField(default=0, db_default=0, help_text="Made for pages that were stored.")
    records_read = models.PositiveIntegerField(default=0)
    records_created = models.PositiveIntegerField(default=0)
    records_updated = models.PositiveIntegerField(default=0)
    records_unchanged = models.PositiveIntegerField(default=0)
    records_quarantined = models.PositiveIntegerField(default=0)
    changed_streams = models.JSONField(
        null=True, blank=True, help_text="Streams of which rows were created or updated, where several are read."
    )
    skipped = models.JSONField(
        null=True, blank=True, help_text="Entities that could not be read, by their ids, with the reason."
    )
    error_kind = models.CharField(max_length=20, blank=True)
    error_code = models.CharField(max_length=20, blank=True, default="", db_default="")
    error = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    error_detail = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    actual_duration_seconds = models.FloatField(default=0)
    created_at = models.DateTimeField()

    objects = SyncChunkQuerySet.as_manager()

    class Meta:
        db_table = "sync_job_chunks"
        # Conditions without a bound value, or SQLite cannot use the index.
        indexes: ClassVar = [
            models.Index(
                fields=["queue", "rank", "chunk_order", "id"],
                condition=Q(finished_at__isnull=True),
                name="chunks_ready",
            ),
            models.Index(fields=["connection"], condition=Q(lease_token__isnull=False), name="chunks_leased"),
        ]

    def __str__(self) -> str:
        return f"{self.stream} chunk {self.chunk_order}"

    @property
    def piece(self) -> Slice:
        return Slice(self.start_date, self.end_date, tuple(self.entity_ids), self.updated_since)

    def has_changed(self, stream: str) -> bool:
        """Whether it created or updated rows of that stream."""
        if self.changed_streams is not None:
            return stream in self.changed_streams
        return stream == self.stream and self.records_created + self.records_updated > 0

    @property
    def lacks_entities_only(self) -> bool:
        """It has failed, and yet was read to its end."""
        return self.error_kind == ObjectSkipped.kind and self.skipped is not None

    @property
    def is_poison(self) -> bool:
        return self.attempts > MAX_ATTEMPTS

    @classmethod
    def claim_next(cls, now: datetime, *, queues: Sequence[str] = (), jobs: Sequence[UUID] = ()) -> "SyncChunk | None":
        """The best ready chunk under a new lease, or None. Never waits for a lock and never writes the job.

        queues, jobs: only theirs; empty means any.
        """
        passed_over = Q(pk__in=[])
        while True:
            with transaction.atomic():
                chunk = cls._best_ready(now, queues, jobs, passed_over)
                if chunk is None:
                    return None
                without_room = chunk._without_room(now)
                if without_room is None:
                    chunk._take_lease(now)
                    return chunk
                passed_over |= without_room

    @classmethod
    def _best_ready(
        cls, now: datetime, queues: Sequence[str], jobs: Sequence[UUID], passed_over: Q
    ) -> "SyncChunk | None":
        ready = cls.objects.ready(now).exclude(passed_over)
        if queues:
            ready = ready.filter(queue__in=queues)
        if jobs:
            ready = ready.filter(sync_job_id__in=jobs)
        return ready.order_by("rank", "chunk_order", "id").select_for_update(skip_locked=True, of=("self",)).first()

    def _without_room(self, now: datetime) -> Q | None:
        """The chunks for which there is no room now, this one among them; None where it may run.

        Lock the connection, then count in a second statement: counting under the claim's own snapshot overfills.
        """
        its = Q(connection_id=self.connection_id)
        locked = Connection.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=self.connection_id)
        if not locked.values_list("pk", flat=True).first():
            return its
        limit = ConnectionSync.objects.values_list("slices_in_flight", flat=True).get(pk=self.connection_id)
        at_work = list(SyncChunk.objects.running(now).filter(its).values_list("queue", flat=True))
        if len(at_work) >= limit:
            return its
        is_share_used = self.queue == HISTORY and at_work.count(HISTORY) >= max(1, limit - 1)
        return its & Q(queue=HISTORY) if is_share_used else None

    def _take_lease(self, now: datetime) -> None:
        self.lease_token, self.ready_at = uuid4(), now + timedelta(seconds=settings.LEASE_SECONDS)
        self.attempts, self.status, self.started_at = self.attempts + 1, self.Status.RUNNING, now
        if self.checkpoint and self.checkpoint_at and now - self.checkpoint_at > CURSOR_AGE:
            self.checkpoint, self.date_counts = None, {}
        self.save(
            update_fields=["lease_token", "ready_at", "attempts", "status", "started_at", "checkpoint", "date_counts"]
        )

    def _mine(self) -> SyncChunkQuerySet:
        return SyncChunk.objects.filter(pk=self.pk, lease_token=self.lease_token, finished_at__isnull=True)

    def renew(self, now: datetime) -> None:
        """The fence: the first statement of every transaction that saves something for this chunk."""
        self.ready_at = now + timedelta(seconds=settings.LEASE_SECONDS)
        if self._mine().update(ready_at=self.ready_at) != 1:
            raise LeaseLost(str(self))

    def save_page(self, page: Page, now: datetime, *, counts: dict[str, int], calls: int = 0) -> None:
        """Remember how far we are, with date_counts, changed_streams and skipped as they stand here. In the
        transaction that wrote the page's rows, after `renew`.

        Whoever gets on does not kill: the deaths so far are forgotten.
        """
        self._mine().update(
            checkpoint=page.checkpoint,
            checkpoint_at=now,
            read_to_end=page.checkpoint is None,
            attempts=1,
            calls=F("calls") + calls,
            date_counts=self.date_counts,
            changed_streams=self.changed_streams,
            skipped=self.skipped,
            **{f"records_{name}": F(f"records_{name}") + count for name, count in counts.items() if count},
        )

    def give_back(
        self, now: datetime, *, ready_at: datetime, error: Exception | None = None, spend_retry: bool = False
    ) -> None:
        """Let go of the lease; the chunk is run again from its checkpoint, not before `ready_at`."""
        changes: dict[str, Any] = self._letting_go(now)
        changes |= {"status": self.Status.PENDING, "ready_at": ready_at, "attempts": max(0, self.attempts - 1)}
        if spend_retry:
            changes["retry_count"] = self.retry_count + 1
        if error:
            changes |= described(error)
        if self._mine().update(**changes) != 1:
            raise LeaseLost(str(self))

    def become(self, piece: Slice, now: datetime, *, offset: int | None, limit: int | None) -> None:
        """Ask for less than before, from the start. After `renew`."""
        changes = self._letting_go(now) | {
            "entity_ids": list(piece.ids),
            "entity_offset": offset,
            "entity_limit": limit,
            "start_date": piece.since,
            "end_date": piece.until,
            "status": self.Status.PENDING,
            "ready_at": now,
            "attempts": max(0, self.attempts - 1),
            "checkpoint": None,
            "date_counts": {},
        }
        self._mine().update(**changes)

    def finish(self, now: datetime, *, error: Exception | None = None) -> None:
        """End the chunk, well or badly. Call it with the job locked."""
        changes = self._letting_go(now) | {"status": self.Status.FAILED if error else self.Status.COMPLETED}
        changes |= {"finished_at": now} | (described(error) if error else described(None))
        if self._mine().update(**changes) != 1:
            raise LeaseLost(str(self))

    def _letting_go(self, now: datetime) -> dict[str, Any]:
        seconds = (now - self.started_at).total_seconds() if self.started_at else 0
        return {"lease_token": None, "actual_duration_seconds": self.actual_duration_seconds + max(0.0, seconds)}


def described(error: Exception | None) -> dict[str, str]:
    return {
        "error_kind": getattr(error, "kind", "unexpected") if error else "",
        "error_code": str(getattr(error, "code", ""))[:20],
        "error": _sentence(error)[:2000] if error else "",
        "remedy": getattr(error, "remedy", ""),
        "error_detail": getattr(error, "original", "")[:4000],
    }


def _sentence(error: Exception) -> str:
    """Only our own errors are known to hold no secret."""
    if isinstance(error, SyncError):
        return error.sentence
    return f"An unexpected error ({type(error).__name__}); its traceback is in the log."

"""Is it being read, is it queued, or does another sync of its connection go first?"""

from collections.abc import Iterator

from connections.sources import Stream
from syncing.explaining.check import Check, Moment, Verdict, many, moments
from syncing.explaining.facts import Facts, Pieces
from syncing.models import SyncChunk, SyncJob
from syncing.status.jobs import JobRow


def running(facts: Facts, stream: Stream) -> Iterator[Check]:
    row = facts.job
    if row is None:
        yield Check("job", "Running sync", Verdict.OK, "No sync of this connection runs.")
    elif facts.reads(stream):
        yield mine(facts, row, stream)
    else:
        yield another(facts, row, stream)
    if SyncJob.Lane.BACKFILL in facts.jobs:
        job = facts.jobs[SyncJob.Lane.BACKFILL]
        said = f"A backfill of history runs beside it ({job.progress_percentage} %), which holds up no sync."
        yield Check("backfill", "Backfill", Verdict.INFO, said, job_id=job.pk)


def another(facts: Facts, row: JobRow, stream: Stream) -> Check:
    said = f"Another sync of this connection runs ({_job(row)}). It has one at a time, so this one starts after it."
    if _is_to_follow(row, stream):
        said += " It was asked for meanwhile, and follows at once."
    verdict = Verdict.WAITS if facts.is_due(stream.name) else Verdict.INFO
    return Check("another", "Running sync", verdict, said, "Nothing.", _since(row), row.job.pk)


def _is_to_follow(row: JobRow, stream: Stream) -> bool:
    return any(not scope.get("streams") or stream.name in scope["streams"] for scope in row.job.rerun)


def mine(facts: Facts, row: JobRow, stream: Stream) -> Check:
    pieces = facts.pieces.get(stream.name)
    if pieces is None:
        said = f"The sync that runs reads it once the lists of objects are read ({_job(row)})."
        return Check("job", "Running sync", Verdict.WAITS, said, moments=_since(row), job_id=row.job.pk)
    if not pieces.open:
        said = f"The sync that runs has read it ({_job(row)}): {_chunks(pieces)}."
        return Check("job", "Running sync", Verdict.INFO, said, moments=_since(row), job_id=row.job.pk)
    if pieces.running:
        said = f"It is being read now ({_job(row)}): {_chunks(pieces)}, {pieces.running} at work."
        return Check("job", "Running sync", Verdict.RUNS, said, moments=_since(row), job_id=row.job.pk)
    return queued(facts, row, stream, pieces)


def queued(facts: Facts, row: JobRow, stream: Stream, pieces: Pieces) -> Check:
    """None of its chunks is in hand: for lack of a slot, or because the first of them has to wait."""
    if pieces.ready:
        said = f"It is queued ({_job(row)}): {_chunks(pieces)}. {_place(facts, stream)}"
        return Check("job", "Running sync", Verdict.WAITS, said, "Nothing.", _since(row), row.job.pk)
    chunk = row.job.chunks.open().filter(stream=stream.name).order_by("ready_at", "id").first()
    said = f"Its next chunk has to wait ({_job(row)}): {_chunks(pieces)}."
    if chunk and chunk.error:
        said += f" {chunk.error}"
    if chunk and chunk.retry_count:
        said += f" Retry {chunk.retry_count} of {chunk.max_retries} follows."
    remedy = (chunk.remedy if chunk else "") or "Nothing: it goes on by itself."
    return Check("job", "Running sync", Verdict.WAITS, said, remedy, moments(goes_on=pieces.ready_at), row.job.pk)


def _place(facts: Facts, stream: Stream) -> str:
    """How many go first in its queue. Connections that may not go on now are left out."""
    mine = SyncChunk.objects.open().filter(sync_job=facts.jobs[SyncJob.Lane.SYNC], stream=stream.name)
    first = mine.filter(ready_at__lte=facts.now, lease_token__isnull=True).order_by("rank", "chunk_order", "id").first()
    return place(first, facts) if first else ""


def place(chunk: SyncChunk, facts: Facts) -> str:
    ready = SyncChunk.objects.ready(facts.now).filter(queue=chunk.queue)
    ahead = ready.filter(rank__lt=chunk.rank) | ready.filter(rank=chunk.rank, chunk_order__lt=chunk.chunk_order)
    ahead |= ready.filter(rank=chunk.rank, chunk_order=chunk.chunk_order, pk__lt=chunk.pk)
    before = ahead.exclude(pk=chunk.pk).count()
    if not SyncChunk.objects.ready(facts.now).filter(pk=chunk.pk).exists():
        at_work = SyncChunk.objects.running(facts.now).filter(connection=facts.connection).count()
        return f"It waits for the connection's own slices: {at_work} of {facts.sync.slices_in_flight} are at work."
    if not before:
        return f"It is the next in the queue {chunk.queue}: it starts as soon as a slot is free."
    return f"It waits for a free slot: {many(before, 'chunk')} in the queue {chunk.queue} {_go(before)} first."


def _go(number: int) -> str:
    return "goes" if number == 1 else "go"


def _job(row: JobRow) -> str:
    job, kind = row.job, row.kind
    if job.follows_id:
        kind = f"{kind} that follows an earlier one"
    return f"{kind}, asked for {row.asked_by}, {job.completed_chunks} of {many(job.total_chunks, 'chunk')} done"


def _chunks(pieces: Pieces) -> str:
    failed = f", {pieces.failed} failed" if pieces.failed else ""
    return f"{pieces.done} of {many(pieces.total, 'chunk')} of it done{failed}"


def _since(row: JobRow) -> tuple[Moment, ...]:
    job = row.job
    return moments(running_since=job.started_at) or moments(queued=job.created_at)

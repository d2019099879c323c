"""Why is a job, or one of its chunks, where it is?"""

from collections.abc import Iterator
from datetime import datetime

from syncing.explaining.check import NEEDS_YOU, Check, Moment, Verdict, many, moments, span
from syncing.explaining.facts import Facts, gather
from syncing.explaining.gates import gates
from syncing.explaining.machinery import runs
from syncing.explaining.running import place
from syncing.models import SyncChunk, SyncJob
from syncing.status.jobs import job_row

MOST_CHUNKS = 20
"""Open chunks that are told of one by one."""


def explain_job(job: SyncJob, now: datetime) -> list[Check]:
    """What holds its connection, then the job, then each of its open chunks."""
    facts = gather(job.connection, now)
    if not job.is_active:
        return [_job(job)]
    checks = [check for check in _around(facts) if check.decides]
    open_chunks = list(job.chunks.open().order_by("rank", "chunk_order", "id")[:MOST_CHUNKS])
    return [_job(job), *checks, *(_chunk(facts, chunk) for chunk in open_chunks)]


def explain_chunk(chunk: SyncChunk, now: datetime) -> list[Check]:
    facts = gather(chunk.connection, now)
    if chunk.finished_at:
        return [_chunk(facts, chunk), _job(chunk.sync_job)]
    held = [check for check in _around(facts) if check.decides]
    return [_chunk(facts, chunk), *held, _job(chunk.sync_job)]


def _around(facts: Facts) -> Iterator[Check]:
    yield from gates(facts)
    yield from runs(facts)


def _job(job: SyncJob) -> Check:
    row = job_row(job)
    done = f"{job.completed_chunks} of {many(job.total_chunks, 'chunk')} done, {job.failed_chunks} failed"
    said = f"{row.kind}, asked for {row.asked_by}: {row.state.word.lower()}, {done}."
    if job.follows_id:
        said += f" It follows the job {job.follows_id}."
    if job.error:
        said += f" {job.error}"
    times = moments(queued=job.created_at, started=job.started_at, ended=job.closed_at)
    if job.is_active:
        verdict = Verdict.RUNS if job.started_at else Verdict.WAITS
        return Check("job", "Job", verdict, said, job.remedy, times, job.pk)
    looks = NEEDS_YOU if job.remedy else None
    return Check("job", "Job", Verdict.INFO, said, job.remedy, times, job.pk, looks)


def _chunk(facts: Facts, chunk: SyncChunk) -> Check:
    name = f"Chunk {chunk.pk}, {facts.label(chunk.stream)}"
    times = moments(started=chunk.started_at, ended=chunk.finished_at)
    if chunk.finished_at:
        said = f"{chunk.get_status_display()} after {span(chunk.actual_duration_seconds)}. {chunk.error}".strip()
        return Check("chunk", name, Verdict.INFO, said, chunk.remedy, times, chunk.sync_job_id)
    verdict, said, times = _open(facts, chunk)
    return Check("chunk", name, verdict, said, chunk.remedy, times, chunk.sync_job_id)


def _open(facts: Facts, chunk: SyncChunk) -> tuple[Verdict, str, tuple[Moment, ...]]:
    held, now = chunk.lease_token is not None, facts.now
    if held and chunk.ready_at > now:
        said = f"It is being read: attempt {chunk.attempts}, {many(chunk.records_read, 'record')} so far."
        return Verdict.RUNS, said, moments(started=chunk.started_at, lease_ends=chunk.ready_at)
    if held:
        said = "Whoever read it is gone without a word: its lease has ended, so the next free slot takes it over."
        return Verdict.WAITS, said, moments(lease_ended=chunk.ready_at)
    if chunk.ready_at > now:
        return Verdict.WAITS, _later(chunk), moments(goes_on=chunk.ready_at)
    if not SyncChunk.objects.ready(now).filter(pk=chunk.pk).exists() and chunk.attempts >= 2:
        return Verdict.WAITS, "It ended two of its processes, so it runs alone, after others like it.", ()
    return Verdict.WAITS, place(chunk, facts), moments(ready_since=chunk.ready_at)


def _later(chunk: SyncChunk) -> str:
    if chunk.retry_count and chunk.error:
        return f"It waits for retry {chunk.retry_count} of {chunk.max_retries}. {chunk.error}"
    if chunk.error:
        return f"It waits. {chunk.error}"
    return "It waits for its turn: the chunks of its job start one after the other."

"""Decide what is read next and put it into the queue: the one way in for buttons, API, commands and Beat."""

from syncing.scheduler.again import enqueue_history, is_interrupted, resume, resume_phases, retry_failed
from syncing.scheduler.asked import (
    MOST_TO_FOLLOW,
    Enqueued,
    Note,
    NotRunnable,
    enqueue_first,
    enqueue_now,
    refused,
)
from syncing.scheduler.due import Dispatched, enqueue_due
from syncing.scheduler.forced import enqueue_forced
from syncing.scheduler.history import HAND_OVER, history_window, release, start_backfill
from syncing.scheduler.jobs import add_chunks, enabled_streams, make_chunk, plan_metrics, start_job
from syncing.scheduler.paces import follow, heal, make_schedules, reschedule, reschedule_type, together

__all__ = [
    "HAND_OVER",
    "MOST_TO_FOLLOW",
    "Dispatched",
    "Enqueued",
    "NotRunnable",
    "Note",
    "add_chunks",
    "enabled_streams",
    "enqueue_due",
    "enqueue_first",
    "enqueue_forced",
    "enqueue_history",
    "enqueue_now",
    "follow",
    "heal",
    "history_window",
    "is_interrupted",
    "make_chunk",
    "make_schedules",
    "plan_metrics",
    "refused",
    "release",
    "reschedule",
    "reschedule_type",
    "resume",
    "resume_phases",
    "retry_failed",
    "start_backfill",
    "start_job",
    "together",
]

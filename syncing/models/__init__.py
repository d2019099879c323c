from syncing.models.budget import Bucket, CallBudget
from syncing.models.chunks import LeaseLost, SyncChunk, described
from syncing.models.config import ObjectSyncConfig
from syncing.models.decisions import Decision, SchedulerHeartbeat
from syncing.models.heartbeat import WorkerHeartbeat
from syncing.models.jobs import SyncJob
from syncing.models.mail import Mail
from syncing.models.quarantine import QuarantinedRecord
from syncing.models.state import ConnectionSync, SyncSchedule
from syncing.models.webhook import WebhookMessage

__all__ = [
    "Bucket",
    "CallBudget",
    "ConnectionSync",
    "Decision",
    "LeaseLost",
    "Mail",
    "ObjectSyncConfig",
    "QuarantinedRecord",
    "SchedulerHeartbeat",
    "SyncChunk",
    "SyncJob",
    "SyncSchedule",
    "WebhookMessage",
    "WorkerHeartbeat",
    "described",
]

from syncing.models.budget import Bucket, CallBudget
from syncing.models.chunks import LeaseLost, SyncChunk
from syncing.models.config import ObjectSyncConfig
from syncing.models.jobs import SyncJob
from syncing.models.quarantine import QuarantinedRecord
from syncing.models.state import ConnectionSync, SyncSchedule

__all__ = [
    "Bucket",
    "CallBudget",
    "ConnectionSync",
    "LeaseLost",
    "ObjectSyncConfig",
    "QuarantinedRecord",
    "SyncChunk",
    "SyncJob",
    "SyncSchedule",
]

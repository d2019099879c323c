"""What does the API say of connections and jobs, key for key?"""

from typing import Any

from rest_framework import serializers

from connections import registry
from connections.api.bodies import Strict, moment, one_of
from connections.api.pages import Page, PageQuery
from connections.models import Connection
from connections.sources import LONGEST_NAME, LONGEST_TYPED
from syncing.models import ConnectionSync, SyncChunk, SyncJob
from syncing.status.states import FRESHNESS

Frequency, Status = ConnectionSync.Frequency, ConnectionSync.Status
QUEUED = "queued"
FRESHNESSES = list(FRESHNESS)
JOB_STATUSES = [QUEUED, *(status for status in SyncJob.Status.values if status != SyncJob.Status.PENDING)]
"""A job that nobody has begun is queued, here as on its connection."""


def texts(**options: Any) -> serializers.DictField:
    return serializers.DictField(child=serializers.CharField(allow_blank=True), **options)


class TextOrNull(serializers.CharField):
    """null where there is nothing to say."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)

    def to_representation(self, value: str) -> Any:
        return value or None


class ConnectionSyncStatus(serializers.Serializer[Any]):
    """How the syncs of a connection go: their pace, whether one runs, when the last ones were and what came of them."""

    sync_frequency = serializers.ChoiceField(Frequency.choices, source="sync.sync_frequency")
    sync_status = serializers.ChoiceField(Status.choices, source="sync.sync_status")
    last_sync_attempted_at = moment(source="sync.last_sync_attempted_at", allow_null=True)
    last_sync_completed_at = moment(source="sync.last_sync_completed_at", allow_null=True)
    last_metrics_changed_at = moment(source="sync.last_metrics_changed_at", allow_null=True)
    total_syncs_attempted = serializers.IntegerField(source="sync.total_syncs_attempted")
    total_syncs_with_changes = serializers.IntegerField(source="sync.total_syncs_with_changes")
    last_sync_error = TextOrNull(source="sync.last_sync_error")


class ConnectionOut(ConnectionSyncStatus):
    id = serializers.UUIDField()
    provider = serializers.CharField()
    name = serializers.CharField()
    external_account_id = serializers.CharField()
    timezone = serializers.CharField()
    currency = serializers.CharField()
    paused = serializers.BooleanField()
    is_sandbox = serializers.BooleanField()
    needs_reconnect = serializers.SerializerMethodField()
    created_at = moment()

    def get_needs_reconnect(self, connection: Connection) -> bool:
        return connection.credential.trouble is not None


class ConnectionDetail(ConnectionOut):
    """options: what its source lets people choose. workspace: its id."""

    workspace = serializers.IntegerField(source="workspace_id")
    options = serializers.DictField()


class ConnectionPage(Page):
    results = ConnectionOut(many=True)


class ConnectionQuery(PageQuery):
    sync_status = one_of(Status.choices, required=False)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"provider": one_of(sorted(registry.SOURCES), required=False)}


class StreamFreshness(serializers.Serializer[Any]):
    """One object type. checked_at: when it was last read to its end. changed_at: when its data differed.

    stale_at: when somebody should know. interval_seconds, next_due_at: null where no schedule reads it.
    """

    object_type = serializers.CharField(source="schedule.stream")
    freshness = serializers.ChoiceField(FRESHNESSES, source="freshness.state.code")
    checked_at = moment(source="schedule.last_completed_at", allow_null=True)
    changed_at = moment(source="schedule.last_changed_at", allow_null=True)
    stale_at = moment(source="schedule.stale_at", allow_null=True)
    next_due_at = moment(source="schedule.next_due_at", allow_null=True)
    interval_seconds = serializers.IntegerField(source="schedule.interval_seconds", allow_null=True)


class ConnectionPace(serializers.Serializer[Any]):
    """How often its fastest object type is read, and why that is slower than asked for, if it is.

    calls_per_hour: what its schedule needs, null while nobody knows. calls_allowed: what it may make.
    """

    requested_interval_seconds = serializers.IntegerField(source="asked", allow_null=True)
    effective_interval_seconds = serializers.IntegerField(source="runs", allow_null=True)
    calls_per_hour = serializers.FloatField(source="calls", allow_null=True)
    calls_allowed = serializers.IntegerField(source="allowed", allow_null=True)
    sentence = serializers.CharField()


class ConnectionSyncReport(ConnectionSyncStatus):
    """The same with what is fresh, what comes next, and at which pace. freshness: of its least fresh object type."""

    freshness = serializers.ChoiceField(FRESHNESSES)
    next_due_at = moment(allow_null=True)
    pace = ConnectionPace()
    object_types = StreamFreshness(many=True)


class SyncFrequencyUpdate(Strict):
    sync_frequency = one_of(Frequency.choices)


class SyncRequest(Strict):
    """streams: none means all. since, until: the account's days; without them, what is due is read."""

    streams = serializers.ListField(child=serializers.CharField(max_length=40), required=False, max_length=100)
    since = serializers.DateField(required=False, allow_null=True)
    until = serializers.DateField(required=False, allow_null=True)


class MetricsRequest(Strict):
    since = serializers.DateField(required=False, allow_null=True)
    until = serializers.DateField(required=False, allow_null=True)


class Nothing(Strict):
    """No field at all."""


class SyncJobResponse(serializers.Serializer[Any]):
    """deduplicated: it was running already. queue: degraded while no worker can be told; it starts when one can."""

    job_id = serializers.UUIDField()
    status = serializers.ChoiceField([QUEUED])
    deduplicated = serializers.BooleanField(required=False)
    queue = serializers.ChoiceField(["degraded"], required=False)


class JobStatus(serializers.ChoiceField):
    def __init__(self, **options: Any) -> None:
        super().__init__(JOB_STATUSES, **options)

    def to_representation(self, value: str) -> str:
        return QUEUED if value == SyncJob.Status.PENDING else str(value)


class Counts(serializers.Serializer[Any]):
    records_read = serializers.IntegerField()
    records_created = serializers.IntegerField()
    records_updated = serializers.IntegerField()
    records_unchanged = serializers.IntegerField()
    records_quarantined = serializers.IntegerField()
    error = TextOrNull()
    remedy = TextOrNull()


class JobOut(Counts):
    id = serializers.UUIDField()
    connection = serializers.UUIDField(source="connection_id")
    status = JobStatus()
    lane = serializers.ChoiceField(SyncJob.Lane.choices)
    sync_type = serializers.ChoiceField(SyncJob.Type.choices)
    sync_phase = serializers.ChoiceField(SyncJob.Phase.choices, allow_null=True)
    trigger = serializers.ChoiceField(SyncJob.Trigger.choices)
    scope = serializers.DictField()
    progress_percentage = serializers.IntegerField()
    total_chunks = serializers.IntegerField()
    completed_chunks = serializers.IntegerField()
    failed_chunks = serializers.IntegerField()
    created_at = moment()
    started_at = moment(allow_null=True)
    closed_at = moment(allow_null=True)


class JobPage(Page):
    results = JobOut(many=True)


class JobQuery(PageQuery):
    connection = serializers.UUIDField(required=False)
    status = one_of(JOB_STATUSES, required=False)


class ChunkOut(Counts):
    chunk_order = serializers.IntegerField()
    stream = serializers.CharField()
    chunk_type = serializers.CharField()
    queue = serializers.CharField()
    status = serializers.ChoiceField(SyncChunk.Status.choices)
    start_date = serializers.DateField(allow_null=True)
    end_date = serializers.DateField(allow_null=True)
    attempts = serializers.IntegerField()
    retry_count = serializers.IntegerField()
    ready_at = moment()
    started_at = moment(allow_null=True)
    finished_at = moment(allow_null=True)
    actual_duration_seconds = serializers.FloatField()


class ChunkPage(Page):
    results = ChunkOut(many=True)


class JobDetail(JobOut):
    """chunks: in the order in which they run, in pages."""

    chunks = ChunkPage()


class ConnectionChange(Strict):
    """Only what is to change. options: those that are named; the others stay."""

    name = serializers.CharField(required=False, max_length=LONGEST_NAME)
    paused = serializers.BooleanField(required=False)
    options = texts(required=False)


class FromEnvironment(Strict):
    """workspace: its id; needed by whoever is admin of more than one. sync_frequency: of a new one, manual if left out;
    an account that is connected already keeps its own."""

    sync_frequency = one_of(Frequency.choices, required=False)
    workspace = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def get_fields(self) -> dict[str, Any]:
        return {"provider": one_of(sorted(registry.SOURCES))} | super().get_fields()


class ConnectionCreate(FromEnvironment):
    """secrets, options: what the provider's form asks for, by name."""

    account_id = serializers.CharField(max_length=LONGEST_TYPED)
    secrets = texts()
    name = serializers.CharField(required=False, max_length=LONGEST_NAME)
    options = texts(required=False)

"""The engine for staff: object types are edited here, everything else is looked at."""

from typing import Any

from django.contrib import admin

from connections.admin import ModelAdmin, TabularInline
from projects.admin import ReadOnlyAdmin
from syncing.models import (
    Bucket,
    CallBudget,
    ConnectionSync,
    ObjectSyncConfig,
    QuarantinedRecord,
    SyncChunk,
    SyncJob,
    SyncSchedule,
)


@admin.register(ObjectSyncConfig)
class ObjectSyncConfigAdmin(ModelAdmin):
    list_display = (
        "display_name",
        "provider",
        "sync_interval_minutes",
        "staleness_threshold_minutes",
        "priority",
        "is_sync_enabled",
    )
    list_filter = ("provider", "is_sync_enabled", "priority", "queue")
    search_fields = ("display_name", "object_type")


@admin.register(ConnectionSync)
class ConnectionSyncAdmin(ReadOnlyAdmin):
    list_display = (
        "connection",
        "sync_frequency",
        "sync_status",
        "last_sync_completed_at",
        "last_metrics_changed_at",
        "total_syncs_attempted",
        "total_syncs_with_changes",
    )
    list_filter = ("sync_status", "sync_frequency")
    search_fields = ("connection__name", "connection__external_account_id")


@admin.register(SyncSchedule)
class SyncScheduleAdmin(ReadOnlyAdmin):
    list_display = ("connection", "stream", "next_due_at", "last_completed_at", "consecutive_failures")
    list_filter = (*ReadOnlyAdmin.list_filter, "stream")
    search_fields = ("connection__name", "stream")


class ChunkInline(TabularInline):
    model = SyncChunk
    fields = ("chunk_order", "stream", "status", "start_date", "end_date", "attempts", "retry_count", "records_read")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True
    ordering = ("chunk_order", "id")

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False


@admin.register(SyncJob)
class SyncJobAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "connection",
        "sync_type",
        "lane",
        "status",
        "trigger",
        "progress_percentage",
        "records_created",
        "records_updated",
    )
    list_filter = (*ReadOnlyAdmin.list_filter, "status", "sync_type", "lane", "trigger")
    search_fields = ("=id", "connection__name", "error")
    ordering = ("-created_at",)
    inlines = (ChunkInline,)


@admin.register(SyncChunk)
class SyncChunkAdmin(ReadOnlyAdmin):
    list_display = ("sync_job", "chunk_order", "stream", "status", "start_date", "end_date", "attempts", "error_kind")
    list_filter = (*ReadOnlyAdmin.list_filter, "status", "stream", "error_kind")
    list_select_related = ("connection", "sync_job")
    search_fields = ("=sync_job__id", "connection__name", "error")
    exclude = ("lease_token",)
    ordering = ("-id",)


@admin.register(QuarantinedRecord)
class QuarantinedRecordAdmin(ReadOnlyAdmin):
    list_display = ("connection", "stream", "key", "reason", "seen_at")
    list_filter = (*ReadOnlyAdmin.list_filter, "stream")
    search_fields = ("key", "reason")
    ordering = ("-seen_at", "-id")


@admin.register(Bucket)
class BucketAdmin(ReadOnlyAdmin):
    list_display = ("key", "blocked_until", "reason")
    list_filter = ()
    list_select_related = ()
    search_fields = ("key",)


@admin.register(CallBudget)
class CallBudgetAdmin(ReadOnlyAdmin):
    list_display = ("bucket", "minute", "calls")
    list_filter = ()
    list_select_related = ("bucket",)
    search_fields = ("bucket__key",)
    ordering = ("-minute", "-id")

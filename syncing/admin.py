"""The engine for staff: object types are edited here, everything else is looked at."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import capfirst

from connections.access import actor_of
from connections.admin import ModelAdmin, TabularInline
from projects.admin import ReadOnlyAdmin
from syncing import scheduler, tuning
from syncing.models import (
    Bucket,
    CallBudget,
    ConnectionSync,
    Decision,
    Mail,
    ObjectSyncConfig,
    QuarantinedRecord,
    SchedulerHeartbeat,
    SyncChunk,
    SyncJob,
    SyncSchedule,
    WebhookMessage,
    WorkerHeartbeat,
)


@admin.register(ObjectSyncConfig)
class ObjectSyncConfigAdmin(ModelAdmin):
    """The same figures as on the page of the sync intervals, and the same rules: those of the model."""

    list_display = (
        "display_name",
        "provider",
        "sync_interval_minutes",
        "staleness_threshold_minutes",
        "priority",
        "is_sync_enabled",
    )
    list_editable = ("sync_interval_minutes", "staleness_threshold_minutes", "priority", "is_sync_enabled")
    search_fields = ("display_name", "object_type", "provider")
    readonly_fields = ("provider", "object_type")
    ordering = ("provider", "pk")
    actions = ("reset_to_defaults",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one for each object type of each source."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **options: Any) -> Any:
        """In the list a figure has no label of its own."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field:
            field.widget.attrs["aria-label"] = capfirst(db_field.verbose_name)
        return field

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Several rows are saved as one: all or none, and the schedules are gone through once, after that."""
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        with transaction.atomic(), scheduler.together(timezone.now()):
            return super().changelist_view(request, extra_context)

    @admin.action(description="Reset to defaults", permissions=["change"])
    def reset_to_defaults(self, request: HttpRequest, queryset: QuerySet[ObjectSyncConfig]) -> None:
        chosen = {config.pk for config in queryset}
        moves = tuning.moves([row for row in tuning.ordered(locked=True) if row.pk in chosen], tuning.defaults)
        tuning.save(moves, actor_of(request), now=timezone.now(), action="sync intervals reset")
        messages.success(request, f"Reset to defaults: {len(moves)} of {len(chosen)} were otherwise.")


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
    list_display = (
        "connection",
        "stream",
        "interval_seconds",
        "priority",
        "next_due_at",
        "due_because",
        "stale_at",
        "verdict",
        "last_attempted_at",
        "last_completed_at",
        "consecutive_failures",
        "average_calls",
    )
    list_filter = (*ReadOnlyAdmin.list_filter, "stream", "verdict", "priority")
    search_fields = ("connection__name", "stream")


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = (
        "decided_at",
        "connection",
        "stream",
        "verdict",
        "reason",
        "age_seconds",
        "is_stale",
        "calls_used",
        "calls_allowed",
        "next_look_at",
    )
    list_filter = (*ReadOnlyAdmin.list_filter, "verdict", "stream", "is_stale")
    search_fields = ("connection__name", "stream", "reason", "=job_id")
    ordering = ("-decided_at", "-id")


@admin.register(SchedulerHeartbeat)
class SchedulerHeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "ran_at", "took_ms", "jobs", "held_back", "error")
    list_filter = ()
    list_select_related = ()
    search_fields = ("name",)
    ordering = ("name",)


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
    list_display = (
        "sync_job",
        "chunk_order",
        "stream",
        "queue",
        "status",
        "start_date",
        "end_date",
        "attempts",
        "error_kind",
    )
    list_filter = (*ReadOnlyAdmin.list_filter, "status", "queue", "stream", "error_kind")
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


@admin.register(WorkerHeartbeat)
class WorkerHeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "queues", "slots", "has_beat", "started_at", "seen_at")
    list_filter = ()
    list_select_related = ()
    search_fields = ("name",)
    ordering = ("-seen_at",)


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    list_display = ("kind", "user", "connection", "created_at", "sent_at", "given_up_at", "last_error")
    list_filter = (*ReadOnlyAdmin.list_filter, "kind")
    list_select_related = ("user", "connection")
    search_fields = ("user__username", "connection__name")
    ordering = ("-created_at", "-id")


@admin.register(WebhookMessage)
class WebhookMessageAdmin(ReadOnlyAdmin):
    list_display = ("event", "connection", "created_at", "attempts", "sent_at", "given_up_at", "last_error")
    list_filter = (*ReadOnlyAdmin.list_filter, "event")
    list_select_related = ("connection",)
    search_fields = ("connection__name",)
    ordering = ("-created_at", "-id")

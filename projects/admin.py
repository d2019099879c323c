"""The synced data for staff: to look at. Only a sync writes it."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from connections.admin import ModelAdmin
from projects.models import (
    AccountSnapshot,
    Ad,
    AdSet,
    AssetGroup,
    Campaign,
    CellProblem,
    Change,
    Coverage,
    CreatorAccount,
    CreatorProject,
    DailyMetric,
    Directory,
    Elevation,
    ElevationThumbnail,
    LogikalProject,
    MergeConflict,
    Part,
    PartsList,
    Phase,
    PlatformProfile,
    Reading,
)


class ReadOnlyAdmin(ModelAdmin):
    list_select_related: ClassVar[tuple[str, ...]] = ("connection",)
    list_filter: ClassVar[tuple[Any, ...]] = (("connection", admin.RelatedOnlyFieldListFilter),)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Campaign)
class CampaignAdmin(ReadOnlyAdmin):
    list_display = ("name", "external_id", "effective_status", "objective", "connection", "changed_at")
    list_filter = (*ReadOnlyAdmin.list_filter, "effective_status", "objective")
    search_fields = ("name", "external_id")


@admin.register(AdSet)
class AdSetAdmin(ReadOnlyAdmin):
    list_display = ("name", "external_id", "effective_status", "campaign_id", "connection", "changed_at")
    list_filter = (*ReadOnlyAdmin.list_filter, "effective_status")
    search_fields = ("name", "external_id", "campaign_id")


@admin.register(Ad)
class AdAdmin(ReadOnlyAdmin):
    list_display = ("name", "external_id", "effective_status", "ad_set_id", "connection", "changed_at")
    list_filter = (*ReadOnlyAdmin.list_filter, "effective_status")
    search_fields = ("name", "external_id", "ad_set_id", "campaign_id")


@admin.register(AssetGroup)
class AssetGroupAdmin(ReadOnlyAdmin):
    list_display = ("name", "external_id", "effective_status", "campaign_id", "connection", "changed_at")
    list_filter = (*ReadOnlyAdmin.list_filter, "effective_status")
    search_fields = ("name", "external_id", "campaign_id")


@admin.register(DailyMetric)
class DailyMetricAdmin(ReadOnlyAdmin):
    list_display = ("date", "level", "external_id", "impressions", "clicks", "spend_micros", "connection")
    list_filter = (*ReadOnlyAdmin.list_filter, "level")
    search_fields = ("=external_id", "=campaign_id", "=ad_set_id")
    ordering = ("-date", "-id")


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    list_display = ("seen_at", "table", "key", "date", "field", "before", "after", "connection")
    list_filter = (*ReadOnlyAdmin.list_filter, "table", "field")
    search_fields = ("key", "=job_id")
    ordering = ("-seen_at", "-id")


@admin.register(Coverage)
class CoverageAdmin(ReadOnlyAdmin):
    list_display = ("stream", "date", "row_count", "total", "fewer_than_before", "fetched_at", "connection")
    list_filter = (*ReadOnlyAdmin.list_filter, "stream", "fewer_than_before")
    search_fields = ("stream",)
    ordering = ("-date", "stream")


@admin.register(Directory)
class DirectoryAdmin(ReadOnlyAdmin):
    list_display = ("path", "connection", "missing_since", "changed_at")
    search_fields = ("path",)


@admin.register(LogikalProject)
class LogikalProjectAdmin(ReadOnlyAdmin):
    list_display = ("name", "directory_path", "job_number", "connection", "changed_date", "missing_since", "refusal")
    search_fields = ("name", "external_id", "job_number", "offer_number", "directory_path")


@admin.register(Phase)
class PhaseAdmin(ReadOnlyAdmin):
    list_display = ("name", "project_id", "connection", "missing_since", "changed_at")
    search_fields = ("name", "external_id", "project_id")


@admin.register(Elevation)
class ElevationAdmin(ReadOnlyAdmin):
    list_display = ("name", "system_description", "amount", "connection", "changed_date", "missing_since")
    list_filter = (*ReadOnlyAdmin.list_filter, "is_in_recycle_bin")
    search_fields = ("name", "external_id", "project_id", "system_description")


@admin.register(ElevationThumbnail)
class ElevationThumbnailAdmin(ReadOnlyAdmin):
    list_display = ("external_id", "project_id", "connection", "changed_at")
    search_fields = ("external_id", "project_id")
    exclude = ("image",)


@admin.register(PartsList)
class PartsListAdmin(ReadOnlyAdmin):
    list_display = ("external_id", "part_count", "connection", "refusal", "changed_at")
    search_fields = ("external_id", "project_id", "sha256")


@admin.register(Part)
class PartAdmin(ReadOnlyAdmin):
    list_display = ("elevation_id", "kind", "position", "code", "name", "amount", "connection")
    list_filter = (*ReadOnlyAdmin.list_filter, "kind")
    search_fields = ("code", "name", "description", "elevation_id")


@admin.register(CreatorProject)
class CreatorProjectAdmin(ReadOnlyAdmin):
    list_display = ("project_name", "row_count", "is_active", "connection", "missing_since", "changed_at")
    list_filter = (*ReadOnlyAdmin.list_filter, "is_active")
    search_fields = ("project_name", "project_id")


@admin.register(CreatorAccount)
class CreatorAccountAdmin(ReadOnlyAdmin):
    list_display = ("profile", "username", "followers", "views", "connection", "missing_since", "changed_at")
    list_filter = (*ReadOnlyAdmin.list_filter, "platform")
    search_fields = ("profile", "username", "project_id")


class OfAnAccountAdmin(ReadOnlyAdmin):
    list_select_related = ("connection", "account")


@admin.register(Reading)
class ReadingAdmin(OfAnAccountAdmin):
    list_display = ("account", "metric", "side", "value", "figures", "observed_at", "connection")
    list_filter = (*ReadOnlyAdmin.list_filter, "side", "metric")
    search_fields = ("account__profile", "account__username")


@admin.register(AccountSnapshot)
class AccountSnapshotAdmin(OfAnAccountAdmin):
    list_display = ("account", "snapshot_date", "followers", "views", "snapshot_time", "connection")
    search_fields = ("account__profile", "account__username", "=job_id")
    ordering = ("-snapshot_date", "-id")


@admin.register(MergeConflict)
class MergeConflictAdmin(OfAnAccountAdmin):
    list_display = ("account", "metric", "kind", "sheet", "platform", "kept", "state", "resolution", "connection")
    list_filter = (*ReadOnlyAdmin.list_filter, "state", "kind", "metric")
    search_fields = ("account__profile", "account__username")


@admin.register(CellProblem)
class CellProblemAdmin(ReadOnlyAdmin):
    list_display = ("project_id", "row_number", "field", "raw", "why", "connection", "seen_at")
    list_filter = (*ReadOnlyAdmin.list_filter, "field")
    search_fields = ("project_id", "raw", "why")


@admin.register(PlatformProfile)
class PlatformProfileAdmin(ReadOnlyAdmin):
    list_display = ("profile", "name", "state", "followers", "views", "connection", "changed_at")
    list_filter = (*ReadOnlyAdmin.list_filter, "state")
    search_fields = ("profile", "name", "=external_id")

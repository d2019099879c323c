"""Workspaces, people, logins and connections for staff. Secrets are neither shown nor edited."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from connections.models import ApiToken, AuditEvent, Connection, Credential, Membership, SealedDraft, Workspace

if TYPE_CHECKING:  # Django's own classes take no type arguments while running
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    from django.contrib.admin import ModelAdmin, TabularInline


class MembershipInline(TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Workspace)
class WorkspaceAdmin(ModelAdmin):
    list_display = ("name", "timezone", "created_at")
    search_fields = ("name",)
    inlines = (MembershipInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Workspace | None = None) -> bool:
        """All its data would go in one transaction: its connections are removed first, by their owners."""
        return False


@admin.register(Membership)
class MembershipAdmin(ModelAdmin):
    list_display = ("user", "workspace", "role", "mail")
    list_filter = ("role",)
    list_select_related = ("user", "workspace")
    search_fields = ("user__username", "user__email", "workspace__name")
    autocomplete_fields = ("user", "workspace")


@admin.register(Credential)
class CredentialAdmin(ModelAdmin):
    """Made by connecting an account; here one can see what is known of it."""

    list_display = ("id", "provider", "subject", "kind", "workspace", "needs_reconnect", "expires_at")
    list_filter = ("provider", "needs_reconnect", "kind")
    list_select_related = ("workspace",)
    search_fields = ("subject", "workspace__name")
    exclude = ("ciphertext",)
    readonly_fields = ("key_id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Credential | None = None) -> bool:
        """A form that is open while somebody connects again would put the old secret back."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Credential | None = None) -> bool:
        return False


@admin.register(Connection)
class ConnectionAdmin(ModelAdmin):
    list_display = ("name", "provider", "external_account_id", "workspace", "paused", "is_sandbox", "created_at")
    list_filter = ("provider", "paused", "is_sandbox", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("name", "external_account_id", "workspace__name")
    fields = (
        *("name", "paused", "options", "id", "workspace", "credential", "provider", "external_account_id"),
        *("timezone", "currency", "is_sandbox", "anchor_date", "created_at", "removed_at"),
    )
    readonly_fields = fields[3:]
    date_hierarchy = "created_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Connection | None = None) -> bool:
        """Removed on its own page: there its jobs stop, its login is erased and its rows go bit by bit."""
        return False

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        """Nothing but what was edited: it may have been removed or connected again since the form was opened."""
        obj.save(update_fields=form.changed_data)


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):
    """Made by `manage.py create_token`, which shows its text once."""

    list_display = ("name", "workspace", "scope", "created_at", "last_used_at", "revoked_at")
    list_filter = ("scope", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("name", "workspace__name")
    readonly_fields = ("workspace", "name", "scope", "created_by", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(SealedDraft)
class SealedDraftAdmin(ModelAdmin):
    list_display = ("id", "ends_at")
    search_fields = ("id",)
    ordering = ("-ends_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: SealedDraft | None = None) -> bool:
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(ModelAdmin):
    list_display = ("at", "actor", "action", "target_name", "address")
    list_filter = ("action",)
    search_fields = ("actor", "action", "target", "target_name")
    ordering = ("-at", "-id")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        return False

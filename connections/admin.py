"""Workspaces, people, logins and connections for staff. Secrets are neither shown nor edited."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from connections.models import Connection, Credential, Membership, Workspace

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


@admin.register(Membership)
class MembershipAdmin(ModelAdmin):
    list_display = ("user", "workspace", "role")
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
    readonly_fields = ("workspace", "provider", "subject", "kind", "key_id", "scopes", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Connection)
class ConnectionAdmin(ModelAdmin):
    list_display = ("name", "provider", "external_account_id", "workspace", "paused", "is_sandbox", "created_at")
    list_filter = ("provider", "paused", "is_sandbox", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("name", "external_account_id", "workspace__name")
    readonly_fields = ("id", "workspace", "credential", "provider", "external_account_id", "is_sandbox", "created_at")
    date_hierarchy = "created_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

"""The admin of every app: staff look, superusers change, and each change is written down."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from connections import audit
from connections.access import actor_of
from connections.models import Workspace

if TYPE_CHECKING:  # Django's own class takes no type argument while running
    ModelAdmin = admin.ModelAdmin[Any]
else:
    from django.contrib.admin import ModelAdmin


class Audited(ModelAdmin):
    """Goes before each admin class that is registered, also those of other people's apps."""

    def has_add_permission(self, request: HttpRequest, *more: Any) -> bool:
        return _is_superuser(request) and super().has_add_permission(request, *more)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_superuser(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_superuser(request) and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Actions of other apps do not ask who may change something."""
        return super().get_actions(request) if _is_superuser(request) else {}

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        before = {} if add else {name: _plain(form.initial.get(name)) for name in form.changed_data}
        after = {name: _plain(value) for name, value in form.cleaned_data.items() if add or name in before}
        same = {name for name in before if before[name] == after.get(name)}  # a form takes {} for a change of {}
        request.audited = tuple(  # type: ignore[attr-defined]
            {name: value for name, value in each.items() if name not in same} for each in (before, after)
        )
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._record(request, f"{obj._meta.verbose_name} added", obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._record(request, f"{obj._meta.verbose_name} changed", obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        gone = list(queryset)
        if gone:
            names = [f"{each.pk}: {each}" for each in gone]
            _record(request, f"{self.opts.verbose_name} deleted", gone[0], before={"deleted": names})
        return super().log_deletions(request, queryset)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *more: Any) -> Any:
        chosen = request.POST.get("action", "")
        answer = super().response_action(request, queryset, *more)
        if chosen and chosen != "delete_selected":  # which asks first, and then logs the deletions
            keys = request.POST.getlist("_selected_action")
            _record(request, f"admin: {chosen}", None, after={self.opts.model_name: keys})
        return answer

    def _record(self, request: HttpRequest, action: str, obj: Model, message: Any) -> None:
        before, after = getattr(request, "audited", ({}, {}))
        inlines = [each for each in message if "name" in next(iter(each.values()), {})] if message else []
        _record(request, action, obj, before=before, after=after | ({"within": inlines} if inlines else {}))


class AuditedSite(admin.AdminSite):
    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        base = admin_class or admin.ModelAdmin
        super().register(model_or_iterable, type(base.__name__, (Audited, base), {}), **options)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        answer = super().password_change(request, extra_context)
        if request.method == "POST" and answer.status_code == 302:
            _record(request, "password changed", request.user)  # type: ignore[arg-type]
        return answer


def _record(request: HttpRequest, action: str, obj: Model | None, **changes: Any) -> None:
    workspace = obj if isinstance(obj, Workspace) else getattr(obj, "workspace", None)
    audit.record(actor_of(request), action[:60], obj, workspace=workspace, now=timezone.now(), **changes)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | None) else str(value)[:500]

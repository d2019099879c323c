"""The admin of every app: who may change what, and that each change is written down once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from connections.models import AuditEvent, Connection, Credential, Membership, Workspace
from connections.models.tokens import ApiToken
from syncing.models import ObjectSyncConfig

SignIn = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def address(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def fields(answer: Any) -> dict[str, Any]:
    """What a browser would send back of the form it was shown."""
    sent: dict[str, Any] = {}
    context = answer.context
    forms = [context["adminform"].form, *(formset.formset for formset in context["inline_admin_formsets"])]
    for form in forms:
        for each in getattr(form, "forms", [form]):
            for bound in each:
                value = bound.value()
                widget = bound.field.widget
                if hasattr(widget, "decompress"):
                    for number, part in enumerate(widget.decompress(value)):
                        sent[f"{bound.html_name}_{number}"] = "" if part is None else part
                elif value is not None and value is not False:
                    sent[bound.html_name] = value
        if hasattr(form, "management_form"):
            sent |= {bound.html_name: bound.value() for bound in form.management_form}
    return sent


def edit(browser: Client, row: Any, **changes: Any) -> Any:
    page = address(type(row), "change", row.pk)
    return browser.post(page, fields(browser.get(page)) | changes)


@pytest.fixture
def root(staff: User, signed_in: SignIn) -> Client:
    """The superuser's browser."""
    return signed_in(staff)


def event() -> tuple[Any, ...]:
    made = AuditEvent.objects.get()
    return made.actor, made.action, made.target_name, made.before, made.after


def test_a_change_is_written_down_with_before_and_after(root: Client, connection: Connection) -> None:
    assert edit(root, connection, name="Renamed").status_code == 302
    assert event() == (
        "staff@example.com",
        "connection changed",
        "Renamed (Meta Ads)",
        {"name": "Alpine Outfitters CH"},
        {"name": "Renamed"},
    )
    assert AuditEvent.objects.get().workspace_id == connection.workspace_id


def test_a_role_that_is_changed_within_its_workspace_too(root: Client, workspace: Workspace, bob: User) -> None:
    assert edit(root, workspace, **{"memberships-0-role": "admin"}).status_code == 302
    assert Membership.objects.get().role == "admin"
    assert AuditEvent.objects.get().after == {
        "within": [{"changed": {"name": "membership", "object": str(Membership.objects.get()), "fields": ["Role"]}}]
    }


def test_a_row_of_another_apps_admin_too(root: Client) -> None:
    every = IntervalSchedule.objects.create(every=7, period="hours")
    form = {"name": "mine", "regtask": "", "task": "syncing.sweep", "interval": every.pk, "args": "[]", "kwargs": "{}"}
    answer = root.post(address(PeriodicTask, "add"), form | {"headers": "{}", "enabled": "on"})
    assert answer.status_code == 302, answer.context["errors"]
    made = AuditEvent.objects.get()
    assert (made.action, made.target_name) == ("periodic task added", "mine: every 7 hours")


def test_deleting_leaves_one_row_that_says_what(root: Client) -> None:
    rows = [IntervalSchedule.objects.create(every=number, period="days") for number in (3, 4)]
    chosen = {"action": "delete_selected", "_selected_action": [each.pk for each in rows], "post": "yes"}
    assert root.post(address(IntervalSchedule, "changelist"), chosen).status_code == 302
    made = AuditEvent.objects.get()
    assert made.action == "interval deleted"
    assert sorted(made.before["deleted"]) == [f"{each.pk}: every {each.every} days" for each in rows]


def test_an_action_is_written_down(root: Client) -> None:
    every = IntervalSchedule.objects.create(every=7, period="hours")
    task = PeriodicTask.objects.create(name="mine", task="syncing.sweep", interval=every)
    root.post(address(PeriodicTask, "changelist"), {"action": "disable_tasks", "_selected_action": [task.pk]})
    task.refresh_from_db()
    assert (task.enabled, AuditEvent.objects.get().action) == (False, "admin: disable_tasks")


def test_a_password_is_never_written_down(root: Client, staff: User, bob: User) -> None:
    new = "another horse battery staple"
    form = {"password1": new, "password2": new, "usable_password": "true"}
    assert root.post(reverse("admin:auth_user_password_change", args=[bob.pk]), form).status_code == 302
    mine = {"old_password": "correct horse battery staple", "new_password1": new, "new_password2": new}
    assert root.post(reverse("admin:password_change"), mine).status_code == 302
    actions = list(AuditEvent.objects.order_by("pk").values_list("action", "target_name"))
    assert actions == [("user changed", "bob@example.com"), ("password changed", "staff@example.com")]
    assert "horse" not in str(list(AuditEvent.objects.values()))


# Who may change what


@pytest.fixture
def looker(db: None, bob: User) -> User:
    """Staff with every permission there is, but no superuser."""
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.all())
    return bob


def test_staff_who_are_no_superusers_look_and_change_nothing(looker: User, signed_in: SignIn, connection: Any) -> None:
    """Django would let staff who may edit users make superusers of themselves."""
    browser = signed_in(looker)
    assert browser.get(address(User, "change", looker.pk)).status_code == 200
    assert browser.post(address(User, "change", looker.pk), {"is_superuser": "on"}).status_code == 403
    codes = {}
    for model in admin.site._registry:
        assert browser.get(address(model, "changelist")).status_code == 200
        codes[model.__name__] = browser.get(address(model, "add")).status_code
    assert set(codes.values()) == {403}
    assert browser.post(reverse("admin:auth_user_password_change", args=[looker.pk]), {}).status_code == 403
    assert browser.post(address(connection, "change", connection.pk), {"name": "mine"}).status_code == 403
    looker.refresh_from_db()
    assert not looker.is_superuser


def test_actions_of_other_apps_are_for_superusers(looker: User, signed_in: SignIn) -> None:
    every = IntervalSchedule.objects.create(every=7, period="hours")
    task = PeriodicTask.objects.create(name="mine", task="syncing.sweep", interval=every)
    chosen = {"action": "disable_tasks", "_selected_action": [task.pk]}
    signed_in(looker).post(address(PeriodicTask, "changelist"), chosen)
    task.refresh_from_db()
    assert task.enabled


def test_an_owner_of_a_workspace_is_no_staff(alice: User, signed_in: SignIn) -> None:
    for model in admin.site._registry:
        assert signed_in(alice).get(address(model, "changelist")).status_code == 302


def test_a_login_can_be_neither_edited_nor_deleted(root: Client, connection: Connection) -> None:
    login = connection.credential
    for page in ("change", "delete"):
        assert root.post(address(Credential, page, login.pk), {"needs_reconnect": "on"}).status_code == 403
    assert Credential.objects.filter(pk=login.pk, needs_reconnect=False).exists()


@pytest.mark.parametrize("which", ["workspace", "connection"])
def test_what_holds_data_is_not_deleted_in_one_go(root: Client, connection: Connection, which: str) -> None:
    row: Any = connection if which == "connection" else connection.workspace
    assert root.post(address(row, "delete", row.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
    root.post(address(row, "changelist"), chosen)
    assert type(row).objects.filter(pk=row.pk).exists()


def test_a_form_that_was_open_does_not_bring_a_removed_connection_back(
    root: Client, connection: Connection, now: Any
) -> None:
    page = address(Connection, "change", connection.pk)
    sent = fields(root.get(page)) | {"name": "Renamed", "removed_at": ""}
    connection.remove(now)
    root.post(page, sent)
    connection.refresh_from_db()
    assert (connection.name, connection.removed_at) == ("Renamed", now)


def test_a_token_is_revoked_but_not_read(root: Client, workspace: Workspace, now: Any) -> None:
    token, text = ApiToken.issue(workspace, "Dashboard", "read", now=now)
    page = root.get(address(ApiToken, "change", token.pk)).content.decode()
    assert text not in page
    assert token.sha256 not in page


def test_object_types_are_edited_and_written_down(root: Client) -> None:
    row = ObjectSyncConfig.objects.first()
    assert row
    assert edit(root, row, priority=5, is_sync_enabled="on").status_code == 302
    assert AuditEvent.objects.get().after == {"priority": 5}

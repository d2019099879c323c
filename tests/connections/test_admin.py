"""The admin of people, logins and connections: secrets stay secret."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from connections.models import Connection
from tests.fixtures.synced import SECRET

OURS = [model for app in ("connections", "projects", "syncing") for model in apps.get_app_config(app).get_models()]
SignIn = Callable[[User], Client]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_model_has_a_list_that_can_be_searched(
    model: type, staff: User, synced: Connection, signed_in: SignIn
) -> None:
    registered = admin.site._registry[model]
    assert registered.search_fields
    page = signed_in(staff).get(
        reverse(f"admin:{registered.opts.label_lower.replace('.', '_')}_changelist"), {"q": "1"}
    )
    assert page.status_code == 200
    assert SECRET not in page.content.decode()


def test_a_login_is_shown_without_its_secret(staff: User, connection: Connection, signed_in: SignIn) -> None:
    login = connection.credential
    page = signed_in(staff).get(reverse("admin:connections_credential_change", args=[login.pk])).content.decode()
    assert "Alice Keller" in page
    assert login.ciphertext not in page
    assert "ciphertext" not in page


def test_posting_a_secret_changes_nothing(staff: User, connection: Connection, signed_in: SignIn) -> None:
    login, before = connection.credential, connection.credential.ciphertext
    address = reverse("admin:connections_credential_change", args=[login.pk])
    signed_in(staff).post(address, {"ciphertext": "mine", "key_id": "mine", "needs_reconnect_reason": ""})
    login.refresh_from_db()
    assert (login.ciphertext, login.secrets()) == (before, {"access_token": SECRET})


def test_the_admin_is_for_staff(alice: User, signed_in: SignIn) -> None:
    assert reverse("admin:login") in signed_in(alice).get(reverse("admin:index")).headers["Location"]


def test_the_admin_keeps_the_strict_policy(staff: User, signed_in: SignIn) -> None:
    answer = signed_in(staff).get(reverse("admin:index"))
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]

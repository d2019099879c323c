"""A key is missing: every page says so and none fails; once it is back, everything works without anybody's help."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from connections.models import Connection
from syncing.models import SyncJob

pytestmark = pytest.mark.django_db
SENTENCE = "The stored login cannot be opened with this installation&#x27;s keys."


@pytest.fixture
def kept() -> list[str]:
    """The keys that were there before."""
    return []


@pytest.fixture
def browser(
    alice: User, signed_in: Callable[[User], Client], synced: Connection, kept: list[str], settings: Any
) -> Client:
    """Alice's, on an installation that was restarted without the key of her login."""
    client = signed_in(alice)
    kept.extend(settings.TOKEN_ENCRYPTION_KEYS)
    settings.TOKEN_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    return client


def test_pages_say_what_is_missing_and_what_to_do(browser: Client, synced: Connection) -> None:
    page = browser.get(reverse("connection", args=[synced.pk]))
    assert page.status_code == 200
    assert SENTENCE in page.content.decode()
    assert "Put the earlier key back into TOKEN_ENCRYPTION_KEYS" in page.content.decode()
    for name in ("overview", "settings", "ads"):
        assert browser.get(reverse(name)).status_code == 200
    for name in ("reconnect", "remove", "connection_edit"):
        assert browser.get(reverse(name, args=[synced.pk])).status_code == 200


def test_a_sync_is_refused_in_words(browser: Client, synced: Connection) -> None:
    before = SyncJob.objects.count()
    answer = browser.post(reverse("api_sync_now", args=[synced.pk]), content_type="application/json")
    assert answer.status_code == 409
    assert "TOKEN_ENCRYPTION_KEYS" in answer.json()["remedy"]
    assert browser.get(reverse("api_connection", args=[synced.pk])).json()["needs_reconnect"] is True
    page = browser.post(reverse("sync_now", args=[synced.pk]), follow=True)
    assert (page.status_code, SENTENCE in page.content.decode()) == (200, True)
    assert SyncJob.objects.count() == before


def test_with_the_key_back_nothing_has_to_be_renewed(
    browser: Client, synced: Connection, kept: list[str], settings: Any
) -> None:
    browser.post(reverse("api_sync_now", args=[synced.pk]), content_type="application/json")
    settings.TOKEN_ENCRYPTION_KEYS = [*settings.TOKEN_ENCRYPTION_KEYS, *kept]
    assert browser.get(reverse("api_connection", args=[synced.pk])).json()["needs_reconnect"] is False
    answer = browser.post(reverse("api_sync_now", args=[synced.pk]), content_type="application/json")
    assert answer.status_code == 202

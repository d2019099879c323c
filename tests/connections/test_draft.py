"""What somebody has filled in of the connect form: encrypted, short-lived, and theirs alone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from django.contrib.sessions.backends.db import SessionStore

from connections import draft
from connections.draft import LASTS, Draft, Finding
from connections.models import SealedDraft
from connections.remedies import Problem
from connections.sources import Account, AccountChoice

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
CANARY = "canary-of-the-draft"


@pytest.fixture
def session(db: None) -> SessionStore:
    return SessionStore()


def begun(**changes: Any) -> Draft:
    return Draft(workspace_id=7, provider="plain", secrets={"token": CANARY}, ends_at=NOW + LASTS, **changes)


def test_it_comes_back_as_it_was(session: SessionStore) -> None:
    choices = [AccountChoice(Account("1", "One", "Europe/Zurich", "CHF")), AccountChoice(Account("2"), "It is closed.")]
    trouble = Problem("It failed.", "Act.", "its own words")
    kept = begun(
        choices=choices,
        problem=trouble,
        findings={"1": [Finding("It is open", "Yes.")], "2": [Finding("It is open"), Finding("It reads", "", trouble)]},
    )
    draft.save(session, kept)
    assert draft.load(session, kept.id, NOW) == kept
    assert kept.passed == ["1"]
    assert (kept.name_of("1"), kept.name_of("2"), kept.name_of("3")) == ("One", "2", "3")


def test_nothing_of_it_can_be_read_in_the_database(session: SessionStore) -> None:
    draft.save(session, begun(choices=[AccountChoice(Account("1", "Bluebird"))]))
    stored = str(dict(session.items())) + SealedDraft.objects.get().ciphertext
    assert CANARY not in stored
    assert "Bluebird" not in stored


def test_it_ends_after_ten_minutes_and_is_forgotten(session: SessionStore) -> None:
    kept = begun()
    draft.save(session, kept)
    almost = NOW + timedelta(minutes=10) - timedelta(microseconds=1)
    assert draft.load(session, kept.id, almost)
    assert draft.load(session, kept.id, NOW + timedelta(minutes=10)) is None
    assert list(session.keys()) == []
    assert not SealedDraft.objects.exists()


def test_it_belongs_to_one_session(session: SessionStore) -> None:
    kept = begun()
    draft.save(session, kept)
    assert draft.load(SessionStore(), kept.id, NOW) is None
    assert draft.load(session, kept.id, NOW) == kept


def test_a_newer_one_takes_its_place(session: SessionStore) -> None:
    older, newer = begun(), begun()
    for each in (older, newer, newer):
        draft.save(session, each)
    assert draft.load(session, older.id, NOW) is None
    assert draft.load(session, newer.id, NOW) == newer
    assert [sealed.pk for sealed in SealedDraft.objects.all()] == [newer.id]


def test_another_ones_id_opens_nothing_and_ends_nothing(session: SessionStore) -> None:
    kept = begun()
    draft.save(session, kept)
    assert draft.load(session, uuid4(), NOW) is None
    assert draft.load(session, kept.id, NOW)


def test_a_key_that_was_taken_away_ends_it(session: SessionStore, settings: Any) -> None:
    kept = begun()
    draft.save(session, kept)
    settings.TOKEN_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert draft.load(session, kept.id, NOW) is None


def test_a_finished_one_remembers_where_it_led(session: SessionStore) -> None:
    kept = begun()
    draft.save(session, kept)
    draft.finish(session, kept, "/there/")
    assert draft.load(session, kept.id, NOW) is None
    assert draft.finished_at(session, kept.id) == "/there/"
    assert draft.finished_at(session, uuid4()) == ""
    assert not SealedDraft.objects.exists()

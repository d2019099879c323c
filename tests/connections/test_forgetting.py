"""What has had its time: it goes by the sweep, whether or not anybody comes back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from connections import draft
from connections.draft import LASTS, Draft
from connections.models import SealedDraft
from syncing.sweeper import sweep

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
pytestmark = pytest.mark.django_db


def make_session(name: str, ends_at: datetime) -> None:
    Session.objects.create(session_key=name, session_data="x", expire_date=ends_at)


def sessions() -> set[str]:
    return set(Session.objects.values_list("session_key", flat=True))


def test_a_pasted_login_is_deleted_when_its_time_is_over() -> None:
    session = SessionStore()
    kept = Draft(workspace_id=1, provider="plain", secrets={"token": "x"}, ends_at=NOW + LASTS)
    draft.save(session, kept)
    sweep(NOW + LASTS - SECOND)
    assert draft.load(session, kept.id, NOW) == kept
    sweep(NOW + LASTS)
    assert not SealedDraft.objects.exists()


def test_ended_sessions_are_deleted_and_others_stay() -> None:
    for name, ends_at in (("old", NOW - HOUR), ("ended", NOW), ("alive", NOW + SECOND)):
        make_session(name, ends_at)
    sweep(NOW)
    assert sessions() == {"alive"}


def test_sessions_are_deleted_once_an_hour_at_most() -> None:
    make_session("first", NOW - HOUR)
    sweep(NOW)
    make_session("second", NOW + SECOND)
    sweep(NOW + HOUR)
    assert sessions() == {"second"}
    sweep(NOW + HOUR + SECOND)
    assert sessions() == set()

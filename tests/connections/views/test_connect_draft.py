"""Connecting accounts: what is kept on the way, for how long, and that no secret gets out."""

import logging
import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from connections.models import AuditEvent, Connection, Credential, Membership, SealedDraft
from connections.sandbox.server import SandboxServer
from syncing.models import SyncJob
from tests.fixtures.wizard import PROVIDERS, START, TOKEN, Answer, SignIn, Visitor, paste, said, text

# Sent twice, sent late


def test_a_form_sent_twice_makes_one_connection_and_leads_to_the_same_page(alices: Visitor) -> None:
    checking = alices.post(paste(alices).url, {"accounts": ["act_41"]})
    first, second = alices.post(checking.url), alices.post(checking.url)
    assert first.url == second.url == reverse("start", args=[Connection.objects.get().pk])
    assert AuditEvent.objects.count() == SyncJob.objects.count() == Credential.objects.count() == 1


def test_two_that_arrive_at_once_make_one_connection_too(alices: Visitor) -> None:
    checking = alices.post(paste(alices).url, {"accounts": ["act_41"]})
    before = Session.objects.get().session_data
    alices.post(checking.url)
    Session.objects.update(session_data=before)  # the second request had read its session before the first wrote
    alices.post(checking.url)
    assert Connection.objects.count() == Credential.objects.count() == AuditEvent.objects.count() == 1


def test_after_ten_minutes_the_login_is_asked_for_again(alices: Visitor) -> None:
    with time_machine.travel(timezone.now()) as clock:
        picking = paste(alices)
        clock.shift(timedelta(minutes=9, seconds=59))
        assert alices.get(picking.url).status_code == 200
        clock.shift(timedelta(seconds=2))
        late = alices.post(picking.url, {"accounts": ["act_41"]})
    assert late.url == PROVIDERS
    assert "Please begin again" in said(late)[0]
    assert "connect_draft_id" not in alices.session
    assert not Connection.objects.exists()
    assert not SealedDraft.objects.exists()


def test_whoever_begins_anew_finds_all_that_is_over_gone(alices: Visitor, charlie: User, signed_in: SignIn) -> None:
    """Also what others pasted and never came back to."""
    with time_machine.travel(timezone.now()) as clock:
        paste(alices)
        assert SealedDraft.objects.count() == 1
        Membership.objects.filter(user=charlie).update(role="owner")
        clock.shift(timedelta(minutes=10))
        signed_in(charlie).get(START)
    assert not SealedDraft.objects.exists()


def test_a_newer_login_takes_the_place_of_an_older_one(alices: Visitor) -> None:
    older, newer = paste(alices), paste(alices)
    assert SealedDraft.objects.count() == 1
    assert alices.get(older.url).url == PROVIDERS
    assert alices.get(newer.url).status_code == 200


def test_a_draft_belongs_to_its_session(alices: Visitor, alice: User, signed_in: SignIn) -> None:
    picking = paste(alices)
    assert signed_in(alice).get(picking.url).url == PROVIDERS


# The secret


@pytest.mark.spec("A16", "A96")
def test_the_secret_is_in_no_page_address_session_log_or_audit(
    alices: Visitor, bluebird: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bluebird.meta.faults.add({"kind": "token_echo", "path": "/insights", "times": 1})
    seen = []

    def note(answer: Answer) -> Answer:
        seen.append(answer.content.decode() + str(answer.headers) + str(answer.cookies))
        seen.extend(Session.objects.values_list("session_data", flat=True))
        seen.extend(SealedDraft.objects.values_list("ciphertext", flat=True))
        seen.append(str(dict(alices.session.items())))
        return answer

    picking = note(paste(alices))
    assert "connect_draft_id" in alices.session
    note(alices.get(picking.url))
    checking = note(alices.post(picking.url, {"accounts": ["act_41"]}))
    assert "Insights can be read : failed" in text(note(alices.get(checking.url)))
    note(alices.post(checking.url, {"action": "again"}))
    done = note(alices.post(checking.url))
    note(alices.get(done.url))
    assert Connection.objects.get().credential.secrets() == {"access_token": TOKEN}
    seen += [str(row) for model in (AuditEvent, Credential, Connection, SyncJob) for row in model.objects.values()]
    seen += [caplog.text]
    assert [page for page in seen if TOKEN in page] == []
    assert "connect_draft_id" not in alices.session


def test_the_secret_is_typed_into_a_field_that_shows_and_keeps_nothing(alices: Visitor) -> None:
    (field,) = re.findall(r'<input[^>]*name="access_token"[^>]*>', alices.get(START).content.decode())
    assert 'type="password"' in field
    assert 'autocomplete="off"' in field
    assert "value=" not in field
    answer = alices.get(START)
    assert "no-store" in answer.headers["Cache-Control"]

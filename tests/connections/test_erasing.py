"""A removed connection: its rows go bit by bit, all of them, and nobody else's."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections import erasing
from connections.access import Actor
from connections.models import AuditEvent, Connection, Credential
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
from syncing import actions, runner, sweeper
from syncing.budget import Purse
from syncing.models import (
    ConnectionSync,
    Decision,
    Mail,
    QuarantinedRecord,
    SyncChunk,
    SyncJob,
    SyncSchedule,
    WebhookMessage,
)
from tests.fixtures.creators import fill_sheet, sheet_row
from tests.fixtures.engine import NOON, MakeAccount, Watch, change, claim, enqueue, sync, together

pytestmark = pytest.mark.django_db
TREE = {Directory, LogikalProject, Phase, Elevation, ElevationThumbnail, PartsList}
CREATORS = {CreatorProject, CreatorAccount, Reading, AccountSnapshot, MergeConflict, CellProblem, PlatformProfile}
ADS = {Ad, AdSet, AssetGroup, Campaign, DailyMetric}
HELD = {Change, Coverage, QuarantinedRecord, Part} | ADS | TREE | CREATORS
STATE = {ConnectionSync, Decision, Mail, SyncChunk, SyncJob, SyncSchedule, WebhookMessage}
LATER = NOON + timedelta(hours=1)


def fill(connection: Connection, watch: Watch) -> Connection:
    """Two syncs, so that every table holds something of it."""
    sync(connection, watch)
    sync(change(connection, salt="other"), watch)
    seen = {"fingerprint": 1, "first_seen_at": watch.now, "changed_at": watch.now}
    AdSet.objects.create(connection=connection, external_id="1", **seen)
    AssetGroup.objects.create(connection=connection, external_id="1", **seen)
    Ad.objects.create(connection=connection, external_id="1", **seen)
    for model in TREE:
        model._base_manager.create(connection=connection, **seen)
    Part.objects.create(connection=connection, position=1)
    fill_creators(connection, watch)
    QuarantinedRecord.objects.create(connection=connection, stream="campaigns", key="x", raw="{}", seen_at=watch.now)
    Decision.objects.create(connection=connection, stream="campaigns", verdict="started", decided_at=watch.now)
    reader = User.objects.get_or_create(username="reader")[0]
    Mail.objects.create(user=reader, connection=connection, kind="failed", created_at=watch.now, send_at=watch.now)
    moments = {"created_at": watch.now, "send_at": watch.now}
    WebhookMessage.objects.create(connection=connection, event="sync.failed", body="{}", **moments)
    assert {model for model, path in erasing.tables() if not rows(model, path, connection)} == set()
    return connection


def fill_creators(connection: Connection, watch: Watch) -> None:
    """A sheet whose one number has grown so fast that somebody is asked, and a cell that says none."""
    fill_sheet(connection, watch.now, sheet_row(1, followers=1000))
    fill_sheet(connection, watch.now + timedelta(hours=1), sheet_row(1, followers=9000), sheet_row(2, url="nowhere"))
    PlatformProfile.objects.create(
        connection=connection, profile="p", fingerprint=1, first_seen_at=watch.now, changed_at=watch.now
    )


def rows(model: type[models.Model], path: str, connection: Connection) -> int:
    return model._base_manager.filter(**{path: connection.pk}).count()


def remove(connection: Connection, now: datetime = NOON) -> None:
    actions.remove(Connection.objects.get(pk=connection.pk), Actor(), now=now)


def snapshot(connection: Connection) -> dict[str, Any]:
    return {
        model.__name__: list(model._base_manager.filter(**{path: connection.pk}).order_by("pk").values())
        for model, path in erasing.tables()
    } | {"login": list(Credential.objects.filter(pk=connection.credential_id).values())}


def test_every_table_that_belongs_to_a_connection_is_known() -> None:
    """Whoever adds a table with a foreign key finds it here, and has nothing to do but to name it."""
    found = dict(erasing.tables())
    assert found.keys() == HELD | STATE
    assert set(found.values()) == {"connection"}
    refer = {
        model
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model is Connection
    }
    assert refer <= found.keys()
    order = list(found)
    assert order.index(SyncChunk) < order.index(SyncJob)


@pytest.mark.spec("A96")
def test_the_login_is_forgotten_at_once(account: Connection, watch: Watch) -> None:
    fill(account, watch)
    remove(account)
    login = Credential.objects.get(pk=account.credential_id)
    assert (login.ciphertext, login.key_id) == ("", "")
    assert DailyMetric.objects.filter(connection=account).exists()


def test_all_rows_of_a_removed_connection_go_and_nobody_elses(make_account: MakeAccount, watch: Watch) -> None:
    mine, other = fill(make_account(), watch), fill(make_account(), watch)
    before, events = snapshot(other), AuditEvent.objects.count()
    remove(mine)
    while erasing.erase_some(LATER):
        pass
    assert not Connection.objects.filter(pk=mine.pk).exists()
    assert not Credential.objects.filter(pk=mine.credential_id).exists()
    assert [model for model, path in erasing.tables() if rows(model, path, mine)] == []
    assert snapshot(other) == before
    assert AuditEvent.objects.count() == events + 1


def test_no_transaction_deletes_more_than_a_batch(
    account: Connection, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So other writers get their turn; and whoever is stopped in between goes on from there."""
    fill(account, watch)
    remove(account)
    monkeypatch.setattr(erasing, "BATCH", 10)
    monkeypatch.setattr(erasing, "BATCHES_AT_ONCE", 1)
    left = [everything(account)]
    while erasing.erase_some(LATER):
        left.append(everything(account))
    assert max(before - after for before, after in pairwise(left)) <= 10
    assert len(left) > 10
    assert left[-1] == 0


def everything(connection: Connection) -> int:
    return sum(rows(model, path, connection) for model, path in erasing.tables())


def test_the_sweep_does_it(account: Connection, watch: Watch) -> None:
    fill(account, watch)
    remove(account)
    sweeper.sweep(NOON + timedelta(seconds=settings.LEASE_SECONDS))
    assert everything(account) > 0, "a page may still be in somebody's hand"
    sweeper.sweep(LATER)
    sweeper.sweep(LATER)
    assert everything(account) == 0
    assert not Connection.objects.filter(pk=account.pk).exists()


def test_a_login_that_others_need_stays_and_works(make_account: MakeAccount, watch: Watch) -> None:
    mine, other = make_account(), make_account()
    Connection.objects.filter(pk=other.pk).update(credential=mine.credential)
    remove(mine)
    while erasing.erase_some(LATER):
        pass
    assert sync(Connection.objects.get(pk=other.pk), watch).status == "completed"


@pytest.mark.django_db(transaction=True)
def test_a_login_whose_two_connections_are_removed_at_once_is_forgotten(make_account: MakeAccount) -> None:
    for _ in range(5):
        pair = [make_account(), make_account()]
        Connection.objects.filter(pk=pair[1].pk).update(credential=pair[0].credential)
        together(remove, pair)
        assert Credential.objects.get(pk=pair[0].credential_id).ciphertext == ""


def test_whoever_has_a_page_in_hand_when_all_is_erased_stores_nothing(account: Connection, watch: Watch) -> None:
    enqueue(account, watch.now)
    chunk = claim(watch)
    remove(account)
    while erasing.erase_some(LATER):
        pass
    purse = Purse(watch)
    runner.run_chunk(chunk, clock=watch, stop=threading.Event(), purse=purse)
    purse.close()
    assert not Campaign.objects.exists()


def test_a_page_that_is_open_on_it_is_not_found_any_more(
    synced: Connection, alice: User, signed_in: Callable[[User], Client]
) -> None:
    browser = signed_in(alice)
    job = synced.jobs.get().pk
    pages = [reverse(name, args=[synced.pk]) for name in ("connection", "api_connection", "api_sync_status")]
    pages += [reverse(name, args=[job]) for name in ("job", "api_job")]
    assert {browser.get(page).status_code for page in pages} == {200}
    remove(synced, timezone.now())
    assert {browser.get(page).status_code for page in pages} == {404}
    while erasing.erase_some(timezone.now() + timedelta(hours=1)):
        pass
    assert {browser.get(page).status_code for page in pages} == {404}
    assert str(synced) not in browser.get("/").content.decode()


def test_an_account_may_be_connected_again_while_the_old_rows_go(account: Connection, watch: Watch) -> None:
    fill(account, watch)
    remove(account)
    again = Connection.objects.get(pk=account.pk)
    again.pk, again.removed_at = None, None
    again.credential.seal({"token": "plain-token"})
    again.credential.pk = None
    again.credential.save()
    again.credential_id = again.credential.pk
    again._state.adding = True
    again.save()
    sync(again, watch)
    before = snapshot(again)
    while erasing.erase_some(LATER):
        pass
    assert snapshot(again) == before

"""The same token, looked for wherever this process could show it: answers, sessions, audit, messages, objects."""

import gc
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django.views.debug import technical_500_response

from connections.models import ApiToken, AuditEvent, Connection, Credential, Membership, SealedDraft
from connections.sources import OpenGate
from syncing.models import SyncChunk, SyncJob
from tests.fixtures.engine import eventually, sync
from tests.fixtures.sandbox import MetaConnection, SharedClock, configure
from tests.fixtures.workers import Broker, Workers
from tests.routes import declared, routes
from tests.syncing.meta.test_canary import CANARY, CORE, METRICS, WEATHER, assert_absent, body

pytestmark = pytest.mark.once

OURS = ("config", "connections", "projects", "syncing")


@pytest.fixture
def island(meta_connection: MetaConnection, clock: SharedClock, sandbox: Any, settings: Any) -> Connection:
    """Synced in foul weather, so that errors which quote questions are stored, and then with a dead login."""
    configure(settings, app_secret=CANARY, from_environment={"account_id": "act_42", "access_token": CANARY})
    made = meta_connection("42", token=CANARY, campaigns=2, ad_sets=3, ads=5)
    sandbox.meta.faults.add(*WEATHER)
    sync(made, clock)
    sandbox.meta.faults.clear()
    sandbox.meta.faults.add({"kind": "token_echo", **METRICS})
    sync(made, clock)
    assert SyncChunk.objects.exclude(error="").count() > 2
    return Connection.objects.get(pk=made.pk)


@pytest.fixture
def alice(island: Connection, staff: User) -> Client:
    """She owns the workspace and runs the installation."""
    Membership.objects.create(user=staff, workspace=island.workspace, role=Membership.Role.OWNER)
    client = Client()
    client.force_login(staff)
    return client


@pytest.mark.django_db
def test_no_address_answers_with_it(island: Connection, alice: Client) -> None:
    _, text = ApiToken.issue(island.workspace, "Dashboard", "admin", now=timezone.now())
    ids = {"connection_id": island.pk, "job_id": SyncJob.objects.latest("created_at").pk, "draft_id": island.pk}
    asked = [(route, route.path(ids)) for route in routes() if "GET" in declared(route)]
    for route, path in asked:
        headers = {"Authorization": f"Bearer {text}"} if route.key.startswith("api/") else {}
        for browser in (alice, Client()):
            answer = browser.get(path, headers=headers)
            assert answer.status_code in (200, 302, 401, 403, 404), path
            assert_absent(body(answer), path)
    assert len(asked) > 20


@pytest.mark.django_db
def test_no_page_of_the_admin_shows_it(island: Connection, alice: Client) -> None:
    seen = 0
    for model in admin.site._registry:
        names = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
        assert_absent(body(alice.get(reverse(f"{names}changelist"))), f"the list of {model.__name__}")
        for row in model._default_manager.all()[:5]:
            for page in ("change", "history"):
                assert_absent(body(alice.get(reverse(names + page, args=[row.pk]))), f"{page} of {row!r}")
                seen += 1
    assert seen > 30


@pytest.mark.django_db
def test_connecting_leaves_it_in_no_session_page_or_audit(island: Connection, alice: Client, sandbox: Any) -> None:
    sandbox.meta.faults.clear()
    workspace, again = island.workspace_id, reverse("reconnect", args=[island.pk])
    new = f"{reverse('connect')}?provider=meta"
    posted: list[tuple[str, dict[str, Any]]] = [
        (new, {"access_token": f"{CANARY}-wrong", "workspace": workspace}),
        (new, {"access_token": CANARY, "workspace": ""}),
        (new, {"access_token": CANARY, "workspace": workspace}),
        (again, {"access_token": f"{CANARY}-wrong"}),
        (again, {"access_token": CANARY}),
    ]
    for address, form in posted:
        answer = alice.post(address, form)
        assert_absent(body(answer), address)
        if answer.status_code == 302:
            assert_absent(body(alice.get(answer["Location"])), answer["Location"])
    assert not Credential.objects.get(connections=island).needs_reconnect
    kept = [session.get_decoded() for session in Session.objects.all()]
    assert any("connect_draft_id" in each for each in kept)
    assert_absent(str(kept), "a session")
    drafts = list(SealedDraft.objects.values())
    assert drafts
    assert_absent(str(drafts), "a draft")
    events = list(AuditEvent.objects.values())
    assert len(events) >= 2
    assert_absent(str(events), "the audit")


@pytest.mark.django_db
def test_no_object_of_ours_shows_it_when_it_is_printed(island: Connection, clock: SharedClock) -> None:
    """A debugger, a log line, an error report: all of them print objects."""
    source = island.source(gate=OpenGate(), clock=clock)
    assert source.context.secrets["access_token"] == CANARY
    source.check()
    printed = set()
    for each in list(our_objects()):
        assert_absent(repr(each), f"repr of {type(each).__name__}")
        assert_absent(str(each), f"str of {type(each).__name__}")
        printed.add(type(each).__name__)
    assert printed >= {"MetaSource", "SourceContext", "GraphSession", "Connection"}, printed
    rows = [*Credential.objects.all(), *Connection.objects.all(), *SyncJob.objects.all(), *SyncChunk.objects.all()]
    assert_absent(repr(rows) + " ".join(map(str, rows)), "a row")


def our_objects() -> Iterator[Any]:
    """Whatever is in memory, without the stand-ins, which play the provider."""
    gc.collect()
    for each in gc.get_objects():
        module = str(getattr(type(each), "__module__", ""))
        if module.split(".")[0] in OURS and ".sandbox" not in module and not isinstance(each, type):
            yield each


@pytest.mark.django_db
def test_the_page_for_developers_hides_it(island: Connection, rf: RequestFactory, settings: Any) -> None:
    settings.DEBUG = True
    settings.REDIS_URL = f"redis://:{CORE}@cache.example.com:6379/0"
    request = rf.post("/connections/new/", {"access_token": CANARY}, headers={"Authorization": f"Bearer {CANARY}"})
    request.META["META_ACCESS_TOKEN"] = CANARY
    request.META["DATABASE_URL"] = f"postgres://freshet:{CORE}@db.example.com/freshet"
    try:
        break_with_a_login_in_hand(island)
    except ValueError:
        page = technical_500_response(request, *sys.exc_info()).content.decode()
    assert "ValueError" in page
    assert "break_with_a_login_in_hand" in page
    assert "access_token" in page
    assert_absent(page, "the page")


def break_with_a_login_in_hand(connection: Connection) -> None:
    secrets = connection.credential.secrets()
    raise ValueError(f"No answer to access_token={secrets['access_token']}".replace("+%2F&", ""))


@pytest.mark.django_db(transaction=True)
def test_no_message_to_a_worker_and_no_line_of_its_log_holds_it(
    sandbox: Any, meta_connection: MetaConnection, staff: User, broker: Broker, start_worker: Workers
) -> None:
    made = meta_connection("42", token=CANARY, campaigns=2, ad_sets=3, ads=5)
    Membership.objects.create(user=staff, workspace=made.workspace, role=Membership.Role.OWNER)
    client = Client()
    client.force_login(staff)
    path = reverse("api_sync_now", args=[made.pk])
    assert client.post(path, content_type="application/json").status_code == 202
    waiting = broker.dump()
    assert b"syncing.run_ready" in waiting
    assert_absent(waiting.decode("latin-1"), "a message")
    worker = start_worker(log_level="DEBUG")
    eventually(lambda: SyncJob.objects.exclude(closed_at=None).exists(), "the sync to end", 60)
    assert SyncJob.objects.get().status == "completed"
    assert_absent(broker.dump().decode("latin-1"), "the broker")
    assert_absent(worker.log(), "the worker's log")
    assert "chunk ended" in worker.log()

"""An access token that is easy to recognise, and every way in which it has got out of such programs before."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.urls import reverse

from connections.models import Connection, Membership, Workspace
from connections.sandbox.server import SandboxServer
from projects.models import DailyMetric
from syncing.models import ObjectSyncConfig, QuarantinedRecord, SyncChunk
from tests.fixtures.commands import Commands, Ran, midday
from tests.plugins.databases import is_postgres

pytestmark = pytest.mark.once

CORE = token_hex(12)
"""What is looked for: no quoting changes it."""
CANARY = f"canary/{CORE}+%2F&{CORE}="
NOBODY_LISTENS = "http://127.0.0.1:1/meta"
PAGES_OF_A_KIND = 5
LEFT_OUT = ("/static/", "/sign-out", "/admin/logout")


METRICS = {"path": "/insights"}
QUOTES = {"message": f"Not with {CANARY}, nor with {quote(CANARY)}."}
ODD = {"ad_id": CANARY, "spend": f"access_token={CANARY}"}
WEATHER = [
    {"kind": "body", "body": f"<p>{CANARY}</p>", "path": "/campaigns"},
    {"kind": "reset", **METRICS, "level": "account", "nth": [2]},
    {"kind": "garbage", **METRICS, "level": "campaign", "nth": [2]},
    {"kind": "truncated", **METRICS, "level": "adset", "nth": [2]},
    {"kind": "error", "error": "2-1504043", "changes": QUOTES, **METRICS, "level": "ad", "nth": [2]},
    {"kind": "malformed_record", "record": ODD, **METRICS, "level": "ad", "nth": [1]},
]
"""What quotes a question or breaks its answer."""


@pytest.fixture
def connection(transactional_db: None, sandbox: SandboxServer, commands: Commands) -> Connection:
    """Connected at the third try, then synced in foul weather, to no avail, in fair weather, and with a dead login."""
    sandbox.meta.add_account("42", timezone=midday(), tokens=[CANARY], campaigns=2, ad_sets=3, ads=5)
    Workspace.objects.create(name="Canary islands")
    ObjectSyncConfig.objects.update(max_retry_attempts=0)
    joining = ("connect", "meta", "--account", "42", "--no-sync")
    sandbox.meta.faults.add({"kind": "token_echo", "times": 1})
    assert run(commands, *joining, "--token-stdin", stdin=CANARY).code == 1
    assert run(commands, *joining, meta_access_token=CANARY, meta_graph_url=NOBODY_LISTENS).code == 1
    assert run(commands, *joining, "--token-stdin", stdin=CANARY).code == 0
    made = Connection.objects.get()
    syncing = ("sync", str(made.pk), "--foreground")
    sandbox.meta.faults.add(*WEATHER)
    assert run(commands, *syncing).code == 1
    assert [rule.kind for rule in sandbox.meta.faults.rules if not rule.fired] == []
    sandbox.meta.faults.clear()
    assert run(commands, *syncing, meta_graph_url=NOBODY_LISTENS).code == 1
    sandbox.meta.faults.add(WEATHER[-1])
    assert run(commands, *syncing).code == 0
    sandbox.meta.faults.add({"kind": "token_echo", **METRICS})
    assert run(commands, *syncing).code == 1
    run(commands, "sync_status")
    return made


def run(commands: Commands, *words: str, **options: str) -> Ran:
    ran = commands.run(*words, log_level="DEBUG", **options)
    assert_absent(ran.said, f"what {words[0]} says")
    assert_absent(ran.logged, f"the log of {words[0]}")
    return ran


def assert_absent(text: str, where: str) -> None:
    found = text.find(CORE)
    assert found < 0, f"the token is in {where}: {text[max(0, found - 150) : found + 60]}"


@pytest.mark.spec("A16", "A96")
def test_the_token_is_in_no_log_no_database_and_no_page(
    connection: Connection, commands: Commands, tmp_path: Path
) -> None:
    assert DailyMetric.objects.exists()
    assert SyncChunk.objects.exclude(error="").count() > 5
    assert QuarantinedRecord.objects.exists()
    for name, text in dump():
        assert_absent(text, name)
    assert connection.credential.secrets() == {"access_token": CANARY}
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert_absent(path.read_bytes().decode("latin-1"), str(path))
    seen = dict(pages(alice(connection)))
    for address, page in seen.items():
        assert_absent(page, address)
    assert {"/", reverse("connection", args=[connection.pk])} <= seen.keys()
    assert {reverse("job", args=[job.pk]) for job in connection.jobs.all()} <= seen.keys()
    assert reverse("admin:connections_credential_change", args=[connection.credential_id]) in seen


def dump() -> Iterator[tuple[str, str]]:
    """All that the database holds, byte by byte, or with PostgreSQL row by row."""
    if not is_postgres():
        file = Path(str(database.settings_dict["NAME"]))
        for path in (file, file.with_name(f"{file.name}-wal")):
            if path.exists():
                yield path.name, path.read_bytes().decode("latin-1")
        return
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            yield table, "\n".join(row for (row,) in cursor.fetchall())


def alice(connection: Connection) -> Client:
    """She owns the workspace and runs the installation."""
    person = User.objects.create_superuser("alice@example.com", "alice@example.com", "correct horse battery staple")
    Membership.objects.create(user=person, workspace=connection.workspace, role=Membership.Role.OWNER)
    client = Client()
    client.force_login(person)
    return client


def pages(client: Client) -> Iterator[tuple[str, str]]:
    """Whatever links lead to from the first page, from each list of the admin and from the chunks that failed."""
    waiting = ["/", *admin_pages()]
    known, of_a_kind = set(waiting), Counter(map(kind, waiting))
    while waiting:
        address = waiting.pop(0)
        answer = client.get(address)
        assert answer.status_code in (200, 302), f"{address}: {answer.status_code}"
        page = body(answer)
        yield address, page
        for link in re.findall(r'(?:href|hx-get)="(/[^"#]*)"', page):
            if link not in known and of_a_kind[kind(link)] < PAGES_OF_A_KIND and not link.startswith(LEFT_OUT):
                known.add(link)
                of_a_kind[kind(link)] += 1
                waiting.append(link)


def body(answer: Any) -> str:
    """Whatever reaches the browser."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{content.decode()} {answer.headers} {answer.cookies}"


def kind(link: str) -> str:
    """Pages about different rows of one table are of one kind; so are a list's sortings and filters."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "N", link.partition("?")[0]) + "?" * ("?" in link)


def admin_pages() -> Iterator[str]:
    for model in admin.site._registry:
        yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for chunk in SyncChunk.objects.filter(status=SyncChunk.Status.FAILED)[:10]:
        yield reverse("admin:syncing_syncchunk_change", args=[chunk.pk])

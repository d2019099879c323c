"""manage.py sync and sync_status with a Meta account: what they read, what they say, how they end."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from connections.accounts import connect
from connections.models import Connection, Workspace
from connections.sandbox.server import SandboxServer
from projects.models import Ad, DailyMetric
from syncing.models import ObjectSyncConfig, SyncJob
from tests.fixtures.commands import midday
from tests.fixtures.sandbox import assert_true, configure

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "sandbox-demo-token"
STILL: dict[str, Any] = {"campaigns": 2, "ad_sets": 3, "ads": 5, "dense": True, "drift": False}


@pytest.fixture
def connection(transactional_db: None, sandbox: SandboxServer) -> Connection:
    """By the real clock; the stand-in's stands."""
    sandbox.clock.freeze()
    return connected(sandbox, "42")


def connected(sandbox: SandboxServer, account: str) -> Connection:
    sandbox.meta.add_account(account, timezone=midday(), **STILL)
    workspace, _ = Workspace.objects.get_or_create(name="Commanders")
    secrets = {"access_token": TOKEN}
    return connect(workspace, "meta", f"act_{account}", secrets, now=timezone.now(), start_sync=False).connection


def manage(*words: Any) -> tuple[int, str]:
    """Exit code and what was printed."""
    printed = StringIO()
    try:
        call_command(*map(str, words), stdout=printed)
    except SystemExit as ended:
        return int(ended.code or 0), printed.getvalue()
    return 0, printed.getvalue()


def test_a_sync_says_what_it_did_and_the_next_one_that_nothing_changed(
    connection: Connection, sandbox: SandboxServer
) -> None:
    code, said = manage("sync", connection.pk, "--foreground")
    job = SyncJob.objects.get()
    assert (code, job.trigger) == (0, "command")
    assert said.splitlines() == [
        f"Test Shop (Meta Ads): job {job.pk}",
        "Test Shop (Meta Ads): completed; 329 read, 329 created, 0 updated, 0 unchanged, 0 quarantined",
    ]
    assert_true(sandbox, connection)
    code, said = manage("sync", connection.pk, "--foreground", "--parallel", "2")
    assert code == 0
    assert "completed; 329 read, 0 created, 0 updated, 329 unchanged, 0 quarantined" in said


def test_only_some_streams_and_days(connection: Connection, sandbox: SandboxServer) -> None:
    words = ("sync", connection.pk, "--foreground", "--stream", "ads", "--stream", "ad_metrics")
    code, said = manage(*words, "--since", "2026-01-05", "--until", "2026-01-20")
    assert code == 0
    assert "completed; 85 read, 85 created" in said
    assert (Ad.objects.count(), DailyMetric.objects.count()) == (5, 5 * 16)
    assert {call.path.rsplit("/", 1)[-1] for call in sandbox.meta.calls.all(path="act_42/")} == {"", "ads", "insights"}


def test_days_that_meta_no_longer_keeps_are_refused_in_words(connection: Connection) -> None:
    words = ("sync", connection.pk, "--foreground", "--stream", "account_metrics")
    code, said = manage(*words, "--since", "2019-05-01", "--until", "2019-05-07")
    assert code == 1
    refused = "Meta keeps daily numbers for 37 months only. Choose a later first date, then sync again."
    assert f"  failed: account_metrics 2019-05-01 to 2019-05-07: {refused}\n" in said


def test_all_connections_at_once(connection: Connection, sandbox: SandboxServer) -> None:
    other = connected(sandbox, "77")
    code, said = manage("sync", "--all", "--foreground")
    assert (code, said.count("completed; 329 read")) == (0, 2)
    for each in (connection, other):
        assert_true(sandbox, each)


def test_failed_chunks_are_named_and_the_exit_code_tells(connection: Connection, sandbox: SandboxServer) -> None:
    ObjectSyncConfig.objects.update(max_retry_attempts=0)
    sandbox.meta.faults.add({"kind": "html", "path": "/adsets"})
    code, said = manage("sync", connection.pk, "--foreground")
    assert code == 1
    assert said.splitlines()[1].startswith("Test Shop (Meta Ads): completed with failures; ")
    assert said.splitlines()[2] == "  failed: ad_sets: Meta's servers are in trouble (HTTP 502)."
    _, status = manage("sync_status")
    assert f"{connection.pk}  Test Shop (Meta Ads): error\n" in status
    assert "  Meta's servers are in trouble (HTTP 502).\n" in status


@pytest.mark.spec("A16")
def test_a_dead_login_is_told_by_both_commands(connection: Connection, sandbox: SandboxServer) -> None:
    sandbox.meta.world.accounts.kill_token(TOKEN, 460)
    code, said = manage("sync", connection.pk, "--foreground")
    assert code == 1
    assert "The password of the Meta login was changed. Press Reconnect and sign in to Meta again." in said
    _, status = manage("sync_status")
    assert f"{connection.pk}  Test Shop (Meta Ads): needs reconnecting\n" in status
    assert "  The password of the Meta login was changed. Press Reconnect and sign in to Meta again.\n" in status


def test_a_sync_that_has_to_wait_says_until_when_and_ends_with_3(
    connection: Connection, sandbox: SandboxServer
) -> None:
    sandbox.meta.faults.add({"kind": "error", "error": "80000", "minutes": 7, "path": "/insights", "times": 1})
    code, said = manage("sync", connection.pk, "--foreground", "--parallel", "1")
    assert code == 3
    told = Connection.objects.get(pk=connection.pk).sync.not_before
    reason = "This ad account has been read too often; Meta asks us to wait."
    assert said.splitlines()[-1] == f"Test Shop (Meta Ads): waits until {told:%Y-%m-%dT%H:%M:%SZ}. {reason}"
    assert "syncing; 10 read" in said
    _, status = manage("sync_status", connection.pk)
    assert f"waits until {told:%Y-%m-%dT%H:%M:%SZ}: {reason}" in status
    code, said = manage("sync", connection.pk, "--foreground")
    assert (code, "joined job" in said, SyncJob.objects.count()) == (3, True, 1)


def test_a_budget_that_is_used_up_is_told(connection: Connection, settings: Any) -> None:
    configure(settings, burst_calls_per_hour=10)
    code, said = manage("sync", connection.pk, "--foreground", "--parallel", "1")
    assert code == 3
    assert "The budget of 10 calls an hour is used up." in said

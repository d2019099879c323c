"""Sheet and platform end to end: what a sync of a platform makes of the numbers that somebody typed into a sheet."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connections import registry
from connections.accounts import connect
from connections.models import Connection, Workspace
from connections.sandbox.server import SandboxServer
from projects.models import AccountSnapshot, CreatorAccount, MergeConflict, PlatformProfile
from syncing.models import SyncJob, SyncSchedule
from tests.fixtures.creators import fill_sheet, sheet_row
from tests.fixtures.engine import Watch, change, drain, enqueue, sync
from tests.fixtures.sandbox import SharedClock, demo_account
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.django_db
KINDS = ("youtube", "instagram")
LINKS = {"youtube": "https://www.youtube.com/@{}", "instagram": "https://www.instagram.com/{}/"}
Platform = Callable[[str], Connection]
Say = Callable[[str, str, int], None]


@pytest.fixture
def sheet(workspace: Workspace) -> Connection:
    return make_connection(workspace, "Creators", is_sandbox=True)


@pytest.fixture
def platform(workspace: Workspace, clock: SharedClock) -> Platform:
    """The demo's connection of a platform, beside the sheet."""

    def make(kind: str) -> Connection:
        demo = demo_account(kind)
        secrets = dict(demo.secrets)
        return connect(workspace, kind, demo.account_id, secrets, now=clock.now, start_sync=False).connection

    return make


@pytest.fixture
def say(sandbox: SandboxServer) -> Say:
    """Have the stand-in show so many followers."""

    def say(kind: str, name: str, followers: int) -> None:
        if kind == "youtube":
            sandbox.youtube.set(f"@{name}", subscribers=followers)
        else:
            sandbox.instagram.set(name, followers=followers)

    return say


def row(kind: str, number: int, name: str, **counts: Any) -> dict[str, Any]:
    return sheet_row(number, name, url=LINKS[kind].format(name), **counts)


@pytest.mark.spec("V2", "V6", "V8", "V38")
@pytest.mark.parametrize("kind", KINDS)
def test_a_typed_number_stands_until_the_platform_has_more(
    kind: str, sheet: Connection, platform: Platform, say: Say, clock: SharedClock
) -> None:
    fill_sheet(sheet, clock.now, row(kind, 2, "new.creator", followers=1000))
    say(kind, "new.creator", 950)
    connection = platform(kind)
    assert sync(connection, clock).status == SyncJob.Status.COMPLETED
    account = CreatorAccount.objects.get()
    assert (account.followers, account.decisions["followers"]["source"]) == (1000, "sheet")
    assert account.decisions["followers"]["platform"] == 950
    clock.move(minutes=61)
    say(kind, "new.creator", 1050)
    sync(connection, clock)
    account.refresh_from_db()
    assert (account.followers, account.decisions["followers"]["source"]) == (1050, "platform")
    assert AccountSnapshot.objects.get().followers == 1050


@pytest.mark.spec("V38")
def test_a_platform_that_is_ten_times_higher_waits_for_an_answer(
    sheet: Connection, platform: Platform, say: Say, clock: SharedClock
) -> None:
    fill_sheet(sheet, clock.now, row("instagram", 2, "junglejon", followers=1000))
    say("instagram", "junglejon", 1050)
    connection = platform("instagram")
    sync(connection, clock)
    clock.move(minutes=61)
    say("instagram", "junglejon", 10_500)
    sync(connection, clock)
    assert CreatorAccount.objects.get().followers == 1050
    assert MergeConflict.objects.get().said == 10_500


@pytest.mark.spec("V38")
@pytest.mark.parametrize("kind", KINDS)
def test_one_bad_profile_does_not_stop_the_others_and_lowers_nothing(
    kind: str, sheet: Connection, platform: Platform, say: Say, sandbox: SandboxServer, clock: SharedClock
) -> None:
    names = ("good.one", "bad.one", "other.one")
    fill_sheet(sheet, clock.now, *(row(kind, at, name, followers=100) for at, name in enumerate(names, 2)))
    for name in names:
        say(kind, name, 200)
    where = {"forHandle": "@bad.one"} if kind == "youtube" else {"username": "bad.one"}
    sandbox.stand_ins[kind].faults.add(
        {"kind": "error", "error": "server" if kind == "youtube" else "2", "where": where}
    )
    assert sync(platform(kind), clock).status == SyncJob.Status.COMPLETED
    stands = dict(CreatorAccount.objects.values_list("username", "followers"))
    assert stands == {"good.one": 200, "bad.one": 100, "other.one": 200}
    failed = PlatformProfile.objects.get(state="failed")
    assert "bad.one" in failed.profile
    assert failed.reason


def test_a_platform_without_any_sheet_is_read_in_no_time(platform: Platform, clock: SharedClock) -> None:
    job = sync(platform("youtube"), clock)
    assert (job.status, job.records_read) == (SyncJob.Status.COMPLETED, 0)


@pytest.mark.spec("V2", "V5", "V8", "V38")
def test_a_cell_a_platform_and_what_stands(
    workspace: Workspace, platform: Platform, say: Say, clock: SharedClock, sandbox: SandboxServer
) -> None:
    """A real spreadsheet's source and a real platform's, in the order in which a schedule would read them."""
    sheet = platform("google_sheets")
    youtube = platform("youtube")
    sandbox.google_sheets.edit("Spring launch", {"E2": 1000})
    say("youtube", "alma_bakes", 950)
    assert sync(youtube, clock).records_read == 0, "nothing is listed yet"
    SyncSchedule.objects.filter(connection=youtube).update(next_due_at=clock.now + timedelta(hours=1))
    sync(sheet, clock)
    due = SyncSchedule.objects.get(connection=youtube)
    assert (due.next_due_at, due.due_because) == (clock.now, "Accounts of creators")
    account = CreatorAccount.objects.get(profile="https://youtube.com/@alma_bakes")
    for shown, stands, source in ((950, 1000, "sheet"), (1050, 1050, "platform")):
        say("youtube", "alma_bakes", shown)
        assert sync(youtube, clock).status == SyncJob.Status.COMPLETED
        account.refresh_from_db()
        assert (account.followers, account.decisions["followers"]["source"]) == (stands, source)
        clock.move(minutes=61)
    sandbox.google_sheets.edit("Spring launch", {"E2": 10_500})
    sync(sheet, clock)
    account.refresh_from_db()
    assert account.followers == 1050
    assert MergeConflict.objects.get(account=account, metric="followers").said == 10_500


def test_what_is_listed_anew_is_read_at_once(
    account: Connection, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any list does, so here it is one of campaigns."""
    monkeypatch.setattr(registry.source_class("youtube").streams[0].__class__, "listed_in", "campaign")
    later = watch.now + timedelta(hours=1)
    workspaces = (account.workspace, Workspace.objects.create(name="Another company"))
    neighbours = [make_connection(workspace) for workspace in workspaces]
    Connection.objects.filter(pk__in=[neighbour.pk for neighbour in neighbours]).update(provider="youtube")
    for neighbour in neighbours:
        due = {"next_due_at": later, "interval_seconds": 3600}
        SyncSchedule.objects.update_or_create(connection=neighbour, stream="youtube_channels", defaults=due)
    sync(account, watch)
    schedules = SyncSchedule.objects.filter(stream="youtube_channels")
    beside, elsewhere = (schedules.get(connection=neighbour) for neighbour in neighbours)
    assert (beside.next_due_at, beside.due_because) == (watch.now, "Campaigns")
    assert (elsewhere.next_due_at, elsewhere.due_because) == (later, "")
    schedules.update(next_due_at=later)
    sync(change(account, salt="other"), watch)
    assert schedules.get(connection=neighbours[0]).next_due_at == later, "nothing new was listed"


def test_a_used_up_quota_is_waited_for_and_nothing_is_asked_meanwhile(
    sheet: Connection, platform: Platform, sandbox: SandboxServer, clock: SharedClock
) -> None:
    fill_sheet(sheet, clock.now, row("youtube", 2, "alma_bakes"))
    connection = platform("youtube")
    sandbox.youtube.quota = 0
    job = enqueue(connection, clock.now)
    drain(clock)
    sandbox.youtube.calls.clear()
    clock.move(hours=11)
    drain(clock)
    assert sandbox.youtube.calls.all() == []
    sandbox.youtube.quota = None
    clock.move(hours=1)  # it is past midnight on the Pacific coast
    drain(clock)
    job.refresh_from_db()
    assert job.status == SyncJob.Status.COMPLETED
    assert CreatorAccount.objects.get().followers


def test_ids_are_remembered_so_that_the_next_sync_asks_once(
    sheet: Connection, platform: Platform, sandbox: SandboxServer, clock: SharedClock
) -> None:
    names = [name.removeprefix("@") for name in sandbox.youtube.channels]
    fill_sheet(sheet, clock.now, *(row("youtube", at, name) for at, name in enumerate(names, 2)))
    connection = platform("youtube")
    sync(connection, clock)
    sandbox.youtube.calls.clear()
    clock.move(minutes=61)
    sync(connection, clock)
    assert len(sandbox.youtube.calls.all()) == 1

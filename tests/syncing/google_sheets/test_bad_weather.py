"""Google is down, asks for quiet, a header is renamed, a tab is wiped: what the platforms say still comes in, no number
becomes a zero, and the connection says what happened."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from connections.models import Connection, Workspace
from connections.sandbox.server import SandboxServer
from projects.models import CellProblem, CreatorAccount
from syncing.models import QuarantinedRecord, SyncJob
from tests.fixtures.engine import drain, telemetry
from tests.fixtures.sandbox import SharedClock
from tests.syncing.google_sheets import spreadsheet
from tests.syncing.google_sheets.spreadsheet import (
    TAB,
    SignIn,
    connected,
    counts,
    edit,
    newest,
    page,
    people,
    platform_says,
    sheet,
    tick,
    wipe,
)

__all__ = ["sheet", "tabs"]

tabs = spreadsheet.tabs
pytestmark = pytest.mark.django_db
STATUS = SyncJob.Status


@pytest.mark.spec("V33", "V1")
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "error", "error": "server", "status": 503}, "Google's servers are in trouble (HTTP 503)."),
        ({"kind": "error", "error": "forbidden", "path": "/v4"}, "This spreadsheet is not shared with Freshet."),
        ({"kind": "reset"}, "The line to Google broke."),
    ],
    ids=["down", "not shared any more", "the line breaks"],
)
def test_without_the_sheet_the_platforms_go_on_and_the_state_says_why(
    sheet: Connection,
    sandbox: SandboxServer,
    clock: SharedClock,
    alice: User,
    signed_in: SignIn,
    fault: dict[str, Any],
    said: str,
) -> None:
    before = counts(sheet)
    edit(sandbox, {"I2": 5_000_000})
    sandbox.google_sheets.faults.add(fault)
    assert tick(sheet, clock).status == STATUS.FAILED
    assert counts(sheet) == before
    assert telemetry(sheet).last_sync_error == said
    assert said in page(signed_in(alice), sheet)
    account = people(sheet)[0]
    platform_says(account, clock.now, (account.views or 0) + 10)
    sandbox.google_sheets.faults.clear()
    assert tick(sheet, clock).status == STATUS.COMPLETED
    assert people(sheet)[0].views == 5_000_000
    assert "The last sync did not end well" not in page(signed_in(alice), sheet)


@pytest.mark.spec("V33", "V43")
def test_ten_minutes_of_too_many_calls_cost_no_retry_and_few_calls(
    sheet: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    before = counts(sheet)
    edit(sandbox, {"I2": 5_000_000})
    sandbox.google_sheets.faults.add({"kind": "error", "error": "limit", "path": "/v4"})
    sandbox.google_sheets.calls.clear()
    job = tick(sheet, clock)
    for _ in range(10):
        state = telemetry(sheet)
        assert state.not_before_reason == "Google asks for fewer calls with this key."
        assert state.not_before
        assert state.not_before > clock.now
        account = people(sheet)[1]
        platform_says(account, clock.now, (account.views or 0) + 10)
        clock.move(seconds=(state.not_before - clock.now).total_seconds())
        drain(clock)
    refused = [call for call in sandbox.google_sheets.calls.all() if call.status == 429]
    assert len(refused) == 11, "one a minute"
    changed = {profile for profile, each in counts(sheet).items() if each != before[profile]}
    assert changed == {people(sheet)[1].profile}
    sandbox.google_sheets.faults.clear()
    clock.move(minutes=1)
    drain(clock)
    job.refresh_from_db()
    assert (job.status, job.chunks.filter(retry_count__gt=0).count()) == (STATUS.COMPLETED, 0)
    assert people(sheet)[0].views == 5_000_000


@pytest.mark.spec("V34", "V36")
@pytest.mark.parametrize("renamed", ["B1", "whole row"])
def test_a_renamed_header_keeps_the_accounts_of_its_tab_and_the_other_tabs_go_on(
    sheet: Connection, sandbox: SandboxServer, clock: SharedClock, alice: User, signed_in: SignIn, renamed: str
) -> None:
    before = counts(sheet)
    row = ["B1"] if renamed == "B1" else [f"{letter}1" for letter in "ABCDEFGHIJKLM"]
    edit(sandbox, dict.fromkeys(row, "Whatever"))
    edit(sandbox, {"I2": 5_000_000}, "Summer 2026")
    job = tick(sheet, clock)
    assert (job.status, job.records_quarantined) == (STATUS.COMPLETED, 1)
    other = people(sheet, "Summer 2026")[0]
    assert counts(sheet) == before | {other.profile: other.counts}
    assert other.views == 5_000_000
    assert "1 record put aside" in page(signed_in(alice), sheet)
    assert f"{TAB}: " in page(signed_in(alice), sheet)
    account = people(sheet)[0]
    platform_says(account, clock.now, (account.views or 0) + 10)
    tick(sheet, clock)
    assert QuarantinedRecord.objects.count() == 1, "nobody has changed it"
    heads = "@Username,Link,Platform,Username,Followers,Likes,Following,Videos,Views,Comments,Last Update,Status,topic"
    edit(sandbox, {f"{letter}1": head for letter, head in zip("ABCDEFGHIJKLM", heads.split(","), strict=True)})
    assert tick(sheet, clock).records_quarantined == 0
    assert not QuarantinedRecord.objects.exists()
    assert "put aside" not in page(signed_in(alice), sheet)


@pytest.mark.spec("V2", "V33", "V36")
def test_a_wiped_tab_wipes_nothing_and_asks(
    sheet: Connection, sandbox: SandboxServer, clock: SharedClock, alice: User, signed_in: SignIn
) -> None:
    before = counts(sheet)
    content = wipe(sandbox)
    assert tick(sheet, clock).status == STATUS.COMPLETED
    assert counts(sheet) == before
    assert not CreatorAccount.objects.filter(missing_since__isnull=False).exists()
    said = f"{TAB}: Of 8 accounts none are left in this tab. The others are kept as they were."
    assert said in page(signed_in(alice), sheet)
    for account in people(sheet):
        platform_says(account, clock.now, (account.views or 0) + 10)
    edit(sandbox, content)
    assert tick(sheet, clock).status == STATUS.COMPLETED
    assert said not in page(signed_in(alice), sheet)
    assert [each.missing_since for each in people(sheet)] == [None] * 8


def test_whoever_says_that_it_is_right_is_believed(
    sheet: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    content = wipe(sandbox)
    tick(sheet, clock)
    Connection.objects.filter(pk=sheet.pk).update(options={"vanished": "believe"})
    assert tick(sheet, clock).status == STATUS.COMPLETED
    assert {each.missing_since for each in people(sheet)} == {clock.now}
    assert not QuarantinedRecord.objects.exists()
    edit(sandbox, content)
    tick(sheet, clock)
    assert [each.missing_since for each in people(sheet)] == [None] * 8


@pytest.mark.spec("V2", "V8", "V36")
def test_numbers_that_were_emptied_or_spoilt_are_no_zeros(
    sheet: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    first, second, *_ = people(sheet)
    platform_says(first, clock.move(minutes=1), (first.views or 0) + 10)
    platform_says(second, clock.now, (second.views or 0) + 10)
    edit(sandbox, {"I2": None, "I3": "n/a yet", "E2": None})
    assert tick(sheet, clock).status == STATUS.COMPLETED
    after = people(sheet)
    assert (after[0].views, after[1].views) == (first.views, second.views)
    assert 0 not in [count for each in after for count in each.counts.values()]


@pytest.mark.spec("V34")
def test_one_bad_row_stops_no_other(sheet: Connection, sandbox: SandboxServer, clock: SharedClock) -> None:
    edit(sandbox, {"B2": "https://example.com/nobody", "I3": 200_000, "I4": "12%"})
    assert tick(sheet, clock).status == STATUS.COMPLETED
    listed = CellProblem.objects.filter(project_id=people(sheet)[0].project_id, row_number=2)
    assert [each.field for each in listed] == ["url"]
    assert people(sheet)[1].views == 200_000


@pytest.mark.spec("V34")
def test_one_spreadsheet_that_is_shut_stops_no_other(
    sheet: Connection, workspace: Workspace, sandbox: SandboxServer, clock: SharedClock
) -> None:
    tabs = {"Tab": [["Link", "Views"], ["https://www.tiktok.com/@alice", 5]]}
    sandbox.google_sheets.add_book("another-book-of-the-agency", tabs)
    other = connected(workspace, clock, "another-book-of-the-agency")
    sandbox.google_sheets.share("somebody@else.example", book="another-book-of-the-agency")
    edit(sandbox, {"I2": 5_000_000})
    assert tick(sheet, clock).status == STATUS.COMPLETED
    assert newest(other).status == STATUS.FAILED
    assert "not shared with Freshet" in telemetry(other).last_sync_error
    assert people(sheet)[0].views == 5_000_000

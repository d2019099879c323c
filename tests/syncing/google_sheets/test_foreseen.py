"""What a sync would change is read of the real spreadsheet, and is what the sync then changes."""

import pytest

from connections.errors import NeedsReconnect
from connections.models import Connection
from connections.sandbox.server import SandboxServer
from projects.models import CellProblem, CreatorAccount, MergeConflict, Reading
from syncing import preview
from tests.fixtures.engine import sync
from tests.fixtures.sandbox import SharedClock
from tests.syncing.google_sheets import spreadsheet
from tests.syncing.google_sheets.spreadsheet import counts, edit, sheet

__all__ = ["sheet", "tabs"]

tabs = spreadsheet.tabs
pytestmark = pytest.mark.django_db


def test_a_sheet_that_nobody_has_changed_would_change_nothing(
    sheet: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sandbox.google_sheets.calls.clear()
    found = preview.foresee(sheet, clock)
    assert found.is_nothing
    assert found.rows == 40
    assert [call.bucket for call in sandbox.google_sheets.calls.all()].count("reads") <= 2


def test_it_is_what_the_sync_then_does(sheet: Connection, sandbox: SandboxServer, clock: SharedClock) -> None:
    edit(sandbox, {"I2": 5_000_000, "I3": "many"})
    before, stored = counts(sheet), Reading.objects.count()
    clock.move(minutes=1)
    found = preview.foresee(sheet, clock)
    assert (counts(sheet), Reading.objects.count()) == (before, stored)
    assert [(problem.raw, problem.field) for problem in found.problems] == [("many", "views")]
    sync(sheet, clock)
    after = counts(sheet)
    moved = {(each.account.profile, each.metric): each.after for each in found.moved if each.account}
    assert {key: after[key[0]][key[1]] for key in moved} == moved
    assert {profile for profile in after if after[profile] != before[profile]} <= {profile for profile, _ in moved}
    assert MergeConflict.objects.filter(state="open").count() == sum(bool(each.asks) for each in found.moved)
    assert CellProblem.objects.filter(raw="many").exists()
    assert preview.foresee(sheet, clock).is_nothing


def test_a_key_that_is_dead_says_so(sheet: Connection, sandbox: SandboxServer, clock: SharedClock) -> None:
    sheet.credential.erase()
    with pytest.raises(NeedsReconnect):
        preview.foresee(Connection.objects.get(pk=sheet.pk), clock)
    assert CreatorAccount.objects.filter(connection=sheet).count() == 40

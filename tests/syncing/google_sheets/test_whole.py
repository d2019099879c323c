"""What is stored of a spreadsheet, how few calls that takes, and what its changes are called."""

from typing import Any

import pytest

from connections.models import Connection
from connections.sandbox.server import SandboxServer
from projects.models import Change, CreatorAccount, CreatorProject
from projects.restated.names import objects_of
from syncing.status.held import held
from syncing.status.streams import object_types
from tests.fixtures.sandbox import SharedClock
from tests.syncing.google_sheets import spreadsheet
from tests.syncing.google_sheets.spreadsheet import edit, people, sheet, tick

__all__ = ["sheet", "tabs"]

tabs = spreadsheet.tabs
pytestmark = pytest.mark.django_db


def kinds(sandbox: SandboxServer) -> list[str]:
    return [call.bucket for call in sandbox.google_sheets.calls.all()]


def test_a_sync_holds_every_tab_and_account(sheet: Connection, clock: SharedClock) -> None:
    assert CreatorProject.objects.filter(missing_since=None).count() == 5
    assert CreatorAccount.objects.filter(missing_since=None).count() == 40
    rows = {each.label: each.rows for each in held(sheet, object_types(), clock.now)}
    assert rows == {"Projects": 5, "Accounts of creators": 40}


@pytest.mark.spec("V39")
def test_what_nobody_has_changed_costs_one_look_at_drive_and_writes_nothing(
    sheet: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    for _ in range(2):
        sandbox.google_sheets.calls.clear()
        job = tick(sheet, clock)
        assert kinds(sandbox) == ["login", "drive"]
        assert (job.records_read, job.records_created, job.records_updated) == (0, 0, 0)
    edit(sandbox, {"I2": 5_000_000})
    assert tick(sheet, clock).records_updated == 1


@pytest.mark.parametrize(("hours", "reads"), [(24, False), (1, True)])
def test_it_is_read_all_the_same_after_so_many_hours(
    sheet: Connection, sandbox: SandboxServer, clock: SharedClock, settings: Any, hours: int, reads: bool
) -> None:
    mine = {**settings.PROVIDERS["google_sheets"], "full_list_hours": hours}
    settings.PROVIDERS = {**settings.PROVIDERS, "google_sheets": mine}
    sandbox.google_sheets.calls.clear()
    tick(sheet, clock, minutes=70)
    assert ("reads" in kinds(sandbox)) is reads


def test_a_tab_that_is_deleted_takes_its_accounts_along_and_no_others(
    sheet: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    gone = people(sheet)
    sandbox.google_sheets.delete_tab("Always on")
    tick(sheet, clock)
    missing = CreatorAccount.objects.filter(missing_since__isnull=False)
    assert {each.pk for each in missing} == {each.pk for each in gone}
    assert [each.missing_since for each in CreatorProject.objects.filter(project_name="Always on")] == [clock.now]


def test_changes_have_names(sheet: Connection, sandbox: SandboxServer, clock: SharedClock) -> None:
    edit(sandbox, {"I2": 5_000_000})
    sandbox.google_sheets.change_tab("Summer 2026", title="Autumn 2026")
    tick(sheet, clock)
    logged = set(Change.objects.values_list("table", "key"))
    said = {its.said for its in objects_of(sheet, logged).values()}
    assert said == {"yarn_yara in Always on", "Autumn 2026"}
    assert {its.kind for its in objects_of(sheet, logged).values()} == {"Creator's account", "Creators' project"}


@pytest.mark.spec("V44")
def test_channels_whose_ids_differ_in_case_are_two_and_a_handle_is_one(
    sheet: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    channel = "https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv"
    edit(
        sandbox,
        {
            "B2": channel,
            "B3": channel.swapcase().replace("HTTPS://WWW.YOUTUBE.COM/CHANNEL/uc", "https://youtube.com/channel/UC"),
        },
    )
    edit(sandbox, {"B4": "https://www.tiktok.com/@Somebody", "B5": "tiktok.com/@somebody"})
    tick(sheet, clock)
    there = [each for each in people(sheet) if each.row_number in (2, 3, 4, 5) and each.missing_since is None]
    assert [each.row_number for each in there] == [2, 3, 4]

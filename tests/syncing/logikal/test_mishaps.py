"""Sessions that end, objects that others have open, and a server that fails, at each level of the tree: nothing is lost
or doubled, what lies beside is read, and the page of what could not be read says why."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from connections.models import Connection
from connections.sandbox.server import SandboxServer
from projects.models import Change
from syncing.models import QuarantinedRecord, SyncChunk, SyncJob
from tests.fixtures.engine import sync
from tests.fixtures.sandbox import SharedClock
from tests.syncing.logikal.held import MakeWindows, Rows, make_windows, stored, undisturbed

__all__ = ["make_windows"]

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]

CALLS = {
    "directories": ["GET /directories", "POST /directories/select", "GET /projects"],
    "projects": ["POST /projects/select", "GET /projects/selected", "GET /phases"],
    "phases": ["POST /phases/select", "GET /elevations"],
    "elevations": ["GET /thumbnail", "POST /elevations/select"],
    "parts lists": ["GET /parts-list"],
}
TREE: dict[str, Any] = {"directories": 2, "projects": 2, "elevations": (2, 2)}


@pytest.fixture
def wanted(make_windows: MakeWindows, clock: SharedClock) -> Rows:
    return undisturbed(make_windows, **TREE)


@pytest.fixture
def connection(wanted: Rows, make_windows: MakeWindows) -> Connection:
    return make_windows("unlucky", **TREE)


def go_wrong(sandbox: SandboxServer, call: str, status: int, **when: Any) -> None:
    method, _, path = call.partition(" ")
    sandbox.logikal.faults.add({"kind": "error", "status": status, "method": method, "path": path, **when})


def assert_mended(connection: Connection, wanted: Rows) -> None:
    assert stored(connection) == wanted
    assert not SyncChunk.objects.open().exists()
    assert not SyncJob.objects.active().exists()


@pytest.mark.spec("L37", "A84")
@pytest.mark.parametrize("level", CALLS)
def test_a_moment_of_trouble_costs_nothing_but_time(
    connection: Connection, wanted: Rows, sandbox: SandboxServer, clock: SharedClock, level: str
) -> None:
    """Of each call the first finds that the session has ended, and a later one that the server fails."""
    for call in CALLS[level]:
        go_wrong(sandbox, call, 401, nth=1)
        go_wrong(sandbox, call, 503, nth=3)
    job = sync(connection, clock)
    assert (job.status, job.failed_chunks, job.records_updated) == ("completed", 0, 0)
    assert [rule.fired for rule in sandbox.logikal.faults.rules] == [1, 1] * len(CALLS[level])
    assert_mended(connection, wanted)
    assert not Change.objects.exists()


def test_sessions_may_end_after_any_number_of_calls(
    connection: Connection, wanted: Rows, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sandbox.logikal.set(session_calls=8, max_sessions=1)
    assert sync(connection, clock).status == "completed"
    assert_mended(connection, wanted)
    assert sandbox.logikal.most_sessions == 1


def page(client: Client, name: str, connection: Connection, identifier: str) -> str:
    found = client.get(reverse(name, args=[connection.pk, identifier])).content.decode()
    return unescape(re.sub(r"<[^>]+>|\s+", " ", found))


def without(rows: Rows, project: str) -> Rows:
    """What is stored of the other projects."""
    inside = {each["external_id"] for each in rows["Elevation"] if each["project_id"] == project}
    tables = ("LogikalProject", "Phase", "Elevation", "ElevationThumbnail", "PartsList", "Part")
    lost = {project, *inside}
    return {table: [each for each in rows[table] if not {each.get(name) for name in NAMES} & lost] for table in tables}


NAMES = ("project_id", "external_id", "elevation_id")
PROJECT_TROUBLES = {
    "locked": ("POST /projects/select", 409, "The project is locked: somebody is working in it."),
    "failing": ("POST /projects/select", 500, "LOGIKAL's server is in trouble (HTTP 500)."),
    "with a locked phase": ("POST /phases/select", 409, "LOGIKAL did not open a phase of the project."),
    "with a failing phase": ("POST /phases/select", 500, "LOGIKAL's server is in trouble (HTTP 500)."),
}


@pytest.mark.spec("L24")
@pytest.mark.parametrize("trouble", PROJECT_TROUBLES)
def test_a_project_in_trouble_says_why_and_holds_up_no_other(
    connection: Connection,
    wanted: Rows,
    sandbox: SandboxServer,
    clock: SharedClock,
    alice: User,
    signed_in: SignIn,
    trouble: str,
) -> None:
    call, status, why = PROJECT_TROUBLES[trouble]
    phase = next(each for each in wanted["Phase"] if each["external_id"].strip("0-"))
    chosen = {"POST /projects/select": phase["project_id"], "POST /phases/select": phase["external_id"]}[call]
    go_wrong(sandbox, call, status, where={"identifier": chosen})
    job = sync(connection, clock)
    assert (job.status, job.failed_chunks) == ("completed_with_failures", 1)
    assert without(stored(connection), phase["project_id"]) == without(wanted, phase["project_id"])
    assert why in page(signed_in(alice), "project", connection, phase["project_id"])
    sandbox.logikal.faults.clear()
    assert sync(connection, clock).status == "completed"
    assert_mended(connection, wanted)
    assert why not in page(signed_in(alice), "project", connection, phase["project_id"])


@pytest.mark.spec("L24", "L36")
@pytest.mark.parametrize("status", [409, 500], ids=["in use", "failing"])
def test_an_elevation_in_trouble_says_why_and_holds_up_no_other(
    connection: Connection,
    wanted: Rows,
    sandbox: SandboxServer,
    clock: SharedClock,
    alice: User,
    signed_in: SignIn,
    status: int,
) -> None:
    chosen = wanted["Elevation"][0]["external_id"]
    project = wanted["Elevation"][0]["project_id"]
    go_wrong(sandbox, "POST /elevations/select", status, where={"identifier": chosen})
    job = sync(connection, clock)
    assert (job.status, job.failed_chunks) == ("completed_with_failures", 1)
    rows = stored(connection)
    assert [each["external_id"] for each in rows["PartsList"] if each["refusal"]] == [chosen]
    assert rows["Part"] == [each for each in wanted["Part"] if each["elevation_id"] != chosen]
    assert rows["Elevation"] == wanted["Elevation"]
    client = signed_in(alice)
    its_page = page(client, "elevation", connection, chosen)
    assert "LOGIKAL did not open this elevation." in its_page
    assert f"(HTTP {status})" in its_page
    assert "LOGIKAL did not give all of its parts lists." in page(client, "project", connection, project)
    sandbox.logikal.faults.clear()
    assert sync(connection, clock).status == "completed"
    assert_mended(connection, wanted)
    assert "LOGIKAL did not" not in page(client, "elevation", connection, chosen)


def test_parts_lists_that_are_not_given_say_why_and_are_asked_for_again(
    connection: Connection,
    wanted: Rows,
    sandbox: SandboxServer,
    clock: SharedClock,
    alice: User,
    signed_in: SignIn,
) -> None:
    go_wrong(sandbox, "GET /parts-list", 500)
    assert sync(connection, clock).status == "completed_with_failures"
    rows = stored(connection)
    assert rows["Part"] == []
    for table in ("Directory", "Phase", "Elevation", "ElevationThumbnail"):
        assert rows[table] == wanted[table], table
    chosen = wanted["Elevation"][-1]["external_id"]
    assert "LOGIKAL did not give the parts list" in page(signed_in(alice), "elevation", connection, chosen)
    sandbox.logikal.faults.clear()
    assert sync(connection, clock).status == "completed"
    assert_mended(connection, wanted)


def test_where_every_parts_list_fails_the_project_waits_as_a_whole(
    make_windows: MakeWindows, sandbox: SandboxServer, clock: SharedClock, alice: User, signed_in: SignIn
) -> None:
    """Rather than asking for each of them with a login of its own, again and again."""
    connection = make_windows("large", directories=1, projects=1, elevations=(12, 12), further_phases=False)
    go_wrong(sandbox, "GET /parts-list", 500)
    job = sync(connection, clock)
    assert job.status == "completed_with_failures"
    assert len(sandbox.logikal.calls.all(path="/parts-list")) == 4 * (5 + 1)
    (project,) = sandbox.logikal.truth("large")["projects"]
    assert "in trouble (HTTP 500)" in page(signed_in(alice), "project", connection, project["id"])


def test_a_directory_that_fails_is_named_and_holds_up_no_other(
    connection: Connection, wanted: Rows, sandbox: SandboxServer, clock: SharedClock
) -> None:
    bad = wanted["LogikalProject"][0]["directory_path"]
    go_wrong(sandbox, "POST /directories/select", 500, where={"identifier": bad})
    job = sync(connection, clock)
    assert (job.status, job.failed_chunks) == ("completed_with_failures", 1)
    assert f"The directory {bad} could not be read." in job.error
    rows = stored(connection)
    shut = wanted["LogikalProject"][0]["external_id"]
    assert without(rows, shut) == without(wanted, shut)
    assert shut not in {each["external_id"] for each in rows["LogikalProject"]}
    sandbox.logikal.faults.clear()
    assert sync(connection, clock).status == "completed"
    assert_mended(connection, wanted)


def test_a_directory_that_is_locked_is_told_and_read_next_time(
    connection: Connection, wanted: Rows, sandbox: SandboxServer, clock: SharedClock
) -> None:
    go_wrong(sandbox, "POST /directories/select", 409, times=1)
    assert sync(connection, clock).status == "completed"
    assert "did not let us into this directory" in QuarantinedRecord.objects.get().reason
    assert len(stored(connection)["LogikalProject"]) < len(wanted["LogikalProject"])
    assert sync(connection, clock).status == "completed"
    assert_mended(connection, wanted)

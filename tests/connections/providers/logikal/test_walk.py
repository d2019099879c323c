"""The walk through directories and projects: what it finds, how few logins it takes, and how it goes on."""

import json
from typing import Any

import pytest

from connections.errors import Transient
from connections.providers.logikal.sandbox.accounts import LARGE_USER, SEVENTEEN_USER
from connections.sandbox.server import SandboxServer
from projects.tables import TABLES
from tests.connections.providers.logikal.reading import Reader


def leaves(reader: Reader) -> int:
    paths = [each["path"] for each in reader.logikal.truth(reader.username)["directories"]]
    return sum(not any(other.startswith(f"{path}/") for other in paths) for path in paths)


def test_it_finds_every_directory_and_project(demo: Reader) -> None:
    truth = demo.logikal.truth()
    demo.read("projects")
    assert {row["path"] for row in demo.store.of("directories")} == {row["path"] for row in truth["directories"]}
    found = {(row["external_id"], row["directory_path"], row["version"]) for row in demo.store.of("projects")}
    assert found == {(row["id"], row["directory"], str(row["changedDate"])) for row in truth["projects"]}


def test_directories_alone_are_found_without_listing_projects(demo: Reader) -> None:
    demo.read("directories")
    assert len(demo.store.of("directories")) == len(demo.logikal.truth()["directories"])
    assert demo.count("projects") == 0


@pytest.mark.parametrize("stream", ["directories", "projects"])
def test_records_are_those_of_the_table(demo: Reader, stream: str) -> None:
    demo.read(stream)
    table = TABLES[demo.source().stream(stream).table]
    assert {frozenset(record) for record in demo.store.of(stream)} == {frozenset((*table.key, *table.tracked))}


def test_each_directory_says_that_its_lists_are_complete(demo: Reader) -> None:
    pages = demo.read("projects")
    paths = {"", *(row["path"] for row in demo.store.of("directories"))}
    children = [page.complete for page in pages if page.stream == "directories"]
    projects = [page.complete for page in pages if page.stream == ""]
    assert sorted(children, key=str) == sorted(({"parent_path": path} for path in paths), key=str)
    assert sorted(projects, key=str) == sorted(({"directory_path": path} for path in paths), key=str)
    assert pages[0].is_first
    assert not any(page.is_first for page in pages[2:])


def test_one_directory_takes_one_login(server: SandboxServer) -> None:
    reader = Reader(server, SEVENTEEN_USER)
    reader.read("projects")
    assert reader.count("login") == 1
    assert len(reader.store.of("projects")) == 1


@pytest.mark.parametrize("going_up", [405, 409])
def test_every_branch_takes_a_login_where_nobody_may_go_aside(demo: Reader, going_up: int) -> None:
    demo.logikal.set(going_up=going_up)
    demo.read("projects")
    assert demo.count("login") == demo.count("logout") == leaves(demo)
    refused = [call for call in demo.logikal.calls.all() if call.status == going_up]
    assert len(refused) == 1, "it is tried once"
    demo.begin_counting()
    demo.read("projects")
    assert [call for call in demo.logikal.calls.all() if call.status != 200] == []


def test_five_hundred_unchanged_projects(server: SandboxServer) -> None:
    """The least that the API allows: two lists for each directory and the root, and for each branch a login, a logout
    and a step for each directory on the way down."""
    reader = Reader(server, LARGE_USER)
    reader.read("projects")
    reader.begin_counting()
    reader.read("projects")
    paths = [row["path"] for row in reader.store.of("directories")]
    branches = [path for path in paths if not any(other.startswith(f"{path}/") for other in paths)]
    assert (len(paths), len(reader.store.of("projects")), len(branches)) == (60, 500, 31)
    steps = sum(path.count("/") + 1 for path in branches)
    counts = {kind: reader.count(kind) for kind in set(reader.kinds())}
    assert counts == {"login": 31, "logout": 31, "select_directory": steps, "directories": 61, "projects": 61}
    assert len(reader.kinds()) == 2 * 31 + steps + 2 * 61 == 323


def test_excluded_directories_are_listed_and_not_entered(server: SandboxServer) -> None:
    top = server.logikal.truth()["directories"][0]["path"]
    reader = Reader(server, options={"excluded_directories": [f"/{top}/"]})
    reader.read("projects")
    paths = {row["path"] for row in reader.store.of("directories")}
    assert top in paths
    assert not [path for path in paths if path.startswith(f"{top}/")]
    assert not [row for row in reader.store.of("projects") if f"{row['directory_path']}/".startswith(f"{top}/")]


def test_any_page_can_be_the_last_of_a_process(demo: Reader) -> None:
    checkpoint: Any = None
    for _ in range(200):
        page = demo.read("projects", checkpoint=checkpoint, pages=1)[0]
        again = demo.read("projects", checkpoint=checkpoint, pages=2)
        checkpoint = json.loads(json.dumps(again[-1].checkpoint))
        assert page.fetched_at.tzinfo
        if checkpoint is None:
            break
    assert len(demo.store.of("projects")) == len(demo.logikal.truth()["projects"])
    assert len(demo.store.of("directories")) == len(demo.logikal.truth()["directories"])


def test_a_directory_that_vanishes_meanwhile_is_passed_over(demo: Reader) -> None:
    first = demo.read("projects", pages=2)
    waiting = first[-1].checkpoint
    assert waiting
    demo.logikal.exclude(waiting["waiting"][0])
    pages = demo.read("projects", checkpoint=waiting)
    assert pages[-1].checkpoint is None
    assert waiting["waiting"][0] not in [page.complete and page.complete.get("directory_path") for page in pages]


@pytest.mark.parametrize("status", [403, 409])
def test_a_directory_that_lets_nobody_in_is_put_aside(demo: Reader, status: int) -> None:
    """What was known of it stays."""
    closed = demo.logikal.truth()["directories"][0]["path"]
    demo.logikal.faults.add(
        {"kind": "error", "status": status, "path": "/directories/select", "where": {"identifier": closed}}
    )
    pages = demo.read("projects")
    (put_aside,) = [each for page in pages for each in page.quarantined]
    assert (put_aside.key, str(status) in put_aside.reason) == (closed, True)
    assert pages[-1].checkpoint is None
    assert closed in {row["path"] for row in demo.store.of("directories")}
    assert not [page for page in pages if page.complete and closed in page.complete.values()]


@pytest.mark.parametrize("call", ["/directories/select", "/projects"])
def test_a_directory_at_which_the_server_fails_for_a_moment_comes_last(demo: Reader, call: str) -> None:
    demo.logikal.faults.add({"kind": "error", "status": 503, "path": call, "nth": [2]})
    pages = demo.read("projects")
    assert pages[-1].checkpoint is None
    truth = demo.logikal.truth()
    assert len(demo.store.of("directories")) == len(truth["directories"])
    assert len(demo.store.of("projects")) == len(truth["projects"])


def test_a_directory_at_which_the_server_fails_for_good_is_named_when_all_others_are_read(demo: Reader) -> None:
    truth = demo.logikal.truth()
    bad = next(each["directory"] for each in truth["projects"])
    demo.logikal.faults.add({"kind": "error", "status": 503, "path": "/select", "where": {"identifier": bad}})
    with pytest.raises(Transient, match=f"The directory {bad} could not be read"):
        demo.read("projects")
    below = f"{bad}/"
    elsewhere = {each["id"] for each in truth["projects"] if not f"{each['directory']}/".startswith(below)}
    assert {row["external_id"] for row in demo.store.of("projects")} == elsewhere != set()
    demo.begin_counting()
    with pytest.raises(Transient):
        demo.read("projects", checkpoint=demo.store.pages[-1].checkpoint)
    assert demo.count("projects") == 0, "the others were read again"


def test_checkpoints_hold_no_secret(demo: Reader) -> None:
    held = json.dumps([page.checkpoint for page in demo.read("projects")])
    assert "password" not in held
    assert "token" not in held


def test_a_list_with_a_record_that_makes_no_sense_is_not_called_complete(demo: Reader) -> None:
    demo.logikal.faults.add({"kind": "malformed_record", "path": "/projects", "method": "GET"})
    pages = demo.read("projects")
    spoiled = [page for page in pages if page.quarantined]
    assert spoiled
    assert {page.complete for page in spoiled} == {None}


def test_unknown_fields_and_rows_given_twice_make_no_difference(demo: Reader) -> None:
    demo.read("projects")
    before, calls = dict(demo.store.records), demo.kinds()
    demo.begin_counting()
    demo.logikal.faults.add({"kind": "extra_field"}, {"kind": "duplicate_rows"})
    demo.read("projects")
    assert demo.store.records == before
    assert abs(len(demo.kinds()) - len(calls)) <= 1


def test_the_directories_of_another_server_are_not_taken_for_ours(demo: Reader) -> None:
    demo.logikal.faults.add(
        {"kind": "malformed_record", "nth": [2], "path": "/directories", "method": "GET", "record": {"path": "Else"}}
    )
    pages = demo.read("projects")
    assert [each.reason for page in pages for each in page.quarantined] == [
        "The directory is not in the one that was asked for."
    ]

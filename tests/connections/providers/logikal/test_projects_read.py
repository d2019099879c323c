"""What is read by opening a project: phases, elevations, pictures and parts lists; only what has changed of them."""

import json
from typing import Any

import pytest

from connections.providers.logikal.sandbox.accounts import SEVENTEEN_USER
from connections.providers.logikal.sandbox.draws import NULL_GUID
from connections.sandbox.server import SandboxServer
from connections.sources import EntityEnd, Slice
from projects.models import Part
from projects.tables import TABLES
from tests.connections.providers.logikal.reading import Reader

BESIDE_FIELDS = {"elevation_thumbnail": {"image"}, "parts_list": {"parts"}}
"""What a record holds beside the fields of its row."""


@pytest.fixture
def reader(demo: Reader) -> Reader:
    """The demo user's projects are known; small parts lists, so that it is quick."""
    demo.logikal.account().parts_bytes = (1, 1)
    demo.read("projects")
    demo.begin_counting()
    return demo


def with_phases(reader: Reader) -> str:
    """The address of the project with the most phases."""
    phases = [row["project"] for row in reader.logikal.truth(reader.username)["phases"]]
    most = max(phases, key=phases.count)
    return next(address for address in reader.store.addresses() if address.startswith(most))


def ids(rows: list[dict[str, Any]], name: str = "id") -> set[str]:
    return {row[name] for row in rows}


def of_project(reader: Reader, kind: str, address: str) -> list[dict[str, Any]]:
    return [row for row in reader.logikal.truth(reader.username)[kind] if row["project"] == address.split(" ")[0]]


@pytest.mark.parametrize("sibling_select", [True, False], ids=["aside", "never aside"])
def test_everything_in_every_project_is_found(reader: Reader, sibling_select: bool) -> None:
    reader.logikal.set(sibling_select=sibling_select)
    truth = reader.logikal.truth()
    for address in reader.store.addresses():
        reader.read("parts_lists", address)
    found = {(row["project_id"], row["external_id"]) for row in reader.store.of("phases")}
    assert found == {(row["project"], row["id"]) for row in truth["phases"]}
    placed = {(row["external_id"], row["project_id"], row["phase_id"]) for row in reader.store.of("elevations")}
    assert placed == {(row["id"], row["project"], row["phase"]) for row in truth["elevations"]}
    assert ids(reader.store.of("thumbnails"), "external_id") == ids(truth["elevations"])
    assert ids(reader.store.of("parts_lists"), "external_id") == ids(truth["elevations"])
    versions = {row["id"]: str(row["changedDate"]) for row in truth["projects"]}
    assert reader.store.ended == {guid: EntityEnd(version=version) for guid, version in versions.items()}


def test_records_are_those_of_their_tables(reader: Reader) -> None:
    reader.read("parts_lists", with_phases(reader))
    for stream in ("phases", "elevations", "thumbnails", "parts_lists"):
        table = TABLES[reader.source().stream(stream).table]
        wanted = {*table.key, *table.tracked, *BESIDE_FIELDS.get(table.name, ())}
        assert {frozenset(record) for record in reader.store.of(stream)} == {frozenset(wanted)}, stream


def test_a_parts_list_is_read_to_its_parts(reader: Reader) -> None:
    reader.read("parts_lists", with_phases(reader))
    found = reader.store.of("parts_lists")[0]
    assert (found["refusal"], len(found["sha256"])) == ("", 64)
    assert found["part_count"] == len(found["parts"]) > 0
    columns = {field.name for field in Part._meta.fields} - {"id", "connection", "elevation_id"}
    assert {frozenset(part) for part in found["parts"]} == {frozenset(columns)}
    assert json.loads(json.dumps([found["facts"], found["tables"], found["warnings"]]))
    assert {"width", "height"} <= found["facts"].keys()


def test_pictures_are_pictures(reader: Reader) -> None:
    reader.read("elevations", with_phases(reader))
    assert {row["image"][:8] for row in reader.store.of("thumbnails")} == {b"\x89PNG\r\n\x1a\n"}


def test_the_default_phase_has_the_same_id_everywhere(reader: Reader) -> None:
    for address in reader.store.addresses():
        reader.read("phases", address)
    defaults = [row for row in reader.store.of("phases") if row["external_id"] == NULL_GUID]
    assert len(defaults) == len(reader.store.addresses())


def test_lists_are_complete_for_their_project_and_phase(reader: Reader) -> None:
    address = with_phases(reader)
    guid, phases = address.split(" ")[0], ids(of_project(reader, "phases", address))
    pages = reader.read("parts_lists", address)
    assert [page.complete for page in pages if page.stream == "phases"] == [{"project_id": guid}]
    listed = [page.complete for page in pages if page.stream == "elevations"]
    assert sorted(listed, key=str) == sorted(({"project_id": guid, "phase_id": phase} for phase in phases), key=str)
    assert [page.complete for page in pages if page.stream in ("", "thumbnails")] == [None] * (
        len(pages) - 1 - len(listed)
    )


@pytest.mark.parametrize("stream", ["phases", "elevations", "thumbnails", "parts_lists"])
def test_each_stream_gives_its_own_pages_and_those_that_it_brings(reader: Reader, stream: str) -> None:
    given = {page.stream or stream for page in reader.read(stream, with_phases(reader)) if page.records}
    assert given == {stream, *reader.source().stream(stream).brings}


def test_phases_alone_take_one_login(reader: Reader) -> None:
    reader.read("phases", with_phases(reader))
    assert reader.count("login") == 1
    assert reader.count("elevations") == 0


def test_what_is_held_is_not_fetched_again(reader: Reader) -> None:
    address = with_phases(reader)
    reader.read("parts_lists", address)
    reader.begin_counting()
    reader.read("parts_lists", address)
    assert (reader.count("parts_list"), reader.count("thumbnail"), reader.count("select_elevation")) == (0, 0, 0)


def test_of_one_changed_elevation_only_its_own_is_fetched(reader: Reader) -> None:
    address = with_phases(reader)
    reader.read("parts_lists", address)
    changed = of_project(reader, "elevations", address)[0]["id"]
    reader.logikal.change(changed, name="New")
    reader.begin_counting()
    reader.read("parts_lists", address)
    assert (reader.count("parts_list"), reader.count("thumbnail")) == (1, 1)
    (row,) = [row for row in reader.store.of("elevations") if row["external_id"] == changed]
    assert row["name"] == "New"


def test_what_lies_in_the_recycle_bin_is_listed_only(reader: Reader) -> None:
    address = with_phases(reader)
    recycled = of_project(reader, "elevations", address)[0]["id"]
    reader.logikal.recycle(recycled)
    reader.read("parts_lists", address)
    (row,) = [row for row in reader.store.of("elevations") if row["external_id"] == recycled]
    assert row["is_in_recycle_bin"]
    assert recycled not in ids(reader.store.of("parts_lists"), "external_id")
    assert recycled not in ids(reader.store.of("thumbnails"), "external_id")


@pytest.mark.parametrize("variant", ["corrupt", "empty", "not_base64", "oversized", "wrong_magic"])
def test_a_parts_list_that_cannot_be_read_stops_nothing(reader: Reader, variant: str) -> None:
    address = with_phases(reader)
    first = of_project(reader, "elevations", address)[0]["id"]
    reader.logikal.choose_parts(first, variant)
    reader.read("parts_lists", address)
    rows = {row["external_id"]: row for row in reader.store.of("parts_lists")}
    assert rows.keys() == ids(of_project(reader, "elevations", address))
    assert rows[first]["refusal"]
    assert (rows[first]["parts"], rows[first]["part_count"], rows[first]["sha256"]) == (None, 0, "")
    assert {row["refusal"] for guid, row in rows.items() if guid != first} == {""}
    reader.begin_counting()
    reader.read("parts_lists", address)
    assert reader.count("parts_list") == 0, "the same file would be refused again"


def test_a_parts_list_that_is_not_given_is_asked_for_when_the_project_is_read_next(reader: Reader) -> None:
    address = with_phases(reader)
    reader.logikal.faults.add({"kind": "error", "status": 400, "path": "parts-list", "times": 1})
    reader.read("parts_lists", address)
    assert [row["version"] for row in reader.store.of("parts_lists") if row["refusal"]] == [""]
    reader.read("parts_lists", address)
    assert [row for row in reader.store.of("parts_lists") if row["refusal"]] == []


def test_where_parts_lists_are_forbidden_one_is_asked_for_and_the_rest_is_read(reader: Reader) -> None:
    address = with_phases(reader)
    reader.logikal.faults.add({"kind": "error", "status": 403, "path": "parts-list"})
    reader.read("parts_lists", address)
    phases, elevations = (of_project(reader, kind, address) for kind in ("phases", "elevations"))
    assert 1 <= reader.count("parts_list") <= len(phases)
    assert ids(reader.store.of("elevations"), "external_id") == ids(elevations)
    assert {(row["version"], row["refusal"]) for row in reader.store.of("parts_lists")} == {
        ("", "This LOGIKAL login may not read parts lists.")
    }
    assert len(reader.store.of("parts_lists")) == len(elevations)
    assert reader.store.ended[address.split(" ")[0]].version


@pytest.mark.parametrize(
    "fault", [{"kind": "error", "status": 403}, {"kind": "error", "status": 400}, {"kind": "html"}]
)
def test_pictures_that_are_not_given_stop_nothing(reader: Reader, fault: dict[str, Any]) -> None:
    address = with_phases(reader)
    reader.logikal.faults.add(
        {**fault, "path": "/thumbnail", "nth": [1], **({"status": 200} if len(fault) == 1 else {})}
    )
    reader.read("elevations", address)
    assert len(reader.store.of("thumbnails")) == len(of_project(reader, "elevations", address)) - 1
    assert reader.store.ended[address.split(" ")[0]].version


def test_many_pictures_come_in_pages(server: SandboxServer) -> None:
    server.logikal.add_account("many", directories=1, projects=1, elevations=[45, 45], further_phases=False)
    reader = Reader(server, "many")
    reader.read("projects")
    pages = reader.read("elevations", *reader.store.addresses())
    assert [len(page.records) for page in pages if page.stream == "thumbnails"] == [20, 20, 5]


@pytest.mark.parametrize("path", ["/phases", "/elevations"])
def test_what_makes_no_sense_is_put_aside_with_its_project(reader: Reader, path: str) -> None:
    address = with_phases(reader)
    reader.logikal.faults.add({"kind": "malformed_record", "path": path, "method": "GET", "nth": [1]})
    pages = reader.read("elevations", address)
    assert {each.entity for page in pages for each in page.quarantined} == {address.split(" ")[0]}


def test_a_project_that_is_locked_between_two_logins_ends_with_the_reason(reader: Reader) -> None:
    """What was read of it by then is kept."""
    guid = with_phases(reader).split(" ")[0]
    lock = {"kind": "error", "status": 409, "path": "/projects/select", "method": "POST", "nth": [2]}
    reader.logikal.faults.add(lock)
    reader.read("parts_lists", with_phases(reader))
    assert "locked" in reader.store.ended[guid].refusal
    assert len(reader.store.of("parts_lists")) >= 1


@pytest.mark.parametrize("asked", ["/thumbnail", "/parts-list", "/elevations"])
def test_a_project_that_is_locked_when_a_session_has_to_come_back_ends_with_the_reason(
    reader: Reader, asked: str
) -> None:
    ended = {"kind": "error", "status": 401, "path": asked, "method": "GET", "nth": [1]}
    lock = {"kind": "error", "status": 409, "path": "/projects/select", "method": "POST", "nth": [2]}
    reader.logikal.faults.add(ended, lock)
    pages = reader.read("parts_lists", with_phases(reader))
    assert "locked" in reader.store.ended[with_phases(reader).split(" ")[0]].refusal
    assert pages[-1].checkpoint is None


def test_a_phase_that_vanishes_meanwhile_is_passed_over(reader: Reader) -> None:
    address = with_phases(reader)
    gone = of_project(reader, "phases", address)[-1]["id"]
    checkpoint = reader.read("elevations", address, pages=1)[0].checkpoint
    reader.logikal.faults.add({"kind": "error", "status": 404, "path": "/phases/select", "where": {"identifier": gone}})
    reader.read("elevations", address, checkpoint=checkpoint)
    assert reader.store.ended[address.split(" ")[0]].version
    assert gone not in {row["phase_id"] for row in reader.store.of("elevations")}


@pytest.mark.parametrize(("kind", "word"), [("lock", "locked"), ("forbid", "may not")])
def test_a_project_that_cannot_be_opened_ends_with_the_reason(reader: Reader, kind: str, word: str) -> None:
    first, second = reader.store.addresses()[:2]
    getattr(reader.logikal, kind)(first.split(" ")[0])
    pages = reader.read("parts_lists", first, second)
    assert word in reader.store.ended[first.split(" ")[0]].refusal
    assert reader.store.ended[first.split(" ")[0]].version == ""
    assert reader.store.ended[second.split(" ")[0]].version
    assert pages[-1].checkpoint is None


def test_a_project_that_was_moved_or_is_gone_ends_with_the_reason(reader: Reader) -> None:
    guid, _, path = with_phases(reader).partition(" ")
    reader.logikal.exclude(guid)
    reader.read("parts_lists", f"{guid} {path}")
    assert "no longer" in reader.store.ended[guid].refusal
    reader.read("parts_lists", f"{guid} Nowhere/At all")
    assert "no longer" in reader.store.ended[guid].refusal


def test_a_project_in_an_excluded_directory_is_not_opened(reader: Reader) -> None:
    guid, _, path = with_phases(reader).partition(" ")
    reader.options["options"] = {"excluded_directories": [path.split("/")[0]]}
    (page,) = reader.read("parts_lists", f"{guid} {path}")
    assert "excluded" in page.ended[guid].refusal
    assert reader.kinds() == []


def test_the_version_is_that_of_the_beginning(reader: Reader) -> None:
    """What changes while it is read, is found by the next walk."""
    address = with_phases(reader)
    guid = address.split(" ")[0]
    before = next(row["version"] for row in reader.store.of("projects") if row["external_id"] == guid)
    checkpoint = reader.read("parts_lists", address, pages=2)[-1].checkpoint
    reader.logikal.change(of_project(reader, "elevations", address)[0]["id"], name="Later")
    reader.read("parts_lists", address, checkpoint=checkpoint)
    assert reader.store.ended[guid] == EntityEnd(version=before)


def test_other_processes_that_each_store_one_page_read_nothing_twice(reader: Reader) -> None:
    addresses, checkpoint = reader.store.addresses()[:2], None
    for _ in range(100):
        checkpoint = _one_new_page(reader, addresses, checkpoint)
        if checkpoint is None:
            break
    wanted = sum(len(of_project(reader, "elevations", address)) for address in addresses)
    assert reader.count("parts_list") == len(reader.store.of("parts_lists")) == wanted
    assert len(reader.store.ended) == 2


def _one_new_page(reader: Reader, addresses: list[str], checkpoint: Any) -> Any:
    """As a process that is stopped as soon as it has stored something new, or has got further."""
    source = reader.source()
    stream = source.stream("parts_lists")
    before = json.dumps(checkpoint)
    for page in source.read(stream, Slice(ids=tuple(addresses)), checkpoint):
        known = sum(map(len, reader.store.records.values()))
        reader.store.save(source, "parts_lists", page)
        if sum(map(len, reader.store.records.values())) > known or json.dumps(page.checkpoint) != before:
            return json.loads(json.dumps(page.checkpoint))
    return None


def test_without_projects_there_is_nothing_to_read(reader: Reader) -> None:
    (page,) = reader.read("parts_lists")
    assert (page.records, page.checkpoint) == ([], None)
    assert reader.kinds() == []


OBSERVED = {"login": 6.5, "parts_list": 1.75}


@pytest.mark.parametrize(
    ("sibling_select", "logins", "seconds", "seconds_with_walk"),
    [(True, 2, 44, 60), (False, 18, 170, 177)],
    ids=["aside", "never aside"],
)
def test_seventeen_elevations(
    server: SandboxServer, sibling_select: bool, logins: int, seconds: float, seconds_with_walk: float
) -> None:
    server.logikal.set(sibling_select=sibling_select, latencies=OBSERVED)
    reader = Reader(server, SEVENTEEN_USER)
    reader.read("projects")
    walked = reader.logikal.simulated.total
    reader.read("parts_lists", *reader.store.addresses())
    assert len(reader.store.of("parts_lists")) == len(reader.store.of("thumbnails")) == 17
    assert reader.count("login") == logins
    assert reader.count("parts_list") == 17
    assert reader.logikal.simulated.total - walked <= seconds
    assert reader.logikal.simulated.total <= seconds_with_walk


@pytest.mark.parametrize("stream", ["elevations", "parts_lists"])
def test_whether_the_server_lets_us_aside_is_tried_once(reader: Reader, stream: str) -> None:
    for address in reader.store.addresses():
        reader.read(stream, address)
    refused = [call.bucket for call in reader.logikal.calls.all() if call.status in (405, 409)]
    assert refused == [{"elevations": "select_phase", "parts_lists": "select_elevation"}[stream]]

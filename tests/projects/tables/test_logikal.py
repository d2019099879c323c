"""Thumbnails and parts lists are replaced, branches come and go, projects remember what was read of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connections.models import Connection
from connections.sources import EntityEnd
from projects.models import Change, Directory, Elevation, ElevationThumbnail, LogikalProject, Part, PartsList, Phase
from projects.tables import TABLES, Changes
from tests.fixtures.tree import PHASE, elevation

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
EVERY = timedelta(minutes=15)
ALL = ("phases", "elevations", "parts_lists")


def upsert(connection: Connection, table: str, *records: dict[str, Any], hours: int = 0) -> Changes:
    return TABLES[table].upsert(connection.pk, list(records), seen_at=NOW + timedelta(hours=hours))


def parts_list(sha256: str, *codes: str, **fields: Any) -> dict[str, Any]:
    parts: Any = [{"kind": "profile", "position": at, "code": code} for at, code in enumerate(codes, 1)]
    values = {"project_id": "p", "version": "1", "part_count": len(codes), "facts": {}, "tables": {}, "warnings": []}
    return {"external_id": "e", "sha256": sha256, "refusal": "", "parts": parts, **values, **fields}


def codes(connection: Connection) -> list[str]:
    return list(Part.objects.filter(connection=connection).order_by("position").values_list("code", flat=True))


@pytest.mark.spec("L36")
def test_the_parts_of_a_new_file_replace_those_of_the_one_before(connection: Connection) -> None:
    assert upsert(connection, "parts_list", parts_list("one", "A", "B", "C")) == Changes(created=1)
    assert codes(connection) == ["A", "B", "C"]
    assert upsert(connection, "parts_list", parts_list("two", "A", "D"), hours=1) == Changes(updated=1)
    assert codes(connection) == ["A", "D"]
    assert set(Change.objects.values_list("field", flat=True)) == {"sha256", "part_count"}


def test_a_file_that_is_held_is_not_written_again(connection: Connection) -> None:
    upsert(connection, "parts_list", parts_list("one", "A"))
    before = list(Part.objects.values_list("pk", flat=True))
    assert upsert(connection, "parts_list", parts_list("one", "A"), hours=1) == Changes(unchanged=1)
    upsert(connection, "parts_list", parts_list("one", "A", version="2"), hours=2)
    assert list(Part.objects.values_list("pk", flat=True)) == before
    assert TABLES["parts_list"].held(connection.pk, "p") == {"e": "2"}
    assert TABLES["parts_list"].held(connection.pk, "another") == {}


def test_a_file_that_was_refused_leaves_the_parts_of_the_one_before(connection: Connection) -> None:
    upsert(connection, "parts_list", parts_list("one", "A"))
    refused = parts_list("", parts=None, part_count=1, refusal="It is damaged.")
    upsert(connection, "parts_list", refused, hours=1)
    assert codes(connection) == ["A"]
    assert PartsList.objects.get().refusal == "It is damaged."


def test_a_thumbnail_is_replaced_with_its_version_and_is_no_change(connection: Connection) -> None:
    picture = {"external_id": "e", "project_id": "p", "version": "1", "image": b"one"}
    assert upsert(connection, "elevation_thumbnail", picture) == Changes(created=1)
    assert upsert(connection, "elevation_thumbnail", picture | {"image": b"the same"}) == Changes(unchanged=1)
    newer = picture | {"version": "2", "image": b"two"}
    assert upsert(connection, "elevation_thumbnail", newer, hours=1) == Changes(updated=1)
    held = ElevationThumbnail.objects.get()
    assert (bytes(held.image), held.first_seen_at, held.changed_at) == (b"two", NOW, NOW + timedelta(hours=1))
    assert not Change.objects.exists()
    TABLES["logikal_project"].forget(connection.pk, ["p"], now=NOW)
    assert upsert(connection, "elevation_thumbnail", newer | {"image": b"mended"}, hours=2) == Changes(updated=1)
    assert bytes(ElevationThumbnail.objects.get().image) == b"mended"
    TABLES["logikal_project"].forget(connection.pk, ["p"], now=NOW)
    assert upsert(connection, "elevation_thumbnail", newer | {"image": b"mended"}, hours=3) == Changes(unchanged=1)
    held = ElevationThumbnail.objects.get()
    assert (held.again, held.changed_at) == (False, NOW + timedelta(hours=2))
    moved = newer | {"project_id": "q"}
    upsert(connection, "elevation_thumbnail", moved, hours=3)
    assert TABLES["elevation_thumbnail"].held(connection.pk, "q") == {"e": "2"}


def make_project(connection: Connection, guid: str, path: str, version: str = "1", **fields: Any) -> LogikalProject:
    seen = {"fingerprint": 1, "first_seen_at": NOW, "changed_at": NOW}
    return LogikalProject.objects.create(
        connection=connection, external_id=guid, directory_path=path, version=version, **seen, **fields
    )


def test_outdated_is_what_differs_for_any_of_the_streams(connection: Connection) -> None:
    table = TABLES["logikal_project"]
    read = dict.fromkeys(("phases_read", "elevations_read", "parts_lists_read"), "1")
    make_project(connection, "read", "A", **read)
    make_project(connection, "changed", "A/B", "2", **read)
    make_project(connection, "new", "A")
    make_project(connection, "half", "A", **(read | {"parts_lists_read": ""}))
    make_project(connection, "deleted", "A", is_deleted=True)
    make_project(connection, "gone", "A", missing_since=NOW)
    assert table.outdated(connection.pk, ALL) == ["half A", "new A", "changed A/B"]
    assert table.outdated(connection.pk, ["phases", "elevations"]) == ["new A", "changed A/B"]
    assert table.outdated(connection.pk, []) == []
    assert table.outdated(connection.pk, ["thumbnails"]) == ["half A", "new A", "read A", "changed A/B"]

    table.end(
        connection.pk,
        ALL,
        {"new": EntityEnd("1"), "changed": EntityEnd(refusal="Locked.")},
        planned_at=NOW,
        every=EVERY,
        now=NOW,
    )
    assert table.outdated(connection.pk, ALL) == ["half A", "changed A/B"]
    assert LogikalProject.objects.get(external_id="changed").refusal == "Locked."


def test_what_was_read_while_it_changed_is_read_again(connection: Connection) -> None:
    make_project(connection, "p", "A", "3")
    table = TABLES["logikal_project"]
    table.end(connection.pk, ALL, {"p": EntityEnd("2")}, planned_at=NOW, every=EVERY, now=NOW)
    assert table.outdated(connection.pk, ALL) == ["p A"]


def test_what_was_forgotten_while_it_was_read_is_read_again(connection: Connection) -> None:
    make_project(connection, "p", "A")
    table, later = TABLES["logikal_project"], NOW + timedelta(minutes=1)
    table.forget(connection.pk, ["p"], now=later)
    table.end(connection.pk, ALL, {"p": EntityEnd("1")}, planned_at=NOW, every=EVERY, now=later)
    assert table.outdated(connection.pk, ALL) == ["p A"]
    table.end(connection.pk, ALL, {"p": EntityEnd("1")}, planned_at=later, every=EVERY, now=later)
    assert table.outdated(connection.pk, ALL) == []


def test_what_is_forgotten_is_asked_for_again_once(connection: Connection) -> None:
    make_project(connection, "p", "A", phases_read="1", elevations_read="1", parts_lists_read="1")
    upsert(connection, "parts_list", parts_list("one", "A"), parts_list("two", "B", external_id="other"))
    table, lists = TABLES["logikal_project"], TABLES["parts_list"]
    table.forget(connection.pk, ["p"], now=NOW, below=["e"])
    assert table.outdated(connection.pk, ["phases"]) == ["p A"]
    assert table.outdated(connection.pk, ["phases"], among=["another"]) == []
    assert lists.held(connection.pk, "p") == {"other": "1"}
    assert upsert(connection, "parts_list", parts_list("one", "A"), hours=1) == Changes(unchanged=1)
    assert lists.held(connection.pk, "p") == {"e": "1", "other": "1"}
    table.forget(connection.pk, ["p"], now=NOW)
    assert lists.held(connection.pk, "p") == {}


def test_with_a_directory_goes_all_that_is_below_and_nothing_beside(connection: Connection) -> None:
    for path in ("A", "A/B", "A B", "AB", "a/B"):
        record = {"path": path, "parent_path": path.rpartition("/")[0], "name": path}
        upsert(connection, "directory", record)
        make_project(connection, f"in {path}", path)
    table = TABLES["directory"]
    here = [{"path": path, "parent_path": "", "name": path} for path in ("A B", "AB", "a")]
    table.settle(connection.pk, here, complete={"parent_path": ""}, seen_at=NOW + timedelta(hours=1))
    lost = {"missing_since__isnull": False}
    assert set(Directory.objects.filter(**lost).values_list("path", flat=True)) == {"A", "A/B"}
    assert set(LogikalProject.objects.filter(**lost).values_list("external_id", flat=True)) == {"in A", "in A/B"}


def test_with_a_phase_go_its_elevations_and_those_of_no_other_project(connection: Connection) -> None:
    for project in ("p", "q"):
        upsert(connection, "phase", {"project_id": project, "external_id": PHASE, "name": "", "description": ""})
        upsert(connection, "elevation", elevation(project, f"in {project}", "1"))
    TABLES["phase"].settle(connection.pk, [], complete={"project_id": "p"}, seen_at=NOW + timedelta(hours=1))
    lost = {"missing_since__isnull": False}
    assert list(Phase.objects.filter(**lost).values_list("project_id", flat=True)) == ["p"]
    assert list(Elevation.objects.filter(**lost).values_list("external_id", flat=True)) == ["in p"]


def test_a_list_that_was_asked_for_before_a_row_came_says_nothing_of_it(connection: Connection) -> None:
    upsert(connection, "directory", {"path": "A", "parent_path": "", "name": "A"}, hours=1)
    TABLES["directory"].settle(connection.pk, [], complete={"parent_path": ""}, seen_at=NOW)
    assert Directory.objects.get().missing_since is None

"""Where a session has to stand for a call, and what it hears elsewhere."""

import pytest

from connections.providers.logikal.sandbox.accounts import SEVENTEEN_USER
from connections.providers.logikal.sandbox.draws import NULL_GUID
from tests.connections.providers.logikal.sandbox.asking import PICTURE, Caller

STATES = ("directory", "project", "phase", "elevation")
READS = {
    "directories": "directory",
    "projects": "directory",
    "projects/selected": "project",
    "phases": "project",
    "elevations": "phase",
    "elevations/selected/thumbnail": "elevation",
    "elevations/selected/parts-list": "elevation",
}
SELECTS = {"directories": "directory", "projects": "directory", "phases": "project", "elevations": "phase"}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("path", "expected"), READS.items())
def test_a_call_is_answered_in_its_own_state_only(caller: Caller, path: str, expected: str, state: str) -> None:
    answer = caller.signed_in_at(state).get(path, **PICTURE)
    assert answer.status_code == (200 if state == expected else 405)
    if state != expected:
        assert expected in answer.json()["message"]
        assert answer.json()["code"] == 405


@pytest.mark.parametrize("state", STATES)
def test_the_thumbnail_of_any_elevation_needs_the_phase_alone(caller: Caller, state: str) -> None:
    elevation = caller.logikal.truth(SEVENTEEN_USER)["elevations"][3]["id"]
    answer = caller.signed_in_at(state).get(f"elevations/{elevation}/thumbnail", **PICTURE)
    assert answer.status_code == (200 if state == "phase" else 405)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("what", "above"), SELECTS.items())
def test_selecting_from_too_high_up_is_refused(caller: Caller, what: str, above: str, state: str) -> None:
    if STATES.index(state) < STATES.index(above):
        assert caller.signed_in_at(state).select(what, NULL_GUID).status_code == 405


@pytest.mark.parametrize(("what", "above"), SELECTS.items())
def test_what_does_not_exist_is_not_found(caller: Caller, what: str, above: str) -> None:
    answer = caller.signed_in_at(above).select(what, "00000000-0000-0000-0000-0000000000aa")
    assert (answer.status_code, answer.json()["code"]) == (404, 404)


@pytest.mark.parametrize(("what", "above"), SELECTS.items())
def test_selecting_needs_an_identifier(caller: Caller, what: str, above: str) -> None:
    alice = caller.signed_in_at(above)
    assert alice.call("POST", f"{what}/select", json={}).status_code == 400
    assert alice.select(what, "").status_code == 400
    if what != "directories":
        assert alice.select(what, "no-guid").status_code == 400


def test_a_directory_is_reached_prefix_by_prefix(caller: Caller) -> None:
    path = max((one["path"] for one in caller.logikal.truth()["directories"]), key=lambda one: one.count("/"))
    assert path.count("/") >= 2
    alice = caller.signed_in()
    top, *_ = path.split("/")
    assert alice.select("directories", path).status_code == 409, "a step was left out"
    for depth in range(1, path.count("/") + 2):
        prefix = "/".join(path.split("/")[:depth])
        assert prefix in [one["path"] for one in alice.data("directories")]
        assert alice.select("directories", prefix).json() == {"hints": [], "warnings": []}
    assert top not in [one["path"] for one in alice.data("directories")]


def test_sessions_stand_where_each_of_them_went(caller: Caller) -> None:
    alice, bob = caller.signed_in_at("project"), caller.signed_in_at("directory")
    assert alice.get("projects").status_code == 405
    assert bob.data("projects")
    assert alice.data("phases")


def test_a_project_of_another_directory_is_not_found(caller: Caller) -> None:
    first, second, *_ = caller.logikal.truth()["projects"]
    assert first["directory"] != second["directory"]
    assert caller.signed_in().go(first["directory"]).select("projects", second["id"]).status_code == 404

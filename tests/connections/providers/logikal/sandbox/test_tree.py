"""What the accounts hold: always the same for a user name, and found by walking as the sandbox says it is."""

from typing import Any
from uuid import UUID

import pytest

from connections.providers.logikal.sandbox import Sandbox
from connections.providers.logikal.sandbox.accounts import DEMO_USER, LARGE_USER, SEVENTEEN_USER
from connections.providers.logikal.sandbox.draws import NULL_GUID
from connections.sandbox.clock import SandboxClock
from tests.connections.providers.logikal.sandbox.asking import AFTERNOON, Caller, all_rows

PROJECT = {
    "id",
    "name",
    "createdDate",
    "changedDate",
    "isDeleted",
    "jobNumber",
    "offerNumber",
    "personInCharge",
    "estimated",
}
ELEVATION = {
    "id",
    "versionId",
    "name",
    "amount",
    "isInRecycleBin",
    "automaticDescription",
    "systemDescription",
    "modelDescription",
    "userDescription",
    "surfaceOfBaseElement",
    "surfaceOfInsertions",
    "createdByUser",
    "createdDate",
    "changedDate",
    "width",
    "height",
    "isElementPricelistElevation",
    "elementPricelistId",
    "type",
    "state",
}


def test_walking_finds_what_is_there(caller: Caller) -> None:
    truth = caller.logikal.truth()
    directories, projects = all_rows(caller)
    assert sorted(one["path"] for one in directories) == sorted(one["path"] for one in truth["directories"])
    assert sorted(projects, key=lambda one: one["id"]) == sorted(truth["projects"], key=lambda one: one["id"])
    for project in truth["projects"]:
        alice = caller.signed_in().go(project["directory"], project["id"])
        assert {**alice.data("projects/selected"), "directory": project["directory"]} == project
        phases = alice.data("phases")
        assert [{**one, "project": project["id"]} for one in phases] == [
            one for one in truth["phases"] if one["project"] == project["id"]
        ]
        for phase in phases:
            bob = caller.signed_in().go(project["directory"], project["id"], phase["id"])
            owners = {"project": project["id"], "phase": phase["id"]}
            expected = [one for one in truth["elevations"] if owners.items() <= one.items()]
            assert [{**one, **owners} for one in bob.data("elevations")] == expected


@pytest.mark.parametrize("username", [DEMO_USER, LARGE_USER, SEVENTEEN_USER])
def test_a_user_name_always_opens_the_same_tree(caller: Caller, username: str) -> None:
    clock = SandboxClock()
    clock.freeze(AFTERNOON)
    assert Sandbox(clock).truth(username) == caller.logikal.truth(username)


def test_each_user_name_opens_another_tree(caller: Caller) -> None:
    assert caller.logikal.truth(DEMO_USER)["projects"] != caller.logikal.truth(LARGE_USER)["projects"]
    caller.logikal.add_account("twin", seed=DEMO_USER)
    assert caller.logikal.truth("twin") == caller.logikal.truth(DEMO_USER)


def test_the_demo_is_small_and_has_everything(caller: Caller) -> None:
    truth = caller.logikal.truth()
    assert len(truth["projects"]) == 6
    assert {one["path"].count("/") for one in truth["directories"]} == {0, 1, 2}
    assert {one["phase"] for one in truth["elevations"]} > {NULL_GUID}


def test_the_large_tree_has_500_projects(caller: Caller) -> None:
    truth = caller.logikal.truth(LARGE_USER)
    assert (len(truth["projects"]), len(truth["directories"])) == (500, 60)
    assert len({one["path"] for one in truth["directories"]}) == 60
    assert len({one["id"] for one in truth["elevations"]}) == len(truth["elevations"]) > 500
    assert max(one["path"].count("/") for one in truth["directories"]) >= 4


def test_the_project_of_17_elevations(caller: Caller) -> None:
    assert len(caller.signed_in_at("phase").data("elevations")) == 17


def test_every_project_has_the_default_phase_and_some_have_more(caller: Caller) -> None:
    phases = caller.logikal.truth(LARGE_USER)["phases"]
    defaults = [one["project"] for one in phases if one["id"] == NULL_GUID]
    assert len(defaults) == len(set(defaults)) == 500
    assert len(phases) - len(defaults) > 0
    assert len({(one["project"], one["id"]) for one in phases}) == len(phases)


def test_records_have_the_fields_of_the_specification(caller: Caller) -> None:
    alice = caller.signed_in_at("directory")
    (project,) = alice.data("projects")
    (directory, *_) = caller.signed_in().data("directories")
    (phase,) = caller.signed_in_at("project").data("phases")
    elevation, *_ = caller.signed_in_at("phase").data("elevations")
    assert directory.keys() == {"name", "path"}
    assert project.keys() == PROJECT
    assert phase.keys() == {"id", "name", "description"}
    assert elevation.keys() == ELEVATION
    assert elevation["surfaceOfBaseElement"].keys() == {"name", "colorInside", "colorOutside"}
    assert str(UUID(elevation["id"])) == elevation["id"]
    assert str(UUID(elevation["versionId"])) == elevation["versionId"]


def test_dates_are_seconds_and_none_lies_ahead(caller: Caller) -> None:
    truth, now = caller.logikal.truth(LARGE_USER), AFTERNOON.timestamp()
    for row in [*truth["projects"], *truth["elevations"]]:
        assert 1_700_000_000 < row["createdDate"] <= row["changedDate"] <= now
        assert isinstance(row["changedDate"], int)


def test_an_account_can_be_made_to_measure(caller: Caller) -> None:
    caller.logikal.add_account("twenty", projects=20, directories=2, elevations=(3, 3), further_phases=False)
    truth = caller.logikal.truth("twenty")
    assert [len(truth[kind]) for kind in ("directories", "projects", "phases", "elevations")] == [2, 20, 20, 60]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"colour": "red"}, "has no colour"),
        ({"directories": 0}, "needs a directory"),
        ({"parts_variant": "odd"}, "odd"),
    ],
    ids=["unknown", "nowhere", "variant"],
)
def test_an_account_that_makes_no_sense_is_refused(caller: Caller, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        caller.logikal.add_account("odd", **options)

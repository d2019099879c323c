"""What tests may do to the tree at once."""

from typing import Any

import pytest

from connections.providers.logikal.sandbox.accounts import LARGE_USER, SEVENTEEN_USER
from connections.providers.logikal.sandbox.draws import NULL_GUID
from tests.connections.providers.logikal.sandbox.asking import Caller

Row = dict[str, Any]


def project(caller: Caller) -> Row:
    return caller.logikal.truth(SEVENTEEN_USER)["projects"][0]


def elevation(caller: Caller, place: int = 0) -> Row:
    return caller.signed_in_at("phase").data("elevations")[place]  # type: ignore[no-any-return]


def test_a_changed_elevation_is_a_new_version_and_its_project_moves(caller: Caller) -> None:
    before, owner = elevation(caller), project(caller)
    caller.logikal.change(before["id"], name="Other", amount=99.0)
    after = elevation(caller)
    assert (after["name"], after["amount"]) == ("Other", 99.0)
    assert after["versionId"] != before["versionId"]
    assert after["changedDate"] > before["changedDate"]
    assert project(caller)["changedDate"] == after["changedDate"] > owner["changedDate"]


def test_a_second_change_in_the_same_second_moves_the_dates_again(caller: Caller) -> None:
    first, second = elevation(caller, 0), elevation(caller, 1)
    caller.logikal.change(first["id"], name="Other")
    between = project(caller)["changedDate"]
    caller.logikal.change(second["id"], name="Other")
    assert project(caller)["changedDate"] > between


def test_a_silent_change_moves_nothing(caller: Caller) -> None:
    before, owner = elevation(caller), project(caller)
    caller.logikal.change(before["id"], silent=True, name="Other")
    assert elevation(caller) == {**before, "name": "Other"}
    assert project(caller) == owner


def test_a_changed_project_moves_alone(caller: Caller) -> None:
    before, inside = project(caller), elevation(caller)
    caller.logikal.change(before["id"], name="Other", personInCharge="Alice")
    after = project(caller)
    assert (after["name"], after["personInCharge"]) == ("Other", "Alice")
    assert after["changedDate"] > before["changedDate"]
    assert elevation(caller) == inside


def test_a_phase_is_changed_by_its_project_and_its_own_id(caller: Caller) -> None:
    owner = project(caller)
    caller.logikal.change(f"{owner['id']}/{NULL_GUID}", description="Other")
    assert caller.signed_in_at("project").data("phases")[0]["description"] == "Other"
    assert project(caller)["changedDate"] > owner["changedDate"]


def test_a_project_moves_to_another_directory(caller: Caller) -> None:
    moved, other, *_ = caller.logikal.truth()["projects"]
    caller.logikal.change(moved["id"], directory=other["directory"])
    there = caller.signed_in().go(other["directory"]).data("projects")
    (found,) = (one for one in there if one["id"] == moved["id"])
    assert "directory" not in found
    assert moved["id"] not in [one["id"] for one in caller.signed_in().go(moved["directory"]).data("projects")]


def test_a_deleted_project_says_so(caller: Caller) -> None:
    caller.logikal.delete(project(caller)["id"])
    assert project(caller)["isDeleted"] is True


def test_a_deleted_elevation_is_gone_and_its_project_moves(caller: Caller) -> None:
    gone, owner = elevation(caller), project(caller)
    alice = caller.signed_in_at("elevation")
    caller.logikal.delete(gone["id"])
    there = caller.signed_in_at("phase")
    assert len(there.data("elevations")) == 16
    assert there.select("elevations", gone["id"]).status_code == 404
    assert alice.get("elevations/selected/parts-list").status_code == 400
    assert project(caller)["changedDate"] > owner["changedDate"]


def test_an_elevation_in_the_recycle_bin_says_so(caller: Caller) -> None:
    caller.logikal.recycle(elevation(caller)["id"])
    assert elevation(caller)["isInRecycleBin"] is True
    with pytest.raises(ValueError, match="recycle bin"):
        caller.logikal.recycle(project(caller)["id"])


def test_what_is_excluded_is_not_there_and_no_date_moves(caller: Caller) -> None:
    hidden, owner = elevation(caller), project(caller)
    caller.logikal.exclude(hidden["id"])
    assert hidden["id"] not in [one["id"] for one in caller.signed_in_at("phase").data("elevations")]
    assert project(caller) == owner
    caller.logikal.restore(hidden["id"])
    assert elevation(caller)["id"] == hidden["id"]
    assert project(caller)["changedDate"] > owner["changedDate"], "it appears as new"


def test_what_was_changed_can_be_restored_and_that_is_a_change_too(caller: Caller) -> None:
    before = project(caller)
    caller.logikal.change(before["id"], name="Other")
    between = project(caller)
    caller.logikal.restore(before["id"])
    after = project(caller)
    assert after["name"] == before["name"]
    assert after["changedDate"] > between["changedDate"]


def test_an_excluded_directory_takes_all_below_it_along(caller: Caller) -> None:
    truth = caller.logikal.truth()
    top = next(one["directory"] for one in truth["projects"] if "/" in one["directory"]).split("/")[0]
    caller.logikal.exclude(top)
    left = caller.logikal.truth()
    for kind, name in (("directories", "path"), ("projects", "directory")):
        kept = [one[name] for one in truth[kind] if one[name].split("/")[0] != top]  # type: ignore[literal-required]
        assert [one[name] for one in left[kind]] == kept  # type: ignore[literal-required]
    assert caller.signed_in().select("directories", top).status_code == 404


def test_an_excluded_project_and_phase_cannot_be_selected(caller: Caller) -> None:
    owner = project(caller)
    caller.logikal.exclude(f"{owner['id']}/{NULL_GUID}")
    alice = caller.signed_in_at("project")
    assert alice.data("phases") == []
    assert alice.select("phases", NULL_GUID).status_code == 404
    caller.logikal.exclude(owner["id"])
    bob = caller.signed_in(SEVENTEEN_USER).go(owner["directory"])
    assert bob.data("projects") == []
    assert bob.select("projects", owner["id"]).status_code == 404


@pytest.mark.parametrize(("act", "status"), [("lock", 409), ("forbid", 403)])
def test_a_project_may_be_closed_to_us(caller: Caller, act: str, status: int) -> None:
    owner, alice = project(caller), caller.signed_in_at("project")
    getattr(caller.logikal, act)(owner["id"])
    bob = caller.signed_in(SEVENTEEN_USER).go(owner["directory"])
    assert [one["id"] for one in bob.data("projects")] == [owner["id"]], "it is still listed"
    answer = bob.select("projects", owner["id"])
    assert (answer.status_code, answer.json()["code"]) == (status, status)
    assert alice.get("projects/selected").status_code == status
    caller.logikal.unlock(owner["id"])
    assert bob.select("projects", owner["id"]).status_code == 200


def test_who_names_an_account_changes_that_one_only(caller: Caller) -> None:
    caller.logikal.add_account("twin", seed=SEVENTEEN_USER, directories=1, projects=1, elevations=[17, 17])
    caller.logikal.change(project(caller)["id"], account="twin", name="Of the twin")
    assert project(caller)["name"] != "Of the twin"
    assert caller.logikal.truth("twin")["projects"][0]["name"] == "Of the twin"


def test_what_is_not_there_or_has_no_such_field_is_an_error(caller: Caller) -> None:
    with pytest.raises(LookupError):
        caller.logikal.change("nobody knows it", name="Other")
    with pytest.raises(LookupError):
        caller.logikal.change(project(caller)["id"], account=LARGE_USER, name="Other")
    with pytest.raises(ValueError, match="has no nmae"):
        caller.logikal.change(project(caller)["id"], nmae="Other")

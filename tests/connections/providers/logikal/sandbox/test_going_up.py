"""A session leads down only, unless a sibling can be selected."""

import pytest

from connections.providers.logikal.sandbox.accounts import SEVENTEEN_USER
from connections.providers.logikal.sandbox.draws import NULL_GUID
from tests.connections.providers.logikal.sandbox.asking import Caller

UP = [
    ("project", "directories"),
    ("phase", "directories"),
    ("elevation", "directories"),
    ("project", "projects"),
    ("phase", "projects"),
    ("elevation", "projects"),
    ("phase", "phases"),
    ("elevation", "phases"),
    ("elevation", "elevations"),
]


def existing(caller: Caller, what: str) -> str:
    truth = caller.logikal.truth(SEVENTEEN_USER)
    found = {
        "directories": truth["directories"][0]["path"],
        "projects": truth["projects"][0]["id"],
        "phases": NULL_GUID,
        "elevations": truth["elevations"][1]["id"],
    }
    return str(found[what])


@pytest.mark.parametrize(("state", "what"), UP)
def test_going_up_is_refused_as_it_was_seen(caller: Caller, state: str, what: str) -> None:
    identifier = existing(caller, what)
    answer = caller.signed_in_at(state).select(what, identifier)
    sentence = f"The requested resource '{identifier}' cannot be set, because it isn't valid in the current mapping."
    assert (answer.status_code, answer.json()) == (409, {"errors": [sentence]})


@pytest.mark.parametrize(("state", "what"), UP)
def test_going_up_may_be_refused_as_it_is_specified(caller: Caller, state: str, what: str) -> None:
    caller.logikal.set(going_up=405)
    answer = caller.signed_in_at(state).select(what, existing(caller, what))
    assert (answer.status_code, answer.json()["code"]) == (405, 405)


def test_another_directory_beside_this_one_is_a_way_up(caller: Caller) -> None:
    first, second, *_ = (one["path"] for one in caller.logikal.truth()["directories"] if "/" not in one["path"])
    alice = caller.signed_in().go(first)
    assert alice.select("directories", second).status_code == 409
    caller.logikal.set(going_up=405)
    assert alice.select("directories", second).status_code == 405


def test_the_elevation_beside_this_one_can_be_selected_where_the_service_allows_it(caller: Caller) -> None:
    second = existing(caller, "elevations")
    alice = caller.signed_in_at("elevation")
    assert alice.select("elevations", second).status_code == 409
    caller.logikal.set(sibling_select=True)
    assert alice.select("elevations", second).status_code == 200
    assert alice.data("elevations/selected/parts-list")
    assert alice.get("elevations").status_code == 405


def test_the_phase_beside_this_one_can_be_selected_where_the_service_allows_it(caller: Caller) -> None:
    truth = caller.logikal.truth()
    second = next(phase for phase in truth["phases"] if phase["id"] != NULL_GUID)
    project = next(one for one in truth["projects"] if one["id"] == second["project"])
    alice = caller.signed_in().go(project["directory"], project["id"], NULL_GUID)
    in_the_first = alice.data("elevations")
    assert alice.select("phases", second["id"]).status_code == 409
    caller.logikal.set(sibling_select=True)
    assert alice.select("phases", second["id"]).status_code == 200
    assert alice.data("elevations") != in_the_first


@pytest.mark.parametrize(
    ("state", "what"), [("phase", "projects"), ("elevation", "phases"), ("project", "directories")]
)
def test_siblings_or_not_further_up_nobody_gets(caller: Caller, state: str, what: str) -> None:
    caller.logikal.set(sibling_select=True)
    assert caller.signed_in_at(state).select(what, existing(caller, what)).status_code == 409


def test_a_refused_way_leaves_the_session_where_it_was(caller: Caller) -> None:
    alice = caller.signed_in_at("elevation")
    alice.select("elevations", existing(caller, "elevations"))
    assert alice.data("elevations/selected/parts-list")

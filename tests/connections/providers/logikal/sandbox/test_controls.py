"""Everything that Python can turn can be turned over HTTP as well."""

from typing import Any

import pytest
import requests

from connections.providers.logikal.sandbox.accounts import DEMO_USER, SEVENTEEN_USER
from tests.connections.providers.logikal.sandbox.asking import Caller

KNOBS: dict[str, Any] = {
    "going_up": 405,
    "sibling_select": True,
    "session_seconds": None,
    "session_calls": 50,
    "max_sessions": 1,
    "max_sessions_status": 401,
    "calls_per_minute": 30,
    "latency_scale": 0.0,
}


def refused(caller: Caller, path: str, wishes: Any) -> int:
    address = f"{caller.server.url()}/_sandbox/logikal/{path}"
    return requests.post(address, json=wishes, timeout=10).status_code


def test_every_knob_can_be_turned_and_read(caller: Caller) -> None:
    turned = caller.control("logikal/behaviour", {**KNOBS, "latencies": {"login": [1, 2], "phases": 3}})
    assert KNOBS.items() <= turned.items()
    assert (turned["latencies"]["login"], turned["latencies"]["phases"]) == ([1, 2], [3, 3])
    assert turned["latencies"]["select_project"] == [0.88, 0.88], "it was not named"
    assert caller.control("logikal/behaviour") == turned
    assert turned.keys() == {*KNOBS, "latencies"}


@pytest.mark.parametrize(
    "wish", [{"going_up": 404}, {"max_sessions_status": 500}, {"odd": 1}, {"latencies": {"x": []}}]
)
def test_what_makes_no_sense_is_refused(caller: Caller, wish: dict[str, Any]) -> None:
    before = caller.control("logikal/behaviour")
    assert refused(caller, "behaviour", wish) == 400
    assert caller.control("logikal/behaviour") == before


def test_accounts_are_listed_and_added(caller: Caller) -> None:
    listed = caller.control("logikal/accounts", {"username": "ten", "projects": 10, "elevations": [1, 1]})["accounts"]
    assert {one["username"]: one["projects"] for one in listed} == {"demo": 6, "large": 500, "seventeen": 1, "ten": 10}
    assert len(caller.control("logikal/truth?account=ten")["elevations"]) == 10
    assert caller.control("logikal/truth") == caller.logikal.truth(DEMO_USER)
    assert refused(caller, "accounts", {"username": "odd", "parts_variant": "odd"}) == 400


def test_objects_are_changed_deleted_recycled_and_excluded(caller: Caller) -> None:
    first, second, third, *_ = (one["id"] for one in caller.logikal.truth(SEVENTEEN_USER)["elevations"])
    caller.control("logikal/change", {"id": first, "name": "Other", "account": SEVENTEEN_USER})
    caller.control("logikal/delete", {"id": second})
    caller.control("logikal/recycle", {"id": third})
    one, other, *_ = caller.logikal.truth(SEVENTEEN_USER)["elevations"]
    assert (one["name"], other["id"], other["isInRecycleBin"]) == ("Other", third, True)
    caller.control("logikal/exclude", {"id": first})
    assert len(caller.logikal.truth(SEVENTEEN_USER)["elevations"]) == 15
    caller.control("logikal/restore", {"id": second})
    assert len(caller.logikal.truth(SEVENTEEN_USER)["elevations"]) == 16
    assert refused(caller, "delete", {"id": "nobody knows it"}) == 404


def test_projects_are_closed_and_parts_lists_spoiled(caller: Caller) -> None:
    truth = caller.logikal.truth(SEVENTEEN_USER)
    project, elevation = truth["projects"][0], truth["elevations"][0]["id"]
    alice = caller.signed_in(SEVENTEEN_USER).go(project["directory"])
    for act, status in (("lock", 409), ("forbid", 403), ("unlock", 200)):
        caller.control(f"logikal/{act}", {"id": project["id"]})
        assert alice.select("projects", project["id"]).status_code == status
    caller.control("logikal/parts", {"id": elevation, "variant": "empty"})
    assert caller.logikal.parts_list(elevation) == b""
    assert refused(caller, "parts", {"id": elevation, "variant": "odd"}) == 400


def test_sessions_are_seen_and_ended(caller: Caller) -> None:
    caller.signed_in()
    seen = caller.control("logikal/sessions")
    assert [(one["name"], one["username"], one["state"]) for one in seen["open"]] == [
        ("session-1", "demo", "directory")
    ]
    assert (seen["highest"], seen["highest_of"]) == (1, {"demo": 1})
    assert caller.control("logikal/sessions", method="DELETE")["open"] == []


def test_simulated_seconds_are_told_and_begun_anew(caller: Caller) -> None:
    caller.signed_in()
    told = caller.control("logikal/simulated")
    assert told["total"] == told["by_session"]["session-1"] == told["by_kind"]["login"] > 4.5
    assert caller.control("logikal/simulated", method="DELETE")["total"] == 0


def test_a_reset_makes_all_as_it_was(caller: Caller) -> None:
    before = caller.logikal.truth(SEVENTEEN_USER)
    alice = caller.signed_in()
    caller.logikal.set(max_sessions=1)
    caller.logikal.delete(before["elevations"][0]["id"])
    alice.call("POST", "projects")
    caller.server.reset()
    assert caller.logikal.truth(SEVENTEEN_USER) == before
    assert (caller.logikal.writes, caller.logikal.most_sessions, caller.logikal.behaviour.max_sessions) == ([], 0, None)
    assert alice.get("directories").status_code == 401

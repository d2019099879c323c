"""Now and then something changes by itself: a rule of account and minute."""

from datetime import timedelta

from connections.providers.logikal.sandbox.accounts import DEMO_USER, LARGE_USER, SEVENTEEN_USER
from connections.providers.logikal.sandbox.draws import NULL_GUID
from tests.connections.providers.logikal.sandbox.asking import AFTERNOON, Caller


def test_nothing_changes_within_a_minute(caller: Caller) -> None:
    before = caller.logikal.truth(LARGE_USER)
    caller.clock.advance(seconds=59)
    assert caller.logikal.truth(LARGE_USER) == before


def test_a_day_later_some_elevations_are_new_versions_and_their_projects_moved_too(caller: Caller) -> None:
    before = caller.logikal.truth(DEMO_USER)
    caller.clock.advance(days=1)
    after = caller.logikal.truth(DEMO_USER)
    pairs = list(zip(before["elevations"], after["elevations"], strict=True))
    changed = [new for old, new in pairs if old["versionId"] != new["versionId"]]
    assert 0 < len(changed) < len(pairs)
    assert changed == [new for old, new in pairs if old["changedDate"] != new["changedDate"]]
    assert all(AFTERNOON.timestamp() < one["changedDate"] for one in changed)
    projects = list(zip(before["projects"], after["projects"], strict=True))
    moved = {new["id"] for old, new in projects if old["changedDate"] != new["changedDate"]}
    assert moved == {one["project"] for one in changed}


def test_a_project_is_as_young_as_its_youngest_elevation(caller: Caller) -> None:
    truth = caller.logikal.truth(LARGE_USER)
    for project in truth["projects"]:
        inside = [one["changedDate"] for one in truth["elevations"] if one["project"] == project["id"]]
        assert project["changedDate"] == max(inside)


def test_time_runs_the_same_whichever_way_it_comes(caller: Caller) -> None:
    caller.clock.advance(days=40)
    straight = caller.logikal.truth(DEMO_USER)
    caller.clock.freeze(AFTERNOON)
    for _ in range(4):
        caller.clock.advance(days=10)
        caller.logikal.truth(DEMO_USER)
    assert caller.logikal.truth(DEMO_USER) == straight
    caller.clock.freeze(AFTERNOON - timedelta(days=300))
    assert caller.logikal.truth(DEMO_USER) != straight


def test_an_account_may_stand_still(caller: Caller) -> None:
    before = caller.logikal.truth(SEVENTEEN_USER)
    caller.clock.advance(days=400)
    assert caller.logikal.truth(SEVENTEEN_USER) == before


def test_over_the_wire_nothing_changes_within_a_minute_either(caller: Caller) -> None:
    caller.logikal.add_account("restless", elevations=[40, 40], further_phases=False, change_days=0.001)
    project = next(one for one in caller.logikal.truth("restless")["projects"] if one["createdDate"] % 60)
    alice = caller.signed_in("restless").go(project["directory"], project["id"], NULL_GUID)
    before = alice.data("elevations")
    caller.clock.advance(seconds=59)
    assert alice.data("elevations") == before
    caller.clock.advance(seconds=1)
    assert alice.data("elevations") != before

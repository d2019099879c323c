"""One session: where it may go, how it comes back when it has ended, and that it is always let go."""

from typing import Any

import pytest

from connections.errors import RateLimited, Transient
from connections.providers.logikal.abilities import KNOWN, TRIED_AGAIN_AFTER, Abilities
from connections.providers.logikal.errors import IllegalCallError, Refused
from connections.providers.logikal.places import Place, steps_aside, steps_down
from connections.providers.logikal.sandbox.accounts import SEVENTEEN_USER
from connections.providers.logikal.sandbox.draws import NULL_GUID
from connections.providers.logikal.session import LogikalSession
from connections.sandbox.server import SandboxServer
from connections.sources import Slice
from tests.connections.providers.logikal.reading import NOW, Reader, source_at
from tests.connections.providers.logikal.scripted_server import Raw, data, error, scripted


@pytest.fixture
def reader(server: SandboxServer) -> Reader:
    return Reader(server, SEVENTEEN_USER)


def place_at(reader: Reader, state: str) -> Place:
    """In the one project of 17 elevations."""
    truth = reader.logikal.truth(SEVENTEEN_USER)
    project, elevation = truth["projects"][0], truth["elevations"][0]
    steps = {"directory": project["directory"], "project": project["id"], "phase": NULL_GUID}
    steps["elevation"] = elevation["id"]
    names = list(steps)
    return Place(**{name: steps[name] for name in names[: names.index(state) + 1]})


ASKED = {
    "directory": "directories",
    "project": "phases",
    "phase": "elevations",
    "elevation": "parts_list",
}


def ask(session: LogikalSession, state: str) -> Any:
    return getattr(session, ASKED[state])().data


@pytest.mark.spec("L37")
def test_it_signs_in_with_the_first_call_and_once(reader: Reader) -> None:
    with LogikalSession(reader.source().api) as session:
        assert reader.kinds() == []
        session.directories()
        session.projects()
    assert reader.kinds() == ["login", "directories", "projects", "logout"]


def test_without_a_call_there_is_no_login(reader: Reader) -> None:
    with LogikalSession(reader.source().api):
        pass
    assert reader.kinds() == []


@pytest.mark.parametrize("state", ASKED)
def test_what_is_not_allowed_where_it_stands_is_never_sent(reader: Reader, state: str) -> None:
    with LogikalSession(reader.source().api) as session:
        session.go(place_at(reader, state))
        sent = len(reader.kinds())
        for other in ASKED.keys() - {state}:
            with pytest.raises(IllegalCallError):
                ask(session, other)
        assert len(reader.kinds()) == sent


@pytest.mark.spec("L37")
@pytest.mark.parametrize("state", ASKED)
def test_a_session_that_has_ended_comes_back_to_where_it_was(reader: Reader, state: str) -> None:
    place = place_at(reader, state)
    with LogikalSession(reader.source().api) as session:
        session.go(place)
        before = ask(session, state)
        reader.logikal.end_sessions()
        assert ask(session, state) == before
        assert session.place == place
        assert reader.count("login") == 2
        reader.logikal.end_sessions()
        assert ask(session, state) == before
    assert reader.count("login") == 3


@pytest.mark.parametrize("state", ["project", "phase", "elevation"])
def test_a_session_that_ends_on_the_way_goes_on(reader: Reader, state: str) -> None:
    place = place_at(reader, state)
    with LogikalSession(reader.source().api) as session:
        session.go(place_at(reader, "directory"))
        reader.logikal.end_sessions()
        session.go(place)
        assert session.place == place


def test_a_session_that_ends_by_time_comes_back(reader: Reader) -> None:
    reader.logikal.set(session_seconds=600)
    with LogikalSession(reader.source().api) as session:
        session.go(place_at(reader, "phase"))
        reader.server.clock.advance(seconds=601)
        assert len(session.elevations().data) == 17


def test_a_whole_project_is_read_by_sessions_of_few_calls(reader: Reader) -> None:
    reader.logikal.set(session_calls=6, sibling_select=True)
    reader.read("projects")
    reader.read("parts_lists", *reader.store.addresses())
    assert len(reader.store.of("parts_lists")) == 17


def test_sessions_that_end_at_once_are_not_opened_for_ever(reader: Reader) -> None:
    reader.logikal.set(session_calls=1)
    with pytest.raises(Transient, match="right after the login"):
        reader.read("projects")
    assert reader.count("login") <= 4


def test_a_401_while_the_session_lives_does_not_make_two(reader: Reader) -> None:
    reader.logikal.faults.add({"kind": "error", "status": 401, "path": "/directories", "method": "GET", "times": 1})
    reader.read("projects")
    assert reader.count("login") == 2
    assert reader.logikal.most_sessions == 1


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"status": 429, "seconds": 5}], ids=str)
def test_it_signs_out_whatever_happens(reader: Reader, fault: dict[str, Any]) -> None:
    reader.logikal.faults.add({"kind": "error", "path": "/projects", **fault})
    with pytest.raises((Transient, RateLimited)):
        reader.read("projects")
    assert reader.kinds()[-1] == "logout"
    assert reader.logikal.open_sessions() == []


@pytest.mark.spec("L37")
def test_it_signs_out_when_nobody_wants_the_next_page(reader: Reader) -> None:
    reader.read("projects", pages=1)
    assert reader.kinds()[-1] == "logout"


def test_it_signs_out_though_the_gate_has_closed(reader: Reader) -> None:
    reader.gate.closed_after = 2
    with pytest.raises(RateLimited):
        reader.read("projects")
    assert reader.kinds() == ["login", "directories", "logout"]


def test_a_sign_out_that_fails_is_no_error() -> None:
    with scripted({"DELETE auth": error(500, "No"), "GET directories": data([]), "GET projects": data([])}) as server:
        source = source_at(server.url)
        assert list(source.read(source.stream("projects"), Slice(), None))
        assert server.asked[-1] == "DELETE auth"


def test_every_call_passes_the_gate_against_one_bucket(reader: Reader) -> None:
    reader.read("projects")
    reader.read("parts_lists", *reader.store.addresses())
    assert len(reader.gate.calls) == len(reader.kinds())
    buckets = {limit.bucket for limits in reader.gate.calls for limit in limits}
    assert len(buckets) == 1
    assert SEVENTEEN_USER not in buckets.pop()
    assert {limit.per_hour for limits in reader.gate.calls for limit in limits} == {None}


def test_where_all_sessions_are_in_use_it_waits(reader: Reader) -> None:
    with LogikalSession(reader.source().api) as other:
        other.open()
        for status in (409, 401):
            reader.logikal.set(max_sessions_status=status)
            with pytest.raises(RateLimited, match="in use") as refused:
                reader.read("projects")
            assert refused.value.retry_at > NOW
            assert refused.value.remedy
    assert [bucket for bucket, _, _ in reader.gate.blocks] == [refused.value.scope] * 2


# Ways


def test_ways_down_and_aside() -> None:
    here = Place("A/B", "p", "f")
    assert steps_down(Place("A"), here) == here.steps()[1:]
    assert steps_down(here, here) == ()
    assert steps_down(here, Place("A/B", "p")) is None
    assert steps_aside(here, Place("A/B", "p", "g", "e")) == (("phase", "g"), ("elevation", "e"))
    assert steps_aside(here, Place("A/B", "q")) is None, "projects are never left aside"
    assert steps_aside(here, Place("A/C")) is None
    assert steps_aside(Place("A/B", "p", "f", "e"), Place("A/B", "p", "g")) is None
    assert steps_aside(Place("A/B/C"), Place("A/D")) == (("directory", "A/D"),)
    assert steps_aside(Place("A/B"), Place("A")) is None


def test_a_server_that_lets_sessions_aside_is_walked_with_one_login() -> None:
    below = {"": ["A", "B"], "A": ["A/C", "A/D"], "B": ["B/E"]}
    standing = [""]

    def answer(call: str, body: dict[str, Any]) -> Raw | None:
        if call == "POST directories/select":
            standing.append(body["identifier"])
        if call == "GET directories":
            return data([{"name": path[-1:], "path": path} for path in below.get(standing[-1], [])])
        return None

    with scripted(answer) as server:
        source = source_at(server.url)
        pages = list(source.read(source.stream("directories"), Slice(), None))
        assert server.asked.count("POST auth") == server.asked.count("DELETE auth") == 1
        assert server.asked.count("POST directories/select") == 5
    assert sorted(record["path"] for page in pages for record in page.records) == ["A", "A/C", "A/D", "B", "B/E"]


def test_what_a_server_refuses_is_remembered_for_a_day_and_for_it_alone() -> None:
    now = [0.0]
    abilities = Abilities(lambda: now[0])
    abilities.refuse("one", "phase")
    assert not abilities.may_move("one", "phase")
    assert abilities.may_move("one", "elevation")
    assert abilities.may_move("two", "phase")
    now[0] = TRIED_AGAIN_AFTER
    assert abilities.may_move("one", "phase")


def test_what_is_gone_is_not_taken_for_a_way_that_is_refused(reader: Reader) -> None:
    reader.logikal.set(sibling_select=True)
    place = place_at(reader, "elevation")
    nobody = Place(place.directory, place.project, place.phase, "00000000-0000-0000-0000-00000000beef")
    with LogikalSession(reader.source().api) as session:
        session.go(place)
        with pytest.raises(Refused) as refused:
            session.go(nobody)
    assert (refused.value.status, refused.value.level) == (404, "elevation")
    assert KNOWN.may_move(reader.source().api.login.address, "elevation")

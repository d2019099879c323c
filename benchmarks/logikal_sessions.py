"""What LOGIKAL costs in logins, calls and simulated seconds: `python -m benchmarks.logikal_sessions`.

The stand-in adds up the seconds that the service would take: 6.5 for a login, 1.75 for a parts list, and what the facts
say of every other call. Nobody waits for them. The system that Freshet replaces took 18 logins and 508 seconds for the
project of 17 elevations.
"""

import sys
from collections.abc import Mapping

from connections.providers.logikal.sandbox import Sandbox
from connections.providers.logikal.sandbox.accounts import LARGE_USER, SEVENTEEN_USER
from connections.sandbox.server import SandboxServer
from tests.connections.providers.logikal.reading import Reader

SECONDS = {"login": 6.5, "parts_list": 1.75}
REPLACED = 508.0


def main() -> int:
    with SandboxServer([Sandbox], port=0) as server:
        missed = [first_sync(server, aside=True, logins=3, seconds=60)]
        missed.append(first_sync(server, aside=False, logins=18, seconds=170))
        missed.append(unchanged(server))
        missed.append(one_changed(server))
    return int(any(missed))


def first_sync(server: SandboxServer, *, aside: bool, logins: int, seconds: float) -> bool:
    """aside: whether the server lets a session go from one elevation to the next."""
    reader = begin(server, SEVENTEEN_USER, sibling_select=aside)
    read_all(reader)
    took, made = server.logikal.simulated.total, reader.count("login")
    print(f"17 elevations, {'aside' if aside else 'never aside'}, first sync with its walk")
    print(f"  {made} logins (limit {logins}), {took:.0f} s (limit {seconds:.0f}), {REPLACED / took:.1f} times faster")
    return made > logins or took > seconds


def unchanged(server: SandboxServer) -> bool:
    reader = begin(server, LARGE_USER)
    reader.read("projects")
    directories, projects = len(reader.store.of("directories")), len(reader.store.of("projects"))
    reader.begin_counting()
    reader.read("projects")
    made, logins = reader.kinds(), reader.count("login")
    print(f"{projects} projects in {directories} directories, nothing changed: {len(made)} calls, {logins} logins")
    return "select_project" in made


def one_changed(server: SandboxServer) -> bool:
    reader = begin(server, SEVENTEEN_USER, sibling_select=True)
    read_all(reader)
    elevation = reader.store.of("elevations")[0]["external_id"]
    server.logikal.change(elevation, name="Another name")
    reader.begin_counting()
    read_all(reader)
    read = [call.path for call in reader.logikal.calls.all() if call.bucket == "parts_list"]
    print(f"one of 17 elevations changed: {len(read)} parts list read, {server.logikal.simulated.total:.0f} s")
    return len(read) != 1


def begin(server: SandboxServer, username: str, **knobs: object) -> Reader:
    server.reset()
    latencies: Mapping[str, float] = SECONDS
    server.logikal.set(latencies=latencies, **knobs)
    reader = Reader(server, username)
    reader.begin_counting()
    return reader


def read_all(reader: Reader) -> None:
    """As the engine plans it: the walk, and what brings everything of a project along."""
    reader.read("projects")
    for address in reader.store.addresses():
        reader.read("parts_lists", address)


if __name__ == "__main__":
    sys.exit(main())

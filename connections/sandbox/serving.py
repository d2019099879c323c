"""Serve the stand-in of every provider on one local port until told to stop. No Django here: it would cost 50 MB."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Event

from connections.registry import SOURCES
from connections.sandbox.server import SandboxServer
from connections.sandbox.stand_in import StandIn

DEFAULT_PORT = 8100


def first_port() -> int:
    """The next free one is taken from there on."""
    return int(os.environ.get("SANDBOX_PORT") or DEFAULT_PORT)


def serve(port: int, folder: Path) -> None:
    """folder: for their addresses, and for what they remember."""
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    server = SandboxServer(list(stand_ins()), port=port)
    remember(server, folder)
    with server, announced(server, folder):
        print(f"Sandbox at {server.url()} (PID: {os.getpid()})", flush=True)  # noqa: T201 - for people
        while not stopping.wait(0.2):
            """In short turns: a signal that lands in the serving thread does not end a wait without limit."""


def stand_ins() -> Iterator[type[StandIn]]:
    """Each provider's folder may hold a `sandbox` with its Sandbox."""
    for listed in SOURCES.values():
        folder = f"{listed.path.rsplit('.', 2)[0]}.sandbox"
        if find_spec(folder):
            yield import_module(folder).Sandbox


def remember(server: SandboxServer, folder: Path) -> None:
    """What the stand-ins know from before, such as keys that were handed out, before anybody calls them."""
    folder.mkdir(parents=True, exist_ok=True)
    for stand_in in server.stand_ins.values():
        stand_in.keep_in(folder)


@contextmanager
def announced(server: SandboxServer, folder: Path) -> Iterator[None]:
    """The addresses stand in a file while the server runs, beside what it remembers."""
    path = folder / "sandbox.json"
    draft = path.with_suffix(f".{os.getpid()}")
    addresses = {name: server.url(name) for name in server.stand_ins} | {
        f"{name}_{spoken}": where
        for name, known in server.stand_ins.items()
        for spoken, where in known.also_at().items()
    }
    draft.write_text(json.dumps({"pid": os.getpid(), "port": server.port, **addresses}))
    draft.replace(path)
    try:
        yield
    finally:
        if path.exists() and json.loads(path.read_text()).get("pid") == os.getpid():
            path.unlink()

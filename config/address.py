"""Where the web server listens, and whether it does (`python -m config.address` ends with 0). Imports no Django."""

import os
import socket
import sys
from http.client import HTTPConnection, HTTPException

from config.processes import Failed

ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
"""A server that listens on all addresses, and where to find it."""


def host() -> str:
    return os.environ.get("HOST") or "127.0.0.1"


def choose_port() -> int:
    """PORT, or 8000 and where that is taken the next that is free."""
    chosen = os.environ.get("PORT")
    if not chosen:
        return next(filter(_is_free, range(8000, 65536)))
    if not chosen.isdecimal() or not 0 < int(chosen) < 65536:
        raise Failed(f"PORT is {chosen!r}: it must be a number from 1 to 65535.")
    if not _is_free(int(chosen)):
        raise Failed(f"Port {chosen} is taken. Choose another: PORT={int(chosen) + 1} ./bin/run")
    return int(chosen)


def bind(port: int) -> str:
    """As gunicorn takes it."""
    return f"[{host()}]:{port}" if ":" in host() else f"{host()}:{port}"


def answers(port: int) -> bool:
    connection = HTTPConnection(ANY_ADDRESS.get(host(), host()), port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _is_free(port: int) -> bool:
    family = socket.AF_INET6 if ":" in host() else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host(), port))
        except OSError:
            return False
        return True


if __name__ == "__main__":
    sys.exit(not answers(int(os.environ.get("PORT") or 8000)))

"""Kill the processes of a worker, each at one step of a LOGIKAL sync, wherever the steps are taken.

DIES: steps, each with the number of the call at which it is deadly: "walk:3,parts_fetched:2". DEATHS: a folder, where
all processes count together, and note who has died.
"""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connections.providers.logikal import project, walk
from connections.providers.logikal.client import LogikalApi
from connections.providers.logikal.parts import reader
from connections.providers.logikal.session import LogikalSession
from projects.tables.logikal import PartsListTable
from tests.syncing.processes import accidents

STEPS: dict[str, tuple[Any, str]] = {
    "signed_in": (LogikalApi, "sign_in"),
    "directory_listed": (walk, "_children_of"),
    "project_opened": (project, "_version"),
    "elevations_listed": (LogikalSession, "elevations"),
    "parts_fetched": (LogikalSession, "parts_list"),
    "parts_parsed": (reader, "read_base64"),
    "parts_stored": (PartsListTable, "upsert"),
}
"""What has just been done: the owner of a function, and its name. What is stored then, is not committed yet."""


def arrange() -> None:
    for wish in os.environ["DIES"].split(","):
        step, _, number = wish.partition(":")
        owner, name = STEPS[step]
        setattr(owner, name, _deadly(getattr(owner, name), Path(os.environ["DEATHS"]), step, int(number)))


def deaths(folder: Path) -> list[str]:
    noted = folder / "noted"
    return noted.read_text().splitlines() if noted.exists() else []


def _deadly(original: Callable[..., Any], folder: Path, step: str, number: int) -> Callable[..., Any]:
    @functools.wraps(original)
    def done(*args: Any, **options: Any) -> Any:
        result = original(*args, **options)
        if _counted(folder / step) == number:
            with (folder / "noted").open("a") as noted:
                noted.write(f"{step}\n")
            accidents.die()
        return result

    return done


def _counted(tally: Path) -> int:
    """How many calls there were, in all processes."""
    with tally.open("ab") as file:
        file.write(b".")
        return file.tell()

"""What reading a parts list costs against the bare read of the same rows: `python -m benchmarks.parts_list`.

The file is made here: 71 tables, 1.3 MB, as many rows as in a real one. Both read it from memory, in turns; the bare
read writes it to a temporary file too, opens it, and fetches the rows of the same tables, unchecked and as they are.
"""

import argparse
import os
import sqlite3
import sys
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

from connections.providers.logikal.parts.reader import read, read_base64
from tests.connections.providers.logikal.parts.files import TABLES, realistic

LIMIT_MS = 100.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    rounds = parser.parse_args().rounds
    return int(max(on(realistic(times), rounds) for times in (1, 2)) > LIMIT_MS)


def on(content: bytes, rounds: int) -> float:
    """What it takes to read this file out of its base64."""
    text = b64encode(content).decode()
    ways = {"bare": lambda: bare(content), "read": lambda: read(content), "base64": lambda: read_base64(text)}
    took = measured(ways, rounds)
    print(f"{len(content) / 1e6:.1f} MB, {bare(content)} rows, {len(read(content).other_tables)} other tables")
    for name, milliseconds in took.items():
        at_middle, most = median(milliseconds), max(milliseconds)
        ratio = at_middle / median(took["bare"])
        print(f"  {name:<8}{at_middle:7.2f} ms   most {most:7.2f} ms   {ratio:5.1f} times the bare read")
    return median(took["base64"])


def measured(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of processor time, one of each in turn."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            started = process_time()
            way()
            took[name].append(1000 * (process_time() - started))
    return took


def bare(content: bytes) -> int:
    with TemporaryDirectory() as folder:
        path = os.path.join(folder, "parts.sqlite3")
        with open(path, "wb") as file:
            file.write(content)
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
            return sum(len(database.execute(f"SELECT * FROM {table}").fetchall()) for table in TABLES)


if __name__ == "__main__":
    sys.exit(main())

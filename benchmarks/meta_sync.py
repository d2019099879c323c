"""Workload S of a Meta account, against the least that a correct sync must do: `python -m benchmarks.meta_sync`.

50 campaigns, 200 ad sets, 1,000 ads x 90 days = 90,000 daily rows into PostgreSQL. Every figure is a ratio to the floor
of the same run; start-up (`manage.py check`) is subtracted from both. `--ten` adds the memory at ten times the ads.
"""

import argparse
import sys
from datetime import date, timedelta
from statistics import median

from benchmarks.stage import Measured, Stage, stage

TOKEN = "sandbox-demo-token"
NOW = "2026-06-15T16:00:00+00:00"
UNTIL = date(2026, 6, 15)
FIRST = UNTIL - timedelta(days=89)
AGAIN = UNTIL - timedelta(days=28)
STREAMS = [word for name in ("campaigns", "ad_sets", "ads", "ad_metrics") for word in ("--stream", name)]
SHAPE = {"campaigns": 50, "ad_sets": 200, "ads": 1000, "dense": True, "drift": False, "start_date": FIRST.isoformat()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ten", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with stage() as at:
        at.sandbox.clock.change({"frozen_at": NOW})
        expect(at.run("manage.py", "migrate", "-v", "0"))
        expect(at.run("manage.py", "shell", "-v", "0", "-c", WORKSPACE))
        start_up = min((at.run("manage.py", "check") for _ in range(4)), key=lambda one: one.cpu)
        figures(at, start_up, options.rounds)
        latency(at, start_up)
        failures(at)
        if options.ten:
            memory_at_ten(at)
    return 0


WORKSPACE = "from connections.models import Workspace; Workspace.objects.create(name='Bench')"


def account(at: Stage, number: int, **shape: object) -> str:
    at.sandbox.meta.add_account(str(number), **{**SHAPE, **shape})
    expect(at.run("manage.py", "connect", "meta", "--account", f"act_{number}", "--no-sync", META_ACCESS_TOKEN=TOKEN))
    return str(at.value("SELECT id FROM connections_connection WHERE external_account_id = %s", f"act_{number}"))


def sync(at: Stage, connection: str, since: date, *words: str, parallel: int = 4) -> Measured:
    dates = ["--since", since.isoformat(), "--until", UNTIL.isoformat()]
    return expect(
        at.run("manage.py", "sync", connection, *STREAMS, *dates, "--foreground", "--parallel", str(parallel), *words)
    )


def floor(at: Stage, number: int, since: date) -> Measured:
    words = [f"act_{number}", since.isoformat(), UNTIL.isoformat()]
    return expect(at.run("-m", "benchmarks.floor", *words, BENCH_TOKEN=TOKEN))


def figures(at: Stage, start_up: Measured, rounds: int) -> None:
    print(f"start-up: {start_up.wall:.2f} s wall, {start_up.cpu:.2f} s CPU")
    warm_up(at)
    ours: dict[str, list[Measured]] = {}
    floors: dict[str, list[Measured]] = {}
    for turn in range(rounds):
        first, second = 2000 + 10 * turn, 2001 + 10 * turn
        connection, _ = account(at, first), account(at, second)
        prepare(at, FIRST, first, second)
        floors.setdefault("first", []).append(floor(at, second, FIRST).less(start_up))
        floor_calls = at.calls()
        at.behave()
        with at.watched() as wrote:
            ours.setdefault("first", []).append(sync(at, connection, FIRST).less(start_up))
        print(f"first sync: {at.calls()} calls (floor {floor_calls}), WAL {wrote['wal']:.1f} MB, {versions(wrote)}")
        check(at, first, FIRST)
        at.behave()
        floors.setdefault("again", []).append(floor(at, second, AGAIN).less(start_up))
        with at.watched() as wrote:
            ours.setdefault("again", []).append(sync(at, connection, AGAIN).less(start_up))
        print(f"nothing changed, 29 days: WAL {wrote['wal']:.2f} MB, {versions(wrote)}")
        restate(at, first, second)
        floors.setdefault("changed", []).append(floor(at, second, AGAIN).less(start_up))
        with at.watched() as wrote:
            ours.setdefault("changed", []).append(sync(at, connection, AGAIN).less(start_up))
        print(f"280 values changed: WAL {wrote['wal']:.2f} MB, {versions(wrote)}, {changed_rows(at, connection)}")
        check(at, first, FIRST)
    for phase in ours:
        compare(phase, ours[phase], floors[phase])


def warm_up(at: Stage) -> None:
    connection = account(at, 1999, ads=20, ad_sets=10, campaigns=5)
    prepare(at, AGAIN, 1999)
    sync(at, connection, AGAIN)
    floor(at, 1999, AGAIN)


def restate(at: Stage, *numbers: int) -> None:
    at.behave(forget=True)
    for number in numbers:
        at.sandbox.meta.restate(str(number), 280, since=AGAIN, until=UNTIL)
    prepare(at, AGAIN, *numbers)


def compare(phase: str, ours: list[Measured], floors: list[Measured]) -> None:
    wall = [mine.wall / base.wall for mine, base in zip(ours, floors, strict=True)]
    cpu = [mine.cpu / base.cpu for mine, base in zip(ours, floors, strict=True)]
    print(
        f"{phase:8} wall {median(one.wall for one in ours):.2f} s, {median(wall):.2f}x the floor's"
        f" {median(one.wall for one in floors):.2f} s; CPU {median(one.cpu for one in ours):.2f} s,"
        f" {median(cpu):.2f}x the floor's {median(one.cpu for one in floors):.2f} s;"
        f" peak memory {max(one.peak for one in ours):.0f} MB (floor {max(one.peak for one in floors):.0f})"
    )


def latency(at: Stage, start_up: Measured) -> None:
    """150 ms a call: how much four slices in flight gain over one."""
    one, four = account(at, 3001), account(at, 3002)
    prepare(at, FIRST, 3001, 3002)
    at.behave(latency_ms=150)
    alone = sync(at, one, FIRST, parallel=1).less(start_up)
    together = sync(at, four, FIRST, parallel=4).less(start_up)
    gain = alone.wall / together.wall
    print(f"150 ms a call: {alone.wall:.1f} s with 1 slice, {together.wall:.1f} s with 4: {gain:.2f}x")
    at.behave()


def failures(at: Stage) -> None:
    """2 % of calls answer 613, 2 % answer HTTP 500: the totals are right all the same."""
    number = 3003
    connection = account(at, number)
    prepare(at, FIRST, number)
    at.behave(fail=0.02)
    tries = 1
    measured = at.run(*_sync_words(connection))
    while measured.code == 3 and tries < 30:
        measured, tries = at.run(*_sync_words(connection)), tries + 1
    expect(measured)
    at.behave()
    check(at, number, FIRST)
    print(f"2 % 613 and 2 % HTTP 500: complete after {measured.wall:.1f} s, {tries} start(s), totals right")


def _sync_words(connection: str) -> list[str]:
    dates = ["--since", FIRST.isoformat(), "--until", UNTIL.isoformat()]
    return ["manage.py", "sync", connection, *STREAMS, *dates, "--foreground"]


def prepare(at: Stage, since: date, *numbers: int) -> None:
    """Have the answers ready, so that the sandbox's own time is not measured."""
    for number in numbers:
        words = [f"act_{number}", since.isoformat(), UNTIL.isoformat()]
        expect(at.run("-m", "benchmarks.warm", *words, BENCH_TOKEN=TOKEN))
    at.behave()


def memory_at_ten(at: Stage) -> None:
    small, large = account(at, 4001), account(at, 4002, ads=10_000, ad_sets=2_000, campaigns=500)
    peaks = [sync(at, connection, FIRST).peak for connection in (small, large)]
    check(at, 4002, FIRST)
    print(f"peak memory: {peaks[0]:.0f} MB at 90,000 rows, {peaks[1]:.0f} MB at 900,000: {peaks[1] / peaks[0]:.2f}x")


def check(at: Stage, number: int, since: date) -> None:
    """What is stored equals the sandbox's truth."""
    truth = at.sandbox.meta.truth(str(number), "ad", since=since, until=UNTIL)
    row = at.database.execute(TOTALS, [f"act_{number}", since]).fetchone()
    found = tuple(int(value or 0) for value in row or ())
    wanted = (truth.rows, truth.impressions, truth.clicks, truth.spend_micros, truth.conversions, truth.revenue_micros)
    if found != wanted:
        sys.exit(f"Stored totals {found} are not the sandbox's {wanted}.")


TOTALS = (
    "SELECT count(*), sum(impressions), sum(clicks), sum(spend_micros), sum(conversions), sum(revenue_micros)"
    " FROM projects_dailymetric JOIN connections_connection ON connections_connection.id = connection_id"
    " WHERE external_account_id = %s AND level = 'ad' AND date >= %s"
)


def versions(wrote: dict[str, float]) -> str:
    return ", ".join(f"{int(wrote[name])} {name}" for name in ("inserted", "updated", "deleted"))


def changed_rows(at: Stage, connection: str) -> str:
    sql = "SELECT count(DISTINCT (key, date)), count(*) FROM projects_change WHERE connection_id = %s"
    rows, fields = at.database.execute(sql, [connection]).fetchone() or (0, 0)
    return f"{fields} Change rows for {rows} rows"


def expect(measured: Measured) -> Measured:
    if measured.code:
        sys.exit(measured.output)
    return measured


if __name__ == "__main__":
    sys.exit(main())

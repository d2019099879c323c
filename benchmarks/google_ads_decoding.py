"""What reading rows of Google Ads costs: `python -m benchmarks.google_ads_decoding [--rounds 5] [--rows 90000]`.

Two ratios in processor time of the reading process, each to a floor of the same run:
- rows in memory decoded into records, against attrgetters over the same rows (1 is as quick; 0.75 is wanted),
- 90,000 rows of ads by day received over gRPC and made into pages of records, against receiving the same messages
  (3 times is allowed). What is stored of them is not in it: benchmarks of the engine measure that.
A process beside this one answers with messages that were made before, so what answering costs is not measured.
"""

import argparse
import gc
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from operator import attrgetter
from os import environ
from random import Random
from resource import RUSAGE_SELF, getrusage
from statistics import median
from subprocess import PIPE, Popen, run
from typing import Any, NamedTuple

import grpc

from connections.providers.google_ads.names import VERSION
from connections.providers.google_ads.sandbox.certificate import AUTHORITY, Certificate
from connections.providers.google_ads.slim import form_of
from connections.providers.google_ads.streams import AdMetrics

API = f"google.ads.googleads.{VERSION}"
UNTIL = date(2026, 6, 15)
ALL, LITTLE, ROWS_OF_LITTLE = "2220002220", "1110001110", 100
ADS, DAYS, ROWS_A_MESSAGE = 1_000, 90, 10_000
DECODED, ALLOWED = 0.75, 3.0
STREAM = AdMetrics()
PATHS = STREAM.question(UNTIL, UNTIL).selected
FORM = form_of(PATHS)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=ADS * DAYS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--measure", nargs=3, metavar=("WHAT", "ENDPOINT", "SIGN_IN"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        return measure(*options.measure, options.rows)
    if options.serve:
        return serve(options.rows)
    with answering(options.rows) as (endpoint, sign_in):
        decoded = decoding(options.rounds)
        received = receiving(endpoint, sign_in, options.rounds, options.rows)
    return 0 if decoded >= DECODED and received <= ALLOWED else 1


# Rows in memory


def decoding(rounds: int) -> float:
    body = stream_response(ROWS_A_MESSAGE, 0).SerializeToString()
    floors, ours = [], []
    for _ in range(rounds):
        floors.append(ROWS_A_MESSAGE / cpu(lambda: by_getters(parsed(body))))
        ours.append(ROWS_A_MESSAGE / cpu(lambda: by_ours(FORM.parse(body))))
    ratio = median(mine / floor for mine, floor in zip(ours, floors, strict=True))
    print(
        f"decoding: {median(ours):,.0f} rows a second into records, {median(floors):,.0f} by attrgetters: {ratio:.2f}"
        f" of the floor (wanted: {DECODED})"
    )
    return ratio


def by_getters(message: Any) -> Callable[[], None]:
    get = attrgetter(*PATHS)

    def run() -> None:
        for row in message.results:
            get(row)

    return run


def by_ours(message: Any) -> Callable[[], None]:
    def run() -> None:
        read, describe = FORM.reader(), STREAM.describe
        for row in message.results:
            describe(read(row))

    return run


# Over gRPC


def receiving(endpoint: str, sign_in: str, rounds: int, rows: int) -> float:
    """Each in a process of its own, as memory that one has left to the other would be counted for the wrong one."""
    found: dict[str, list[Measured]] = {name: [] for name in MEASURED}
    for _ in range(rounds):
        for name, measured in found.items():
            measured.append(alone(name, endpoint, sign_in, rows))
    floors, ours = found["bare"], found["paged"]
    ratio = median(mine.cpu / floor.cpu for mine, floor in zip(ours, floors, strict=True))
    print(
        f"receiving {rows:,} rows: CPU {median(one.cpu for one in ours):.2f} s as pages of records,"
        f" {median(one.cpu for one in floors):.2f} s as messages: {ratio:.2f} times the floor (allowed: {ALLOWED});"
        f" {median(mine.again / floor.again for mine, floor in zip(ours, floors, strict=True)):.2f} times"
        f" {median(one.again for one in floors):.2f} s when it is done again in the same process;"
        f" peak memory {max(one.peak for one in ours):.0f} MB, {max(one.peak for one in floors):.0f} MB as messages"
    )
    return ratio


class Measured(NamedTuple):
    """Processor seconds of the first time and of the best one after it, and megabytes at most."""

    cpu: float
    again: float
    peak: float


def alone(name: str, endpoint: str, sign_in: str, rows: int) -> Measured:
    words = [sys.executable, "-m", "benchmarks.google_ads_decoding", "--rows", str(rows), "--measure"]
    told = run([*words, name, endpoint, sign_in], stdout=PIPE, text=True, check=True).stdout
    return Measured(*map(float, told.split()))


def measure(name: str, endpoint: str, sign_in: str, rows: int) -> int:
    """Once for little, which loads and signs in; then once for all, and again with the memory that this has left."""
    MEASURED[name](reader(endpoint, sign_in, LITTLE), ROWS_OF_LITTLE)
    source = reader(endpoint, sign_in, ALL)
    first, *others = (cpu(lambda: lambda: MEASURED[name](source, rows)) for _ in range(4))
    print(first, min(others), getrusage(RUSAGE_SELF).ru_maxrss / 1024)
    return 0


def bare(source: Any, rows: int) -> None:
    """The official client, and nothing done with what it gives."""
    line = source.api._line
    line.sign_in(lambda: None)
    request = line.client.get_type("SearchGoogleAdsStreamRequest")
    request.customer_id, request.query = source.api.customer, STREAM.question(*bounds()).text(None)
    seen = 0
    for message in line.service.search_stream(request=request, timeout=60):
        seen += len(message.results)
        del message
    expect(seen, rows)


def paged(source: Any, rows: int) -> None:
    from connections.sources import Slice

    since, until = bounds()
    seen = 0
    for page in source.read(STREAM, Slice(since=since, until=until), None):
        seen += len(page.records)
        del page
    expect(seen, rows)


MEASURED = {"bare": bare, "paged": paged}


def reader(endpoint: str, sign_in: str, customer: str) -> Any:
    from connections.providers.google_ads.source import GoogleAdsSource
    from connections.sources import Account, OpenGate, SourceContext

    settings = {
        "endpoint": endpoint,
        "sign_in_url": sign_in,
        "client_id": "4711-bench.apps.example",
        "client_secret": "bench-client",
        "access_level": "standard",
    }
    account, secrets = Account(customer), {"refresh_token": "bench-login"}
    return GoogleAdsSource(SourceContext(account, secrets, {}, settings, OpenGate(), lambda: datetime.now(UTC)))


def bounds() -> tuple[date, date]:
    return UNTIL - timedelta(days=DAYS - 1), UNTIL


def expect(seen: int, rows: int) -> None:
    if seen != rows:
        sys.exit(f"{seen} rows came, not {rows}.")


def cpu(prepared: Callable[[], Callable[[], None]]) -> float:
    """Processor seconds of what is prepared, which is not measured itself. All threads, as gRPC has its own."""
    run = prepared()
    gc.collect()
    before = time.process_time()
    run()
    return time.process_time() - before


# What answers


@contextmanager
def answering(rows: int) -> Iterator[tuple[str, str]]:
    """gRPC's and the sign-in's addresses of a process that answers until the end."""
    environ["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = str(AUTHORITY)
    words = [sys.executable, "-m", "benchmarks.google_ads_decoding", "--rows", str(rows), "--serve"]
    with Popen(words, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            endpoint, sign_in = process.stdout.readline().split()
            yield endpoint, sign_in
        finally:
            process.stdin.close()


def serve(rows: int) -> int:
    """Until standard input ends. Any question is answered with the same messages, any sign-in with a token."""
    from connections.providers.google_ads.sandbox import Sandbox
    from connections.sandbox.server import SandboxServer

    bodies, few = list(made(rows)), list(made(ROWS_OF_LITTLE))
    handler = grpc.unary_stream_rpc_method_handler(
        lambda request, context: iter(few if LITTLE.encode() in request else bodies)
    )
    answers = grpc.method_handlers_generic_handler(f"{API}.services.GoogleAdsService", {"SearchStream": handler})
    server = grpc.server(ThreadPoolExecutor(2), handlers=[answers], options=[("grpc.max_send_message_length", -1)])
    certificate = Certificate.made()
    signed = grpc.ssl_server_credentials([(certificate.key, certificate.chain)])
    port = server.add_secure_port("127.0.0.1:0", signed)
    server.start()
    with SandboxServer([Sandbox]) as sign_in:
        sign_in.google_ads.logins.add("bench-login")
        print(f"localhost:{port} {sign_in.url('google_ads')}", flush=True)
        sys.stdin.read()
    server.stop(None)
    return 0


def made(rows: int) -> Iterator[bytes]:
    for start in range(0, rows, ROWS_A_MESSAGE):
        yield stream_response(min(ROWS_A_MESSAGE, rows - start), start).SerializeToString()


def parsed(body: bytes) -> Any:
    return response_type().FromString(body)


def response_type() -> Any:
    return import_module(f"{API}.services.types.google_ads_service").SearchGoogleAdsStreamResponse.pb()


def stream_response(rows: int, first: int) -> Any:
    """Rows as an account has them: days in order, some conversions, many different amounts."""
    chance, message = Random(first), response_type()()
    message.field_mask.paths.extend(PATHS)
    for number in range(first, first + rows):
        ad = number % ADS
        row = message.results.add()
        row.customer.currency_code = "USD"
        row.segments.date = (UNTIL - timedelta(days=DAYS - 1 - number // ADS % DAYS)).isoformat()
        row.campaign.id, row.ad_group.id = 10**10 + ad // 20, 2 * 10**10 + ad // 5
        row.ad_group_ad.ad.id = 6 * 10**10 + ad
        row.metrics.impressions, row.metrics.clicks = chance.randrange(200, 9_000), chance.randrange(90)
        row.metrics.cost_micros = chance.randrange(90_000_000)
        row.metrics.conversions = round(chance.random() * 9, 2) if chance.random() < 0.4 else 0.0
        row.metrics.conversions_value = round(row.metrics.conversions * 49.95, 2)
    return message


if __name__ == "__main__":
    sys.exit(main())

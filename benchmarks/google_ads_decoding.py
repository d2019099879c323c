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
from pathlib import Path
from random import Random
from statistics import median
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from typing import Any

import grpc

from connections.providers.google_ads.names import VERSION
from connections.providers.google_ads.rows import row_reader
from connections.providers.google_ads.sandbox.certificate import Certificate
from connections.providers.google_ads.streams import AdMetrics

API = f"google.ads.googleads.{VERSION}"
UNTIL = date(2026, 6, 15)
ADS, DAYS, ROWS_A_MESSAGE = 1_000, 90, 10_000
DECODED, ALLOWED = 0.75, 3.0
STREAM = AdMetrics()
PATHS = STREAM.question(UNTIL, UNTIL).selected


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=ADS * DAYS)
    parser.add_argument("--serve", nargs=2, metavar=("CERTIFICATE", "KEY"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(options.rows, *map(Path, options.serve))
    with answering(options.rows) as (endpoint, sign_in):
        decoded = decoding(options.rounds)
        received = receiving(endpoint, sign_in, options.rounds, options.rows)
    return 0 if decoded >= DECODED and received <= ALLOWED else 1


# Rows in memory


def decoding(rounds: int) -> float:
    message = stream_response(ROWS_A_MESSAGE, next(numbered(ROWS_A_MESSAGE)))
    body = message.SerializeToString()
    floors, ours = [], []
    for _ in range(rounds):
        floors.append(len(message.results) / cpu(lambda: by_getters(parsed(body))))
        ours.append(len(message.results) / cpu(lambda: by_ours(parsed(body))))
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
        read, describe = row_reader(message.field_mask.paths, message.results[0].DESCRIPTOR, PATHS), STREAM.describe
        for row in message.results:
            describe(read(row))

    return run


# Over gRPC


def receiving(endpoint: str, sign_in: str, rounds: int, rows: int) -> float:
    floors, ours = [], []
    source = reader(endpoint, sign_in)
    for turn in range(rounds + 1):
        floor, mine = cpu(lambda: lambda: bare(source, rows)), cpu(lambda: lambda: paged(source, rows))
        if turn:  # the first one loads and signs in
            floors.append(floor)
            ours.append(mine)
    ratio = median(mine / floor for mine, floor in zip(ours, floors, strict=True))
    print(
        f"receiving {rows:,} rows: CPU {median(ours):.2f} s as pages of records, {median(floors):.2f} s as messages:"
        f" {ratio:.2f} times the floor (allowed: {ALLOWED})"
    )
    return ratio


def bare(source: Any, rows: int) -> None:
    """The official client, and nothing done with what it gives."""
    line = source.api._line
    line.sign_in()
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


def reader(endpoint: str, sign_in: str) -> Any:
    from connections.providers.google_ads.source import GoogleAdsSource
    from connections.sources import Account, OpenGate, SourceContext

    settings = {
        "endpoint": endpoint,
        "sign_in_url": sign_in,
        "client_id": "4711-bench.apps.example",
        "client_secret": "bench-client",
        "access_level": "standard",
    }
    account, secrets = Account("2220002220"), {"refresh_token": "bench-login"}
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
    with TemporaryDirectory() as folder:
        chain, key = Path(folder, "bench.crt"), Path(folder, "bench.key")
        Certificate.kept_in(chain, key)
        environ["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = str(chain)
        words = [sys.executable, "-m", "benchmarks.google_ads_decoding", "--rows", str(rows), "--serve"]
        with Popen([*words, str(chain), str(key)], stdin=PIPE, stdout=PIPE, text=True) as process:
            assert process.stdin and process.stdout
            try:
                endpoint, sign_in = process.stdout.readline().split()
                yield endpoint, sign_in
            finally:
                process.stdin.close()


def serve(rows: int, chain: Path, key: Path) -> int:
    """Until standard input ends. Any question is answered with the same messages, any sign-in with a token."""
    from connections.providers.google_ads.sandbox import Sandbox
    from connections.sandbox.server import SandboxServer

    bodies = list(made(rows))
    handler = grpc.unary_stream_rpc_method_handler(lambda request, context: iter(bodies))
    answers = grpc.method_handlers_generic_handler(f"{API}.services.GoogleAdsService", {"SearchStream": handler})
    server = grpc.server(ThreadPoolExecutor(2), handlers=[answers], options=[("grpc.max_send_message_length", -1)])
    signed = grpc.ssl_server_credentials([(key.read_bytes(), chain.read_bytes())])
    port = server.add_secure_port("127.0.0.1:0", signed)
    server.start()
    with SandboxServer([Sandbox]) as sign_in:
        sign_in.google_ads.logins.add("bench-login")
        print(f"localhost:{port} {sign_in.url('google_ads')}", flush=True)
        sys.stdin.read()
    server.stop(None)
    return 0


def made(rows: int) -> Iterator[bytes]:
    numbers = numbered(rows)
    for start in range(0, rows, ROWS_A_MESSAGE):
        yield stream_response(min(ROWS_A_MESSAGE, rows - start), next(numbers)).SerializeToString()


def numbered(rows: int) -> Iterator[int]:
    return iter(range(0, rows, ROWS_A_MESSAGE))


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

"""What every source owes. A provider gets these tests with its registry line and its bench in fixtures/sandbox.py."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connections import asking, registry
from connections.accounts import connect
from connections.errors import NeedsReconnect, RateLimited, SyncError
from connections.models import Connection, Workspace
from connections.registry import SOURCES
from connections.sandbox.server import SandboxServer
from connections.sandbox.stand_in import StandIn
from connections.sources import (
    Account,
    CallLimit,
    DemoAccount,
    OpenGate,
    Page,
    Slice,
    Source,
    SourceContext,
    Stream,
    Trip,
)
from projects.tables import TABLES
from syncing import scheduler
from syncing.models import ObjectSyncConfig, SyncChunk, SyncJob
from tests.fixtures.creators import fill_sheet, sheet_row
from tests.fixtures.engine import drain, enqueue, sync, telemetry
from tests.fixtures.sandbox import BENCHES, Bench, SharedClock, demo_account
from tests.fixtures.synced import make_connection

DECLARED = [(kind, stream) for kind in SOURCES for stream in registry.source_class(kind).streams]
STREAMS = [(kind, stream.name) for kind, stream in DECLARED]
LISTS = [(kind, stream.name) for kind, stream in DECLARED if stream.cursor_field is None]
QUEUES = {"realtime", "sync", "backfill", "parser", "scheduler"}


@pytest.fixture(params=sorted(SOURCES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def source(kind: str) -> type[Source]:
    return registry.source_class(kind)


@pytest.fixture
def bench(kind: str) -> Bench:
    return BENCHES[kind]


@pytest.fixture
def stand_in(kind: str, sandbox: SandboxServer) -> StandIn:
    return sandbox.stand_ins[kind]


@pytest.fixture
def connection(kind: str, source: type[Source], clock: SharedClock, db: None) -> Connection:
    """The provider's demo account, beside a spreadsheet that lists the profiles of its bench."""
    made = connected(kind, source, clock)
    if listed := BENCHES[kind].lists:
        sheet = make_connection(made.workspace, "Creators", is_sandbox=True)
        fill_sheet(sheet, clock.now, *(sheet_row(number, url=url) for number, url in enumerate(listed, 2)))
    return made


def connected(kind: str, source: type[Source], clock: SharedClock) -> Connection:
    demo = demo_account(kind)
    workspace, _ = Workspace.objects.get_or_create(name="Every source")
    secrets = dict(demo.secrets)
    return connect(workspace, kind, demo.account_id, secrets, now=clock.now, start_sync=False).connection


def each_stream(streams: Sequence[tuple[str, str]] = STREAMS) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("kind", "stream"), streams, ids=lambda name: name)


# What it declares


def test_the_registry_and_the_source_call_it_the_same(kind: str, source: type[Source]) -> None:
    assert source.kind == kind
    assert SOURCES[kind] == (source.label, f"{source.__module__}.{source.__name__}")


def test_streams_have_names_of_their_own_that_fit_their_columns(source: type[Source]) -> None:
    names = [stream.name for stream in source.streams]
    assert len(names) == len(set(names))
    assert len({stream.label for stream in source.streams}) == len(names)
    for stream in source.streams:
        fields = {"stream": stream.name, "chunk_type": stream.chunk_type, "queue": stream.queue}
        SyncChunk(**fields).clean_fields(exclude={each.name for each in SyncChunk._meta.fields} - fields.keys())


@each_stream()
def test_a_stream_fits_its_table_and_its_neighbours(source: type[Source], stream: str) -> None:
    declared, before = source.stream(stream), earlier(source, stream)
    table = TABLES[declared.table]
    assert set(declared.primary_key) == set(table.key)
    assert declared.parent is None or declared.parent in before, "parents are read before their children"
    assert declared.listed_in is None or declared.listed_in in TABLES
    if declared.entity_stream:
        assert source.stream(declared.entity_stream).cursor_field is None
        assert TABLES[source.stream(declared.entity_stream).table].key == ("external_id",)
    if declared.cursor_field:
        assert declared.cursor_field in table.key
        assert table.main_number in table.tracked


def earlier(source: type[Source], stream: str) -> list[str]:
    names = [each.name for each in source.streams]
    return names[: names.index(stream)]


@each_stream()
def test_its_defaults_make_sense(source: type[Source], stream: str) -> None:
    declared = source.stream(stream)
    assert declared.staleness_minutes >= declared.interval_minutes >= 1, "stale before it is due"
    assert 1 <= declared.priority <= 5
    assert declared.queue in QUEUES
    assert declared.window_days >= 1
    assert declared.lookback_days >= 0
    assert declared.entity_batch >= 1


@pytest.mark.django_db
@each_stream()
def test_it_can_be_configured(source: type[Source], kind: str, stream: str) -> None:
    config = ObjectSyncConfig.objects.get(provider=kind, object_type=stream)
    declared = source.stream(stream)
    assert (config.sync_interval_minutes, config.priority) == (declared.interval_minutes, declared.priority)
    config.full_clean()


def test_its_login_has_a_secret_and_names_of_its_own(source: type[Source]) -> None:
    fields = [*source.credential_fields, *source.option_fields]
    assert len({field.name for field in fields}) == len(fields)
    assert [field.name for field in source.credential_fields if field.secret]
    assert not [field.name for field in source.option_fields if field.secret], "options are stored in the clear"


# What it says before it is connected


@pytest.fixture
def demo(kind: str, sandbox: SandboxServer) -> DemoAccount:
    return demo_account(kind)


def test_its_login_opens_the_demo_account(kind: str, demo: DemoAccount, clock: SharedClock) -> None:
    choices = asking.choices(kind, dict(demo.secrets), now=clock.now)
    if not choices:
        pytest.skip("It lists no accounts: one types the id.")
    (found,) = [choice for choice in choices if choice.account.external_id == demo.account_id]
    assert found.account.name
    assert not found.refusal


def test_its_checks_have_names_of_their_own_and_pass(kind: str, demo: DemoAccount, clock: SharedClock) -> None:
    checks = asking.checks(kind, [demo.account_id], dict(demo.secrets), now=clock.now)[demo.account_id]
    assert [check.error for check in checks] == [None] * len(checks)
    assert len({check.name for check in checks}) == len(checks) > 0
    shown = " ".join(check.name + check.sentence for check in checks)
    assert not [secret for secret in demo.secrets.values() if secret in shown]


def test_what_it_asks_before_passes_the_gate(
    source: type[Source], demo: DemoAccount, kind: str, stand_in: StandIn, clock: SharedClock, settings: Any
) -> None:
    def asking(gate: OpenGate, account_id: str) -> Source:
        account = Account(account_id)
        return source(SourceContext(account, demo.secrets, {}, settings.PROVIDERS[kind], gate, clock))

    gate = CountingGate()
    stand_in.calls.clear()
    asking(gate, "").accounts()
    list(asking(gate, demo.account_id).checks())
    assert len(gate.calls) == len(stand_in.calls.all()) > 0
    assert all(limits for limits in gate.calls)
    stand_in.calls.clear()
    (refused,) = asking(ClosedGate(), demo.account_id).checks()
    assert isinstance(refused.error, RateLimited)
    assert stand_in.calls.all() == []


def test_checks_with_a_login_that_has_ended_stop_at_the_first(
    kind: str, demo: DemoAccount, bench: Bench, stand_in: StandIn, clock: SharedClock
) -> None:
    stand_in.faults.add(bench.expired)
    stand_in.calls.clear()
    (check,) = asking.checks(kind, [demo.account_id], dict(demo.secrets), now=clock.now)[demo.account_id]
    assert isinstance(check.error, NeedsReconnect)
    assert check.error.remedy
    assert len(stand_in.calls.all()) == 1, "it went on asking"


# What it reads


class CountingGate(OpenGate):
    def __init__(self) -> None:
        self.calls: list[Sequence[CallLimit]] = []

    def before_call(self, limits: Sequence[CallLimit]) -> None:
        self.calls.append(limits)


class ClosedGate(OpenGate):
    def before_call(self, limits: Sequence[CallLimit]) -> None:
        later = datetime.max.replace(tzinfo=UTC)
        raise RateLimited("Not now.", retry_at=later, scope=limits[0].bucket)


def pages(connection: Connection, stream: str, clock: SharedClock, gate: Any = None, **piece: Any) -> list[Page]:
    """Of the stream's own records."""
    read = whole_slice(connection, stream, clock, gate, **piece)
    return [page for page in read if page.stream in ("", stream)]


def whole_slice(connection: Connection, stream: str, clock: SharedClock, gate: Any = None, **piece: Any) -> list[Page]:
    """With the pages of streams that come along."""

    def held(name: str, entity: str) -> Mapping[str, str]:
        return TABLES[connection.source_class.stream(name).table].held(connection.pk, entity)

    source = connection.source(gate=gate or OpenGate(), clock=clock, held=held)
    declared = source.stream(stream)
    return list(source.read(declared, Slice(**days(declared, clock), **piece), None))


def pieces(connection: Connection, stream: str, clock: SharedClock) -> list[dict[str, Any]]:
    """What a slice has to name: one of all entities where the stream is read by them, else nothing."""
    declared = connection.source_class.stream(stream)
    return [{"ids": (each,)} for each in entities(connection, declared, clock)] if declared.reads_changed else [{}]


def entities(connection: Connection, stream: Stream, clock: SharedClock) -> list[str]:
    """The addresses of what is to be read, once it is known."""
    listed = connection.source_class.stream(str(stream.entity_stream))
    table = TABLES[listed.table]
    for page in pages(connection, listed.name, clock):
        table.upsert(connection.pk, page.records, seen_at=page.fetched_at)
    return table.outdated(connection.pk, [stream.name])


def days(stream: Stream, clock: SharedClock) -> dict[str, Any]:
    today = clock.now.date()
    return {"since": today - timedelta(days=3), "until": today - timedelta(days=1)} if stream.cursor_field else {}


@each_stream()
def test_records_have_the_key_and_every_tracked_field(connection: Connection, stream: str, clock: SharedClock) -> None:
    table = TABLES[connection.source_class.stream(stream).table]
    found = [page for piece in pieces(connection, stream, clock) for page in pages(connection, stream, clock, **piece)]
    records = [record for page in found for record in page.records]
    assert records, "the demo account has none"
    assert {frozenset(record) for record in records} == {frozenset((*table.key, *table.tracked, *table.besides))}
    keys = [tuple(record[field] for field in table.key) for record in records]
    assert len(keys) == len(set(keys))
    assert not [record for page in found for record in page.quarantined]


@each_stream()
def test_a_page_can_be_continued_and_knows_when_it_was_asked_for(
    connection: Connection, stream: str, clock: SharedClock
) -> None:
    found = whole_slice(connection, stream, clock, **pieces(connection, stream, clock)[0])
    assert found[-1].checkpoint is None
    assert [page.checkpoint for page in found[:-1] if page.checkpoint is None] == []
    assert json.loads(json.dumps([page.checkpoint for page in found])) == [page.checkpoint for page in found]
    assert all(page.fetched_at.tzinfo and page.fetched_at <= clock.now for page in found)


@each_stream(LISTS)
def test_a_sweep_gives_the_key_and_known_fields(connection: Connection, stream: str, clock: SharedClock) -> None:
    table = TABLES[connection.source_class.stream(stream).table]
    swept = pages(connection, stream, clock, updated_since=clock.now - timedelta(minutes=5))
    for record in (record for page in swept for record in page.records):
        assert set(table.key) <= set(record) <= {*table.key, *table.tracked, *table.besides}


@each_stream()
def test_every_call_passes_the_gate(connection: Connection, stream: str, stand_in: StandIn, clock: SharedClock) -> None:
    gate, piece = CountingGate(), pieces(connection, stream, clock)[0]
    stand_in.calls.clear()
    pages(connection, stream, clock, gate, **piece)
    assert len(gate.calls) == len(stand_in.calls.all()) > 0
    assert all(limits for limits in gate.calls)
    stand_in.calls.clear()
    with pytest.raises(RateLimited):
        pages(connection, stream, clock, ClosedGate(), **piece)
    assert stand_in.calls.all() == []


# What becomes of it in the engine


@pytest.mark.spec("A108", "T70")
def test_reading_twice_changes_nothing(connection: Connection, clock: SharedClock) -> None:
    first = sync(connection, clock)
    assert (first.status, first.records_quarantined) == (SyncJob.Status.COMPLETED, 0)
    assert first.records_created > 0
    again = sync(connection, clock)
    assert (again.status, again.records_created, again.records_updated) == (SyncJob.Status.COMPLETED, 0, 0)
    assert again.records_unchanged > 0


@pytest.mark.spec("T49")
def test_a_limit_is_obeyed(
    kind: str, source: type[Source], bench: Bench, stand_in: StandIn, connection: Connection, clock: SharedClock
) -> None:
    stand_in.faults.add(bench.limited)
    job = enqueue(connection, clock.now)
    stand_in.calls.clear()
    drain(clock)
    assert len(stand_in.calls.all()) == 1, "it went on asking"
    told = telemetry(connection).not_before
    assert told
    assert told - clock.now == timedelta(minutes=1)
    clock.move(minutes=1)
    drain(clock)
    job.refresh_from_db()
    assert job.status == SyncJob.Status.COMPLETED
    assert not job.chunks.filter(retry_count__gt=0).exists()


def test_a_login_that_has_ended_stops_the_connection(
    bench: Bench, stand_in: StandIn, connection: Connection, clock: SharedClock
) -> None:
    stand_in.faults.add(bench.expired)
    stand_in.calls.clear()
    job = sync(connection, clock)
    assert len(stand_in.calls.all()) == 1, "it went on asking"
    assert job.status == SyncJob.Status.FAILED
    assert job.error
    assert job.remedy
    connection = Connection.objects.get(pk=connection.pk)
    assert connection.credential.needs_reconnect
    with pytest.raises(scheduler.NotRunnable):
        enqueue(connection, clock.now)


def test_a_login_that_has_ended_cannot_be_connected(
    kind: str, source: type[Source], bench: Bench, stand_in: StandIn, clock: SharedClock, db: None
) -> None:
    stand_in.faults.add(bench.expired)
    with pytest.raises(NeedsReconnect) as refused:
        connected(kind, source, clock)
    assert refused.value.remedy
    assert not Connection.objects.exists()


def test_a_field_that_nobody_knows_stops_nothing(
    bench: Bench, stand_in: StandIn, connection: Connection, clock: SharedClock
) -> None:
    stand_in.faults.add(bench.new_field)
    job = sync(connection, clock)
    assert (job.status, job.records_quarantined) == (SyncJob.Status.COMPLETED, 0)
    assert stand_in.faults.rules[0].fired > 0
    stand_in.faults.clear()
    assert sync(connection, clock).records_updated == 0, "it made a difference"


def test_its_addresses_can_be_asked_without_a_login(
    source: type[Source], kind: str, sandbox: SandboxServer, settings: Any
) -> None:
    """The doctor asks whether these places answer."""
    found = source.addresses(settings.PROVIDERS[kind])
    assert [address for address in found if address.startswith(sandbox.url(kind))]


# Signing in, where it has that


SIGN_IN = [kind for kind in SOURCES if registry.source_class(kind).oauth]


@pytest.mark.parametrize("kind", SIGN_IN)
def test_the_sign_in_page_is_asked_without_any_secret(kind: str, sandbox: SandboxServer, settings: Any) -> None:
    offered = asking.oauth(kind)
    assert offered, "the sandbox has an application"
    trip = Trip("https://freshet.example/back", "the-state", "the-verifier-that-stays-here")
    address = asking.dialog(kind, trip)
    assert address.startswith(settings.PROVIDERS[kind][BENCHES[kind].dialog])
    question = parse_qs(urlsplit(address).query)
    assert (question["redirect_uri"], question["state"]) == ([trip.redirect_uri], [trip.state])
    assert trip.verifier not in address
    assert (trip.challenge in address) is offered.uses_pkce
    hidden = [value for name, value in settings.PROVIDERS[kind].items() if "secret" in name and value]
    assert [value for value in hidden if value in address] == []


@pytest.mark.parametrize("kind", SIGN_IN)
def test_a_code_that_nobody_gave_is_refused_in_words(kind: str, sandbox: SandboxServer, clock: SharedClock) -> None:
    trip = Trip("https://freshet.example/back", "the-state", "the-verifier-that-stays-here")
    with pytest.raises(SyncError) as refused:
        asking.secrets_of(kind, trip, "made-up-code-of-nobody", now=clock.now)
    assert refused.value.sentence
    assert "made-up-code-of-nobody" not in f"{refused.value.sentence} {refused.value.original} {refused.value.remedy}"


@pytest.mark.parametrize("kind", SIGN_IN)
def test_without_an_application_nobody_is_offered_to_sign_in(kind: str) -> None:
    offered = registry.source_class(kind).oauth
    assert offered
    assert not offered.is_configured({})

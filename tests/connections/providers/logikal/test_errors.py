"""What LOGIKAL refuses, and what people read about it; and that no secret is in any of it."""

import html
import logging
import traceback
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus

import pytest

from connections.errors import Misconfigured, NeedsReconnect, RateLimited, SyncError, Transient
from connections.providers.logikal.errors import told_until
from connections.sandbox.server import SandboxServer
from connections.sources import Slice
from tests.connections.providers.logikal.reading import NOW, Reader, RememberingGate, source_at
from tests.connections.providers.logikal.scripted_server import Raw, data, error, scripted

CANARY = 'canary "pässword" /?& 4711'


def failing(url: str, stream: str = "projects", **options: Any) -> SyncError:
    source = source_at(url, **options)
    with pytest.raises(SyncError) as raised:
        list(source.read(source.stream(stream), Slice(), None))
    return raised.value


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (error(401, "The user name or the password is wrong."), NeedsReconnect, "login"),
        (error(401, "All sessions of this user are in use."), RateLimited, "sessions"),
        (error(409, "No."), RateLimited, "sessions"),
        (error(400, "username is required."), Misconfigured, "login"),
        (error(403, "No."), Misconfigured, "address"),
        (error(404, "No."), Misconfigured, "address"),
        (Raw(302, b"", {"Location": "https://elsewhere.example/"}), Misconfigured, "another"),
        (error(429, "Slow down.", Retry_After="30"), RateLimited, "fewer"),
        (error(500, "No."), Transient, "trouble"),
        (error(503, "No."), Transient, "trouble"),
        (error(418, "No."), Transient, "418"),
        (Raw(200, b"<html>Welcome</html>"), Transient, "unreadable"),
        (Raw(200, b"[1]"), Transient, "unreadable"),
        (Raw(200, b""), Transient, "session"),
        (data({}), Transient, "session"),
        (data({"token": "two\r\nlines: of a header"}), Transient, "session"),
        (data("token"), Transient, "session"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Raw) else getattr(value, "__name__", str(value)),
)
def test_a_login_that_is_refused(answer: Raw, kind: type[SyncError], says: str) -> None:
    with scripted({"POST auth": answer}) as server:
        found = failing(server.url)
        assert server.asked == ["POST auth"]
    assert type(found) is kind
    assert says in found.sentence
    assert found.sentence.endswith(".")
    assert found.remedy or isinstance(found, Transient | RateLimited)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error(403, "No."), Misconfigured),
        (error(405, "The request expects the session to be in a directory."), Transient),
        (error(429, "Slow down."), RateLimited),
        (error(500, "No."), Transient),
        (Raw(502, b"<html>Bad Gateway</html>"), Transient),
        (Raw(200, b'{"data": [{"id"'), Transient),
        (Raw(200, b""), Transient),
        (Raw(200, b'{"status": "ok"}'), Transient),
        (data("no list"), Transient),
        (data({"id": 1}), Transient),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Raw) else getattr(value, "__name__", str(value)),
)
def test_a_list_that_is_refused_ends_the_slice_and_the_session(answer: Raw, kind: type[SyncError]) -> None:
    with scripted({"GET directories": data([]), "GET projects": answer}) as server:
        found = failing(server.url)
        assert server.asked == ["POST auth", "GET directories", "GET projects", "DELETE auth"]
    assert isinstance(found, kind)
    assert found.sentence


def test_an_envelope_without_data_is_an_empty_list() -> None:
    with scripted({}) as server:
        source = source_at(server.url)
        pages = list(source.read(source.stream("projects"), Slice(), None))
    assert [page.records for page in pages] == [[], []]
    assert pages[-1].checkpoint is None


def test_no_server_is_transient() -> None:
    with scripted({}) as server:
        url = server.url
    assert isinstance(failing(url), Transient)


@pytest.mark.parametrize(
    "raw",
    [Raw(body=b'{"data":[]}' + b" " * 200, drip_seconds=0.05), Raw(drip_head=0.05)],
    ids=["body", "head"],
)
def test_an_answer_that_drips_ends_at_the_deadline(raw: Raw) -> None:
    with scripted({"GET directories": raw}) as server:
        found = failing(server.url, answer_seconds=0.4)
    assert isinstance(found, Transient)
    assert "in time" in found.sentence


def test_an_answer_beyond_the_cap_is_not_held() -> None:
    with scripted({"GET directories": Raw(body=b" " * (17 * 2**20))}) as server:
        assert "longer than 16 MiB" in failing(server.url).sentence


@pytest.mark.parametrize("kind", ["html", "garbage", "reset", "truncated"])
def test_whatever_breaks_on_the_wire_is_transient(demo: Reader, kind: str) -> None:
    demo.logikal.faults.add({"kind": kind, "path": "/projects", "nth": [1]})
    with pytest.raises(Transient):
        demo.read("projects")


def test_the_calls_of_a_minute_are_obeyed(demo: Reader) -> None:
    demo.logikal.set(calls_per_minute=4)
    with pytest.raises(RateLimited) as limited:
        demo.read("projects")
    assert limited.value.retry_at == NOW + timedelta(seconds=60)
    assert {until for _, until, _ in demo.gate.blocks} == {limited.value.retry_at}
    assert demo.logikal.open_sessions(), "signing out was one call too many"
    demo.server.clock.advance(seconds=60)
    demo.logikal.set(calls_per_minute=None)
    demo.read("projects")
    assert demo.logikal.open_sessions() == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30),
        ("0", 0),
        ("Thu, 12 Mar 2026 19:31:30 GMT", 90),
        ("Thu, 12 Mar 2026 19:00:00 GMT", 0),
        ("99999999", 86400),
        ("9" * 30, 60),
        ("soon", 60),
        ("", 60),
    ],
)
def test_when_to_call_again(value: str, seconds: float) -> None:
    assert told_until({"Retry-After": value}, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("secrets", [{"username": ""}, {"password": ""}], ids=str)
def test_without_a_login_it_asks_to_reconnect(secrets: dict[str, str]) -> None:
    assert isinstance(failing("http://127.0.0.1:9", **secrets), NeedsReconnect)


@pytest.mark.parametrize(
    "address", ["server:8443", "ftp://server", "http://", "http://host:99999", "https://user:word@server", "http://a b"]
)
def test_an_address_that_is_none_is_not_called(address: str) -> None:
    found = failing("", address=address)
    assert isinstance(found, Misconfigured)
    assert "word@" not in f"{found} {found.original}"


def test_what_a_person_typed_comes_before_the_installations_address() -> None:
    with scripted({}) as server:
        source = source_at("http://127.0.0.1:9", address=f" {server.url}/api/v3/ ")
        source.check()
        assert server.asked == ["POST auth", "DELETE auth"]


def test_transient_errors_leave_what_was_stored(server: SandboxServer) -> None:
    reader = Reader(server)
    reader.read("projects")
    address = reader.store.addresses()[0]
    server.logikal.faults.add({"kind": "error", "status": 500, "path": "parts-list", "nth": [2]})
    with pytest.raises(Transient):
        reader.read("parts_lists", address)
    checkpoint = reader.store.pages[-1].checkpoint
    reader.begin_counting()
    reader.read("parts_lists", address, checkpoint=checkpoint)
    assert reader.count("parts_list") == 1, "all others were read before"
    assert len(reader.store.of("parts_lists")) == len(reader.store.of("elevations"))


ECHOES = {
    "error": error(401, f"Wrong: {CANARY} for demo"),
    "errors": Raw(400, b'{"message": "No", "errors": ["%s"]}' % CANARY.replace('"', '\\"').encode()),
    "html": Raw(500, f"<html>{CANARY}</html>".encode()),
    "escaped html": Raw(500, f"<html>{html.escape(CANARY)}</html>".encode()),
    "an address": error(500, f"/auth?password={quote_plus(CANARY)}"),
    "other json": Raw(400, b'["unexpected"]'),
    "not json": Raw(200, CANARY.encode()),
}


@pytest.mark.parametrize("answer", ECHOES.values(), ids=ECHOES)
def test_no_password_or_token_is_told_anybody(answer: Raw, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    gate = RememberingGate()
    with scripted({"POST auth": answer}) as server:
        source = source_at(server.url, password=CANARY, gate=gate)
        with pytest.raises(SyncError) as raised:
            list(source.read(source.stream("projects"), Slice(), None))
        checks = list(source.checks())
    shown = "".join(traceback.format_exception(raised.value)) + raised.value.original + raised.value.sentence
    shown += repr(source.context) + repr(checks) + str([check.error and check.error.original for check in checks])
    shown += caplog.text + str(gate.blocks)
    assert "canary" not in shown


def test_a_token_that_is_echoed_is_removed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = "7d3c-canary-token"

    def answer(call: str, body: dict[str, Any]) -> Raw | None:
        return data({"token": token}) if call == "POST auth" else error(500, f"Session {token} failed")

    with scripted(answer) as server:
        found = failing(server.url)
    assert "[removed]" in found.original
    assert "canary" not in found.original + caplog.text

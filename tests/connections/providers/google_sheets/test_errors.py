"""What Google refuses, and what people read about it; and that neither key nor token is in any of it."""

import json
import logging
import socket
import traceback
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus

import pytest

from connections.errors import Misconfigured, NeedsReconnect, RateLimited, SyncError, Transient
from connections.providers.google_sheets.demo import DEMO_EMAIL, demo_key
from connections.providers.google_sheets.errors import told_until
from connections.providers.google_sheets.sandbox.robots import SIGNATURE, TIMES
from connections.providers.google_sheets.scrubbing import scrubbed
from connections.sources import Slice
from tests.connections.providers.google_sheets.reading import NOW, Reader, RememberingGate, source_at
from tests.connections.providers.google_sheets.scripted_server import (
    BOOK,
    CELLS,
    FILE,
    TOKEN,
    Asked,
    Raw,
    drive_error,
    error,
    said,
    scripted,
)

HTML = Raw(200, b"<!DOCTYPE html><h1>Sign in to the hotel's network</h1>")


def failing(url: str, *, scheduled: bool = False, **options: Any) -> SyncError:
    source = source_at(url, scheduled=scheduled, **options)
    with pytest.raises(SyncError) as raised:
        list(source.read(source.stream("sheet_accounts"), Slice(updated_since=NOW if scheduled else None), None))
    return raised.value


def named(value: Any) -> str:
    return f"{value.status}" if isinstance(value, Raw) else getattr(value, "__name__", str(value))


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (said({"error": "invalid_grant", "error_description": SIGNATURE}, 400), NeedsReconnect, "key"),
        (said({"error": "invalid_grant", "error_description": "account not found"}, 400), NeedsReconnect, "key"),
        (said({"error": "invalid_client"}, 401), NeedsReconnect, "key"),
        (said({"error": "disabled_client"}, 403), NeedsReconnect, "key"),
        (said({"error": "invalid_grant", "error_description": TIMES}, 400), Misconfigured, "clock"),
        (said({"error": "rate_limit_exceeded"}, 429, Retry_After="30"), RateLimited, "fewer"),
        (said({"error": "internal_failure"}, 500), Transient, "trouble"),
        (said({"error": "what_is_this"}, 400), Transient, "access"),
        (Raw(503, b"<html>Busy</html>"), Transient, "trouble"),
        (Raw(302, b"", {"Location": "https://elsewhere.example/"}), Transient, "Google"),
        (HTML, Transient, "Google"),
        (said({}), Transient, "token"),
        (said({"access_token": "two\r\nlines: of a header"}), Transient, "token"),
        (said({"access_token": 5}), Transient, "token"),
        (said([1]), Transient, "Google"),
    ],
    ids=named,
)
def test_a_key_that_is_refused(answer: Raw, kind: type[SyncError], says: str) -> None:
    with scripted({TOKEN: answer}) as server:
        found = failing(server.url)
        assert server.asked == [TOKEN]
    assert_told(found, kind, says)


@pytest.mark.parametrize("path", [FILE, BOOK, CELLS])
@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (error(401), NeedsReconnect, "key"),
        (error(403, "The caller does not have permission"), Misconfigured, "not shared"),
        (drive_error(404, "notFound"), Misconfigured, "not shared"),
        (error(403, reason="SERVICE_DISABLED"), Misconfigured, "switched off"),
        (drive_error(403, "accessNotConfigured"), Misconfigured, "switched off"),
        (drive_error(403, "userRateLimitExceeded"), RateLimited, "fewer"),
        (error(429, "Quota exceeded", "RATE_LIMIT_EXCEEDED"), RateLimited, "fewer"),
        (Raw(429, b"<html>Slow down</html>"), RateLimited, "fewer"),
        (error(408), Transient, "trouble"),
        (error(500), Transient, "trouble"),
        (error(502), Transient, "trouble"),
        (error(418), Transient, "418"),
        (Raw(502, b"<html>Bad gateway</html>"), Transient, "trouble"),
        (Raw(403, b"<html>Blocked by the proxy</html>"), Transient, "unreadable"),
        (said({"error": {"code": 500, "message": "Inside", "status": "INTERNAL"}}), Transient, "trouble"),
        (said({"error": {"code": 429, "message": "Inside"}}), RateLimited, "fewer"),
        (said({"error": "inside"}), Transient, "does not know"),
        (HTML, Transient, "unreadable"),
        (Raw(200, b""), Transient, "unreadable"),
        (Raw(200, b"[]"), Transient, "unreadable"),
        (Raw(200, b'{"sheets": [{"oops'), Transient, "unreadable"),
        (Raw(301, b"", {"Location": "https://elsewhere.example/"}), Transient, "unreadable"),
    ],
    ids=named,
)
def test_a_call_that_is_refused(path: str, answer: Raw, kind: type[SyncError], says: str) -> None:
    with scripted({path: answer}) as server:
        found = failing(server.url, scheduled=path == FILE)
        assert server.asked[-1] == path
        assert server.asked.count(path) == 1, "it tried again by itself"
    assert_told(found, kind, says)


def assert_told(found: SyncError, kind: type[SyncError], says: str) -> None:
    assert type(found) is kind
    assert says in found.sentence
    assert found.sentence.endswith(".")
    assert found.remedy or isinstance(found, Transient | RateLimited)


@pytest.mark.parametrize("status", [403, 404])
def test_whoever_forgot_to_share_is_told_with_whom(status: int) -> None:
    with scripted({BOOK: error(status)}) as server:
        assert f"hare the sheet with {DEMO_EMAIL}" in failing(server.url).remedy


def test_an_excel_file_is_told_apart() -> None:
    body = {"error": {"code": 400, "message": "This operation is not supported", "status": "FAILED_PRECONDITION"}}
    with scripted({BOOK: said(body, 400)}) as server:
        found = failing(server.url)
    assert type(found) is Misconfigured
    assert "Save as Google Sheets" in found.remedy


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (CELLS, said({})),
        (CELLS, said({"valueRanges": []})),
        (CELLS, said({"valueRanges": [{"values": "none"}]})),
        (CELLS, said({"valueRanges": [{"values": [5]}]})),
        (CELLS, said({"valueRanges": ["x"]})),
        (CELLS, error(400, "Unable to parse range: 'Tab'")),
        (FILE, said({})),
        (FILE, said({"modifiedTime": "yesterday"})),
        (FILE, said({"modifiedTime": "2026-03-01T10:00:00"})),
    ],
    ids=str,
)
def test_an_answer_of_the_wrong_shape_is_asked_for_again_later(path: str, answer: Raw) -> None:
    with scripted({path: answer}) as server:
        assert type(failing(server.url, scheduled=path == FILE)) is Transient


@pytest.mark.parametrize(
    ("told", "seconds"), [({"Retry_After": "30"}, 30), ({}, 60), ({"Retry_After": "soon"}, 60)], ids=str
)
@pytest.mark.parametrize("path", [TOKEN, BOOK, CELLS])
def test_a_limit_shuts_the_gate_for_as_long_as_it_says(path: str, told: dict[str, str], seconds: int) -> None:
    gate = RememberingGate()
    with scripted({path: error(429, **told)}) as server:
        found = failing(server.url, gate=gate)
    assert isinstance(found, RateLimited)
    assert found.retry_at == NOW + timedelta(seconds=seconds)
    assert [(bucket, until) for bucket, until, _ in gate.blocks] == [(found.scope, found.retry_at)]
    assert found.scope == gate.calls[-1][0].bucket


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("Thu, 12 Mar 2026 19:31:00 GMT", 60),
        ("Thu, 12 Mar 2026 19:00:00 GMT", 0),
        ("99999999", 86_400),
        ("-5", 60),
        ("", 60),
    ],
)
def test_when_to_come_again_is_told_in_seconds_or_as_a_date(value: str, seconds: int) -> None:
    assert told_until({"Retry-After": value}, NOW) == NOW + timedelta(seconds=seconds)


# The line


def test_nobody_answers() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = failing(f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert_told(found, Transient, "broke")


@pytest.mark.parametrize("path", [TOKEN, BOOK])
def test_a_server_that_drips_is_left_at_the_deadline(path: str) -> None:
    slow = Raw(200, b'{"access_token": "' + b"x" * 500 + b'"}', drip_seconds=0.05)
    with scripted({path: slow}) as server:
        assert_told(failing(server.url, answer_seconds=0.3), Transient, "in time")


@pytest.mark.parametrize("kind", ["reset", "truncated"])
def test_a_line_that_breaks(reader: Reader, kind: str) -> None:
    reader.google.faults.add({"kind": kind, "path": "values"})
    with pytest.raises(Transient):
        reader.pages()


@pytest.mark.parametrize("status", [301, 302, 307])
def test_it_follows_nobody_elsewhere(status: int) -> None:
    with scripted({}) as other:
        with scripted({BOOK: Raw(status, b"", {"Location": f"{other.url}{BOOK}"})}) as server:
            failing(server.url)
        assert other.asked == []


def test_a_spreadsheet_that_is_too_large_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connections.providers.google_sheets.wire.LONGEST_ANSWER", 1000)
    with scripted({CELLS: said({"valueRanges": [{"values": [["x" * 2000]]}]})}) as server:
        assert_told(failing(server.url), Misconfigured, "larger")


# Keys


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "{",
        "[]",
        "null",
        json.dumps({"installed": {"client_id": "x"}}),
        json.dumps({"type": "authorized_user", "refresh_token": "x"}),
        json.dumps({"client_email": "a@b.example"}),
        json.dumps({"client_email": 5, "private_key": "x"}),
        json.dumps({"client_email": "a@b.example", "private_key": "no key at all"}),
        json.dumps(json.loads(demo_key()) | {"private_key": json.loads(demo_key())["private_key"][:300]}),
        json.dumps(json.loads(demo_key()) | {"universe_domain": "other.example"}),
    ],
    ids=lambda pasted: pasted[:40],
)
def test_what_is_no_key_is_refused_before_a_call(pasted: str) -> None:
    with scripted({}) as server:
        source = source_at(server.url)
        source.context.secrets["service_account"] = pasted  # type: ignore[index]
        with pytest.raises((NeedsReconnect, Misconfigured)) as refused:
            source.check()
        assert server.asked == []
    assert refused.value.remedy
    assert "BEGIN" not in "".join(traceback.format_exception(refused.value))


def test_where_tokens_are_had_is_not_for_a_pasted_file_to_say() -> None:
    """Or it could send us to any address inside of the network."""
    with scripted({}) as elsewhere, scripted({}) as server:
        key = json.dumps(json.loads(demo_key()) | {"token_uri": f"{elsewhere.url}/token"})
        assert source_at(server.url, key=key).check().name == "Scripted"
        assert elsewhere.asked == []
        assert server.asked == [TOKEN, BOOK]


# Secrets

SECRET_LINES = [line for line in json.loads(demo_key())["private_key"].splitlines() if "-----" not in line]


def echo(asked: Asked) -> Raw | None:
    """A server that answers with everything that it was sent, and with the key itself."""
    if asked.path == TOKEN:
        return None
    heard = [asked.headers.get("Authorization", ""), demo_key(), quote_plus(demo_key()), SECRET_LINES[3]]
    return error(403, " ".join(heard))


@pytest.mark.parametrize(
    "answer",
    [
        echo,
        lambda asked: said({"error": "invalid_grant", "error_description": f"{asked.body} {demo_key()}"}, 400),
        lambda asked: Raw(500, f"<p>{asked.body} {asked.headers} {demo_key()}</p>".encode()),
        lambda asked: error(429, f"{asked.headers}") if asked.path != TOKEN else None,
    ],
    ids=["echo", "login", "page", "limit"],
)
def test_neither_key_nor_token_is_in_an_error_or_a_log(answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with scripted(answer) as server:
        found = failing(server.url)
    seen = [caplog.text, found.sentence, found.remedy, found.original, repr(found), found.code]
    seen.append("".join(traceback.format_exception(found)))
    for secret in [*SECRET_LINES, "scripted-access-token", "eyJ"]:
        assert not [text for text in seen if secret in text]


def test_no_key_is_in_what_stands_for_a_source(reader: Reader) -> None:
    source = reader.source()
    source.check()
    shown = f"{source.context!r} {source.api.key!r} {source.reading!r} {source.api.wire!r} {source.api.last!r}"
    assert not [line for line in SECRET_LINES if line in shown]
    assert "sandbox-token" not in shown


def test_words_that_are_no_secret_stay() -> None:
    assert scrubbed("The caller does not have permission", "x", "") == "The caller does not have permission"
    assert scrubbed("-----BEGIN of a list-----", "-----BEGIN A KEY-----\nabcdefghij") == "-----BEGIN of a list-----"
    assert scrubbed("Bearer abcdefghij!", "") == "Bearer [removed]!"

"""One call: the gate before it, the deadline around it, and what it leaves behind when it breaks."""

import gzip
import hashlib
import hmac
import socket
import threading
import time
from datetime import timedelta

import pytest

from connections.errors import Misconfigured, NeedsReconnect, RateLimited, SyncError, TooMuchData, Transient
from connections.providers.meta import answers
from connections.sources import Account, CallLimit, Slice
from tests.connections.providers.meta.reading import NOW, TOKEN, RememberingGate, records_of, source_at
from tests.connections.providers.meta.scripted_server import Raw, as_json, fault, listing, scripted

EVERYTHING = Slice()
EMPTY = listing()
NEXT = "https://graph.facebook.com/v26.0/act_42/ads?limit=25"


class ClosedGate(RememberingGate):
    def before_call(self, limits):
        raise RateLimited("Full.", retry_at=NOW, scope="act_42")


def read(url, **settings):
    gate = RememberingGate()
    return records_of(source_at(url, gate=gate, **settings), "ads", EVERYTHING), gate


def test_each_call_passes_the_gate_once():
    with scripted(listing("1", more=f"{NEXT}&after=a"), fault(100, 33), as_json({"id": "act_42"})) as server:
        gate = RememberingGate()
        with pytest.raises(Transient):
            records_of(source_at(server.url, gate=gate), "ads", EVERYTHING)
        assert len(gate.calls) == len(server.asked) == 3


def test_a_closed_gate_lets_nothing_out():
    with scripted(EMPTY) as server:
        with pytest.raises(RateLimited, match="Full"):
            records_of(source_at(server.url, gate=ClosedGate()), "ads", EVERYTHING)
        assert server.asked == []


@pytest.mark.spec("T49")
def test_work_by_the_schedule_has_a_tighter_limit_than_work_that_somebody_waits_for():
    burst, app = CallLimit("act_42", 2000), CallLimit("app_7")
    with scripted(EMPTY) as server:
        assert read(server.url, app_id="7")[1].calls == [(burst, app)]
        _, gate = read(server.url, app_id="7", scheduled=True)
        assert gate.calls == [(burst, CallLimit("act_42/scheduled", 180), app)]


def test_calls_of_a_source_share_one_connection():
    with scripted(EMPTY) as server:
        source = source_at(server.url)
        for _ in range(3):
            records_of(source, "ads", EVERYTHING)
        pools = source.api._session.requests._session.adapters["http://"].poolmanager.pools
        assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118 - it is no dictionary


def test_the_apps_secret_is_proven_and_not_sent():
    with scripted(EMPTY) as server:
        read(server.url, app_id="7", app_secret="very-secret")
        sent = server.asked[0].params
    assert sent["access_token"] == TOKEN
    assert sent["appsecret_proof"] == hmac.new(b"very-secret", TOKEN.encode(), hashlib.sha256).hexdigest()
    assert "very-secret" not in sent.values()


def test_nothing_is_asked_elsewhere_when_the_answer_points_there():
    with scripted(EMPTY) as elsewhere, scripted(Raw(302, b"", {"Location": elsewhere.url})) as server:
        with pytest.raises(Transient):
            read(server.url)
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(gzip.compress(b'{"data": [{"id": "1"}]}'), {"Content-Encoding": "gzip"}, id="gzip"),
        pytest.param(
            b'9\r\n{"data": \r\nf\r\n[{"id": "1"}] }\r\n0\r\n\r\n', {"Transfer-Encoding": "chunked"}, id="chunked"
        ),
    ],
)
def test_a_body_may_be_packed_or_come_in_chunks(body, headers):
    with scripted(Raw(200, body, headers)) as server:
        assert [record["external_id"] for record in read(server.url)[0]] == ["1"]


def test_a_packed_body_that_never_ends_is_cut_off(monkeypatch):
    monkeypatch.setattr(answers, "LONGEST_BODY", 1000)
    bomb = gzip.compress(b" " * 10_000_000)
    with scripted(Raw(200, bomb, {"Content-Encoding": "gzip"})) as server, pytest.raises(TooMuchData):
        read(server.url)


def test_a_body_cut_short_is_tried_again():
    with scripted(Raw(200, b'{"data": []', cut=1)) as server, pytest.raises(Transient, match="line to Meta broke"):
        read(server.url)


def test_a_reset_connection_is_tried_again():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
        with pytest.raises(Transient, match="line to Meta broke"):
            read(f"http://127.0.0.1:{listener.getsockname()[1]}")


def test_headers_that_drip_end_at_the_deadline_too():
    def drip() -> None:
        connection, _ = listener.accept()
        try:
            while True:
                connection.sendall(b"H")
                time.sleep(0.05)
        except OSError:
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, daemon=True).start()
        started = time.monotonic()
        with pytest.raises(Transient, match="in time"):
            read(f"http://127.0.0.1:{listener.getsockname()[1]}", answer_seconds=0.3)
        assert time.monotonic() - started < 0.9


def test_a_silent_server_ends_at_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(Transient, match="in time"):
        read(f"http://127.0.0.1:{listener.getsockname()[1]}", answer_seconds=0.2)


def test_an_answer_that_no_memory_holds_is_asked_for_in_smaller_pages(monkeypatch):
    monkeypatch.setattr(answers, "LONGEST_BODY", 50)
    with scripted(listing(*"123456789")) as server:
        with pytest.raises(TooMuchData):
            read(server.url, page_size=100)
        assert [asked.params["limit"] for asked in server.asked] == ["100", "50", "25"]


@pytest.mark.parametrize("body", [b"null", b"[]", b"17", b'"text"', b"{", b"\xff\xfe", b"[" * 100_000])
def test_whatever_is_no_object_of_json_is_tried_again(body):
    with scripted(Raw(200, body)) as server, pytest.raises(Transient):
        read(server.url)


def test_what_a_broken_proxy_says_can_be_stored():
    with scripted(Raw(502, b"\x00\x01 gateway \xff")) as server, pytest.raises(Transient) as raised:
        read(server.url)
    assert "gateway" in raised.value.original
    assert "\0" not in raised.value.original


def test_an_error_inside_a_success_is_an_error():
    with scripted(fault(190, 463, status=200)) as server, pytest.raises(NeedsReconnect):
        read(server.url)


@pytest.mark.parametrize(
    ("answer", "scope", "seconds"),
    [
        pytest.param(fault(17, 2446079), "act_42", 60, id="nothing told"),
        pytest.param(fault(80004, x_business_use_case_usage={
            "42": [{"type": "ads_insights", "call_count": 4, "estimated_time_to_regain_access": 0},
                   {"type": "ads_management", "call_count": 100, "estimated_time_to_regain_access": 19}]
        }), "act_42", 19 * 60, id="minutes to regain, in the second entry"),
        pytest.param(fault(17, x_ad_account_usage={"acc_id_util_pct": 9.6, "reset_time_duration": 100}), "act_42", 100,
                     id="seconds to reset"),
        pytest.param(fault(613, retry_after="1"), "act_42", 1, id="retry-after"),
        pytest.param(fault(613, retry_after="Tue, 10 Mar 2026 12:02:00 GMT"), "act_42", 120, id="retry-after a date"),
        pytest.param(fault(4, 1504022, x_app_usage={"call_count": 100}), "app_default", 60, id="app"),
        pytest.param(fault(341), "app_default", 60, id="app's cap"),
        pytest.param(fault(32), "act_42", 60, id="pages"),
        pytest.param(Raw(429, b"slow down", {"Retry-After": "5"}), "act_42", 5, id="HTTP 429 of a proxy"),
        pytest.param(fault(368), "act_42", 3600, id="policy block"),
    ],
)  # fmt: skip
def test_a_limit_parks_its_bucket_until_the_told_time(answer, scope, seconds):
    gate = RememberingGate()
    with scripted(answer) as server, pytest.raises(RateLimited) as caught:
        records_of(source_at(server.url, gate=gate), "ads", EVERYTHING)
    assert caught.value.scope == scope
    assert caught.value.retry_at == NOW + timedelta(seconds=seconds)
    assert gate.blocked_seconds[scope] == seconds
    assert len(server.asked) == 1


def test_a_nearly_full_bucket_is_left_alone_from_the_next_call_on():
    usage = {"42": [{"type": "ads_insights", "call_count": 95, "estimated_time_to_regain_access": 3}]}
    with scripted(as_json({"data": []}, x_business_use_case_usage=usage, x_app_usage={"total_time": 91})) as server:
        records, gate = read(server.url)
    assert records == []
    assert gate.blocked_seconds == {"act_42": 180, "app_default": 60}
    assert "95 %" in {bucket: reason for bucket, _, reason in gate.blocks}["act_42"]


@pytest.mark.parametrize("account", ["", "act_", "me", "act_42/../me", "act_42?x=1", "４２"])
def test_an_account_that_is_no_number_is_never_put_into_an_address(account):
    with scripted(EMPTY) as server:
        with pytest.raises(Misconfigured):
            read(server.url, account=Account(account, currency="EUR"))
        assert server.asked == []


def test_without_a_token_a_person_has_to_sign_in():
    with scripted(EMPTY) as server:
        with pytest.raises(NeedsReconnect):
            read(server.url, token=" ")
        assert server.asked == []


def test_an_error_that_echoes_the_token_is_scrubbed():
    echo = fault(190, message=f"Malformed access token {TOKEN}, see /me?access_token={TOKEN}&x=1")
    with scripted(echo) as server, pytest.raises(SyncError) as caught:
        read(server.url)
    assert "secret" not in f"{vars(caught.value)}"
    assert "Malformed access token [removed]" in caught.value.original

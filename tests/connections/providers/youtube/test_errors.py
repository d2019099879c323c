"""What YouTube refuses, sorted by what to do next; and a key that nobody ever reads in a log."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from connections.errors import Misconfigured, NeedsReconnect, RateLimited, SyncError, Transient
from connections.providers.youtube import errors
from connections.providers.youtube.wire import KEY_HEADER
from connections.sources import Check
from tests.connections.providers.youtube.reading import KEY, NOW, Reader, source_at

ALMA = "https://youtube.com/@alma_bakes"


def refused(reader: Reader, error: str, **options: object) -> SyncError:
    reader.youtube.faults.add({"kind": "error", "error": error, **options})
    with pytest.raises(SyncError) as raised:
        reader.pages({ALMA: ""})
    return raised.value


@pytest.mark.parametrize(
    ("error", "family"),
    [
        ("invalid_key", NeedsReconnect),
        ("old_invalid_key", NeedsReconnect),
        ("switched_off", Misconfigured),
        ("restricted", Misconfigured),
        ("server", Transient),
    ],
)
def test_an_error_says_what_to_do(reader: Reader, error: str, family: type[SyncError]) -> None:
    found = refused(reader, error)
    assert type(found) is family
    assert found.sentence
    assert found.remedy or family is Transient
    assert len(reader.youtube.calls.all()) == 1


@pytest.mark.spec("V38")
def test_a_used_up_quota_waits_for_midnight_of_the_pacific(reader: Reader) -> None:
    found = refused(reader, "quota")
    assert isinstance(found, RateLimited)
    assert found.retry_at == datetime(2026, 3, 13, 7, tzinfo=UTC), "summer time has begun there"
    assert reader.gate.blocks == [(found.scope, found.retry_at, errors.DAY_IS_SPENT)]


def test_the_sandbox_counts_units_and_refuses_when_they_are_used_up(reader: Reader) -> None:
    reader.youtube.quota = 1
    assert reader.read("@alma_bakes")["@alma_bakes"]["state"] == "ok"
    with pytest.raises(RateLimited, match="used up"):
        reader.read("@alma_bakes")


@pytest.mark.parametrize(("told", "seconds"), [({}, 60), ({"seconds": 5}, 5)], ids=["untold", "told"])
def test_too_many_calls_wait_as_long_as_told(reader: Reader, told: dict[str, int], seconds: int) -> None:
    found = refused(reader, "limit", **told)
    assert isinstance(found, RateLimited)
    assert found.retry_at == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        (datetime(2026, 1, 10, 7, 59, tzinfo=UTC), datetime(2026, 1, 10, 8, tzinfo=UTC)),
        (datetime(2026, 1, 10, 8, 0, tzinfo=UTC), datetime(2026, 1, 11, 8, tzinfo=UTC)),
        (datetime(2026, 3, 8, 9, 0, tzinfo=UTC), datetime(2026, 3, 9, 7, tzinfo=UTC)),
        (datetime(2026, 11, 1, 8, 0, tzinfo=UTC), datetime(2026, 11, 2, 8, tzinfo=UTC)),
    ],
    ids=["just before", "at midnight", "the day of summer time", "the day of winter time"],
)
def test_the_next_day_of_the_pacific_coast(now: datetime, midnight: datetime) -> None:
    assert errors.next_day(now) == midnight


@pytest.mark.parametrize("kind", ["html", "garbage", "empty_body", "reset", "truncated"])
def test_a_broken_answer_is_tried_again_later(reader: Reader, kind: str) -> None:
    reader.youtube.faults.add({"kind": kind})
    with pytest.raises(Transient):
        reader.pages({ALMA: ""})


def test_an_answer_that_never_ends_is_given_up(reader: Reader) -> None:
    reader.youtube.faults.add({"kind": "slow", "bytes_per_second": 20.0})
    with pytest.raises(Transient, match="in time"):
        reader.pages({ALMA: ""}, answer_seconds=0.3)


def test_a_place_that_is_not_youtube_is_not_called(reader: Reader) -> None:
    wire = reader.source().api.wire
    for url in ("https://youtube.googleapis.com.evil.example/x", "http://169.254.169.254/latest"):
        with pytest.raises(Misconfigured, match=r"not YouTube's"):
            wire.request(url)
    assert reader.gate.calls == []


@pytest.mark.parametrize("key", ["", "two words", "ключ", "line\nbreak"])
def test_what_cannot_be_a_key_asks_nobody(reader: Reader, key: str) -> None:
    (check,) = reader.source(key=key).checks()
    assert isinstance(check.error, NeedsReconnect)
    assert reader.youtube.calls.all() == []


def test_the_key_stands_in_no_address_no_log_and_no_error(reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
    body = f'{{"error": {{"code": 500, "message": "key {KEY} of AIza{"x" * 35}"}}}}'
    reader.youtube.faults.add({"kind": "body", "body": body, "status": 500})
    with caplog.at_level(logging.DEBUG), pytest.raises(Transient) as raised:
        reader.pages({ALMA: ""})
    assert raised.value.original == "key [removed] of [removed]"
    assert KEY not in caplog.text
    (call,) = reader.youtube.calls.all()
    assert KEY not in str(call.params)
    assert KEY_HEADER == "X-Goog-Api-Key"


def test_a_key_that_may_ask_nothing_is_to_be_looked_at(reader: Reader) -> None:
    """For one channel the same answer would be about this channel."""
    reader.youtube.faults.add({"kind": "error", "error": "forbidden"})
    (check,) = reader.source().checks()
    assert isinstance(check.error, Misconfigured)
    assert check.error.remedy


def test_a_check_says_what_was_found(reader: Reader) -> None:
    assert [type(check) for check in reader.source().checks()] == [Check]
    assert source_at("", {}).addresses({}) == ("https://youtube.googleapis.com",)

"""What Meta refuses, sorted by what to do next; limits; and a token that nobody ever reads in a log."""

import logging
from datetime import timedelta

import pytest

from connections.errors import Misconfigured, NeedsReconnect, RateLimited, SyncError, Transient
from connections.providers.instagram import usage
from tests.connections.providers.instagram.reading import NOW, OWN, TOKEN, Reader

JON = "junglejon"


def refused(reader: Reader, error: str, **options: object) -> SyncError:
    reader.instagram.faults.add({"kind": "error", "error": error, **options})
    with pytest.raises(SyncError) as raised:
        reader.pages(JON)
    return raised.value


@pytest.mark.parametrize(
    ("error", "family"),
    [("190", NeedsReconnect), ("190-463", NeedsReconnect), ("10", Misconfigured), ("2635", Misconfigured)],
)
def test_an_error_says_what_to_do(reader: Reader, error: str, family: type[SyncError]) -> None:
    found = refused(reader, error)
    assert type(found) is family
    assert found.sentence
    assert found.remedy
    assert len(reader.asked()) == 1


@pytest.mark.spec("V38")
@pytest.mark.parametrize(
    ("error", "options", "bucket", "pause"),
    [
        ("4", {}, "instagram_app_default", timedelta(minutes=1)),
        ("4", {"seconds": 90}, "instagram_app_default", timedelta(seconds=90)),
        ("80002", {"minutes": 7}, f"instagram_{OWN}", timedelta(minutes=7)),
        ("368", {}, f"instagram_{OWN}", timedelta(hours=1)),
    ],
)
def test_a_limit_waits_as_long_as_told(
    reader: Reader, error: str, options: dict[str, int], bucket: str, pause: timedelta
) -> None:
    found = refused(reader, error, **options)
    assert isinstance(found, RateLimited)
    assert (found.scope, found.retry_at) == (bucket, NOW + pause)
    assert [block[:2] for block in reader.gate.blocks] == [(bucket, NOW + pause)]


def test_headers_that_say_it_is_nearly_full_are_heard() -> None:
    full = {"x-business-use-case-usage": '{"1":[{"call_count":95,"estimated_time_to_regain_access":3}]}'}
    assert (usage.fullest(full), usage.told_until(full, NOW)) == (95, NOW + timedelta(minutes=3))
    for odd in ("", "[", '{"1":[null]}', '{"1":3}', '{"call_count":"many"}', "{}, {"):
        headers = {"x-app-usage": odd, "x-business-use-case-usage": odd}
        assert (usage.fullest(headers), usage.told_until(headers, NOW)) == (0, NOW + timedelta(minutes=1))


@pytest.mark.parametrize("kind", ["html", "garbage", "empty_body", "reset", "truncated"])
def test_a_broken_answer_is_tried_again_later(reader: Reader, kind: str) -> None:
    reader.instagram.faults.add({"kind": kind})
    with pytest.raises(Transient):
        reader.pages(JON)


def test_an_answer_that_never_ends_is_given_up(reader: Reader) -> None:
    reader.instagram.faults.add({"kind": "slow", "bytes_per_second": 20.0})
    with pytest.raises(Transient, match="in time"):
        reader.pages(JON, answer_seconds=0.3)


@pytest.mark.parametrize("token", ["", "two words", "ключ"])
def test_what_cannot_be_a_token_asks_nobody(reader: Reader, token: str) -> None:
    (check,) = reader.source(token=token).checks()
    assert isinstance(check.error, NeedsReconnect)
    assert reader.asked() == []


def test_the_token_stands_in_no_log_and_no_error(reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
    body = f'{{"error": {{"code": 2, "message": "token {TOKEN} and access_token=abcdef"}}}}'
    reader.instagram.faults.add({"kind": "body", "body": body, "status": 500})
    with caplog.at_level(logging.INFO), pytest.raises(Transient) as raised:
        reader.pages(JON)
    assert raised.value.original == "token [removed] and access_token=[removed]"
    reader.instagram.faults.clear()
    reader.instagram.faults.add({"kind": "reset"})
    with pytest.raises(Transient) as broken:
        reader.pages(JON)
    assert TOKEN not in f"{caplog.text} {broken.value.original}"
    assert broken.value.__context__ is None
    assert all("access_token" not in call.params for call in reader.instagram.calls.all())


def test_its_checks_name_what_is_wrong(reader: Reader) -> None:
    assert [check.error for check in reader.source().checks()] == [None, None]
    reader.instagram.faults.add({"kind": "error", "error": "10", "where": {"username": "freshet.demo"}})
    assert [type(check.error) for check in reader.source().checks()] == [type(None), Misconfigured]
    (check,) = reader.source(account="17841400000000999").checks()
    assert isinstance(check.error, Misconfigured)
    reader.instagram.faults.add({"kind": "error", "error": "100"})
    (check,) = reader.source().checks()
    assert isinstance(check.error, Misconfigured)
    (check,) = reader.source(account="act_12").checks()
    assert isinstance(check.error, Misconfigured)


def test_a_login_lists_its_professional_accounts(reader: Reader) -> None:
    (choice,) = reader.source(account="").accounts()
    assert (choice.account.external_id, choice.account.name) == (OWN, "@freshet.demo")

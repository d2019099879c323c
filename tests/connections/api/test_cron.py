"""Who shows a token of the installation, and who just guesses?"""

from typing import Any

import pytest
from django.test import Client, RequestFactory

from connections.api.cron import TenAMinute, is_cron

TOKEN, OLDER = "a-cron-token-of-the-tests", "an-older-one-of-the-tests"
STATUS = "/api/admin/sync_status"
RATE = TenAMinute.rate


def asks(authorization: str) -> bool:
    return is_cron(RequestFactory().get("/", headers={"Authorization": authorization}))


@pytest.mark.spec("C34")
@pytest.mark.parametrize("token", [TOKEN, OLDER])
def test_each_of_two_tokens_opens_so_that_one_can_be_replaced(settings: Any, token: str) -> None:
    settings.CRON_TOKENS = [TOKEN, OLDER]
    assert asks(f"Bearer {token}")
    assert asks(f"bearer  {token} ")


@pytest.mark.spec("C34")
@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        "Bearer ünïcödé" * 9,
    ],
)
def test_nothing_else_does(settings: Any, authorization: str) -> None:
    settings.CRON_TOKENS = [TOKEN]
    assert not asks(authorization)


@pytest.mark.parametrize("tokens", [[], [""], ["short"]])
def test_a_token_that_is_no_secret_opens_nothing(settings: Any, tokens: list[str]) -> None:
    settings.CRON_TOKENS = tokens
    assert not any(asks(f"Bearer {token}") for token in [*tokens, ""])


@pytest.mark.django_db
def test_the_query_string_is_no_place_for_a_token(settings: Any, client: Client) -> None:
    settings.CRON_TOKENS = [TOKEN]
    answer = client.get(f"{STATUS}?token={TOKEN}&authorization=Bearer%20{TOKEN}")
    assert answer.status_code == 401
    assert answer.json().keys() == {"detail"}
    assert TOKEN not in answer.content.decode()


@pytest.mark.django_db
def test_an_address_may_guess_ten_times_a_minute(
    settings: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CRON_TOKENS = [TOKEN]
    monkeypatch.setattr(TenAMinute, "rate", RATE)
    wrong = [client.get(STATUS, headers={"Authorization": "Bearer wrong"}) for _ in range(10)]
    assert {answer.status_code for answer in wrong} == {401}
    late = client.get(STATUS, headers={"Authorization": "Bearer wrong"})
    assert late.status_code == 429
    assert 0 < int(late["Retry-After"]) <= 60
    assert client.get(STATUS, headers={"Authorization": "Bearer wrong"}, REMOTE_ADDR="192.0.2.7").status_code == 401
    right = client.get(STATUS, headers={"Authorization": f"Bearer {TOKEN}"})
    assert right.status_code == 200, "whoever guesses keeps the cron out"

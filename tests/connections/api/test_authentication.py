"""Who is let in, with what, and what a caller hears otherwise."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from connections.models import ApiToken, Connection, Workspace
from tests.fixtures.api import CSRF, Caller, make_client, with_session

pytestmark = pytest.mark.django_db
LIST = "/api/connections/"


@pytest.fixture
def token(workspace: Workspace) -> tuple[ApiToken, str]:
    return ApiToken.issue(workspace, "Reports", ApiToken.Scope.READ, now=timezone.now())


def bearing(text: str) -> Caller:
    return Caller(make_client(), {"Authorization": text})


@pytest.mark.spec("A50", "C7")
def test_a_program_comes_in_with_its_token_and_a_person_with_a_session(
    callers: dict[str, Caller], token: tuple[ApiToken, str], connection: Connection
) -> None:
    for caller in (bearing(f"Bearer {token[1]}"), bearing(f"bearer {token[1]}"), callers["vera"]):
        found = caller.get(LIST)
        assert found.status_code == 200
        assert [each["id"] for each in found.json()["results"]] == [str(connection.pk)]
    assert callers["nobody"].get(LIST).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer frt_no-such-token",
        "Bearer frt_\xff\xfe",
        "Bearer a b c",
        "Basic Ym9iOmJvYg==",
        "frt_x",
        "",
    ],
)
def test_anything_else_is_refused_in_json_with_a_challenge(header: str, db: None) -> None:
    answer = bearing(header).get(LIST)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/json"
    assert answer["WWW-Authenticate"] == 'Bearer realm="freshet"'
    assert list(answer.json()) == ["detail"]


def test_a_revoked_token_opens_nothing_from_the_next_request_on(token: tuple[ApiToken, str]) -> None:
    caller = bearing(f"Bearer {token[1]}")
    assert caller.get(LIST).status_code == 200
    assert token[0].revoke(timezone.now())
    assert caller.get(LIST).status_code == 401
    assert not token[0].revoke(timezone.now())


def test_a_wrong_token_is_not_made_up_for_by_a_session(callers: dict[str, Caller]) -> None:
    assert callers["alice"].get(LIST, Authorization="Bearer frt_wrong").status_code == 401


def test_somebody_who_was_deactivated_is_nobody(alice: Any) -> None:
    caller = with_session(alice)
    alice.is_active = False
    alice.save()
    assert caller.get(LIST).status_code == 401


def test_the_use_of_a_token_is_noted_once_a_minute(token: tuple[ApiToken, str], django_assert_num_queries: Any) -> None:
    caller, found = bearing(f"Bearer {token[1]}"), ApiToken.objects.filter(pk=token[0].pk)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        caller.get(LIST)
        first = found.get().last_used_at
        assert first == timezone.now()
        clock.shift(timedelta(seconds=59))
        with django_assert_num_queries(2):  # the token and the list: asking writes nothing
            caller.get(LIST)
        assert found.get().last_used_at == first
        clock.shift(timedelta(seconds=1))
        caller.get(LIST)
        assert found.get().last_used_at == timezone.now()


def test_a_browser_needs_the_csrf_token_to_change_anything(alice: Any, connection: Connection) -> None:
    session, path = with_session(alice), reverse("api_sync_frequency", args=[connection.pk])
    body = {"sync_frequency": "daily"}
    assert session.patch(path, body).status_code == 200
    assert Caller(session.client).patch(path, body).status_code == 403
    assert session.ask("PATCH", path, body, **{"X-CSRFToken": CSRF[::-1].upper()}).status_code == 403
    assert Caller(session.client).get(path.replace("frequency", "status")).status_code == 200


def test_a_token_needs_none(callers: dict[str, Caller], connection: Connection) -> None:
    path = reverse("api_sync_frequency", args=[connection.pk])
    assert callers["trigger token"].patch(path, {"sync_frequency": "daily"}).status_code == 200


def test_a_token_reaches_its_own_workspace_only(
    callers: dict[str, Caller], connection: Connection, strange_workspace: Workspace
) -> None:
    _, text = ApiToken.issue(strange_workspace, "Stranger", ApiToken.Scope.ADMIN, now=timezone.now())
    caller = bearing(f"Bearer {text}")
    assert caller.get(LIST).json()["results"] == []
    assert caller.get(reverse("api_sync_status", args=[connection.pk])).status_code == 404


def test_the_hash_is_kept_and_the_text_is_not(token: tuple[ApiToken, str]) -> None:
    assert token[1].startswith("frt_")
    assert token[1] not in str(ApiToken.objects.values().get(pk=token[0].pk))

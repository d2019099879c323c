"""Pages for what went wrong, in the product's own frame."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.views.defaults import bad_request, permission_denied, server_error


def test_an_unknown_address_leads_back(alice: User, signed_in: Callable[[User], Client]) -> None:
    answer = signed_in(alice).get("/nothing/")
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()
    assert "Sign out" in answer.content.decode()


def test_also_for_who_is_not_signed_in(client: Client) -> None:
    answer = client.get("/nothing/")
    assert answer.status_code == 404
    assert "Sign out" not in answer.content.decode()


@pytest.mark.parametrize(
    ("view", "words"), [(bad_request, "made no sense"), (permission_denied, "You may not do that")]
)
def test_a_refusal_is_said_in_words(view: Callable[..., object], words: str, rf: RequestFactory) -> None:
    answer = view(rf.get("/"), exception=ValueError())
    assert words in answer.content.decode()  # type: ignore[attr-defined]


def test_a_fault_of_ours_is_said_without_asking_the_database(rf: RequestFactory) -> None:
    assert "Something broke on our side" in server_error(rf.get("/")).content.decode()

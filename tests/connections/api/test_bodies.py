"""What is sent: a body of bounded size, without unknown fields."""

import json

import pytest
from django.core.exceptions import ValidationError as FormError
from django.urls import reverse
from rest_framework.exceptions import ValidationError

from connections.api.bodies import filled_in
from connections.forms import field_for
from connections.models import Connection
from connections.sources import FormField
from tests.fixtures.api import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(connection: Connection) -> str:
    return reverse("api_sync_frequency", args=[connection.pk])


def test_an_unknown_field_is_named_with_those_that_are_known(api: Caller, path: str) -> None:
    answer = api.patch(path, {"sync_frequency": "daily", "frequency": "daily"})
    assert answer.status_code == 400
    sentence = "There is no such field. Known are: sync_frequency."
    assert answer.json() == {"detail": f"frequency: {sentence}", "invalid": {"frequency": [sentence]}}


def test_strange_names_do_not_break_the_answer(api: Caller, path: str) -> None:
    answer = api.patch(path, {"\x00": 1, "é" * 5000: 2, "": 3})
    assert answer.status_code == 400
    assert len(answer.content) < 5000


def test_a_megabyte_is_the_limit(api: Caller, path: str) -> None:
    body = json.dumps({"sync_frequency": "daily"})
    assert api.patch(path, body + " " * (1_000_000 - len(body))).status_code == 200
    assert api.patch(path, body + " " * (1_000_001 - len(body))).status_code == 413


@pytest.mark.parametrize("caller", ["adam", "admin token"])
@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""])
def test_only_json_is_read(callers: dict[str, Caller], caller: str, path: str, media_type: str) -> None:
    """A form of another site cannot even try: browsers send JSON to others only after asking."""
    answer = callers[caller].ask("PATCH", path, "sync_frequency=daily", content_type=media_type)
    assert answer.status_code == 415


def test_a_charset_may_be_named(api: Caller, path: str) -> None:
    answer = api.ask("PATCH", path, {"sync_frequency": "daily"}, content_type="application/json; charset=utf-8")
    assert answer.status_code == 200


def test_a_body_of_unknown_length_is_not_silently_ignored(api: Caller, connection: Connection) -> None:
    path = reverse("api_sync_now", args=[connection.pk])
    answer = api.client.post(path, headers={**api.headers, "Transfer-Encoding": "chunked"}, CONTENT_LENGTH="")
    assert answer.status_code == 411


@pytest.mark.parametrize(
    ("field", "longest"), [(FormField("a", "Token", secret=True), 4096), (FormField("a", "Note"), 200)]
)
def test_a_program_may_fill_in_as_much_as_a_person(field: FormField, longest: int) -> None:
    fits, does_not = {"a": "x" * longest}, {"a": "x" * (longest + 1)}
    assert filled_in("options", [field], fits) == fits
    assert field_for(field).clean(fits["a"]) == fits["a"]
    with pytest.raises(ValidationError) as refused:
        filled_in("options", [field], does_not)
    assert list(refused.value.detail["options"]) == ["a"]  # type: ignore[call-overload]
    with pytest.raises(FormError):
        field_for(field).clean(does_not["a"])

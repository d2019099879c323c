"""JSON on the wire: nonsense is a clear 400, and answers are JSON whatever is asked for."""

from typing import Any

import pytest
from django.urls import reverse

from connections.models import Connection
from tests.fixtures.api import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(connection: Connection) -> str:
    return reverse("api_sync_frequency", args=[connection.pk])


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "not json",
        '{"sync_frequency": NaN}',
        '{"sync_frequency": "\\ud800"}',
        b'{"sync_frequency": "\xff\xfe"}',
        "[" * 200_000,
        '{"a":' * 200_000,
        '"realtime"',
        "[]",
        "null",
        "1" + "0" * 5000,
        '{"sync_frequency": null}',
        '{"sync_frequency": 7}',
        '{"sync_frequency": ["realtime"]}',
        '{"sync_frequency": {"a": 1}}',
        '{"sync_frequency": "real\\u0000time"}',
        "{}",
        "",
    ],
    ids=range(18),
)
def test_nonsense_is_a_400_that_says_so(api: Caller, path: str, body: Any) -> None:
    answer = api.patch(path, body)
    assert answer.status_code == 400, answer.content
    assert answer.json()["detail"]


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", ""])
def test_answers_are_json_whatever_is_asked_for(api: Caller, path: str, accept: str) -> None:
    answer = api.get(path.replace("frequency", "status"), Accept=accept)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")

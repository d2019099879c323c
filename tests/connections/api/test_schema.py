"""Each operation says what it takes and every way in which it may answer."""

from typing import Any

import pytest
from django.core.management import call_command

from connections.api.schema import PROBLEMS
from tests.fixtures.api import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def operations(api: Caller) -> list[tuple[str, dict[str, Any]]]:
    paths = api.get("/api/schema/").json()["paths"]
    return [(method, operation) for each in paths.values() for method, operation in each.items()]


def test_the_schema_is_made_without_a_complaint(tmp_path: Any) -> None:
    call_command("spectacular", "--fail-on-warn", "--validate", "--file", str(tmp_path / "schema.yml"))


def is_for_staff(operation: dict[str, Any]) -> bool:
    return str(operation["operationId"]).startswith("admin_")


def test_every_answer_is_told_with_its_meaning(operations: list[tuple[str, dict[str, Any]]]) -> None:
    assert len(operations) >= 14
    for method, operation in operations:
        responses = operation["responses"]
        assert all(response["description"] for response in responses.values())
        assert "401" in responses
        assert ("403" in responses) == (method != "get" or is_for_staff(operation))
        assert ("415" in responses) == (method in ("post", "patch"))
        assert operation["summary"]


def test_a_problem_has_the_same_shape_everywhere(operations: list[tuple[str, dict[str, Any]]]) -> None:
    for _, operation in operations:
        for status, response in operation["responses"].items():
            if int(status) in PROBLEMS:
                shape = response["content"]["application/json"]["schema"]["$ref"]
                assert shape == "#/components/schemas/Problem"


def test_both_ways_in_are_named(operations: list[tuple[str, dict[str, Any]]]) -> None:
    for _, operation in operations:
        first = "cronToken" if is_for_staff(operation) else "token"
        assert operation["security"] == [{first: []}, {"cookieAuth": []}]

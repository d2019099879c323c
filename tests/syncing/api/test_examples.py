"""What the schema shows as an example is what it describes, and what the API does."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from connections import registry
from connections.models import Connection
from tests.fixtures.api import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(api: Caller) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/api/schema/").json()
    return found


def contents(published: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for path, operations in published["paths"].items():
        for method, operation in operations.items():
            parts = {"request": operation.get("requestBody", {}), **operation["responses"]}
            for name, part in parts.items():
                found += [(f"{method} {path} {name}", each) for each in part.get("content", {}).values()]
    return found


def test_every_example_fits_its_schema(published: dict[str, Any]) -> None:
    seen = 0
    for name, content in contents(published):
        for example in content.get("examples", {}).values():
            seen += 1
            rules = {**content["schema"], "components": published["components"]}
            assert list(Draft202012Validator(nullable(rules)).iter_errors(example["value"])) == [], name
    assert seen >= 15


def nullable(rules: Any) -> Any:
    """OpenAPI 3.0 says of null what JSON Schema says by a type."""
    if isinstance(rules, list):
        return [nullable(each) for each in rules]
    if not isinstance(rules, dict):
        return rules
    made = {name: nullable(each) for name, each in rules.items()}
    return {"anyOf": [made, {"type": "null"}]} if made.pop("nullable", False) is True else made


@pytest.mark.spec("A44", "A46")
def test_the_examples_of_the_guides_are_shown(published: dict[str, Any]) -> None:
    paths = published["paths"]
    now = paths["/api/connections/{connection_id}/sync-now"]["post"]["responses"]["202"]
    shown = next(iter(now["content"]["application/json"]["examples"].values()))["value"]
    assert list(shown) == ["job_id", "status"]
    status = paths["/api/connections/{connection_id}/sync-status"]["get"]["responses"]["200"]
    shown = next(iter(status["content"]["application/json"]["examples"].values()))["value"]
    assert (shown["total_syncs_attempted"], shown["total_syncs_with_changes"]) == (45, 12)


def test_the_account_to_connect_is_one_that_can_be_tried(published: dict[str, Any]) -> None:
    body = published["paths"]["/api/connections/"]["post"]["requestBody"]["content"]["application/json"]
    (shown,) = [each["value"] for each in body["examples"].values()]
    source = registry.source_class(shown["provider"])
    assert source.demo
    assert shown["account_id"] == source.demo.account_id
    assert shown["secrets"] == {field.name: "..." for field in source.credential_fields}


def test_describing_the_api_loads_no_vendors_library() -> None:
    code = "import sys, django; django.setup(); import syncing.api.urls; " + "".join(
        f"assert {entry.path.rpartition('.')[0]!r} not in sys.modules; " for entry in registry.SOURCES.values()
    )
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=True)


def test_a_refusal_reads_as_in_the_examples(api: Caller, published: dict[str, Any], connection: Connection) -> None:
    path = "/api/connections/{connection_id}/sync-frequency"
    refusals = published["paths"][path]["patch"]["responses"]["400"]["content"]["application/json"]["examples"]
    answer = api.patch(path.format(connection_id=connection.pk), {"sync_frequency": "often"})
    assert answer.json() in [each["value"] for each in refusals.values()]
    Connection.objects.update(paused=True)
    path = "/api/connections/{connection_id}/sync-now"
    refusals = published["paths"][path]["post"]["responses"]["409"]["content"]["application/json"]["examples"]
    assert api.post(path.format(connection_id=connection.pk)).json() in [each["value"] for each in refusals.values()]

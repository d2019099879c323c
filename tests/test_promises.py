"""What earlier systems ticked off without a test, and where they had their addresses."""

import re

import pytest

from tests.fixtures.commands import ROOT
from tests.routes import routes

TICKED_OFF = {"A107", "A108", "A109", *(f"T{number}" for number in range(84, 95))}


@pytest.mark.spec("C33")
def test_each_of_their_tests_is_one_here() -> None:
    texts = (path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    marked = {name for text in texts for mark in re.findall(r"mark\.spec\(([^)]*)\)", text) for name in mark.split('"')}
    assert marked >= TICKED_OFF


@pytest.mark.spec("C35")
def test_the_api_has_one_base_and_pages_have_none() -> None:
    one = "api/connections/<connection_id>"
    known = [
        f"{one}/sync-now",
        f"{one}/sync-frequency",
        f"{one}/sync-status",
        f"{one}/sync-entities",
        f"{one}/sync-metrics",
    ]
    known += [
        "api/admin/smart_sync",
        "api/admin/sync_status",
        "settings",
        "ui/sync-intervals",
        "ads",
        "creators",
        "projects",
    ]
    found = {route.address.rstrip("/") for route in routes()}
    assert found >= set(known)

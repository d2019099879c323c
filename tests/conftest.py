"""What every test may use. Fixtures of our trade (people, connections, sandboxes) live in tests/fixtures/."""

import pytest
from django.conf import settings

pytest_plugins = [
    "tests.plugins.spec",
    "tests.plugins.databases",
    "tests.plugins.browser",
    "tests.fixtures.people",
    "tests.fixtures.synced",
    "tests.fixtures.plain",
    "tests.fixtures.engine",
    "tests.fixtures.commands",
    "tests.fixtures.sandbox",
]


def pytest_sessionstart() -> None:
    if real := [name for name, provider in settings.PROVIDERS.items() if not provider["sandbox"]]:
        raise pytest.UsageError(
            f"These tests would call the real service of {', '.join(real)}. Run them by ./bin/test."
        )

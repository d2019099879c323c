"""Tie tests to the items of docs/spec.md: check every mark, and remember which items were proven."""

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

SPEC = Path(__file__).parents[2] / "docs" / "spec.md"
RECORD = "SPEC_RECORD"
"""The environment variable that names the file to remember in; a second run adds to it."""
MOST_ITEMS = 5
ITEM = re.compile(r"^- \*\*([A-Z]\d+)\*\* (.+)$", re.MULTILINE)


def spec_items() -> dict[str, str]:
    """Every item of the specification with its line, in the order of the page."""
    return dict(ITEM.findall(SPEC.read_text()))


def unproven(record: Path) -> dict[str, str]:
    """The items without a passing test, or with a failing one, in the run that was remembered."""
    seen = json.loads(record.read_text())
    return {name: line for name, line in spec_items().items() if name not in seen["passed"] or name in seen["failed"]}


def marked(item: pytest.Item) -> list[str]:
    return [name for mark in item.iter_markers("spec") for name in mark.args]


def mistakes(item: pytest.Item, known: Iterable[str]) -> list[str]:
    names = marked(item)
    found = [f"{item.nodeid}: {name} is not in docs/spec.md" for name in names if name not in known]
    if len(names) > MOST_ITEMS:
        found.append(f"{item.nodeid}: {len(names)} items are too many for one test; {MOST_ITEMS} at most")
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    known = spec_items()
    if found := [line for item in items for line in mistakes(item, known)]:
        raise pytest.UsageError(*found)
    for item in items:
        item.user_properties.append(("spec", " ".join(marked(item))))


def pytest_configure(config: pytest.Config) -> None:
    is_worker = hasattr(config, "workerinput")
    if os.environ.get(RECORD) and not is_worker:
        config.pluginmanager.register(Recorder(Path(os.environ[RECORD])))


class Recorder:
    """Remembers for each item the tests that passed and those that failed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        before = json.loads(path.read_text()) if path.exists() else {}
        self.outcomes: dict[str, dict[str, set[str]]] = {
            outcome: defaultdict(set, {name: set(tests) for name, tests in before.get(outcome, {}).items()})
            for outcome in ("passed", "failed")
        }

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed or (report.when == "call" and report.passed and not hasattr(report, "wasxfail")):
            for name in str(dict(report.user_properties).get("spec", "")).split():
                self.outcomes[report.outcome][name].add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.outcomes, default=sorted, indent=1, sort_keys=True))

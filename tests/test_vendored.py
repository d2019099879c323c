"""The vendored front-end files are the ones we recorded, and each has its licence beside it."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from syncing.status import states

ROOT = Path(__file__).parent.parent
VERSIONS = json.loads((ROOT / "static/vendor/versions.json").read_text())
SPRITE = (ROOT / "static/vendor/tabler-icons.svg").read_text()


@pytest.mark.parametrize("name", VERSIONS)
def test_a_vendored_file_is_the_recorded_one(name: str) -> None:
    assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == VERSIONS[name]["sha256"]
    assert (ROOT / VERSIONS[name]["licence_file"]).stat().st_size > 500


def test_every_vendored_file_is_recorded() -> None:
    files = {path for folder in ("static/vendor", "tests/vendor") for path in (ROOT / folder).iterdir()}
    kept = {ROOT / name for name in VERSIONS} | {ROOT / its["licence_file"] for its in VERSIONS.values()}
    others = {"README.md", "versions.json", "axe-core.LICENSE-3RD-PARTY.txt"}
    assert {path.name for path in files - kept} == others


def test_the_sprite_has_the_icons_in_use_and_no_others() -> None:
    pages = "".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    asked = set(re.findall(r'(?:{% icon |icon_name=)"([\w-]+)"', pages))
    for table in (states.CONNECTION, states.FRESHNESS, states.JOB, states.CHUNK):
        asked |= {state.icon for state in table.values()}
    assert set(re.findall(r'<symbol id="([\w-]+)"', SPRITE)) == asked | {states.UNKNOWN.icon}


def test_nothing_vendored_names_a_source_map_that_is_not_here() -> None:
    shipped = [ROOT / name for name in VERSIONS if name.startswith("static/")]
    assert [path.name for path in shipped if "sourceMappingURL" in path.read_text()] == []


def test_our_script_is_small() -> None:
    assert (ROOT / "static/js/freshet.js").stat().st_size < 5_000

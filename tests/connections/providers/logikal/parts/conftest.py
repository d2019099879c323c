"""Where a parts list is read, nothing may be left behind."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither among the temporary files nor where the program runs."""
    folders = [tmp_path / "temporary", tmp_path / "here"]
    for folder in folders:
        folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folders[0]))
    monkeypatch.setenv("SQLITE_TMPDIR", str(folders[0]))
    monkeypatch.chdir(folders[1])
    yield
    assert [path for folder in folders for path in folder.rglob("*")] == []

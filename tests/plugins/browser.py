"""A real browser for tests: Chromium as the system installs it, driven by Playwright."""

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.dispatch import Signal
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.plugins.databases import missing

PACKAGES = ("chromium", "libatomic1")
"""libatomic1 is what Playwright's driver needs and a bare Debian lacks."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def find_browser() -> str | None:
    """Where Chromium is: BROWSER_PATH, else where Debian puts it, else on the path."""
    for place in (os.environ.get("BROWSER_PATH"), "/usr/bin/chromium"):
        if place and Path(place).is_file():
            return place
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


def browser_problem() -> str | None:
    """Why no browser can be driven here, and what to do."""
    if find_browser() is None:
        return f"no Chromium found: apt-get install -y {' '.join(PACKAGES)} (as root), or set BROWSER_PATH"
    driver = subprocess.run([sys.executable, "-m", "playwright", "--version"], check=False, capture_output=True)
    if driver.returncode:
        return f"Playwright's driver does not start: apt-get install -y {' '.join(PACKAGES)} (as root)"
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if problem := browser_problem():
        missing(problem, required="REQUIRE_BROWSER")
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser objected to on the pages of this test: script errors and breaches of the content policy."""
    return []


@pytest.fixture
def answering() -> Iterator[Counter[str]]:
    """How many requests were begun and ended: what is still answered would stand in the way of emptying the tables."""
    counted, lock = Counter[str](), Lock()

    def count(signal: Signal, **_: Any) -> None:
        with lock:
            counted["begun" if signal is request_started else "ended"] += 1

    for signal in (request_started, request_finished):
        signal.connect(count)
    yield counted
    for signal in (request_started, request_finished):
        signal.disconnect(count)


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, complaints: list[str], answering: Counter[str]) -> Iterator[Page]:
    """A fresh browser window on the running site. A page that the browser objects to fails the test."""
    context = browser.new_context(base_url=live_server.url)
    context.set_default_timeout(10_000)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", lambda message: complaints.extend(breaches(message)))
    yield context.new_page()
    context.close()
    deadline = time.monotonic() + 10
    while answering["begun"] > answering["ended"] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not complaints


def breaches(message: ConsoleMessage) -> list[str]:
    return [message.text] if message.type == "error" and "Content Security Policy" in message.text else []

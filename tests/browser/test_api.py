"""The page to try the API, and the three calls of a page's script, in a real browser under our content policy."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from connections.models import Connection
from syncing.models import ConnectionSync, SyncJob
from tests.browser.test_first_screens import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def home(page: Page, alice: User, connection: Connection) -> Page:
    sign_in(page, alice)
    return page


def call(page: Page, words: str) -> Any:
    """What a function of the script answers, or what its error says."""
    script = f"import('/static/js/api.js').then((api) => api.{words}).catch((error) => `Error: ${{error.message}}`)"
    return page.evaluate(script)


def test_the_page_to_try_it_shows_every_operation_and_breaches_no_policy(home: Page, complaints: list[str]) -> None:
    home.goto("/api/docs/")
    paths = home.evaluate("fetch('/api/schema/').then((answer) => answer.json()).then((schema) => schema.paths)")
    operations = sum(len(each) for each in paths.values())
    expect(home.locator(".opblock")).to_have_count(operations)
    home.locator(".opblock-summary", has_text="/api/connections/{connection_id}/sync-now").click()
    expect(home.get_by_text("A new job.").first).to_be_visible()
    assert complaints == []


def test_a_call_may_be_tried_with_the_session_of_the_page(home: Page, connection: Connection) -> None:
    home.goto("/api/docs/")
    home.locator(".opblock-summary", has_text="/api/connections/{connection_id}/sync-now").click()
    home.get_by_role("button", name="Try it out").click()
    home.get_by_placeholder("connection_id").fill(str(connection.pk))
    home.locator("textarea").fill("{}")
    home.get_by_role("button", name="Execute").click()
    expect(home.locator(".live-responses-table tbody .response-col_status").first).to_have_text(re.compile("202"))
    assert SyncJob.objects.get().connection == connection


@pytest.mark.spec("A53")
def test_a_pages_script_enqueues_changes_the_pace_and_asks_for_status(home: Page, connection: Connection) -> None:
    status = call(home, f"syncStatus('{connection.pk}')")
    assert (status["sync_frequency"], status["total_syncs_attempted"]) == ("hourly", 45)
    answer = call(home, f"enqueueSync('{connection.pk}')")
    assert (answer["status"], answer["job_id"]) == ("queued", str(SyncJob.objects.get().pk))
    assert call(home, f"setFrequency('{connection.pk}', 'daily')")["sync_frequency"] == "daily"
    assert ConnectionSync.objects.get(pk=connection.pk).sync_frequency == "daily"


def test_what_goes_wrong_is_a_sentence(home: Page, connection: Connection) -> None:
    pk = connection.pk
    assert "Choose one of: manual, realtime" in call(home, f"setFrequency('{pk}', 'often')")
    Connection.objects.update(paused=True)
    assert call(home, f"enqueueSync('{pk}')") == "Error: This connection is paused. Resume it first."
    home.context.set_offline(True)
    assert call(home, f"syncStatus('{pk}')") == "Error: Freshet does not answer. Check your connection and try again."
    home.context.set_offline(False)
    home.context.clear_cookies()
    assert call(home, f"syncStatus('{pk}')") == "Error: You are signed out. Sign in and try again."

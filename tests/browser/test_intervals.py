"""The sync intervals in a real browser: seen by everybody, typed in undisturbed, and reckoned while one types."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Locator, Page, Response, expect

from connections.models import AuditEvent, Connection, Workspace
from syncing.models import ObjectSyncConfig, SyncSchedule
from tests.browser.test_first_screens import HOSTILE, SIZES, overflow, sign_in, violations
from tests.fixtures.synced import KIND, make_connection

pytestmark = pytest.mark.browser
PAGE = "/ui/sync-intervals"


@pytest.fixture
def account(workspace: Workspace) -> Connection:
    return make_connection(workspace, sync={"sync_frequency": "smart"})


@pytest.fixture
def crowd(workspace: Workspace, settings: Any) -> None:
    """Accounts in every state, one with a name that tries to break the page, and a budget that is too small."""
    settings.PROVIDERS = {**settings.PROVIDERS, KIND: settings.PROVIDERS[KIND] | {"calls_per_hour": 60}}
    settings.BACKGROUND_SYNC_ENABLED = False
    now = timezone.now()
    states: tuple[dict[str, Any], ...] = (
        {"last_completed_at": now, "stale_at": now + timedelta(hours=1), "next_due_at": now + timedelta(minutes=3)},
        {"last_completed_at": now - timedelta(days=1), "stale_at": now - timedelta(hours=1)},
        {"consecutive_failures": 3, "last_attempted_at": now},
    )
    for at, fields in enumerate(states):
        made = make_connection(workspace, HOSTILE, sync={"sync_frequency": ("realtime", "daily", "smart")[at]})
        SyncSchedule.objects.filter(connection=made).update(interval_seconds=60, **({"next_due_at": now} | fields))
    make_connection(workspace, "Paused", paused=True)
    ObjectSyncConfig.objects.filter(provider=KIND, object_type="ads").update(priority=5)


def minutes(page: Page, object_type: str) -> Locator:
    return page.locator(f'[name="{KIND}.{object_type}-sync_interval_minutes"]')


def polls(page: Page) -> list[int]:
    """Fills up with the status of each answer to a poll."""
    seen: list[int] = []

    def note(response: Response) -> None:
        if "?v=" in response.url:
            seen.append(response.status)

    page.on("response", note)
    return seen


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_state_of_the_page_is_accessible_and_fits(
    page: Page, staff: User, crowd: None, size: str, theme: str
) -> None:
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    sign_in(page, staff)
    page.goto(PAGE)
    page.locator("main summary").first.click()
    assert ("as it is", violations(page), overflow(page)) == ("as it is", [], 0)
    minutes(page, "campaigns").fill("0")
    page.locator(f'[name="{KIND}.ads-retry_delay"]').evaluate("field => field.value = ''")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved")
    assert ("with mistakes", violations(page), overflow(page)) == ("with mistakes", [], 0)
    for name in ("slow-start", "defaults"):
        page.goto(f"{PAGE}/{name}/")
        assert (name, violations(page), overflow(page)) == (name, [], 0)


def test_the_times_move_by_themselves_and_leave_alone_what_one_types(
    page: Page, staff: User, account: Connection
) -> None:
    sign_in(page, staff)
    page.clock.install()
    page.goto(PAGE)
    seen = polls(page)
    page.evaluate("window.mark = 'the same page'")
    field = minutes(page, "ads")
    field.click()
    field.press("End")
    page.keyboard.type("5")
    times = page.locator(f'[id="times-{KIND}.ads"]')
    expect(times).to_contain_text("never")
    SyncSchedule.objects.filter(connection=account, stream="ads").update(
        last_attempted_at=timezone.now(), last_completed_at=timezone.now()
    )
    page.clock.run_for(10_500)
    expect(times).not_to_contain_text("never")
    expect(field).to_have_value("605")
    expect(field).to_be_focused()
    page.keyboard.type("5")
    expect(field).to_have_value("6055")
    assert page.evaluate("window.mark") == "the same page"
    assert seen == [200]
    page.clock.run_for(10_500)
    page.wait_for_timeout(300)
    assert seen in ([200, 204], [200, 200])


def test_nobody_is_asked_while_the_tab_is_hidden(page: Page, staff: User, account: Connection) -> None:
    sign_in(page, staff)
    page.clock.install()
    page.goto(PAGE)
    seen = polls(page)
    page.evaluate("Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})")
    page.clock.run_for(35_000)
    page.wait_for_timeout(300)
    assert seen == []
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(500)
    assert len(seen) == 1


def test_what_was_opened_stays_open_and_the_switch_as_it_was_put(page: Page, staff: User, account: Connection) -> None:
    sign_in(page, staff)
    page.clock.install()
    page.goto(PAGE)
    page.locator("main summary").nth(1).click()
    switch = page.locator(f'[name="{KIND}.ads-is_sync_enabled"]')
    switch.uncheck()
    SyncSchedule.objects.filter(connection=account, stream="ads").update(last_completed_at=timezone.now())
    page.clock.run_for(10_500)
    expect(page.locator(f'[id="times-{KIND}.ads"]')).not_to_contain_text("never never")
    assert page.locator("main details[open]").count() == 1
    assert not switch.is_checked()
    assert ObjectSyncConfig.objects.get(provider=KIND, object_type="ads").is_sync_enabled


def test_the_forecast_follows_what_one_types_and_nothing_is_saved(page: Page, staff: User, account: Connection) -> None:
    sign_in(page, staff)
    page.goto(PAGE)
    line = page.locator("#forecast-summary")
    expect(line).to_contain_text("every budget holds")
    minutes(page, "campaigns").fill("1")
    expect(line).to_contain_text(re.compile(r"As typed: 7\d\.?\d? calls an hour, now 1\d\.?\d?"))
    expect(page.locator("#forecast")).to_contain_text("As typed, not saved")
    minutes(page, "campaigns").fill("0")
    expect(line).to_contain_text("One figure makes no sense yet.")
    expect(page.locator("#forecast")).to_contain_text("Campaigns: From one minute to seven days")
    page.get_by_role("link", name="Discard").click()
    expect(minutes(page, "campaigns")).to_have_value("60")
    assert not AuditEvent.objects.filter(action__contains="interval").exists()


def test_the_keyboard_alone_changes_and_saves(page: Page, staff: User, account: Connection) -> None:
    sign_in(page, staff)
    page.goto(PAGE)
    tab_to(page, f"id_{KIND}.campaigns-sync_interval_minutes")
    page.keyboard.press("Control+A")
    page.keyboard.type("45")
    tab_to(page, f"id_{KIND}.campaigns-is_sync_enabled")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").get_by_text("Saved: Campaigns.")).to_be_visible()
    row = ObjectSyncConfig.objects.get(provider=KIND, object_type="campaigns")
    assert (row.sync_interval_minutes, row.is_sync_enabled) == (45, False)


def tab_to(page: Page, element: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == element:
            return
    pytest.fail(f"the Tab key does not reach {element}")


@pytest.mark.alone
def test_a_field_in_focus_is_never_below_the_bar(page: Page, staff: User, account: Connection) -> None:
    """WCAG 2.4.11: the bar with the buttons stays in sight, and covers nothing that one moves to."""
    sign_in(page, staff)
    page.set_viewport_size({"width": 1280, "height": 600})
    page.goto(PAGE)
    covered = """() => {
      const field = document.activeElement.getBoundingClientRect();
      const bar = document.querySelector('.intervals-bar').getBoundingClientRect();
      return !document.activeElement.closest('.intervals-bar') && field.height > 0 && field.top >= bar.top
        && field.bottom <= bar.bottom;
    }"""
    for _ in range(50):
        page.keyboard.press("Tab")
        assert not page.evaluate(covered), page.evaluate("document.activeElement.outerHTML")


def test_a_mistake_is_told_and_its_link_leads_to_the_field(page: Page, staff: User, account: Connection) -> None:
    sign_in(page, staff)
    page.goto(PAGE)
    page.locator(f'[name="{KIND}.ads-staleness_threshold_minutes"]').fill("5")
    page.get_by_role("button", name="Save").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Ads: Data is not stale before it is due: at least the interval, 60 minutes.")
    alert.get_by_role("link", name="Ads").click()
    field = page.locator(f'[name="{KIND}.ads-staleness_threshold_minutes"]')
    expect(field).to_be_focused()
    expect(field).to_have_value("5")
    assert field.get_attribute("aria-invalid") == "true"


def test_without_a_script_one_previews_saves_and_confirms(
    browser: Any, live_server: Any, staff: User, account: Connection
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, staff)
    page.goto(PAGE)
    minutes(page, "campaigns").fill("1")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#forecast-summary")).to_contain_text("As typed: ")
    expect(minutes(page, "campaigns")).to_have_value("1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: Campaigns.")).to_be_visible()
    expect(minutes(page, "campaigns")).to_have_value("1")
    page.get_by_role("link", name="Reset to defaults for Campaigns").click()
    page.get_by_role("button", name="Change 1 object type").click()
    expect(minutes(page, "campaigns")).to_have_value("60")
    page.get_by_role("link", name="Refresh this page").click()
    context.close()
    actions = AuditEvent.objects.filter(action__startswith="sync intervals").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["sync intervals changed", "sync intervals reset"]


def test_the_list_in_the_admin_can_be_edited_under_the_same_policy(
    page: Page, staff: User, account: Connection
) -> None:
    sign_in(page, staff)
    page.goto("/admin/syncing/objectsyncconfig/")
    page.locator("[name=form-0-sync_interval_minutes]").fill("20000")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".errorlist").first).to_contain_text("From one minute to seven days")
    page.locator("[name=form-0-sync_interval_minutes]").fill("20")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messagelist")).to_contain_text("1 object sync config was changed successfully")


def test_save_and_discard_are_offered_once_something_is_typed(page: Page, staff: User, account: Connection) -> None:
    """What was saved is told where it covers neither of them, and once."""
    sign_in(page, staff)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(PAGE)
    save, discard = page.get_by_role("button", name="Save"), page.get_by_role("link", name="Discard")
    expect(page.locator(".intervals-bar")).to_be_visible()
    expect(save).to_be_hidden()
    expect(discard).to_be_hidden()
    minutes(page, "campaigns").fill("45")
    expect(discard).to_be_visible()
    minutes(page, "campaigns").fill("60")
    expect(save).to_be_hidden()
    page.locator(f'[name="{KIND}.ads-is_sync_enabled"]').uncheck()
    save.click()
    note = page.locator("#toasts .note")
    expect(note).to_contain_text("Saved: Ads.")
    expect(save).to_be_hidden()
    minutes(page, "campaigns").fill("0")
    bar, told = page.locator(".intervals-bar").bounding_box(), note.bounding_box()
    assert bar
    assert told
    assert told["y"] + told["height"] < bar["y"]
    save.click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved")
    expect(save).to_be_visible()

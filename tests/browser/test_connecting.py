"""Connecting an account in a real browser: by keyboard, without scripts, with mistakes, and fit to look at."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from connections.models import Connection, Credential, Workspace
from connections.sandbox.server import SandboxServer
from syncing.models import SyncJob
from tests.browser.test_first_screens import SIZES, overflow, sign_in, violations
from tests.fixtures.sandbox import demo_account
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.browser
TOKEN = "token-of-many-shops"
START = f"{reverse('connect')}?provider=meta"


@pytest.fixture
def shops(sandbox: SandboxServer) -> SandboxServer:
    """A login that opens twelve accounts, of which one is disabled and one has a long name."""
    small: dict[str, Any] = {"campaigns": 1, "ad_sets": 1, "ads": 1, "tokens": [TOKEN]}
    for number in range(50, 60):
        sandbox.meta.add_account(str(number), name=f"Shop {number}", **small)
    sandbox.meta.add_account("41", name="<img src=x onerror=document.title='broken'>" + "A_long_name_" * 9, **small)
    sandbox.meta.add_account("43", name="Dodo", account_status=2, disable_reason=3, **small)
    return sandbox


@pytest.fixture
def alices(page: Page, alice: User, shops: SandboxServer) -> Page:
    sign_in(page, alice)
    return page


def paste(page: Page, token: str = TOKEN) -> None:
    page.goto(START)
    page.get_by_label("Access token").fill(token)
    page.get_by_role("button", name="Show accounts").click()


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """By the Tab key alone, to what has this label or these words."""
    focused = (
        "(() => { const e = document.activeElement;"
        " return [e.textContent, ...[...(e.labels ?? [])].map(l => l.textContent)].join(' ') })()"
    )
    for _ in range(most):
        page.keyboard.press("Tab")
        if name in page.evaluate(focused) and not page.evaluate("document.activeElement === document.body"):
            return
    raise AssertionError(f"the Tab key never reaches {name}")


def test_the_whole_way_by_keyboard(alices: Page) -> None:
    page = alices
    page.goto(START)
    tab_to(page, "Access token")
    page.keyboard.type(TOKEN)
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/")
    tab_to(page, "Shop 51")
    page.keyboard.press("Space")
    tab_to(page, "Shop 53")
    page.keyboard.press("Space")
    tab_to(page, "Check and continue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/checks/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ready to connect")
    tab_to(page, "Connect 2 accounts")
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    expect(page.get_by_role("status").first).to_contain_text("2 accounts are connected")
    assert {each.name for each in Connection.objects.all()} == {"Shop 51", "Shop 53"}
    assert (Credential.objects.count(), SyncJob.objects.count()) == (1, 2)


def test_one_account_leads_to_its_start_page(alices: Page) -> None:
    page = alices
    paste(page)
    page.get_by_label("Shop 50").check()
    page.get_by_role("button", name="Check and continue").click()
    page.get_by_label("Action that counts as a conversion").fill("lead")
    page.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_url(f"**{reverse('start', args=[Connection.objects.get().pk])}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Syncing Your Facebook Ads Data")
    expect(page.get_by_role("dialog")).to_contain_text("Shop 50")
    expect(page.locator("#toasts")).to_contain_text("Shop 50 is connected. Its first sync starts now.")
    assert Connection.objects.get().options == {"conversion_action": "lead"}


def test_back_and_forward_and_back_again(alices: Page) -> None:
    page = alices
    paste(page)
    page.get_by_label("Shop 50").check()
    page.get_by_role("button", name="Check and continue").click()
    page.wait_for_url("**/checks/")
    page.go_back()
    expect(page.get_by_label("Shop 50")).to_be_checked()
    page.go_forward()
    page.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_url("**/connections/*/start/")
    page.go_back()
    page.wait_for_url("**/connections/*/start/")
    assert Connection.objects.count() == 1


def test_an_impatient_double_click_makes_one_connection(alices: Page) -> None:
    page = alices
    paste(page)
    page.get_by_label("Shop 50").check()
    page.get_by_role("button", name="Check and continue").click()
    page.get_by_role("button", name="Connect", exact=True).dblclick()
    page.wait_for_url(lambda address: "/new/" not in address)
    assert (Connection.objects.count(), SyncJob.objects.count()) == (1, 1)


def test_a_long_list_can_be_searched_and_keeps_what_is_ticked(alices: Page) -> None:
    page = alices
    paste(page)
    page.get_by_label("Shop 50").check()
    search = page.get_by_label("Search these accounts")
    search.fill("shop 57")
    expect(page.locator("#account-count")).to_have_text("1 of 12 shown")
    expect(page.get_by_label("Shop 50")).to_be_hidden()
    page.get_by_label("Shop 57").check()
    search.press("Enter")
    page.get_by_role("button", name="Check and continue").click()
    expect(page.get_by_role("heading", level=2)).to_have_text(["Shop 50", "Shop 57"])


def test_a_wrong_token_can_be_mended(alices: Page) -> None:
    page = alices
    paste(page, "wrong")
    expect(page.get_by_role("alert")).to_contain_text("Meta does not accept this access token.")
    expect(page.get_by_label("Access token")).to_have_value("")
    page.get_by_label("Access token").fill(TOKEN)
    page.get_by_role("button", name="Show accounts").click()
    expect(page.get_by_label("Dodo")).to_be_disabled()


def test_a_slow_provider_is_asked_once_and_the_button_says_so(alices: Page, shops: SandboxServer) -> None:
    page = alices
    page.goto(START)
    shops.meta.calls.clear()
    shops.meta.faults.add({"kind": "delay", "ms": 1500, "path": "/me/adaccounts", "times": 1})
    page.get_by_label("Access token").fill(TOKEN)
    pressed = (
        "() => { const b = document.querySelector('form:has(#id_access_token) [type=submit]');"
        " b.click(); b.click(); return b.innerText }"
    )
    assert page.evaluate(pressed) == "Asking Meta Ads…"
    page.wait_for_url("**/accounts/")
    assert len(shops.meta.calls.all(path="/me/adaccounts")) == 1


def test_the_whole_way_without_scripts(browser: Any, live_server: Any, alice: User, shops: SandboxServer) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, alice)
    paste(page)
    expect(page.get_by_label("Search these accounts")).to_be_hidden()
    page.get_by_label("Shop 50").check()
    page.get_by_role("button", name="Check and continue").click()
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("Shop 50 is connected")).to_be_visible()
    context.close()


@pytest.fixture
def shared(workspace: Workspace) -> Connection:
    """Its login has died, and another connection shares it."""
    connection = make_connection(workspace, "Shop 50", external_account_id="act_50")
    other = make_connection(workspace, "Shop 51", external_account_id="act_51")
    Connection.objects.filter(pk=other.pk).update(credential=connection.credential)
    connection.credential.mark_dead("The Meta sign-in has expired.")
    return connection


def test_a_dead_login_is_replaced_for_both(alices: Page, shared: Connection) -> None:
    page = alices
    page.goto(reverse("reconnect", args=[shared.pk]))
    page.get_by_label("Access token").fill(TOKEN)
    page.get_by_label("Access token").press("Enter")
    page.wait_for_url(f"**{reverse('connection', args=[shared.pk])}")
    expect(page.get_by_role("status").first).to_contain_text("Shop 50 has its new login, and so has 1 more.")
    assert not Credential.objects.filter(connections__isnull=False, needs_reconnect=True).exists()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_step_is_accessible_and_fits(
    alices: Page, shops: SandboxServer, shared: Connection, size: str, theme: str
) -> None:
    page = alices
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]

    def look(name: str) -> None:
        assert page.locator("h1").count() == 1
        assert (name, violations(page), overflow(page)) == (name, [], 0)
        assert page.title() != "broken"

    page.goto(START)
    look("login")
    paste(page, "wrong")
    page.get_by_role("alert").wait_for()
    look("wrong login")
    paste(page)
    page.get_by_label("A_long_name").check()
    page.get_by_label("Shop 50").check()
    look("accounts")
    shops.meta.account("41").account_status = 101
    page.get_by_role("button", name="Check and continue").click()
    page.get_by_role("heading", name="1 of 2 accounts").wait_for()
    look("checks")
    shops.meta.world.accounts.revive_token("opens-nothing")
    paste(page, "opens-nothing")
    page.get_by_text("This login opens no account").wait_for()
    look("no accounts")
    for name in ("reconnect", "connection_edit"):
        page.goto(reverse(name, args=[shared.pk]))
        look(name)


@pytest.mark.spec("V49")
def test_the_file_of_a_key_is_pasted_whole(page: Page, alice: User, sandbox: SandboxServer) -> None:
    sign_in(page, alice)
    page.goto(f"{reverse('connect')}?provider=google_sheets")
    assert (violations(page), overflow(page)) == ([], 0)
    field = page.get_by_label("Key of a service account (JSON)")
    pasted = json.dumps(json.loads(demo_account("google_sheets").secrets["service_account"]), indent=2)
    field.fill(pasted)
    page.get_by_role("button", name="Show accounts").click()
    page.get_by_label("Creators 2026").check()
    page.get_by_role("button", name="Check and continue").click()
    expect(page.get_by_role("main")).to_contain_text("40 accounts stand in 5 of its tabs.")
    assert (violations(page), overflow(page)) == ([], 0)
    page.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_url(lambda address: "/new/" not in address)
    assert Connection.objects.get().name == "Creators 2026"

"""Every page by keyboard alone: the Tab key reaches all that can be used, and shows where it is."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page

from connections.models import Connection, Membership, Workspace
from syncing.models import SyncJob
from tests.browser.test_first_screens import busy, errors, sign_in  # noqa: F401 - fixtures
from tests.fixtures.people import Role

pytestmark = pytest.mark.browser

USABLE = """() => {
  const selector = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex], iframe'
  const usable = [...document.querySelectorAll(selector)].filter(e =>
    e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}) && !e.closest('[inert]'))
  const groups = new Set()
  window.unreached = new Set(usable.filter(e => {
    if (e.type !== 'radio') return true
    const key = (e.form?.id ?? '') + e.name
    return !groups.has(key) && groups.add(key)
  }))
  window.unseen = []
  return window.unreached.size
}"""
"""What can be used as the page stands. Of choices that exclude each other the Tab key reaches one."""

REACHED = """() => {
  const e = document.activeElement
  for (const other of window.unreached)
    if (other === e || (e.type === 'radio' && other.type === 'radio' && other.name === e.name))
      window.unreached.delete(other)
  if (e === document.body) return
  const ringed = one => {
    if (!one) return false
    const style = getComputedStyle(one)
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none'
  }
  const box = e.getBoundingClientRect()
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
  if (!inside || ![e, e.nextElementSibling, e.parentElement, e.closest('label')].some(ringed))
    window.unseen.push(e.outerHTML.slice(0, 120))
}"""

NAMES = "(set) => [...set].map(e => e.outerHTML.slice(0, 120))"


def by_keyboard(page: Page) -> tuple[list[str], list[str]]:
    """What the Tab key does not reach, and what it reaches without a ring around it or out of sight."""
    count = page.evaluate(USABLE)
    assert count > 0
    dates = page.locator("input[type=date]").count()
    for _ in range(count + 4 * dates + 5):  # a date is three fields and a button to Chromium
        page.keyboard.press("Tab")
        page.evaluate(REACHED)
    return page.evaluate(f"({NAMES})(window.unreached)"), page.evaluate("window.unseen")


@pytest.fixture
def addresses(synced: Connection, busy: SyncJob) -> dict[str, str]:  # noqa: F811
    own = "connection start connection_edit reconnect remove coverage changes range explain timeline".split()
    of_all = "overview settings ads history mail connect ops intervals".split()
    return (
        {name: reverse(name) for name in of_all}
        | {name: reverse(name, args=[synced.pk]) for name in own}
        | {"in trouble": reverse("connection", args=[busy.connection_id]), "job": reverse("job", args=[busy.pk])}
    )


@pytest.mark.parametrize("width", [1280, 390])
def test_the_tab_key_reaches_all_that_can_be_used_and_shows_where_it_is(
    page: Page,
    errors: list[str],  # noqa: F811
    staff: User,
    workspace: Workspace,
    addresses: dict[str, str],
    width: int,
) -> None:
    Membership.objects.create(user=staff, workspace=workspace, role=Role.OWNER)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(reduced_motion="reduce")
    sign_in(page, staff)
    for name, address in addresses.items():
        page.goto(address)
        assert (name, *by_keyboard(page)) == (name, [], [])

"""Sheet and platform in a real browser: a cell is typed, the platform answers, and a person has the last word."""

import threading
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from connections.accounts import connect
from connections.models import Connection, Workspace
from connections.sandbox.server import SandboxServer
from syncing import foreground, scheduler
from syncing.models import SyncJob
from tests.browser.test_first_screens import errors, signed_in_page
from tests.fixtures.sandbox import demo_account

pytestmark = pytest.mark.browser
__all__ = ["errors", "signed_in_page"]
BOOK = "book-of-the-browser-0123456789"
Sync = Callable[[], None]


@pytest.fixture
def sheet(workspace: Workspace, alice: User, sandbox: SandboxServer) -> Connection:
    rows = [["Link", "@Username", "Followers"], ["https://www.youtube.com/@example", "example", 900]]
    sandbox.google_sheets.add_book(BOOK, {"Spring": rows}, title="Creators of spring")
    sandbox.youtube.set("@example", subscribers=880)
    connections = {}
    for kind, account in (("google_sheets", BOOK), ("youtube", demo_account("youtube").account_id)):
        secrets = dict(demo_account(kind).secrets)
        connected = connect(workspace, kind, account, secrets, now=timezone.now(), start_sync=False)
        connections[kind] = connected.connection
    return connections["google_sheets"]


@pytest.fixture
def person(signed_in_page: Page, sheet: Connection, sandbox: SandboxServer) -> "Person":
    return Person(signed_in_page, sheet, sandbox)


class Person:
    """Works in the spreadsheet, in Freshet, and waits for what the platform says."""

    def __init__(self, page: Page, sheet: Connection, sandbox: SandboxServer) -> None:
        self.page, self.sheet, self.sandbox = page, sheet, sandbox
        self.sync_platform()

    def type_cell(self, place: str, text: str) -> None:
        """At the page of the spreadsheet itself."""
        self.page.goto(f"{self.sandbox.url()}/_sandbox/google_sheets/?book={BOOK}")
        self.page.get_by_label(place, exact=True).fill(text)
        self.press(self.page.get_by_role("button", name="Save"))
        expect(self.page.get_by_label(place, exact=True)).to_have_value(text)
        self.page.goto("/creators/")
        self.press(self.page.get_by_role("button", name="Sync now Creators of spring"))
        run()

    def press(self, button: Locator) -> None:
        """And wait until it was heard."""
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            button.click()

    def sync_platform(self) -> None:
        for connection in Connection.objects.order_by("created_at"):
            scheduler.enqueue_now(connection, now=timezone.now(), trigger=SyncJob.Trigger.COMMAND)
            run()

    def platform_says(self, subscribers: int) -> None:
        self.sandbox.youtube.set("@example", subscribers=subscribers)
        self.sync_platform()

    def cell(self) -> Locator:
        self.page.goto("/creators/")
        return self.page.get_by_role("row", name="example").locator("[data-cell=followers]")

    def sees(self, number: str, sentence: str) -> None:
        cell = self.cell()
        expect(cell).to_contain_text(number)
        cell.locator("summary, button").first.click()
        expect(self.page.get_by_text(sentence).first).to_be_visible()


def run() -> None:
    jobs = list(SyncJob.objects.active().values_list("pk", flat=True))
    assert jobs, "nothing was begun"
    assert foreground.run_jobs(jobs, threads=1, stop=threading.Event()) == []


@pytest.mark.spec("V8", "V2", "V6", "C17", "V40")
def test_the_larger_stands_a_typo_is_held_and_a_person_has_the_last_word(person: Person) -> None:
    person.sees("900", "MAX kept 900 (sheet) over 880 (platform)")
    person.platform_says(950)
    person.type_cell("C2", "1000")
    person.sees("1 000", "MAX kept 1,000 (sheet) over 950 (platform)")
    person.platform_says(1050)
    person.sees("1 050", "MAX kept about 1,050 (platform) over 1,000 (sheet)")
    person.type_cell("C2", "10500")
    person.sees("1 050", "10,500 (sheet) waits for an answer")
    person.page.goto("/creators/conflicts/")
    expect(person.page.locator("[data-question=followers]")).to_contain_text("10 500")
    person.type_cell("C2", "900")
    expect(person.cell()).to_contain_text("1 050")
    person.page.goto("/creators/conflicts/")
    expect(person.page.get_by_text("No question is open")).to_be_visible()
    person.cell()
    person.page.get_by_role("link", name="example", exact=True).click()
    person.press(person.page.locator("#count-followers").get_by_role("button", name="Keep sheet"))
    expect(person.page.locator("#count-followers .creators-value")).to_have_text("900")
    person.platform_says(1050)
    expect(person.cell()).to_contain_text("900")

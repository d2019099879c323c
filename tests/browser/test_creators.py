"""Creators in a real browser: accessible, within its width, and a question that is answered."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Literal

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from connections.models import Connection, Workspace
from connections.registry import SOURCES
from projects.creators import answers
from projects.creators.readings import Side
from projects.models import CreatorAccount, CreatorProject, MergeConflict
from syncing.models import SyncSchedule
from tests.browser.test_first_screens import HOSTILE, SIZES, errors, overflow, signed_in_page, violations
from tests.fixtures import book
from tests.fixtures.creators import PROJECT, fill_sheet, plant_creators, problem, sheet_row
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.browser
__all__ = ["errors", "signed_in_page"]
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture
def sheet(workspace: Workspace, alice: User, settings: Any) -> Iterator[Connection]:
    """Accounts with questions, answers, cells that make no sense, and a month of snapshots."""
    now = timezone.now()
    sync = {"last_sync_completed_at": now - timedelta(minutes=4), "last_metrics_changed_at": now - timedelta(hours=1)}
    book.register(settings)
    connection = make_connection(workspace, "Creators 2026", sync=sync, is_sandbox=True)
    changed = {"rows": [sheet_row(2, "ada", followers=1500), sheet_row(8, "fay", username=HOSTILE, likes=7)]}
    Connection.objects.filter(pk=connection.pk).update(provider=book.KIND, options=changed)
    connection.refresh_from_db()
    for stream in book.BookSource.streams:
        SyncSchedule.objects.create(connection=connection, stream=stream.name, last_completed_at=now)
    for day in range(35, 2, -1):
        grown = {"followers": 1000 - 9 * day - (day % 4) * 3, "views": 250_000 - 5000 * day}
        fill_sheet(connection, now - timedelta(days=day), sheet_row(2, "ada", **grown))
    first, _, _ = plant_creators(connection, now)
    answers.accept(first.pk, "followers", Side.PLATFORM, now=now - timedelta(minutes=30), by=alice)
    rows = [
        sheet_row(2, "ada", followers=1000, likes=5000, comments=120, videos=40, views=2_500_000),
        sheet_row(3, "bea", followers=20_000, likes=300, videos=12),
        sheet_row(4, "cem", followers=70, problems=[problem("views", HOSTILE)]),
        sheet_row(5, HOSTILE, url="youtu.be/x", platform=None),
        sheet_row(6, "dee", username=HOSTILE, followers=None),
    ]
    header = {"field": "comments", "raw": "", "why": "There is no column of comments."}
    fill_sheet(connection, now - timedelta(minutes=5), *rows, project_name="Spring 2026", header_problems=[header])
    yield connection
    del SOURCES[book.KIND]


def pages_of(sheet: Connection) -> dict[str, str]:
    account = CreatorAccount.objects.get(connection=sheet, username="ada")
    conflicts = reverse("creators_conflicts")
    return {
        "list": reverse("creators"),
        "bad question": reverse("creators") + "?sort=x",
        "account": reverse("creator", args=[account.pk]),
        "questions": conflicts,
        "answered": conflicts + "?of=answered",
        "cells": conflicts + "?of=cells",
        "unmatched": conflicts + "?of=unmatched",
        "project": reverse("creators_project", args=[CreatorProject.objects.get(project_id=PROJECT).pk]),
    }


def faults(page: Page) -> list[str]:
    """In both themes, of the page as it is."""
    found = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
        found += [f"{theme}: {fault}" for fault in violations(page)]
    return found + [f"wider by {width} px" for width in [overflow(page)] if width]


@pytest.mark.parametrize("size", SIZES)
def test_every_page_of_creators_is_accessible_and_fits(signed_in_page: Page, sheet: Connection, size: str) -> None:
    page = signed_in_page
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    for name, address in pages_of(sheet).items():
        page.goto(address)
        assert page.locator("h1").count() == 1
        assert (name, faults(page)) == (name, [])
        assert page.title() != "broken"
    page.goto(reverse("preview", args=[sheet.pk]))
    page.get_by_role("button", name="Read the sheet and show").click()
    expect(page.get_by_role("heading", name="accounts no longer in the sheet")).to_be_visible()
    assert faults(page) == []


def test_one_sees_why_a_number_stands_and_answers_a_question(signed_in_page: Page, sheet: Connection) -> None:
    page = signed_in_page
    page.goto("/")
    page.get_by_role("link", name="Creators", exact=True).click()
    cell = page.get_by_role("row", name="bea").locator("[data-cell=followers]")
    expect(cell.locator(".creators-value")).to_have_text("2\u202f000")
    cell.locator("summary").click()
    expect(cell.get_by_text("waits for an answer")).to_be_visible()
    page.get_by_label("User name or address").fill("be")
    expect(page.locator("tr[id^=account-]")).to_have_count(1)
    expect(page.locator("#creators-said")).to_have_text("1 account")
    expect(page).to_have_url(re.compile(r"\?q=be&project=&platform=&sort=$"))
    page.get_by_role("link", name="2 questions need an answer").click()
    page.locator("[data-question=followers]").get_by_role("button", name="Keep sheet").click()
    expect(page.get_by_text("Saved. bea has 20,000 followers now")).to_be_visible()
    page.get_by_role("link", name="bea", exact=True).click()
    expect(page.locator("#count-followers .creators-value")).to_have_text("20\u202f000")
    page.locator("#daily-chart canvas").wait_for()
    asked = MergeConflict.objects.get(metric="followers", kind="spike")
    assert (asked.resolution, asked.resolved_by.get_username()) == ("sheet", "alice@example.com")  # type: ignore[union-attr]

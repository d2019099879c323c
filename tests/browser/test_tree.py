"""The tree of projects in a real browser: accessible, within its width, and forced with and without a script."""

import struct
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from connections.models import Connection, Workspace
from projects.models import LogikalProject
from syncing.models import SyncSchedule
from tests.browser.test_first_screens import HOSTILE, SIZES, errors, overflow, signed_in_page, violations
from tests.fixtures.synced import make_connection, make_job
from tests.fixtures.tree import PHASE
from tests.fixtures.windows import (
    make_directory,
    make_elevation,
    make_parts,
    make_phase,
    make_project,
    make_thumbnail,
    png,
)

pytestmark = pytest.mark.browser
__all__ = ["errors", "signed_in_page"]
NEVER = dict.fromkeys(("phases_read", "elevations_read", "thumbnails_read", "parts_lists_read"), "")


def drawing(sashes: int, width: int = 160, height: int = 120) -> bytes:
    """A window with that many sashes."""

    def shade(across: int, down: int) -> int:
        if min(across, down, width - 1 - across, height - 1 - down) < 3 or across % (width // sashes) < 2:
            return 60
        return 60 if abs(across % (width // sashes) - down * (width // sashes) // height) < 1 else 250

    pixels = bytearray()
    for down in range(height):
        pixels += struct.pack("B", 0) + bytes(shade(across, down) for across in range(width))
    return png(width, height, rows=bytes(pixels))


@pytest.fixture
def windows(workspace: Workspace) -> Connection:
    """A few directories, twenty projects in every state, and one of them with seventeen elevations."""
    now = timezone.now()
    sync = {"last_sync_completed_at": now - timedelta(minutes=4), "last_metrics_changed_at": now - timedelta(hours=3)}
    connection = make_connection(workspace, "Window works", sync=sync)
    connection.options = {"excluded_directories": ["Archive"]}
    connection.save()
    for path in ("Houses", "Houses/North", "Offices", "Archive", HOSTILE.replace("/", "")):
        make_directory(connection, path)
    make_directory(connection, "Gone", missing_since=now - timedelta(days=4))
    states: list[dict[str, Any]] = [
        {},
        {"version": "2"},
        NEVER,
        NEVER | {"forced_at": now},
        {"refusal": "Somebody else is at work on it. " * 4, "refused_at": now, "version": "2"},
        {"missing_since": now - timedelta(days=2)},
        {"is_deleted": True},
    ]
    for number in range(20):
        its = states[number % len(states)] | {"changed_date": now - timedelta(days=number), "changed_at": now}
        numbers = {"job_number": f"J-{2600 + number}", "offer_number": f"O-{number}"}
        make_project(connection, f"p{number}", "Houses", name=f"Villa {number}", **numbers, **its)
    make_project(connection, "p20", "Offices")
    make_project(connection, "hostile", "Houses/North", name=HOSTILE, job_number=HOSTILE[:60])
    make_phase(connection, "p0")
    make_phase(connection, "p0", "second", name="Second floor", description="Above the first")
    for number in range(17):
        furnish(connection, number)
    for stream in connection.source_class.streams:
        SyncSchedule.objects.update_or_create(
            connection=connection, stream=stream.name, defaults={"last_completed_at": now}
        )
    make_job(connection, now - timedelta(minutes=2), records_created=3, total_chunks=19, completed_chunks=19)
    return connection


def furnish(connection: Connection, number: int) -> None:
    now = timezone.now()
    guid, phase = f"e{number}", "second" if number > 11 else PHASE
    states: list[dict[str, Any]] = [{}, {}, {"version": "2"}, {"is_in_recycle_bin": True}, {"missing_since": now}]
    name = HOSTILE if number == 9 else f"Window {number + 1}"
    its = {"width": 900 + 150 * number, "height": "1234.5", "changed_at": now - timedelta(hours=number)}
    make_elevation(connection, guid, "p0", phase, name=name, **its, **states[number % 5 if number else 0])
    if number % 6 != 5:
        make_thumbnail(connection, guid, "p0", image=drawing(1 + number % 4))
    lot: list[dict[str, Any]] = [
        {"kind": "profile", "code": f"P-{1000 + at}", "name": "Frame", "length_mm": "1234.5", "color": "White"}
        for at in range(4)
    ]
    lot += [{"code": f"A-{at}", "name": "Handle", "description": "With a lock", "amount": 2} for at in range(3)]
    lot += [{"kind": "glass", "code": "G-1", "name": "4/16/4", "area": "1.44", "area_unit": "m²"}]
    lot += [{"kind": "u_value", "name": "Frame", "value": "1.3", "value_unit": "W/m²K"}]
    refused = {"refusal": "The file is damaged."} if number == 7 else {}
    warned = {"warnings": ["Glass has no column for name.", HOSTILE]} if number in (0, 7) else {}
    facts = {"weight": "34.5", "weight_unit": "kg", "system_name": "System 75"}
    make_parts(connection, guid, "p0", *lot, facts=facts, **refused, **warned)


def pages_of(connection: Connection) -> dict[str, str]:
    tree = reverse("projects")
    return {
        "root": tree,
        "directory": f"{tree}?in=Houses",
        "hostile": f"{tree}?in=Houses/North",
        "found": f"{tree}?q=villa",
        "parts": f"{tree}?q=handle&of=parts",
        "project": reverse("project", args=[connection.pk, "p0"]),
        "refused": reverse("project", args=[connection.pk, "p4"]),
        "elevation": reverse("elevation", args=[connection.pk, "e0"]),
        "parts refused": reverse("elevation", args=[connection.pk, "e7"]),
        "forced": f"{reverse('forced', args=[connection.pk, connection.jobs.get().pk])}?kind=directory&node=Houses",
        "plan": f"{reverse('force', args=[connection.pk])}?kind=directory&node=Houses",
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_of_the_tree_is_accessible_and_fits(
    signed_in_page: Page, windows: Connection, size: str, theme: str
) -> None:
    page = signed_in_page
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    for name, address in pages_of(windows).items():
        page.goto(address)
        assert page.locator("h1").count() == 1
        assert (name, violations(page), overflow(page)) == (name, [], 0)
        assert page.title() != "broken"


def test_one_finds_the_way_to_a_window_and_its_picture(signed_in_page: Page, windows: Connection) -> None:
    page = signed_in_page
    page.goto("/")
    page.get_by_role("link", name="Projects").click()
    page.get_by_role("link", name="Houses", exact=True).click()
    page.get_by_role("link", name="Villa 0", exact=True).click()
    drawn = page.locator("img[src*=thumbnail]").first
    expect(drawn).to_be_visible()
    assert drawn.evaluate("image => image.decode().then(() => image.naturalWidth)") == 160
    page.get_by_role("link", name="Window 1", exact=True).click()
    expect(page.get_by_role("heading", name="Profiles")).to_be_visible()
    assert page.get_by_role("img", name="Drawing of Window 1").evaluate("image => image.naturalWidth") == 160


def test_what_cannot_be_forced_says_why(signed_in_page: Page, windows: Connection, alice: User) -> None:
    page = signed_in_page
    Connection.objects.update(paused=True)
    page.goto(reverse("projects") + "?in=Houses")
    page.get_by_role("button", name="Force sync of Villa 0", exact=True).click()
    expect(page.get_by_role("heading", name="This was not started")).to_be_visible()
    assert not LogikalProject.objects.filter(external_id="p0", forced_at__isnull=False).exists()

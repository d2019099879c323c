"""The page of one connection."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connections.models import Connection, Membership, Workspace
from projects.models import DailyMetric
from syncing import scheduler
from syncing.models import ConnectionSync, ObjectSyncConfig, QuarantinedRecord, SyncChunk, SyncJob
from tests.fixtures.calendar import Ledger
from tests.fixtures.people import make_person
from tests.fixtures.synced import SECRET, make_chunk, make_connection, make_days, make_job

SignIn = Callable[[User], Client]
THIN = "\u202f"


def page_of(client: Client, connection: Connection, **asked: str) -> str:
    answer = client.get(reverse("connection", args=[connection.pk]), asked)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace(THIN, "_").replace("\u00a0", "~").split())


@pytest.mark.spec("A81")
def test_freshness_is_told_by_when_the_data_changed_beside_when_it_was_checked(
    alice: User, synced: Connection, signed_in: SignIn
) -> None:
    page = page_of(signed_in(alice), synced)
    assert page.index("<dt>checked</dt>") < page.index("2 minutes ago") < page.index("<dt>changed</dt>")
    assert page.index("<dt>changed</dt>") < page.index("15 minutes ago")
    assert "act_" in page
    assert "Europe/Zurich" in page


def test_the_numbers_are_those_of_the_last_28_days(alice: User, synced: Connection, signed_in: SignIn) -> None:
    page = page_of(signed_in(alice), synced)
    for shown in ("CHF~2_800", "280_000", "5_600", ">70<", "CHF~9_800", "3.50"):
        assert shown in page
    assert "0 % more" in page


def test_the_chart_carries_its_days_and_a_table_says_the_same(
    alice: User, synced: Connection, signed_in: SignIn
) -> None:
    page = page_of(signed_in(alice), synced, days="28")
    assert page.count("CHF~100.00</td>") == 28
    assert '<script id="daily-numbers" type="application/json">{"dates": ["20' in page
    assert '{"label": "Spend", "unit": "CHF", "values": [100.0, ' in page
    assert '{"label": "Conversions", "unit": "", "values": [2.5, ' in page
    assert 'aria-current="true">28 days' in page


def test_each_currency_has_its_own_sums_and_both_pages_say_the_same(
    alice: User, synced: Connection, now: datetime, signed_in: SignIn
) -> None:
    """Three of the days were kept in euros."""
    client, today = signed_in(alice), now.astimezone(synced.zone).date()
    DailyMetric.objects.filter(date__gt=today - timedelta(days=3)).update(currency="EUR")
    page = page_of(client, synced)
    ads = client.get(reverse("ads"), {"connection": str(synced.pk), "level": "account"}).content.decode()
    ads = ads.replace(THIN, "_").replace("\u00a0", "~")
    for shown in ("CHF~2_500", "EUR~300.00"):
        assert shown in page
        assert shown in ads
    assert "CHF~2_800" not in page
    assert "Amounts in CHF only; those in EUR stand in" in page


def test_of_days_without_numbers_it_is_said_why(alice: User, connection: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)
    make_job(connection, connection.created_at)
    assert "No numbers of these days are held" in page_of(client, connection)
    make_days(connection, connection.created_at.astimezone(connection.zone).date(), 1)
    DailyMetric.objects.all().delete()
    assert "Nothing ran on these days" in page_of(client, connection)


def test_what_is_held_is_counted_by_object_type(alice: User, synced: Connection, signed_in: SignIn) -> None:
    page = page_of(signed_in(alice), synced)
    held = page[page.index("What is held") :]
    assert held.index("Campaigns") < held.index("not by day") < held.index("Ads by day") < held.index(">60<")


@pytest.mark.spec("A82")
def test_a_sync_without_changes_is_explained_as_normal(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    make_job(connection, now, records_read=40, records_unchanged=40)
    assert "Nothing differed, so nothing was written" in page_of(signed_in(alice), connection)


def test_a_team_mate_sees_the_same(bob: User, synced: Connection, signed_in: SignIn) -> None:
    assert "What is held" in page_of(signed_in(bob), synced)


def test_for_a_stranger_there_is_no_such_page(charlie: User, synced: Connection, signed_in: SignIn) -> None:
    client = signed_in(charlie)
    theirs = client.get(reverse("connection", args=[synced.pk]))
    nobodys = client.get(reverse("connection", args=[uuid4()]))
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert "There is no such page" in theirs.content.decode()
    assert synced.name not in theirs.content.decode()


def test_who_is_not_signed_in_is_asked_to(client: Client, synced: Connection) -> None:
    assert client.get(reverse("connection", args=[synced.pk])).headers["Location"].startswith("/sign-in/")


def test_an_error_comes_with_what_to_do_and_what_the_provider_said(
    alice: User, workspace: Workspace, now: datetime, signed_in: SignIn
) -> None:
    failing = make_connection(
        workspace,
        sync={
            "sync_status": ConnectionSync.Status.ERROR,
            "last_sync_error": "The app may not read <b>this</b> account.",
            "last_sync_remedy": "Give it access.",
        },
    )
    job = make_job(failing, now, SyncJob.Status.FAILED, failed_chunks=1)
    make_chunk(job, 0, "ads", SyncChunk.Status.FAILED, error_detail='{"code": 200, "x": "<script>"}')
    page = page_of(signed_in(alice), failing)
    assert "The app may not read &lt;b&gt;this&lt;/b&gt; account." in page
    assert "<strong>What to do:</strong> Give it access." in page
    assert "{&quot;code&quot;: 200, &quot;x&quot;: &quot;&lt;script&gt;&quot;}" in page


def test_records_put_aside_are_counted(alice: User, synced: Connection, now: datetime, signed_in: SignIn) -> None:
    for key in "ab":
        QuarantinedRecord.objects.create(connection=synced, stream="ads", key=key, reason="no id", raw="", seen_at=now)
    assert "2 records put aside" in page_of(signed_in(alice), synced)


def test_a_block_says_why_and_until_when(alice: User, synced: Connection, now: datetime, signed_in: SignIn) -> None:
    ConnectionSync.block(synced.pk, now + timedelta(minutes=23, seconds=30), "Too many calls.")
    page = page_of(signed_in(alice), synced)
    assert "Rate limited" in page
    assert "Too many calls. It goes on by itself" in page
    assert "in 23 minutes" in page


def test_a_new_connection_says_what_to_do_next(alice: User, workspace: Workspace, signed_in: SignIn) -> None:
    page = page_of(signed_in(alice), make_connection(workspace))
    assert "It was never synced" in page
    assert "Never synced" in page


def test_older_jobs_are_one_link_away(alice: User, connection: Connection, now: datetime, signed_in: SignIn) -> None:
    for hours in range(20):
        make_job(connection, now - timedelta(hours=hours + 1))
    client = signed_in(alice)
    first = page_of(client, connection)
    assert first.count("/jobs/") == 15
    older = first.partition("?before=")[2].partition("#")[0]
    second = client.get(f"{reverse('connection', args=[connection.pk])}?before={older}").content.decode()
    assert second.count("/jobs/") == 5
    assert "Older syncs" not in second


@pytest.mark.parametrize(
    "asked",
    [
        {"days": "0"},
        {"days": "x"},
        {"before": "x"},
        {"before": "\0"},
        {"before": "2026-13-45T99:00Z"},
        {"before": "9999-12-31T23:59:59-14:00"},
        {"before": "0001-01-01T00:00:00+14:00"},
        {"before": "10000-01-01T00:00:00Z"},
    ],
)
def test_nonsense_in_the_address_is_passed_over(
    asked: dict[str, str], alice: User, synced: Connection, signed_in: SignIn
) -> None:
    assert 'aria-current="true">90 days' in page_of(signed_in(alice), synced, **asked)


def test_data_from_outside_cannot_leave_the_charts_script(alice: User, synced: Connection, signed_in: SignIn) -> None:
    Connection.objects.filter(pk=synced.pk).update(currency="</s", name="</script><script>x</script>")
    DailyMetric.objects.update(currency="</s")
    page = page_of(signed_in(alice), synced)
    assert "<script>x" not in page
    assert '"unit": "\\u003C/s"' in page
    assert '"</s' not in page


def test_no_secret_is_on_the_page(alice: User, synced: Connection, signed_in: SignIn) -> None:
    assert SECRET not in page_of(signed_in(alice), synced)


def test_recent_days_that_do_not_add_up_are_flagged(alice: User, adrift: Ledger, signed_in: SignIn) -> None:
    client = signed_in(alice)
    assert page_of(client, adrift.connection).count("2 recent days do not add up to the account") == 1
    DailyMetric.objects.all().delete()
    assert "not add up" not in page_of(client, adrift.connection)


def test_a_year_of_days_costs_no_more_queries(
    alice: User, synced: Connection, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(alice)
    assert DailyMetric.objects.count() == 56
    with django_assert_max_num_queries(23):
        page_of(client, synced, days="365")


BUTTONS = {
    "Sync now": "operator",
    "Pause": "operator",
    "Frequency": "operator",
    "Edit": "admin",
    "Reconnect": "admin",
    "Remove": "admin",
}


@pytest.mark.parametrize("role", Membership.Role)
def test_everybody_sees_the_buttons_that_they_may_press(
    role: Membership.Role, workspace: Workspace, synced: Connection, signed_in: SignIn
) -> None:
    page = page_of(signed_in(make_person("somebody", workspace, role)), synced)
    live = page[page.index('id="live"') :]
    shown = {label for label in BUTTONS if f"{label}</span>" in live or f"</svg>{label}</a>" in live}
    assert shown == {label for label, needed in BUTTONS.items() if role in Membership.Role(needed).and_above}


def test_each_object_type_says_its_threshold_its_next_look_and_why(
    alice: User, synced: Connection, now: datetime, signed_in: SignIn
) -> None:
    """What the states are is told in test_stream_freshness.py; here, what stands beside them."""
    ObjectSyncConfig.objects.filter(object_type="campaigns").update(is_sync_enabled=False)
    synced.schedules.filter(stream="ad_metrics").update(interval_seconds=1800, stale_at=now + timedelta(minutes=58))
    synced.schedules.filter(stream="ads").update(last_completed_at=now - timedelta(hours=3))
    page = page_of(signed_in(alice), synced)
    held = page[page.index("What is held") :]
    rows = {label: row_of(held, label) for label in ("Campaigns", "Ads", "Ads by day")}
    assert "Not scheduled switched off" in rows["Campaigns"]
    assert "Not scheduled read when somebody asks" in rows["Ads"]
    assert "3 hours ago" in rows["Ads"]
    assert "when asked" in rows["Ads"]
    assert "Fresh stale after 1 h" in rows["Ads by day"]
    assert "in 49 minutes every 30 min" in rows["Ads by day"]
    for stream in ("campaigns", "ads", "ad_metrics"):
        assert f'href="/explain/{synced.pk}/{stream}/"' in held


def row_of(held: str, label: str) -> str:
    """What one reads in the row of that object type."""
    row = held.partition(f"<strong>{label}</strong>")[2].partition("</tr>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", row).split())


@pytest.mark.spec("C6")
def test_the_pace_stands_at_the_head_with_its_reason(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    ConnectionSync.set_frequency(connection.pk, "realtime")
    scheduler.reschedule([connection.pk], now)
    connection.schedules.update(average_calls=0)
    connection.schedules.filter(stream="account_metrics").update(average_calls=4)
    page = page_of(signed_in(alice), connection)
    why = "180 calls an hour are allowed, one in 25 s, and one round takes 4."
    assert f"Asked for every 30 s; runs about every 101 s: {why}" in page
    assert "Next sync within 10 s." in page
    connection.schedules.update(interval_seconds=None, next_due_at=None)
    assert "No schedule reads it: it waits for Sync now." in page_of(signed_in(alice), connection)


def test_a_paused_one_is_resumed_instead(alice: User, workspace: Workspace, signed_in: SignIn) -> None:
    paused = make_connection(workspace, paused=True)
    page = page_of(signed_in(alice), paused)
    assert f'action="/connections/{paused.pk}/resume/"' in page
    assert "/pause/" not in page


def test_a_running_sync_is_shown_with_its_seconds(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    make_job(connection, now - timedelta(seconds=31), SyncJob.Status.IN_PROGRESS, total_chunks=4, completed_chunks=1)
    page = page_of(signed_in(alice), connection)
    assert "Syncing... <span data-elapsed=" in page
    assert "1 of 4 chunks done" in page

"""The page of the sync intervals: what it shows, what it saves, and what it refuses."""

import re
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from connections.models import AuditEvent, Connection, Credential, Workspace
from connections.registry import SOURCES, source_class
from syncing import scheduler, tuning
from syncing.forms import IntervalForm
from syncing.models import ConnectionSync, ObjectSyncConfig, SyncChunk, SyncJob, SyncSchedule
from syncing.receivers import seed_object_types
from syncing.status import intervals as status
from syncing.status.freshness import freshness
from syncing.tuning import FIELDS
from tests.fixtures.engine import MakeAccount, Watch, drain, insist, together
from tests.fixtures.paced import committing
from tests.fixtures.synced import KIND, make_connection

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
PAGE = "/ui/sync-intervals"


@pytest.fixture
def root(staff: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> Client:
    return committing(signed_in(staff), monkeypatch)


@pytest.fixture
def looker(bob: User, signed_in: SignIn) -> Client:
    """Staff, but no superuser."""
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    return signed_in(User.objects.get(pk=bob.pk))


class Fields(HTMLParser):
    """What a browser would send of the form on a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._in_form, self._select = False, ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        each = dict(attrs)
        name, value = each.get("name") or "", each.get("value") or ""
        if tag == "form":
            self._in_form = each.get("id") == "intervals"
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in each:
            self.found[self._select] = value
        elif tag == "input" and self._in_form and (each.get("type") != "checkbox" or "checked" in each):
            self.found[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._in_form = False


def page_of(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def form_of(client: Client) -> dict[str, str]:
    return {name: value for name, value in Fields(page_of(client)).found.items() if name != "csrfmiddlewaretoken"}


def words_of(page: str) -> str:
    """What one reads there."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u202f", "_").split())


def field(object_type: str, name: str) -> str:
    return f"{KIND}.{object_type}-{name}"


def typed(**minutes: int | str) -> dict[str, str]:
    """Intervals by object type."""
    return {field(name, "sync_interval_minutes"): str(value) for name, value in minutes.items()}


def config(object_type: str) -> ObjectSyncConfig:
    return ObjectSyncConfig.objects.get(provider=KIND, object_type=object_type)


def everything() -> list[Any]:
    return list(ObjectSyncConfig.objects.order_by("pk").values())


# What it shows


@pytest.mark.spec("L19", "D4")
def test_every_object_type_of_every_source_has_its_row(root: Client) -> None:
    page, sent = page_of(root), form_of(root)
    for kind in SOURCES:
        assert f'id="provider-{kind}"' in page
        for stream in source_class(kind).streams:
            assert f'<span class="row-title">{stream.label}</span>' in page
            assert sent[f"{kind}.{stream.name}-sync_interval_minutes"] == str(stream.interval_minutes)
            assert sent[f"{kind}.{stream.name}-staleness_threshold_minutes"] == str(stream.staleness_minutes)
            assert sent[f"{kind}.{stream.name}-priority"] == str(stream.priority)
            assert sent[f"{kind}.{stream.name}-is_sync_enabled"] == "1"
    assert ObjectSyncConfig._meta.db_table == "object_sync_config"


def test_the_newest_sync_of_all_accounts_is_the_last_one(
    root: Client, synced: Connection, workspace: Workspace
) -> None:
    moment = datetime.fromisoformat("2026-11-01T10:20:30+00:00")
    other = make_connection(workspace, "Other")
    for connection, hours in ((synced, 0), (other, 1)):
        SyncSchedule.objects.filter(connection=connection, stream="ads").update(
            last_completed_at=moment - timedelta(hours=hours), last_attempted_at=moment + timedelta(hours=hours)
        )
    row = re.search(rf'<td id="times-{KIND}.ads">.*?</td>', page_of(root), re.S)
    assert row
    assert re.findall(r'datetime="([^"]+)"', row[0]) == ["2026-11-01T10:20:30Z", "2026-11-01T11:20:30Z"]
    SyncSchedule.objects.filter(connection=other, stream="ads").update(last_completed_at=moment + timedelta(hours=2))
    assert "2026-11-01T12:20:30Z" in page_of(root)


@pytest.mark.spec("L20", "L22")
def test_the_times_move_with_each_run_that_the_schedule_starts(
    root: Client, make_account: MakeAccount, watch: Watch
) -> None:
    """Nobody does anything but look: an hour passes, what is due is read, and the page tells it."""
    seed_object_types()
    account = make_account(sync={"sync_frequency": "smart"})
    scheduler.reschedule([account.pk], watch.now)
    for _ in range(3):
        assert scheduler.enqueue_due(watch.now).streams == 3
        drain(watch)
        row = re.search(r'<td id="times-plain.account_days">.*?</td>', page_of(root), re.S)
        assert row
        read_at, _, due_at = [datetime.fromisoformat(each) for each in re.findall(r'datetime="([^"]+)"', row[0])]
        assert read_at == watch.now.replace(microsecond=0)
        assert watch.now < due_at <= watch.now + timedelta(hours=1)
        watch.move(hours=1)
    assert SyncJob.objects.filter(trigger="schedule", status="completed").count() == 3


STATES: dict[str, dict[str, Any]] = {
    "fresh": {},
    "due": {"next_due_at": -1},
    "stale": {"stale_at": -1, "next_due_at": -1},
    "failing": {"consecutive_failures": 2},
    "never": {"last_completed_at": None, "stale_at": None},
    "not_scheduled": {"next_due_at": None, "interval_seconds": None, "stale_at": None},
    "paused": {},
}


def in_state(workspace: Workspace, code: str, now: datetime) -> SyncSchedule:
    made = make_connection(workspace, code, paused=code == "paused", sync={"sync_frequency": "hourly"})
    fields = {"last_completed_at": -30, "next_due_at": 30, "stale_at": 60, "interval_seconds": 3600} | STATES[code]
    moments = {
        name: now + timedelta(minutes=value) if name.endswith("_at") and value is not None else value
        for name, value in fields.items()
    }
    SyncSchedule.objects.filter(connection=made, stream="ads").update(**moments)
    return SyncSchedule.objects.get(connection=made, stream="ads")


def test_the_states_are_counted_as_they_are_told_of_each(workspace: Workspace, now: datetime) -> None:
    """One account in each state; the count in the database agrees with what its own page says."""
    schedules = {code: in_state(workspace, code, now) for code in STATES}
    ads = config("ads")
    for code, schedule in schedules.items():
        assert freshness(schedule, ads, paused=code == "paused", now=now).state.code == code
    found = status.standings([ads], now)[KIND, "ads"]
    assert {state.code: accounts for state, accounts in found.states} == dict.fromkeys(STATES, 1)


def test_the_share_within_the_threshold_is_of_those_that_are_scheduled(
    root: Client, workspace: Workspace, now: datetime
) -> None:
    """Fresh, due and failing ones are no older than they may be; stale ones and one that was never read are late."""
    for code in STATES:
        in_state(workspace, code, now)
    found = status.standings([config("ads")], now)[KIND, "ads"]
    assert (found.within, found.scheduled, found.share, found.meets_target) == (3, 5, 60.0, False)
    assert "Within the threshold: 3 of 5 = 60 % (target: 99 %)" in words_of(page_of(root))
    SyncSchedule.objects.filter(stream="ads", next_due_at__isnull=False).update(stale_at=now + timedelta(hours=2))
    assert "Within the threshold: 5 of 5 = 100 %" in words_of(page_of(root))


def test_a_share_is_never_rounded_up_to_a_whole(workspace: Workspace) -> None:
    assert status.Standing(scheduled=2000, within=1999).share == 99.9
    assert status.Standing(scheduled=1000, within=989).meets_target is False


def test_what_is_switched_off_counts_as_not_scheduled(workspace: Workspace, now: datetime) -> None:
    in_state(workspace, "failing", now)
    ObjectSyncConfig.objects.filter(object_type="ads").update(is_sync_enabled=False)
    found = status.standings([config("ads")], now)[KIND, "ads"]
    assert [(state.code, accounts) for state, accounts in found.states] == [("not_scheduled", 1)]


def test_an_account_that_may_not_run_is_not_next(workspace: Workspace, now: datetime) -> None:
    paused = in_state(workspace, "paused", now)
    assert status.standings([config("ads")], now)[KIND, "ads"].next_due_at is None
    Connection.objects.filter(pk=paused.connection_id).update(paused=False)
    assert status.standings([config("ads")], now)[KIND, "ads"].next_due_at == now + timedelta(minutes=30)


def test_with_background_sync_off_a_banner_says_so(root: Client, settings: Any) -> None:
    settings.BACKGROUND_SYNC_ENABLED = False
    assert "Background sync is off: nothing runs by itself." in words_of(page_of(root))


def test_the_number_of_queries_does_not_grow_with_the_accounts(
    root: Client, workspace: Workspace, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        make_connection(workspace, f"Account {number}", sync={"sync_frequency": "hourly"})
    with django_assert_max_num_queries(12):
        page_of(root)


def test_the_moving_part_is_sent_only_when_it_has_moved(root: Client, synced: Connection) -> None:
    poll = unescape(re.findall(r'hx-get="([^"]+)" hx-trigger="freshet:look, every 10s"', page_of(root))[0])
    assert root.get(poll, headers={"HX-Request": "true"}).status_code == 204
    SyncSchedule.objects.filter(connection=synced).update(last_completed_at=datetime.fromisoformat("2026-11-01T10Z"))
    answer = root.get(poll, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert "forecast-title" not in answer.content.decode()
    assert root.get(poll).content.decode().count("<html") == 1


def test_it_has_a_link_for_staff_only(root: Client, alice: User, signed_in: SignIn) -> None:
    assert f'href="{PAGE}"' in page_of(root, "/")
    assert f'href="{PAGE}"' not in page_of(signed_in(alice), "/")


# Who may


ADDRESSES = [PAGE, f"{PAGE}/defaults/", f"{PAGE}/slow-start/"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_owner_of_a_workspace_has_no_business_here(alice: User, signed_in: SignIn, address: str) -> None:
    answer = signed_in(alice).get(address)
    assert answer.status_code == 403
    assert "those who run the installation" in answer.content.decode()


def test_staff_look_and_superusers_change(looker: Client, root: Client) -> None:
    before, sent = everything(), form_of(root)
    assert '<fieldset class="intervals-all" disabled>' in page_of(looker)
    assert "Superusers change them" in page_of(looker)
    assert looker.post(PAGE, sent | typed(ads=15)).status_code == 403
    for address in ADDRESSES[1:]:
        ObjectSyncConfig.objects.filter(object_type="ads").update(priority=4)
        page = page_of(looker, address)
        assert 'class="btn btn-primary"' not in page
        seen = re.findall(r'name="seen" value="(\w+)"', page)[0]
        assert looker.post(address, {"seen": seen}).status_code == 403
    ObjectSyncConfig.objects.filter(object_type="ads").update(priority=3)
    assert everything() == before
    assert not AuditEvent.objects.exists()


# What it saves


@pytest.mark.spec("L18", "L19")
def test_every_figure_can_be_changed_and_is_written_down(root: Client) -> None:
    changes = {
        "sync_interval_minutes": ("15", 15),
        "staleness_threshold_minutes": ("45", 45),
        "priority": ("1", 1),
        "is_sync_enabled": ("", False),
        "cascade_sync": ("", False),
        "batch_size": ("20", 20),
        "max_retry_attempts": ("0", 0),
        "retry_delay": ("5", 5),
        "queue": ("backfill", "backfill"),
    }
    assert changes.keys() == {*FIELDS}
    answer = root.post(PAGE, form_of(root) | {field("ads", name): text for name, (text, _) in changes.items()})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    after = {name: value for name, (_, value) in changes.items()}
    assert {name: getattr(config("ads"), name) for name in changes} == after
    event = AuditEvent.objects.get()
    assert (event.actor, event.action, event.target) == ("staff@example.com", "sync intervals changed", "installation")
    assert event.after == {"Meta Ads: Ads": after}
    assert event.before["Meta Ads: Ads"]["sync_interval_minutes"] == 60
    assert event.before["Meta Ads: Ads"]["queue"] == "sync"
    assert "Saved: Ads." in words_of(page_of(root))


def test_the_defaults_are_those_that_the_sources_declare() -> None:
    for row in tuning.ordered():
        declared = source_class(row.provider).stream(row.object_type)
        figures = (row.sync_interval_minutes, row.staleness_threshold_minutes, row.priority)
        assert figures == (declared.interval_minutes, declared.staleness_minutes, declared.priority)


def test_saving_what_stands_there_changes_nothing_and_is_not_written_down(root: Client) -> None:
    before = everything()
    root.post(PAGE, form_of(root))
    assert everything() == before
    assert not AuditEvent.objects.exists()
    assert "Nothing was changed" in words_of(page_of(root))


def test_an_empty_form_switches_nothing_off(root: Client) -> None:
    before = everything()
    root.post(PAGE, {})
    assert everything() == before


def due_of(connection: Connection, stream: str) -> SyncSchedule:
    return SyncSchedule.objects.get(connection=connection, stream=stream)


@pytest.mark.spec("L18")
def test_a_changed_interval_takes_effect_at_the_next_look_and_leaves_what_runs_alone(
    root: Client, workspace: Workspace, now: datetime
) -> None:
    connection = make_connection(workspace, sync={"sync_frequency": "smart"})
    SyncSchedule.objects.filter(connection=connection).update(
        last_attempted_at=now - timedelta(minutes=40), last_completed_at=now - timedelta(minutes=40)
    )
    root.post(
        PAGE,
        form_of(root)
        | typed(campaigns=240, ads=240)
        | {field(name, "staleness_threshold_minutes"): "480" for name in ("campaigns", "ads")},
    )
    SyncSchedule.objects.filter(connection=connection).update(next_due_at=now + timedelta(hours=3))
    assert scheduler.enqueue_due(now).jobs == 0
    running = SyncJob.objects.create(connection=connection, created_at=now, status="in_progress", lane="backfill")
    SyncChunk.objects.create(
        sync_job=running,
        connection=connection,
        chunk_order=0,
        stream="ads",
        chunk_type="structure",
        ready_at=now,
        created_at=now,
    )
    before = list(SyncJob.objects.values()), list(SyncChunk.objects.values())
    root.post(PAGE, form_of(root) | typed(ads=30))
    assert (list(SyncJob.objects.values()), list(SyncChunk.objects.values())) == before
    assert due_of(connection, "ads").interval_seconds == 1800
    soon = timezone.now()
    assert due_of(connection, "ads").next_due_at <= soon  # type: ignore[operator]
    assert due_of(connection, "campaigns").next_due_at == now + timedelta(hours=3)
    assert scheduler.enqueue_due(soon).jobs == 1
    started = SyncJob.objects.get(lane="sync")
    assert started.scope["streams"] == ["ads"]


def test_a_type_that_is_switched_off_is_no_longer_due(root: Client, workspace: Workspace, now: datetime) -> None:
    connection = make_connection(workspace, sync={"sync_frequency": "hourly"})
    scheduler.reschedule([connection.pk], now)
    sent = form_of(root)
    root.post(PAGE, {name: value for name, value in sent.items() if name != field("ads", "is_sync_enabled")})
    assert (due_of(connection, "ads").next_due_at, due_of(connection, "ads").interval_seconds) == (None, None)
    assert due_of(connection, "campaigns").next_due_at
    root.post(PAGE, sent | {field("ads", "seen"): IntervalForm(config("ads")).seen})
    assert due_of(connection, "ads").next_due_at


# What it refuses


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("sync_interval_minutes", "0", "From one minute to seven days"),
        ("sync_interval_minutes", "10081", "From one minute to seven days"),
        ("sync_interval_minutes", "-5", "From one minute to seven days"),
        ("sync_interval_minutes", "", "A whole number, please."),
        ("sync_interval_minutes", "1.5", "A whole number, please."),
        ("sync_interval_minutes", "an hour", "A whole number, please."),
        ("sync_interval_minutes", "9" * 30, "From one minute to seven days"),
        ("staleness_threshold_minutes", "59", "at least the interval, 60 minutes."),
        ("staleness_threshold_minutes", "50401", "From one minute to five weeks"),
        ("priority", "0", "From 1, which is served first, to 5."),
        ("priority", "6", "From 1, which is served first, to 5."),
        ("batch_size", "0", "From 1 to 1,000 objects."),
        ("max_retry_attempts", "11", "From none to 10 retries."),
        ("retry_delay", "86401", "From one second to a day"),
        ("queue", "nowhere", "Select a valid choice"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field_and_nothing_is_saved(
    root: Client, name: str, text: str, sentence: str
) -> None:
    before = everything()
    sent = form_of(root) | typed(campaigns=45) | {field("ads", name): text}
    answer = root.post(PAGE, sent)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert everything() == before
    assert not AuditEvent.objects.exists()
    assert "Nothing was saved" in words_of(page)
    holder = re.search(rf'id="id_{re.escape(field("ads", name))}".*?</(td|div)>\s*</?(td|div|tr|th)', page, re.S)
    assert holder
    assert sentence in words_of(holder[0])
    assert Fields(page).found[field("campaigns", "sync_interval_minutes")] == "45", "what was typed is kept"


@pytest.mark.parametrize(("minutes", "stale"), [("1", "1"), ("10080", "10080"), ("60", "50400")])
def test_the_ends_of_the_ranges_are_good(root: Client, minutes: str, stale: str) -> None:
    root.post(PAGE, form_of(root) | typed(ads=minutes) | {field("ads", "staleness_threshold_minutes"): stale})
    assert (config("ads").sync_interval_minutes, config("ads").staleness_threshold_minutes) == (
        int(minutes),
        int(stale),
    )


# Two people at once


def test_what_somebody_else_changed_meanwhile_stays_where_it_was_not_touched_here(root: Client) -> None:
    sent = form_of(root)
    ObjectSyncConfig.objects.filter(object_type="ads").update(sync_interval_minutes=90, priority=5)
    ObjectSyncConfig.objects.filter(object_type="campaigns").update(is_sync_enabled=False)
    root.post(PAGE, sent | {field("ads", "batch_size"): "50"} | typed(ad_sets=45))
    assert (config("ads").sync_interval_minutes, config("ads").priority, config("ads").batch_size) == (90, 5, 50)
    assert config("campaigns").is_sync_enabled is False
    assert config("ad_sets").sync_interval_minutes == 45


def test_what_both_changed_is_not_overwritten_unasked(root: Client) -> None:
    sent = form_of(root) | typed(ads=20)
    ObjectSyncConfig.objects.filter(object_type="ads").update(sync_interval_minutes=90)
    page = root.post(PAGE, sent).content.decode()
    assert "Somebody else set it to 90 min meanwhile. Save again to have it as it stands here." in words_of(page)
    assert config("ads").sync_interval_minutes == 90
    assert not AuditEvent.objects.exists()
    again = Fields(page).found
    assert again[field("ads", "sync_interval_minutes")] == "20"
    root.post(PAGE, again)
    assert config("ads").sync_interval_minutes == 20
    assert AuditEvent.objects.get().before == {"Meta Ads: Ads": {"sync_interval_minutes": 90}}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_the_same_moment_one_is_told(staff: User, alice: User, signed_in: SignIn) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    both = [signed_in(person) for person in (staff, User.objects.get(pk=alice.pk))]
    sent = form_of(both[0])
    asked = [(both[0], sent | typed(ads=20)), (both[1], sent | typed(ads=25))]
    codes = together(lambda each: insist(lambda: each[0].post(PAGE, each[1]).status_code), asked)
    assert sorted(codes) == [200, 302]
    assert config("ads").sync_interval_minutes == (20, 25)[codes.index(302)]
    assert AuditEvent.objects.count() == 1


def test_a_switch_that_both_turned_is_no_quarrel(root: Client) -> None:
    sent = form_of(root)
    del sent[field("ads", "is_sync_enabled")]
    ObjectSyncConfig.objects.filter(object_type="ads").update(is_sync_enabled=False)
    root.post(PAGE, sent)
    assert config("ads").is_sync_enabled is False
    assert not AuditEvent.objects.exists()


def test_after_a_mistake_what_changed_meanwhile_is_shown_and_not_taken_for_typed(root: Client) -> None:
    sent = form_of(root) | typed(campaigns="none")
    ObjectSyncConfig.objects.filter(object_type="ads").update(sync_interval_minutes=90)
    again = Fields(root.post(PAGE, sent).content.decode()).found
    assert again[field("ads", "sync_interval_minutes")] == "90"
    root.post(PAGE, again | typed(campaigns=45))
    assert (config("ads").sync_interval_minutes, config("campaigns").sync_interval_minutes) == (90, 45)


# Preview


def test_a_preview_reckons_with_what_is_typed_and_saves_nothing(root: Client, workspace: Workspace) -> None:
    make_connection(workspace, sync={"sync_frequency": "smart"})
    before = everything()
    sent = form_of(root) | typed(campaigns=30)
    fragment = root.post(f"{PAGE}/preview/", sent, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert re.search(r"As typed: 12\.\d calls an hour, now 11\.\d", words_of(fragment))
    assert 'id="forecast-summary" role="status" hx-swap-oob="true"' in fragment
    page = root.post(f"{PAGE}/preview/", sent).content.decode()
    assert "As typed, not saved" in page
    assert Fields(page).found[field("campaigns", "sync_interval_minutes")] == "30"
    assert everything() == before
    assert not AuditEvent.objects.exists()


def test_a_preview_of_what_makes_no_sense_says_what(root: Client, workspace: Workspace) -> None:
    make_connection(workspace, sync={"sync_frequency": "smart"})
    sent = form_of(root) | typed(campaigns=0)
    fragment = root.post(f"{PAGE}/preview/", sent, headers={"HX-Request": "true"}).content.decode()
    assert "Campaigns: From one minute to seven days" in words_of(fragment)
    assert "One figure makes no sense yet." in words_of(fragment)


def test_a_budget_that_is_too_small_says_what_follows(root: Client, workspace: Workspace, settings: Any) -> None:
    settings.PROVIDERS = {**settings.PROVIDERS, KIND: settings.PROVIDERS[KIND] | {"calls_per_hour": 60}}
    make_connection(workspace, sync={"sync_frequency": "realtime"})
    words = words_of(page_of(root))
    assert "1 budget too small" in words
    assert re.search(r"what is wanted every 30 s comes about every 1 min \d+ s", words)


# Presets


def seen_on(client: Client, address: str) -> str:
    return str(re.findall(r'name="seen" value="(\w+)"', page_of(client, address))[0])


@pytest.mark.spec("L38", "L46")
def test_slow_start_says_what_it_will_change_and_then_changes_it(root: Client, workspace: Workspace) -> None:
    make_connection(workspace, sync={"sync_frequency": "smart"})
    make_connection(workspace, "Own", sync={"sync_frequency": "hourly"})
    ObjectSyncConfig.objects.filter(object_type="ads").update(
        sync_interval_minutes=1440, staleness_threshold_minutes=2880, priority=5, is_sync_enabled=False
    )
    before, address = everything(), f"{PAGE}/slow-start/"
    words = words_of(page_of(root, address))
    assert "Meta Ads: Campaigns Interval: 60 min Stale after: 120 min Interval: 240 min Stale after: 480 min" in words
    assert "Meta Ads: Ads Interval" not in words
    assert "1 account has a frequency other than Smart" in words
    assert everything() == before
    root.post(address, {"seen": seen_on(root, address)})
    others = ObjectSyncConfig.objects.exclude(object_type="ads")
    assert set(others.values_list("sync_interval_minutes", "staleness_threshold_minutes")) == {(240, 480)}
    assert (config("ads").sync_interval_minutes, config("ads").is_sync_enabled) == (1440, False)
    assert AuditEvent.objects.get().action == "sync intervals set to slow start"
    assert len([name for name in AuditEvent.objects.get().after if name.startswith("Meta Ads: ")]) == 6
    smart = Connection.objects.get(name="Alpine Outfitters CH")
    assert set(smart.schedules.exclude(stream="ads").values_list("interval_seconds", flat=True)) == {14400}


@pytest.mark.spec("L18")
def test_everything_goes_back_to_its_defaults(root: Client) -> None:
    before, address = everything(), f"{PAGE}/defaults/"
    assert "Nothing would change" in page_of(root, address)
    ObjectSyncConfig.objects.filter(provider=KIND, object_type="ads").update(sync_interval_minutes=5, queue="backfill")
    ObjectSyncConfig.objects.filter(provider=KIND, object_type="campaigns").update(priority=1)
    root.post(address, {"seen": seen_on(root, address)})
    assert everything() == before
    assert AuditEvent.objects.get().before == {
        "Meta Ads: Ads": {"sync_interval_minutes": 5, "queue": "backfill"},
        "Meta Ads: Campaigns": {"priority": 1},
    }


def test_one_object_type_alone_goes_back(root: Client) -> None:
    ObjectSyncConfig.objects.filter(object_type__in=["ads", "campaigns"]).update(priority=1)
    address = f"{PAGE}/defaults/?only={config('ads').pk}"
    assert address.replace("&", "&amp;") in page_of(root)
    root.post(address, {"seen": seen_on(root, address)})
    assert (config("ads").priority, config("campaigns").priority) == (3, 1)
    assert root.get(f"{PAGE}/defaults/?only=nonsense").status_code == 404


def test_what_was_confirmed_is_what_is_done(root: Client) -> None:
    """Somebody changes more between the question and the answer: it is asked anew."""
    ObjectSyncConfig.objects.filter(object_type="ads").update(priority=1)
    seen = seen_on(root, f"{PAGE}/defaults/")
    ObjectSyncConfig.objects.filter(object_type="campaigns").update(sync_interval_minutes=5)
    before = everything()
    page = root.post(f"{PAGE}/defaults/", {"seen": seen}).content.decode()
    assert "somebody else has changed the intervals meanwhile" in words_of(page)
    assert everything() == before
    assert root.post(f"{PAGE}/defaults/", {}).status_code == 200
    assert everything() == before


# Many accounts


@pytest.mark.alone
def test_a_thousand_accounts_do_not_keep_one_waiting(
    root: Client, workspace: Workspace, now: datetime, record_property: Callable[[str, object], None]
) -> None:
    """Every type is changed at once, and the schedules are gone through once."""
    many(workspace, 1000, now)
    sent = form_of(root) | {field(row.object_type, "sync_interval_minutes"): "55" for row in tuning.ordered()}
    began = time.perf_counter()
    assert root.post(PAGE, sent).status_code == 302
    saved = time.perf_counter() - began
    began = time.perf_counter()
    page_of(root)
    shown = time.perf_counter() - began
    record_property("seconds for a save", round(saved, 2))
    record_property("seconds for the page", round(shown, 2))
    print(f"1,000 accounts: saved in {saved:.2f} s, shown in {shown:.2f} s")
    assert set(SyncSchedule.objects.values_list("interval_seconds", flat=True)) == {3300}
    assert saved < 4  # 2 on a machine of one's own


def many(workspace: Workspace, amount: int, now: datetime) -> None:
    credential = Credential(workspace=workspace, provider=KIND)
    credential.seal({"access_token": "x"})
    credential.save()
    made = Connection.objects.bulk_create(
        Connection(
            workspace=workspace,
            credential=credential,
            provider=KIND,
            name=f"Account {number}",
            is_sandbox=True,
            external_account_id=f"act_9{number:06}",
            anchor_date=date(2026, 1, 1),
        )
        for number in range(amount)
    )
    ConnectionSync.objects.bulk_create(ConnectionSync(connection=each, sync_frequency="smart") for each in made)
    streams = [row.object_type for row in tuning.ordered() if row.provider == KIND]
    SyncSchedule.objects.bulk_create(
        SyncSchedule(connection=each, stream=stream, last_attempted_at=now, last_completed_at=now, average_calls=1)
        for each in made
        for stream in streams
    )
    scheduler.reschedule([each.pk for each in made], now)


@pytest.mark.parametrize("door", ["the page", "the admin"])
def test_several_types_of_a_provider_are_one_walk_through_its_schedules(
    root: Client, workspace: Workspace, now: datetime, door: str
) -> None:
    many(workspace, 3, now)
    address, sent = PAGE, form_of(root) | {field(row.object_type, "priority"): "1" for row in tuning.ordered()}
    if door == "the admin":
        rows = tuning.ordered()
        address, sent = reverse("admin:syncing_objectsyncconfig_changelist"), {"_save": "Save"}
        sent |= {"form-TOTAL_FORMS": str(len(rows)), "form-INITIAL_FORMS": str(len(rows))}
        for at, row in enumerate(rows):
            figures = {"id": row.pk, "priority": 1, "is_sync_enabled": "on"}
            figures |= {name: getattr(row, name) for name in FIELDS[:2]}
            sent |= {f"form-{at}-{name}": str(value) for name, value in figures.items()}
    with CaptureQueriesContext(database) as queries:
        assert root.post(address, sent).status_code == 302
    walked = [each for each in queries if 'FROM "connections_connection"' in each["sql"] and "anchor" in each["sql"]]
    assert len(walked) == 1
    assert set(SyncSchedule.objects.values_list("priority", flat=True)) == {1}

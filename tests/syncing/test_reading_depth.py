"""Which days the schedule reads, over days and weeks: often what is new, seldom what is old, and never a gap."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from connections.models import Connection
from projects.models import Coverage
from syncing import planner
from syncing.models import SyncChunk, SyncJob, SyncSchedule
from syncing.scheduler import enqueue_due
from tests.fixtures.engine import MakeAccount, Watch, change, drain, expected_numbers, numbers, sync
from tests.fixtures.paced import due, paced, states, tick

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def account_in(zone: str, make_account: MakeAccount, frequency: str, watch: Watch) -> Connection:
    made = make_account()
    Connection.objects.filter(pk=made.pk).update(timezone=zone)
    return paced(Connection.objects.get(pk=made.pk), frequency, watch)


def first_days(account: Connection, job: SyncJob) -> set[int]:
    """How many days before the account's today the job begins to read, of each stream."""
    assert job.planned_at
    today = job.planned_at.astimezone(account.zone).date()
    begun: dict[str, date] = {}
    for chunk in job.chunks.exclude(start_date=None):
        assert chunk.start_date
        assert chunk.end_date
        assert chunk.end_date <= today
        begun[chunk.stream] = min(begun.get(chunk.stream, today), chunk.start_date)
    return {(today - since).days for since in begun.values()}


def step(account: Connection, watch: Watch, until: datetime) -> list[tuple[datetime, int]]:
    """From one due moment to the next: when it ran, and how deep."""
    found = []
    while (watch_next := min(due(account).values())) < until:
        watch.now = max(watch.now, watch_next)
        assert enqueue_due(watch.now).jobs == 1
        drain(watch)
        job = SyncJob.objects.latest("created_at")
        if depths := first_days(account, job):
            (deep,) = depths
            found.append((watch.now, deep))
        SyncChunk.objects.filter(sync_job=job).delete()
    return found


def covered(account: Connection, stream: str) -> list[date]:
    rows = Coverage.objects.filter(connection=account, stream=stream).order_by("date")
    return list(rows.values_list("date", flat=True))


@pytest.mark.once
@pytest.mark.spec("C29")
@pytest.mark.parametrize(
    ("zone", "begin"),
    [
        ("Europe/Zurich", datetime(2026, 3, 26, 12, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 10, 30, 12, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 2, 12, tzinfo=UTC)),
        ("Pacific/Apia", datetime(2011, 12, 28, 12, tzinfo=UTC)),
    ],
    ids=["summer begins", "summer ends", "by half an hour", "a date is left out"],
)
@pytest.mark.parametrize(
    ("frequency", "days"), [("30min", 2), ("hourly", 3), ("daily", 7), ("realtime", 0.02)], ids=str
)
def test_a_week_of_it(make_account: MakeAccount, zone: str, begin: datetime, frequency: str, days: float) -> None:
    """Two days each time, three of them hourly, all that is restated once a date."""
    watch = Watch(begin)
    account = account_in(zone, make_account, frequency, watch)
    ran = step(account, watch, begin + days * DAY)
    assert {deep for _, deep in ran} <= {1, 2, 13, 14}
    whole = [at.astimezone(account.zone).date() for at, deep in ran if deep >= 13]
    assert len(set(whole[1:])) == len(whole[1:])
    assert all((later - earlier).days in (1, 2) for earlier, later in pairwise(whole[1:]))
    assert len(whole) >= int(days)
    three = [at for at, deep in ran if deep >= 2]
    assert max((later - earlier for earlier, later in pairwise(three)), default=HOUR) <= max(
        2 * HOUR, DAY + 2 * HOUR if frequency == "daily" else HOUR
    )
    if frequency in ("30min", "realtime"):
        assert sum(deep == 1 for _, deep in ran) >= len(ran) / 3
    for stream in ("account_days", "campaign_days"):
        held = covered(account, stream)
        today = watch.now.astimezone(account.zone).date()
        assert set(planner.days(held[0], today)) - set(held) <= {date(2011, 12, 30)}


@pytest.mark.spec("T53", "C29")
def test_an_outage_of_forty_days_leaves_no_day_unread(account: Connection, watch: Watch) -> None:
    """The first run after it reads from where nothing was settled, in the same depth of restatement as ever."""
    paced(account, "hourly", watch)
    for _ in range(5):
        watch.now = max(watch.now, min(due(account).values()))
        tick(watch)
    before = watch.now
    first = covered(account, "account_days")[0]
    watch.move(days=40)
    change(account, salt="restated")
    tick(watch)
    today = watch.now.date()
    for stream in ("account_days", "campaign_days"):
        assert covered(account, stream) == planner.days(first, today)
    since = before.date() - timedelta(days=12)
    assert set(expected_numbers(account, since, today)) <= set(numbers(account))
    watch.now = max(due(account).values())
    assert enqueue_due(watch.now).jobs == 1
    drain(watch)
    assert first_days(account, SyncJob.objects.latest("created_at")) == {2}


@pytest.mark.parametrize("hole", [1, 20, 38])
def test_where_the_first_try_after_an_outage_fails_partly_the_next_one_reads_the_rest(
    account: Connection, watch: Watch, hole: int
) -> None:
    paced(account, "hourly", watch)
    tick(watch)
    first = covered(account, "account_days")[0]
    watch.move(days=40)
    broken: list[dict[str, Any]] = [
        {
            "kind": "misconfigured",
            "stream": "account_days",
            "since": (watch.now.date() - timedelta(days=at)).isoformat(),
        }
        for at in range(hole, hole + 7)
    ]
    change(account, errors=broken)
    enqueue_due(watch.now)
    drain(watch)
    assert SyncJob.objects.latest("created_at").status == "completed_with_failures"
    missing = set(planner.days(first, watch.now.date())) - set(covered(account, "account_days"))
    assert missing
    for _ in range(3):
        watch.now = max(due(account).values())
        tick(watch)
    assert states(account, "consecutive_failures")["account_days"] > 0
    change(account, errors=[])
    watch.now = max(due(account).values())
    tick(watch)
    assert covered(account, "account_days") == planner.days(first, watch.now.date())
    assert SyncSchedule.objects.get(stream="account_days").consecutive_failures == 0


def test_a_sync_that_a_person_starts_reads_all_that_is_restated(account: Connection, watch: Watch) -> None:
    """And counts as the deep run of that day."""
    paced(account, "30min", watch)
    tick(watch)
    watch.move(hours=30)
    job = sync(account, watch)
    assert job.planned_at == watch.now
    assert first_days(account, job) == {13}
    SyncSchedule.objects.update(next_due_at=watch.move(minutes=30))
    tick(watch)
    assert first_days(account, SyncJob.objects.latest("created_at")) <= {1, 2}

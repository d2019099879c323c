"""A source whose data is a tree: several streams in one walk, and only what has changed of each entity."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.db.models import Sum

from connections import errors, registry
from connections.models import Connection, Credential, Workspace
from connections.sources import Page, Slice
from projects.models import Directory, Elevation, LogikalProject, Phase
from syncing import cancelling, runner, scheduler, tuning
from syncing.budget import Purse
from syncing.forecast import forecast
from syncing.models import ConnectionSync, ObjectSyncConfig, QuarantinedRecord, SyncChunk, SyncJob, SyncSchedule
from syncing.receivers import seed_object_types
from tests.fixtures import tree as provider
from tests.fixtures.engine import TODAY, Watch, change, claim, drain, enqueue, sync, telemetry

pytestmark = pytest.mark.django_db
TREE: dict[str, Any] = {
    "A": {
        "p1": {"version": "1", "elevations": {"e1": "1", "e2": "1"}},
        "p2": {"version": "1", "elevations": {"e3": "1"}},
    },
    "B": {"p3": {"version": "1", "elevations": {}}},
}


@pytest.fixture
def known(settings: Any) -> Iterator[None]:
    provider.register(settings)
    yield
    del registry.SOURCES[provider.KIND]


@pytest.fixture
def branches(known: None, workspace: Workspace, tmp_path: Path) -> Connection:
    seed_object_types()
    credential = Credential(workspace=workspace, provider=provider.KIND)
    credential.seal({})
    credential.save()
    return Connection.objects.create(
        workspace=workspace,
        credential=credential,
        provider=provider.KIND,
        name="Windows",
        external_account_id="windows",
        is_sandbox=True,
        anchor_date=TODAY,
        options={"tree": TREE, "journal": str(tmp_path / "calls")},
    )


def calls(connection: Connection) -> list[str]:
    """Since the last time that somebody asked."""
    journal = Path(connection.options["journal"])
    lines = journal.read_text().splitlines() if journal.exists() else []
    journal.write_text("")
    return lines


def planted(**projects: Any) -> dict[str, Any]:
    """The tree with other projects in directory A; None takes one away."""
    inside = {guid: its for guid, its in {**TREE["A"], **projects}.items() if its is not None}
    return {"A": inside, "B": TREE["B"]}


def streams_of(job: SyncJob) -> list[str]:
    return list(job.chunks.order_by("chunk_order").values_list("stream", flat=True))


def run_one(watch: Watch) -> None:
    runner.run_chunk(claim(watch), clock=watch, stop=threading.Event(), purse=Purse(watch))


def failures(branches: Connection) -> dict[str, int]:
    return dict(SyncSchedule.objects.filter(connection=branches).values_list("stream", "consecutive_failures"))


def missing(model: Any) -> set[str]:
    name = "path" if model is Directory else "external_id"
    return set(model.objects.filter(missing_since__isnull=False).values_list(name, flat=True))


@pytest.mark.spec("L49", "L8")
def test_one_walk_and_then_each_project_once(branches: Connection, watch: Watch) -> None:
    job = sync(branches, watch)
    assert (job.status, streams_of(job)) == ("completed", ["projects", *["elevations"] * 3])
    assert calls(branches) == ["walk", "open p1 in A", "open p2 in A", "open p3 in B"]
    assert (Directory.objects.count(), LogikalProject.objects.count()) == (2, 3)
    assert (Phase.objects.count(), Elevation.objects.count()) == (3, 3)
    done = SyncSchedule.objects.filter(last_completed_at=watch.now, last_changed_at=watch.now)
    assert set(done.values_list("stream", flat=True)) == {"directories", "projects", "phases", "elevations"}


@pytest.mark.spec("L8")
def test_what_has_not_changed_is_not_opened(branches: Connection, watch: Watch) -> None:
    first = sync(branches, watch)
    calls(branches)
    watch.move(hours=1)
    job = sync(branches, watch)
    assert (streams_of(job), calls(branches)) == (["projects"], ["walk"])
    assert (job.status, job.records_created, job.records_updated) == ("completed", 0, 0)
    schedules = SyncSchedule.objects.filter(connection=branches)
    assert set(schedules.values_list("last_completed_at", flat=True)) == {watch.now}
    assert set(schedules.values_list("last_changed_at", flat=True)) == {first.closed_at}


@pytest.mark.spec("L8")
def test_of_what_has_changed_only_that_is_opened_and_remembered_by_stream(branches: Connection, watch: Watch) -> None:
    sync(branches, watch)
    calls(branches)
    began = watch.now
    watch.move(hours=1)
    change(branches, tree=planted(p2={"version": "2", "elevations": {"e3": "2"}}))
    job = sync(branches, watch)
    assert calls(branches) == ["walk", "open p2 in A"]
    assert (job.records_created, job.records_updated) == (0, 2)
    changed = dict(SyncSchedule.objects.filter(connection=branches).values_list("stream", "last_changed_at"))
    assert changed == {"directories": began, "projects": watch.now, "phases": began, "elevations": watch.now}


def test_a_stream_that_is_asked_for_alone_is_found_by_its_entities(branches: Connection, watch: Watch) -> None:
    job = sync(branches, watch, "phases")
    assert streams_of(job) == ["projects", *["phases"] * 3]
    assert not Elevation.objects.exists()
    calls(branches)
    job = sync(branches, watch, "elevations")
    assert streams_of(job) == ["projects", *["elevations"] * 3]
    assert Elevation.objects.count() == 3


def test_what_a_complete_list_lacks_is_marked_and_comes_back(branches: Connection, watch: Watch) -> None:
    sync(branches, watch)
    watch.move(hours=1)
    change(branches, tree=planted(p1={"version": "2", "elevations": {"e2": "1"}}, p2=None))
    sync(branches, watch)
    assert (missing(LogikalProject), missing(Elevation), missing(Directory)) == ({"p2"}, {"e1", "e3"}, set())
    gone = LogikalProject.objects.get(external_id="p2")
    assert gone.missing_since == watch.now
    watch.move(hours=1)
    change(branches, tree={"A": TREE["A"]})
    sync(branches, watch)
    assert (missing(LogikalProject), missing(Directory)) == ({"p3"}, {"B"})
    change(branches, tree=TREE)
    sync(branches, watch)
    assert missing(LogikalProject) | missing(Directory) | missing(Elevation) | missing(Phase) == set()


def test_what_comes_back_makes_due_what_hangs_on_it(branches: Connection, watch: Watch) -> None:
    scheduled(branches, watch)
    change(branches, tree=planted(p2=None))
    sync(branches, watch)
    scheduler.reschedule([branches.pk], watch.now)
    change(branches, tree=TREE)
    watch.move(seconds=30)
    job = sync(branches, watch, "directories", "projects")
    assert (job.records_created, job.records_updated, missing(LogikalProject)) == (0, 0, set())
    due = SyncSchedule.objects.filter(connection=branches, due_because="Projects")
    assert set(due.values_list("stream", flat=True)) == {"phases", "elevations"}
    calls(branches)
    assert next_run(branches, watch) == ["walk", "open p2 in A"]
    assert missing(Elevation) == set()


def test_a_project_that_moves_is_not_lost(branches: Connection, watch: Watch) -> None:
    sync(branches, watch)
    watch.move(hours=1)
    change(branches, tree={"A": {"p2": TREE["A"]["p2"]}, "B": {**TREE["B"], "p1": TREE["A"]["p1"]}})
    calls(branches)
    sync(branches, watch)
    assert missing(LogikalProject) | missing(Elevation) == set()
    assert LogikalProject.objects.get(external_id="p1").directory_path == "B"
    assert calls(branches) == ["walk", "open p1 in B"], "one look, as it was gone from the list of A"


@pytest.mark.spec("L8")
def test_a_project_that_is_locked_stops_no_other_and_is_tried_again(branches: Connection, watch: Watch) -> None:
    change(branches, locked=["p1"])
    job = sync(branches, watch)
    assert (job.status, Elevation.objects.count()) == ("completed_with_failures", 1)
    assert (job.error, job.remedy) == ("Project Project p1 was skipped. Somebody else is at work on it.", "")
    assert set(failures(branches).values()) == {0}
    locked = LogikalProject.objects.get(external_id="p1")
    assert (locked.refusal, locked.refused_at) == ("Somebody else is at work on it.", watch.now)
    change(branches, locked=[])
    calls(branches)
    sync(branches, watch)
    assert calls(branches) == ["walk", "open p1 in A"]
    locked.refresh_from_db()
    assert (locked.refusal, locked.refused_at, Elevation.objects.count()) == ("", None, 3)


def scheduled(branches: Connection, watch: Watch) -> None:
    """Its first sync is over, and the schedule's first moment has come."""
    sync(branches, watch)
    ConnectionSync.set_frequency(branches.pk, "smart")
    wait_until_due(branches, watch)
    calls(branches)


def next_run(branches: Connection, watch: Watch) -> list[str]:
    """What the schedule reads when it is due next."""
    due = SyncSchedule.objects.filter(connection=branches).earliest("next_due_at").next_due_at
    assert due
    watch.now = max(watch.now, due)
    scheduler.enqueue_due(watch.now)
    drain(watch)
    return calls(branches)


def test_what_is_refused_is_left_alone_twice_as_long_each_time_up_to_a_day(branches: Connection, watch: Watch) -> None:
    scheduled(branches, watch)
    every = timedelta(hours=3)
    ObjectSyncConfig.objects.filter(provider=provider.KIND).update(sync_interval_minutes=every / timedelta(minutes=1))
    scheduler.reschedule([branches.pk], watch.now)
    change(branches, locked=["p1"], tree=planted(p1={"version": "2", "elevations": {"e1": "2"}}))
    tried: list[datetime] = []
    while len(tried) < 6:
        if "open p1 in A" in next_run(branches, watch):
            tried.append(watch.now)
            locked = LogikalProject.objects.get(external_id="p1")
            assert locked.refusal == "Somebody else is at work on it."
            assert locked.refused_until
            assert watch.now < locked.refused_until < watch.now + timedelta(days=1)
    assert [round((later - earlier) / every) for earlier, later in pairwise(tried)] == [1, 2, 4, 8, 8]
    change(branches, locked=[])
    while watch.now < tried[-1] + timedelta(days=1):
        next_run(branches, watch)
    found = LogikalProject.objects.get(external_id="p1")
    assert (found.refusal, found.refused_until, found.refusals) == ("", None, 0)
    assert Elevation.objects.get(external_id="e1").version == "2"


def test_a_job_names_all_that_it_has_skipped(branches: Connection, watch: Watch) -> None:
    ObjectSyncConfig.objects.filter(provider=provider.KIND, object_type="elevations").update(batch_size=2)
    change(branches, locked=["p1", "p2", "p3"])
    job = sync(branches, watch)
    said = [f"Project Project {each} was skipped. Somebody else is at work on it." for each in ("p1", "p2", "p3")]
    assert (job.status, job.error, job.failed_chunks) == ("completed_with_failures", " ".join(said), 2)
    assert set(failures(branches).values()) == {0}
    change(branches, locked=["p2"])
    job = scheduler.retry_failed(job, now=watch.now, trigger="user")
    drain(watch)
    job.refresh_from_db()
    assert (job.status, job.error) == ("completed_with_failures", said[1])
    ObjectSyncConfig.objects.filter(provider=provider.KIND, object_type="elevations").update(batch_size=1)
    change(branches, broken=["p3"], tree=TREE | {"B": {"p3": {"version": "2", "elevations": {}}}})
    job = sync(branches, watch)
    assert job.error == "2 of 3 chunks failed. The first: It fell to pieces."


def test_a_restart_in_the_midst_forgets_nothing_that_was_skipped(branches: Connection, watch: Watch) -> None:
    ObjectSyncConfig.objects.filter(provider=provider.KIND, object_type="elevations").update(batch_size=3)
    change(branches, locked=["p1"])
    job = enqueue(branches, watch.now)
    run_one(watch)
    stop = threading.Event()
    stop.set()
    runner.run_chunk(claim(watch), clock=watch, stop=stop, purse=Purse(watch))
    assert job.chunks.get(stream="elevations").skipped == {"p1": "Somebody else is at work on it."}
    drain(watch)
    job.refresh_from_db()
    assert (job.status, job.failed_chunks, Elevation.objects.count()) == ("completed_with_failures", 1, 1)
    assert calls(branches) == ["walk", "open p1 in A", "open p2 in A", "open p3 in B"]


def test_what_was_refused_is_tried_at_once_where_it_changes_or_a_person_asks(
    branches: Connection, watch: Watch
) -> None:
    scheduled(branches, watch)
    change(branches, locked=["p1"], tree=planted(p1={"version": "2", "elevations": {}}))
    for _ in range(4):
        next_run(branches, watch)
    assert next_run(branches, watch) == ["walk"]
    change(branches, tree=planted(p1={"version": "3", "elevations": {}}))
    assert next_run(branches, watch) == ["walk", "open p1 in A"]
    assert next_run(branches, watch) == ["walk"], "seldom again"
    sync(branches, watch)
    assert calls(branches) == ["walk", "open p1 in A"]
    force(branches, watch, "p1")
    drain(watch)
    assert calls(branches) == ["walk", "open p1 in A"]
    assert next_run(branches, watch) == ["walk"]


def test_a_project_that_fails_slows_no_other_and_is_left_alone_by_itself(branches: Connection, watch: Watch) -> None:
    scheduled(branches, watch)
    began, tried = watch.now, 0
    change(branches, broken=["p1"])
    for version in range(2, 10):
        p1, p2 = ({"version": each, "elevations": {}} for each in ("2", str(version)))
        change(branches, tree=planted(p1=p1, p2=p2))
        opened = next_run(branches, watch)
        assert "open p2 in A" in opened
        tried += "open p1 in A" in opened
        assert set(failures(branches).values()) == {0}
    assert watch.now - began < timedelta(hours=2)
    assert 3 <= tried <= 4
    fallen = LogikalProject.objects.get(external_id="p1")
    assert (fallen.refusal, fallen.refusals) == ("It fell to pieces.", tried)
    read = SyncSchedule.objects.filter(connection=branches, stream__in=["phases", "elevations"])
    assert set(read.values_list("last_completed_at", flat=True)) == {watch.now}


def test_where_nothing_could_be_read_the_stream_has_failed(branches: Connection, watch: Watch) -> None:
    sync(branches, watch)
    began = watch.now
    watch.move(hours=1)
    change(branches, broken=["p1"], tree=planted(p1={"version": "2", "elevations": {}}))
    job = sync(branches, watch)
    assert job.status == "completed_with_failures"
    assert failures(branches) == {"directories": 0, "projects": 0, "phases": 1, "elevations": 1}
    assert SyncSchedule.objects.get(stream="elevations").last_completed_at == began
    for _ in range(3):
        job = scheduler.retry_failed(job, now=watch.now, trigger="user")
        drain(watch)
        job.refresh_from_db()
        assert (job.status, failures(branches)["elevations"]) == ("failed", 1)
        watch.move(seconds=1)


@pytest.mark.spec("L49")
def test_a_change_makes_due_what_hangs_on_it_and_nothing_else(branches: Connection, watch: Watch) -> None:
    sync(branches, watch)
    ConnectionSync.set_frequency(branches.pk, "smart")
    scheduler.reschedule([branches.pk], watch.now)
    watch.move(minutes=1)
    change(branches, tree=planted(p2={"version": "2", "elevations": {"e3": "2"}}))
    sync(branches, watch, "projects")
    due = SyncSchedule.objects.filter(connection=branches, next_due_at__lte=watch.now)
    assert set(due.values_list("stream", flat=True)) == {"phases", "elevations"}
    calls(branches)
    scheduler.enqueue_due(watch.now)
    drain(watch)
    assert calls(branches) == ["walk", "open p2 in A"]
    assert Elevation.objects.get(external_id="e3").version == "2"


def wait_until_due(branches: Connection, watch: Watch) -> None:
    """The first moment, which differs from connection to connection, lies within the next quarter of an hour."""
    scheduler.reschedule([branches.pk], watch.now)
    due = SyncSchedule.objects.filter(connection=branches).earliest("next_due_at").next_due_at
    assert due
    assert watch.now <= due <= watch.now + timedelta(minutes=15)
    watch.move(seconds=(due - watch.now).total_seconds())


@pytest.mark.spec("L8")
def test_each_type_is_read_at_its_own_interval(branches: Connection, watch: Watch) -> None:
    """A day of it, stepped by half a minute: the walk finds what has changed, so every run begins with it."""
    sync(branches, watch)
    ConnectionSync.set_frequency(branches.pk, "smart")
    wait_until_due(branches, watch)
    calls(branches)
    end = watch.now + timedelta(hours=3)
    while watch.now < end:
        scheduler.enqueue_due(watch.now)
        drain(watch)
        watch.move(seconds=30)
    assert calls(branches) == ["walk"] * 12


def test_the_walks_that_other_types_need_are_forecast(branches: Connection, watch: Watch) -> None:
    """Elevations are looked for twice as often as projects, and each time by a walk."""
    scheduled(branches, watch)
    began = watch.now
    while watch.now < began + timedelta(hours=3):
        next_run(branches, watch)
    made = SyncChunk.objects.filter(created_at__gte=began).aggregate(calls=Sum("calls"))["calls"]
    hours = (watch.now - began + timedelta(minutes=15)) / timedelta(hours=1)
    assert forecast(tuning.ordered()).load.calls == pytest.approx(made / hours, rel=0.05)


def test_a_stream_that_another_release_knows_fails_its_chunk_and_no_more(branches: Connection, watch: Watch) -> None:
    job = enqueue(branches, watch.now, "directories")
    job.chunks.update(stream="of_another_release")
    drain(watch)
    job.refresh_from_db()
    assert (job.is_active, job.status) == (False, "failed")


def test_of_what_failed_only_that_project_is_opened_again(
    branches: Connection, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: provider.TreeSource, piece: Slice, *, elevations: bool) -> Iterator[Page]:
        if piece.ids[0].startswith("p1 "):
            raise errors.Misconfigured("It cannot be opened.", remedy="Open it by hand.")
        yield from read(source, piece, elevations=elevations)

    read = provider.TreeSource.project
    with monkeypatch.context() as patch:
        patch.setattr(provider.TreeSource, "project", fail)
        job = sync(branches, watch)
    assert (job.status, job.failed_chunks) == ("completed_with_failures", 1)
    calls(branches)
    scheduler.retry_failed(job, now=watch.now, trigger="user")
    drain(watch)
    assert calls(branches) == ["open p1 in A"]


def test_after_a_walk_that_failed_its_retry_opens_what_has_changed(
    branches: Connection, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: provider.TreeSource) -> NoReturn:
        raise errors.Misconfigured("It cannot be walked.", remedy="Walk by hand.")

    sync(branches, watch)
    began = watch.now
    watch.move(hours=3)
    change(branches, tree=planted(p2={"version": "2", "elevations": {"e3": "2"}}))
    with monkeypatch.context() as patch:
        patch.setattr(provider.TreeSource, "directories", fail)
        job = sync(branches, watch)
    assert SyncSchedule.objects.get(stream="elevations").last_completed_at == began
    calls(branches)
    scheduler.retry_failed(job, now=watch.now, trigger="user")
    drain(watch)
    assert calls(branches) == ["walk", "open p2 in A"]
    assert SyncSchedule.objects.get(stream="elevations").last_completed_at == watch.now


def test_some_that_are_read_again_say_nothing_of_what_nobody_looked_for(
    branches: Connection, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = sync(branches, watch)
    began = watch.now
    job.chunks.filter(entity_ids=["p1 A"]).update(status="failed")
    SyncJob.objects.filter(pk=job.pk).update(status="completed_with_failures", failed_chunks=1)
    watch.move(days=2)
    job.refresh_from_db()
    scheduler.retry_failed(job, now=watch.now, trigger="user")
    drain(watch)
    assert calls(branches)[-1] == "open p1 in A"
    assert SyncSchedule.objects.get(stream="elevations").last_completed_at == began


def test_where_there_are_no_numbers_any_change_is_the_last_one(branches: Connection, watch: Watch) -> None:
    sync(branches, watch)
    first = watch.now
    assert telemetry(branches).last_metrics_changed_at == first
    watch.move(minutes=1)
    sync(branches, watch)
    assert telemetry(branches).last_metrics_changed_at == first


def test_what_was_cancelled_is_not_due_at_once(branches: Connection, watch: Watch) -> None:
    sync(branches, watch)
    ConnectionSync.set_frequency(branches.pk, "smart")
    wait_until_due(branches, watch)
    sync(branches, watch)  # all intervals begin together, so nothing is due by itself in the next minutes
    watch.move(minutes=1)
    change(branches, tree=planted(p2={"version": "2", "elevations": {"e3": "2"}}))
    job = enqueue(branches, watch.now)
    run_one(watch)
    cancelling.cancel(job.pk, watch.now)
    assert not SyncSchedule.objects.filter(connection=branches, next_due_at__lte=watch.now).exists()


def put_aside(branches: Connection) -> set[tuple[str, str]]:
    return set(QuarantinedRecord.objects.filter(connection=branches).values_list("stream", "key"))


def test_what_reads_well_again_is_no_longer_put_aside(branches: Connection, watch: Watch) -> None:
    change(branches, odd={"p1": ["e1"], "p2": ["e3"]})
    sync(branches, watch)
    assert put_aside(branches) == {("elevations", "e1"), ("elevations", "e3")}
    watch.move(hours=1)
    change(branches, odd={"p2": ["e3"]}, tree=planted(p1={"version": "2", "elevations": {"e1": "2"}}))
    sync(branches, watch)
    assert put_aside(branches) == {("elevations", "e3")}, "nobody has read p2 since"
    watch.move(hours=1)
    change(branches, tree=planted(p1=TREE["A"]["p1"], p2={"version": "2", "elevations": {"e3": "2"}}))
    sync(branches, watch)
    assert put_aside(branches) == {("elevations", "e3")}, "it is still odd"
    watch.move(hours=1)
    change(branches, odd={}, locked=["p2"])
    force(branches, watch, "p2")
    drain(watch)
    assert put_aside(branches) == {("elevations", "e3")}, "nobody could look"
    change(branches, locked=[])
    sync(branches, watch)
    assert put_aside(branches) == set()


# What is forced


def force(connection: Connection, watch: Watch, *projects: str) -> scheduler.Enqueued:
    return scheduler.enqueue_forced(connection, projects, now=watch.now, trigger="user")


@pytest.mark.spec("L23", "D7")
def test_what_is_forced_is_opened_though_nothing_has_changed(branches: Connection, watch: Watch) -> None:
    sync(branches, watch)
    calls(branches)
    assert not force(branches, watch, "p1").deduplicated
    drain(watch)
    assert calls(branches) == ["walk", "open p1 in A"]
    sync(branches, watch)
    assert calls(branches) == ["walk"]


def test_a_job_that_still_walks_takes_it_up(branches: Connection, watch: Watch) -> None:
    sync(branches, watch)
    calls(branches)
    running = enqueue(branches, watch.now)
    joined = force(branches, watch, "p1")
    assert (joined.deduplicated, joined.job.pk) == (True, running.pk)
    drain(watch)
    assert calls(branches) == ["walk", "open p1 in A"]


def test_a_job_that_was_there_already_goes_there_again(branches: Connection, watch: Watch) -> None:
    running = enqueue(branches, watch.now)
    run_one(watch)
    run_one(watch)
    joined = force(branches, watch, "p1", "p2")
    assert (joined.deduplicated, joined.job.pk) == (True, running.pk)
    assert force(branches, watch, "p2").deduplicated
    drain(watch)
    assert calls(branches) == ["walk", "open p1 in A", "open p2 in A", "open p3 in B", "open p1 in A"]
    running.refresh_from_db()
    assert (running.status, running.total_chunks, running.completed_chunks) == ("completed", 5, 5)


@pytest.mark.parametrize("read", [["directories"], ["projects"], ["phases"], ["elevations"]], ids=str)
def test_a_job_that_reads_less_takes_it_up_too(branches: Connection, watch: Watch, read: list[str]) -> None:
    """Nobody walks twice, and what it would have opened anyway is opened once, for all that was asked for."""
    sync(branches, watch)
    calls(branches)
    running = enqueue(branches, watch.now, *read)
    assert force(branches, watch, "p1").job.pk == running.pk
    drain(watch)
    assert calls(branches) == ["walk", "open p1 in A"]
    assert not SyncJob.objects.filter(follows=running).exists()


def test_what_of_it_waits_in_a_job_of_less_gives_way(branches: Connection, watch: Watch) -> None:
    sync(branches, watch)
    change(
        branches,
        tree=planted(p1={"version": "2", "elevations": {"e1": "2"}}, p2={"version": "2", "elevations": {"e3": "1"}}),
    )
    calls(branches)
    running = enqueue(branches, watch.now, "phases")
    run_one(watch)
    assert streams_of(running)[1:] == ["phases", "phases"]
    assert force(branches, watch, "p1").job.pk == running.pk
    assert streams_of(running)[1:] == ["phases", "elevations"]
    drain(watch)
    assert calls(branches) == ["walk", "open p2 in A", "open p1 in A"]
    running.refresh_from_db()
    assert (running.status, running.total_chunks, running.completed_chunks) == ("completed", 3, 3)
    sync(branches, watch)
    assert calls(branches) == ["walk", "open p2 in A"], "of p2 only the phases were read"


def test_what_the_schedule_has_begun_hurries_for_who_forces(branches: Connection, watch: Watch) -> None:
    sync(branches, watch)
    ConnectionSync.set_frequency(branches.pk, "smart")
    wait_until_due(branches, watch)
    scheduler.enqueue_due(watch.now)
    (running,) = SyncJob.objects.active().filter(urgent=False)
    assert force(branches, watch, "p1").job.pk == running.pk
    assert SyncJob.objects.get(pk=running.pk).urgent
    assert set(running.chunks.values_list("queue", flat=True)) == {"realtime"}
    calls(branches)
    drain(watch)
    assert calls(branches) == ["walk", "open p1 in A"]


def test_what_is_at_work_in_a_job_of_less_is_opened_again(branches: Connection, watch: Watch) -> None:
    enqueue(branches, watch.now, "phases")
    run_one(watch)
    at_work = claim(watch)
    watch.move(seconds=5)
    assert force(branches, watch, "p1").deduplicated
    runner.run_chunk(at_work, clock=watch, stop=threading.Event(), purse=Purse(watch))
    calls(branches)
    drain(watch)
    assert [line for line in calls(branches) if "p1" in line] == ["open p1 in A"]
    assert Elevation.objects.filter(project_id="p1").count() == 2


def test_what_is_not_read_object_by_object_cannot_be_forced(account: Connection, watch: Watch) -> None:
    with pytest.raises(scheduler.NotRunnable, match="object by object"):
        force(account, watch, "c0001")

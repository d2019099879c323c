"""What the log says while work is done: for whom, how much and how long, as JSON in production, and no secret."""

import json
import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import structlog
from django.conf import settings as all_settings
from django.utils import timezone

from config.logs import ScrubbedFormatter, as_json
from connections.models import Connection
from syncing import periodic, runner
from syncing.budget import Purse
from syncing.models import Decision, SyncSchedule
from tests.fixtures import plain as provider
from tests.fixtures.engine import MakeAccount, Watch, claim, enqueue, sync

pytestmark = pytest.mark.django_db
CONTEXT = ("connection", "job", "chunk", "stream")


@pytest.fixture
def lines() -> Iterator[Any]:
    """What production writes, from all loggers, line by line."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    chain = all_settings.LOGGING["formatters"]["line"]["foreign_pre_chain"]  # type: ignore[index]
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(ScrubbedFormatter(processors=[strip, *as_json()], foreign_pre_chain=chain))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def talkative(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider's library that logs each request with what it should not."""
    whole = provider.PlainSource._call

    def call(self: provider.PlainSource, *words: Any) -> Any:
        logging.getLogger("some.vendors.sdk").warning("GET /x?access_token=%s", self.context.secrets["token"])
        return whole(self, *words)

    monkeypatch.setattr(provider.PlainSource, "_call", call)


def test_every_line_of_a_chunk_says_for_whom_also_a_librarys_own(
    account: Connection, watch: Watch, lines: Any, talkative: None
) -> None:
    job = sync(account, watch)
    calls = [line for line in lines() if line["logger"] == "some.vendors.sdk"]
    assert len(calls) == job.total_chunks
    assert {line["connection"] for line in calls} == {str(account.pk)}
    assert {line["job"] for line in calls} == {str(job.pk)}
    assert {line["chunk"] for line in calls} == set(job.chunks.values_list("pk", flat=True))
    assert {line["stream"] for line in calls} == {"campaigns", "campaign_days", "account_days"}
    assert {line["level"] for line in calls} == {"warning"}
    assert provider.TOKEN not in json.dumps(lines())


def test_what_follows_a_chunk_is_no_longer_said_to_be_of_it(account: Connection, watch: Watch, lines: Any) -> None:
    sync(account, watch)
    logging.getLogger("elsewhere").warning("afterwards")
    assert not set(CONTEXT) & lines()[-1].keys()
    assert structlog.contextvars.get_contextvars() == {}


def test_two_threads_do_not_speak_for_each_other(make_account: MakeAccount, watch: Watch, lines: Any) -> None:
    """The context is the thread's own."""
    first, second = threading.Event(), threading.Event()

    def speak() -> None:
        first.wait(5)
        logging.getLogger("elsewhere").warning("from another thread")
        second.set()

    thread = threading.Thread(target=speak)
    thread.start()
    with structlog.contextvars.bound_contextvars(connection="mine"):
        first.set()
        assert second.wait(5)
    thread.join()
    assert "connection" not in lines()[-1]


def test_a_failure_is_logged_with_its_traceback_and_for_whom(
    make_account: MakeAccount, watch: Watch, lines: Any
) -> None:
    account = make_account(errors=[{"kind": "bug", "stream": "campaigns"}])
    job = sync(account, watch)
    line, *_ = [each for each in lines() if each["event"] == "chunk failed unexpectedly"]
    assert (line["connection"], line["job"]) == (str(account.pk), str(job.pk))
    assert "ZeroDivisionError" in line["exception"]


def test_the_end_of_a_job_says_its_figures(account: Connection, watch: Watch, lines: Any) -> None:
    job = sync(account, watch)
    (line,) = [each for each in lines() if each["event"] == "job ended"]
    assert (line["job"], line["created"], line["status"]) == (str(job.pk), job.records_created, "completed")


@pytest.mark.spec("L13")
def test_a_tick_that_does_something_says_what_and_how_long(make_account: MakeAccount, lines: Any) -> None:
    account = make_account(sync={"sync_frequency": "hourly"})
    due = timezone.now() - timedelta(minutes=1)
    SyncSchedule.objects.filter(connection=account, stream="campaigns").update(next_due_at=due, interval_seconds=3600)
    periodic.smart_sync()
    periodic.smart_sync()
    ticks = [line for line in lines() if line["event"] == "periodic task ran"]
    assert [(line["task"], line["jobs"], line["level"]) for line in ticks] == [
        ("smart-sync", 1, "info"),
        ("smart-sync", 0, "debug"),
    ]
    assert {type(line["took_ms"]) for line in ticks} == {int}


def test_prune_says_how_much_of_what_and_how_long(account: Connection, lines: Any) -> None:
    long_ago = timezone.now() - timedelta(days=40)
    Decision.objects.create(connection=account, stream="x", decided_at=long_ago, verdict="started")
    periodic.prune(threading.Event())
    of_one, of_all = [line for line in lines() if line["event"] in ("pruned", "periodic task ran")]
    assert (of_one["what"], of_one["rows"]) == ("decisions", 1)
    assert of_one["seconds"] >= 0
    assert (of_all["task"], of_all["deleted"]["decisions"]) == ("prune", 1)


def test_a_chunk_that_was_taken_over_says_so(account: Connection, watch: Watch, lines: Any) -> None:
    enqueue(account, watch.now)
    stale = claim(watch)
    watch.move(seconds=61)
    claim(watch)
    purse = Purse(watch)
    runner.run_chunk(stale, clock=watch, stop=threading.Event(), purse=purse)
    purse.close()
    (line,) = [each for each in lines() if each["event"] == "another process has taken the chunk over"]
    assert line["connection"] == str(account.pk)

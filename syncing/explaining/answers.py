"""Why did a stream sync or not: what was looked at, in the order in which the scheduler looks, and the one answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from connections.models import Connection
from connections.sources import Stream
from syncing.explaining.ahead import Ahead, ahead
from syncing.explaining.calls import calls
from syncing.explaining.check import Check, Verdict, moments
from syncing.explaining.facts import Facts, gather
from syncing.explaining.gates import gates
from syncing.explaining.machinery import looked_at, runs
from syncing.explaining.pace import its_time, wanted
from syncing.explaining.past import Decided, Read, decided, reads
from syncing.explaining.running import running
from syncing.models import SyncSchedule


@dataclass(frozen=True)
class Answer:
    """headline: the check that decides. checks: all of them, in order."""

    stream: str
    label: str
    schedule: SyncSchedule
    headline: Check
    checks: Sequence[Check]


@dataclass(frozen=True)
class Explanation:
    """An answer with what is to come and what was."""

    connection: Connection
    answer: Answer
    ahead: Ahead
    reads: Sequence[Read]
    decisions: Sequence[Decided]


@dataclass(frozen=True)
class Streams:
    """All streams of a connection in the order of their source, each with its answer."""

    connection: Connection
    answers: Sequence[Answer]


def explain(connection: Connection, stream: str, now: datetime) -> Explanation:
    """connection: with its workspace, credential and sync. Raises LookupError for what is no stream of it."""
    known = next((each for each in connection.source_class.streams if each.name == stream), None)
    if known is None:
        raise LookupError(f"{connection.provider_label} has no object type called {stream!r}.")
    facts = gather(connection, now)
    return Explanation(
        connection,
        _answer(facts, known),
        ahead(facts.known, facts.schedule(known), now),
        reads(connection, stream),
        decided(connection, stream),
    )


def explain_all(connection: Connection, now: datetime) -> Streams:
    facts = gather(connection, now)
    return Streams(connection, [_answer(facts, stream) for stream in facts.known.streams])


def _answer(facts: Facts, stream: Stream) -> Answer:
    checks = list(_checks(facts, stream))
    deciding = [check for check in checks if check.decides]
    # What is in hand goes on to the end of its page, whatever was decided since.
    at_work = [check for check in deciding if check.verdict == Verdict.RUNS]
    headline = next(iter([*at_work, *deciding]), None) or _starts(facts, stream)
    return Answer(stream.name, facts.label(stream.name), facts.schedule(stream), headline, checks)


def _checks(facts: Facts, stream: Stream) -> Iterator[Check]:
    yield from gates(facts)
    if facts.connection.removed_at:
        return
    in_hand = facts.reads(stream)
    if in_hand:  # what somebody asked for runs whatever the schedule says
        yield from runs(facts)
        yield from running(facts, stream)
    yield from wanted(facts, stream)
    yield from looked_at(facts, stream)
    if not in_hand:
        yield from runs(facts)
        yield from running(facts, stream)
    yield from its_time(facts, stream)
    yield from calls(facts, stream)


def _starts(facts: Facts, stream: Stream) -> Check:
    """Nothing holds it."""
    schedule = facts.schedule(stream)
    because = f" {schedule.due_because} had changes, and it hangs on them." if schedule.due_because else ""
    look = facts.look(stream)
    coming = look.next_at if look.is_taken(facts.now) else None
    since = moments(due_since=schedule.next_due_at, next_look=coming)
    if settings.BACKGROUND_SYNC_ENABLED:
        said = f"It is due, and nothing holds it: it starts with the scheduler's next look.{because}"
        return Check("starts", "Next", Verdict.OK, said, "Nothing.", since)
    said = f"It is due, and starts when whoever looks from outside does so again.{because}"
    return Check("starts", "Next", Verdict.INFO, said, moments=since)

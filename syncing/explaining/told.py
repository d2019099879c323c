"""An explanation as lines of text and as JSON, for a terminal."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from syncing.explaining.answers import Answer, Explanation, Streams
from syncing.explaining.check import Check, Moment, span


def lines_of(explained: Explanation, now: datetime) -> Iterator[str]:
    answer, zone = explained.answer, explained.connection.workspace.zone
    yield f"{answer.label} of {explained.connection}: {answer.headline.title}."
    yield from check_lines(answer.headline, now)
    yield ""
    yield "What was looked at, in the order in which it counts:"
    for check in answer.checks:
        yield from check_lines(check, now, remedy=check.decides)
    yield ""
    yield from _ahead_lines(explained, zone)
    yield ""
    yield "The last syncs that read it:" if explained.reads else "No sync has read it yet."
    for read in explained.reads:
        job = read.row.job
        yield f"  {_clock(job.created_at)}  {read.row.state.word}, {read.row.kind} {read.row.asked_by}: {read.outcome}"
    yield ""
    yield "The last decisions:" if explained.decisions else "No decision was needed yet."
    for each in explained.decisions:
        yield f"  {_clock(each.decision.decided_at)}  {each.state.word}: {each.decision.reason}"


def lines_of_all(streams: Streams, now: datetime) -> Iterator[str]:
    yield f"{streams.connection}, {len(streams.answers)} object types. Name one of them to see all that was looked at."
    for answer in streams.answers:
        times = ", ".join(_moment(each, now) for each in answer.headline.moments)
        yield f"  {answer.stream:<18} {answer.headline.title}{f' ({times})' if times else ''}"


def check_lines(check: Check, now: datetime, *, remedy: bool = True) -> Iterator[str]:
    yield f"  {check.state.word:<13} {check.name}: {check.sentence}"
    if check.moments:
        yield f"{'':<16}{', '.join(_moment(each, now) for each in check.moments)}"
    if remedy and check.remedy:
        yield f"{'':<16}What to do: {check.remedy}"


def data_of(explained: Explanation, now: datetime) -> dict[str, Any]:
    return {
        "connection": str(explained.connection.pk),
        **_answer_data(explained.answer),
        "asked_at": _clock(now),
        "checks": [check_data(check) for check in explained.answer.checks],
        "due_in_24_hours": [_clock(at) for at in explained.ahead.times],
        "syncs": [
            {"job": str(read.row.job.pk), "asked_for": read.row.asked_by, "outcome": read.outcome, "calls": read.calls}
            for read in explained.reads
        ],
        "decisions": [
            {"at": _clock(each.decision.decided_at), "verdict": each.decision.verdict, "reason": each.decision.reason}
            for each in explained.decisions
        ],
    }


def data_of_all(streams: Streams, now: datetime) -> dict[str, Any]:
    answers = [_answer_data(answer) for answer in streams.answers]
    return {"connection": str(streams.connection.pk), "asked_at": _clock(now), "streams": answers}


def check_data(check: Check) -> dict[str, Any]:
    return {
        "code": check.code,
        "looked_at": check.name,
        "verdict": str(check.verdict),
        "sentence": check.sentence,
        "remedy": check.remedy,
        "moments": {moment.label: _clock(moment.at) for moment in check.moments},
    }


def _answer_data(answer: Answer) -> dict[str, Any]:
    return {"stream": answer.stream, "title": answer.headline.title, "answer": check_data(answer.headline)}


def _ahead_lines(explained: Explanation, zone: ZoneInfo) -> Iterator[str]:
    ahead = explained.ahead
    if not ahead.times:
        yield "Nothing is scheduled for it."
        return
    if ahead.is_constant:
        yield f"Due all the time: {ahead.pace}, as far as the calls of its budget are earned."
        return
    yield f"Due in the next 24 hours, {ahead.pace}, in {zone.key}:"
    times = [f"{at.astimezone(zone):%a %-d %b %H:%M %Z}" for at in ahead.times]
    for first in range(0, len(times), 4):
        yield f"  {', '.join(times[first : first + 4])}"
    if ahead.more:
        yield f"  and {ahead.more} more"


def _moment(moment: Moment, now: datetime) -> str:
    seconds = (moment.at - now).total_seconds()
    said = f"in {span(seconds)}" if seconds > 0 else f"{span(-seconds)} ago"
    return f"{moment.label} {said} ({_clock(moment.at)})"


def _clock(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

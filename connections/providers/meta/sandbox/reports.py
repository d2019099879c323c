"""Asynchronous reports: which were asked for, and what becomes of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from threading import RLock
from typing import Any

from connections.sandbox.faults import FaultRule

KIND = "report"
ENDINGS = frozenset({"completed", "failed", "skipped", "never", "vanished"})


@dataclass(frozen=True)
class Course:
    """What becomes of a report.

    seconds: from the request to its end. full_seconds: so long before its end it runs at 100 % already.
    unknown_seconds: so long after the request nobody knows it. ends: one of ENDINGS; one that vanishes does so at its
    end. error: the name in the catalogue of what a failed one says; empty where it says nothing.
    """

    seconds: float = 5
    full_seconds: float = 0
    unknown_seconds: float = 0
    ends: str = "completed"
    error: str = ""

    @classmethod
    def of(cls, rules: Iterable[FaultRule], seconds: float) -> "Course":
        """The account's usual one, unless a rule for this request says otherwise."""
        wishes = next((rule.options for rule in rules if rule.kind == KIND), {})
        course = cls(**{"seconds": seconds, **wishes})
        if course.ends not in ENDINGS:
            raise ValueError(f"A report ends in one of these ways: {', '.join(sorted(ENDINGS))}.")
        return course


@dataclass(frozen=True)
class Report:
    id: str
    account_id: str
    params: Mapping[str, str]
    asked_at: datetime
    course: Course

    def age(self, now: datetime) -> float:
        return (now - self.asked_at).total_seconds()

    def is_known(self, now: datetime) -> bool:
        gone = self.course.ends == "vanished" and self.age(now) >= self.course.seconds
        return self.age(now) >= self.course.unknown_seconds and not gone

    def has_ended(self, now: datetime) -> bool:
        return self.course.ends in ("completed", "failed", "skipped") and self.age(now) >= self.course.seconds

    def status(self, now: datetime) -> str:
        if self.has_ended(now):
            return f"Job {self.course.ends.capitalize()}"
        steps = ("Job Not Started", "Job Started", "Job Running")
        return steps[min(2, int(self.age(now) * 8 / max(1.0, self.course.seconds)))]

    def percent(self, now: datetime) -> int:
        if self.has_ended(now):
            return {"completed": 100}.get(self.course.ends, 0)
        if self.status(now) != "Job Running":
            return 0
        busy = max(1.0, self.course.seconds - self.course.full_seconds)
        is_full = self.course.full_seconds > 0 and self.age(now) >= busy
        return 100 if is_full else min(99, int(100 * self.age(now) / busy))

    def describe(self, now: datetime) -> dict[str, Any]:
        return {
            "id": self.id,
            "account": self.account_id,
            "asked_at": self.asked_at.isoformat(),
            "status": self.status(now) if self.is_known(now) else "unknown",
            "params": dict(self.params),
        }


@dataclass
class Reports:
    """Every report that was asked for."""

    _known: dict[str, Report] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)
    _numbers: Any = field(default_factory=lambda: count(1))

    def forget(self) -> None:
        with self._lock:
            self._known.clear()

    def add(self, account_id: str, params: Mapping[str, str], asked_at: datetime, course: Course) -> Report:
        with self._lock:
            report = Report(f"6{next(self._numbers):014}", account_id, params, asked_at, course)
            self._known[report.id] = report
            return report

    def get(self, identifier: str) -> Report | None:
        with self._lock:
            return self._known.get(identifier)

    def all(self, account_id: str = "") -> list[Report]:
        """In the order in which they were asked for."""
        with self._lock:
            known = list(self._known.values())
        return [report for report in known if account_id in ("", report.account_id)]

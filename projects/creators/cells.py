"""What pages say of one count of an account: what stands, where it is from, what both sides say, and why. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from projects.creators.merging import Policy
from projects.creators.readings import METRICS, Side
from projects.creators.sentences import WHO
from projects.creators.snapshots import Growth
from projects.models import CreatorAccount, CreatorProject, MergeConflict

SHOWN = ("followers", "likes", "comments", "videos", "views")
"""In the list; whom an account follows stands on its own page."""

EVERYWHERE = (*SHOWN, *(metric for metric in METRICS if metric not in SHOWN))
ICONS = {Side.SHEET: "list-details", Side.PLATFORM: "device-desktop", Side.PERSON: "user-circle"}
RULES = {
    Policy.MAX: "The larger number",
    Policy.SHEET: "The sheet, where it has a number",
    Policy.PLATFORM: "The platform, where it has a number",
    Policy.LATEST: "Whichever changed last",
    Policy.LOCKED: "Locked: what stands, stays",
}


@dataclass(frozen=True)
class Cell:
    """source: a Side, or nothing where nobody says a number. own: the account's rule; None: as its project does.
    epoch: how often people have answered. grew, grew_in_30: since the day before, and in thirty days."""

    metric: str
    value: int | None
    source: Side | None
    sheet: int | None
    platform: int | None
    sentence: str
    own: Policy | None
    policy: Policy
    epoch: int
    question: MergeConflict | None = None
    grew: int | None = None
    grew_in_30: int | None = None

    @property
    def word(self) -> str:
        return WHO[self.source] if self.source else "no number"

    @property
    def icon(self) -> str:
        return ICONS[self.source] if self.source else "circle-dashed"

    @property
    def rule(self) -> str:
        return RULES[self.policy]

    @property
    def is_locked(self) -> bool:
        return self.policy is Policy.LOCKED


def cells(
    account: CreatorAccount,
    project: CreatorProject | None,
    questions: Iterable[MergeConflict] = (),
    *,
    metrics: Iterable[str] = EVERYWHERE,
    day: Growth | None = None,
    month: Growth | None = None,
) -> list[Cell]:
    """questions: the open ones of this account."""
    asked = {question.metric: question for question in questions}
    return [_cell(account, project, metric, asked.get(metric), day, month) for metric in metrics]


def _cell(
    account: CreatorAccount,
    project: CreatorProject | None,
    metric: str,
    question: MergeConflict | None,
    day: Growth | None,
    month: Growth | None,
) -> Cell:
    known = account.decisions.get(metric, {})
    own = account.policies.get(metric)
    return Cell(
        metric,
        getattr(account, metric),
        Side(known["source"]) if known.get("source") else None,
        known.get("sheet"),
        known.get("platform"),
        known.get("sentence") or "Neither the sheet nor the platform has a number",
        Policy(own) if own else None,
        account.policy(metric, project),
        account.epoch(metric).number,
        question,
        day.by.get(metric) if day else None,
        month.by.get(metric) if month else None,
    )

"""What would change if these rows of a sheet were stored? The same merge, and nothing is written."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from connections.models import Connection
from connections.sources import Record
from projects.creators.cells import EVERYWHERE
from projects.creators.merging import Kind
from projects.creators.readings import Side
from projects.models import CellProblem, CreatorAccount, MergeConflict
from projects.tables import merged
from projects.tables.creators import seen_in, sorted_out
from projects.tables.merged import Merged

KINDS = {Kind.SPIKE: "a sudden rise is held", Kind.BOTH_CHANGED: "both have changed at once"}


@dataclass(frozen=True)
class Moved:
    """One count that would stand at another number, or be asked about. account: None where it is new. asks: the
    question that would be new."""

    account: CreatorAccount | None
    name: str
    project: str
    metric: str
    before: int | None
    after: int | None
    sentence: str
    asks: str = ""


@dataclass(frozen=True)
class Preview:
    """new: names of accounts that the sheet has and we have not. gone: those that it no longer has. back: those that it
    has again. problems: those that would be new."""

    rows: int
    moved: Sequence[Moved]
    new: Sequence[str]
    gone: Sequence[CreatorAccount]
    back: Sequence[CreatorAccount]
    problems: Sequence[CellProblem]

    @property
    def is_nothing(self) -> bool:
        return not (self.moved or self.new or self.gone or self.back or self.problems)


def preview(connection: Connection, records: Sequence[Record], complete: Collection[str], now: datetime) -> Preview:
    """complete: ids of projects of which all rows are among the records."""
    rows, problems = sorted_out(records)
    names = {record["project_id"]: record["project_name"] for record in records}
    foreseen = merged.foresee(connection, seen_in(rows), side=Side.SHEET, seen_at=now)
    held = [each.account for each in foreseen if each.account]
    asked = set(_open_questions(held))
    return Preview(
        len(records),
        [moved for each in foreseen for moved in _moved(each, names, asked)],
        [each.seen.facts["username"] or each.seen.place[1] for each in foreseen if each.account is None],
        _gone(connection, {each.seen.place for each in foreseen}, complete),
        [account for account in held if account.missing_since],
        _new_problems(connection, problems),
    )


def _moved(foreseen: Merged, names: dict[str, str], asked: set[tuple[int, str]]) -> Iterator[Moved]:
    account, (project_id, profile) = foreseen.account, foreseen.seen.place
    for metric in EVERYWHERE:
        decision = foreseen.decisions[metric]
        before = getattr(account, metric) if account else None
        is_known = account is not None and (account.pk, metric) in asked
        asks = KINDS[decision.conflict.kind] if decision.conflict and not is_known else ""
        if decision.value != before or asks:
            name = foreseen.seen.facts["username"] or profile.removeprefix("https://")
            project = names.get(project_id) or project_id
            yield Moved(account, name, project, metric, before, decision.value, decision.sentence, asks)


def _open_questions(accounts: Sequence[CreatorAccount]) -> Iterator[tuple[int, str]]:
    found = MergeConflict.objects.filter(account__in=[account.pk for account in accounts], state="open")
    yield from found.values_list("account", "metric")


def _gone(connection: Connection, here: Collection[merged.Place], complete: Collection[str]) -> list[CreatorAccount]:
    held = CreatorAccount.objects.filter(
        connection=connection, project_id__in=complete, missing_since__isnull=True
    ).order_by("project_id", "row_number", "pk")
    return [account for account in held if (account.project_id, account.profile) not in here]


def _new_problems(connection: Connection, problems: dict[tuple[str, int, str], tuple[str, str]]) -> list[CellProblem]:
    held = CellProblem.objects.filter(connection=connection)
    known = {(row.project_id, row.row_number, row.field): (row.raw, row.why) for row in held}
    return [
        CellProblem(project_id=project_id, row_number=number, field=field, raw=raw, why=why)
        for (project_id, number, field), (raw, why) in sorted(problems.items())
        if known.get((project_id, number, field)) != (raw, why)
    ]

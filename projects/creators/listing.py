"""The accounts that somebody looks for, a page at a time, each with what stands and how it grew."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from connections.access import Actor
from projects.creators import snapshots
from projects.creators.cells import SHOWN, Cell, cells
from projects.creators.sheets import accounts_of, in_project
from projects.models import CreatorAccount, CreatorProject, MergeConflict

Place = tuple[Any, str]
"""A connection's id and a project's."""


@dataclass(frozen=True)
class Line:
    account: CreatorAccount
    project: CreatorProject | None
    cells: Sequence[Cell]
    questions: int


def matching(
    actor: Actor,
    *,
    project: CreatorProject | None = None,
    q: str = "",
    platform: str = "",
    asks: bool = False,
    gone: bool = False,
    sort: str = "",
) -> QuerySet[CreatorAccount]:
    """gone: those that the sheet no longer has, instead of those that it has."""
    found = in_project(project) if project else accounts_of(actor)
    found = found.filter(missing_since__isnull=not gone)
    if q:
        found = found.filter(Q(profile__icontains=q) | Q(username__icontains=q) | Q(url__icontains=q))
    if platform:
        found = found.filter(platform=platform)
    return in_order(asking(found) if asks else found, sort)


def asking(accounts: QuerySet[CreatorAccount]) -> QuerySet[CreatorAccount]:
    """Those with a question that is open."""
    return accounts.filter(Exists(MergeConflict.objects.filter(account=OuterRef("pk"), state="open")))


def in_order(accounts: QuerySet[CreatorAccount], sort: str) -> QuerySet[CreatorAccount]:
    """Without a sort in the order of the sheets: book, tab and row."""
    code, falls = sort.removeprefix("-"), sort.startswith("-")
    if code in SHOWN:
        by = F(code).desc(nulls_last=True) if falls else F(code).asc(nulls_last=True)
        return accounts.order_by(by, "profile", "pk")
    if code == "account":
        sign = "-" if falls else ""
        return accounts.order_by(f"{sign}username", f"{sign}profile", "pk")
    tab = CreatorProject.objects.filter(connection=OuterRef("connection"), project_id=OuterRef("project_id"))
    accounts = accounts.annotate(position=Subquery(tab.values("position")[:1]))
    return accounts.order_by(
        "connection__name", "connection", F("position").asc(nulls_last=True), "project_id", "row_number", "pk"
    )


def lines(accounts: Sequence[CreatorAccount], now: datetime, *, metrics: Sequence[str] = SHOWN) -> list[Line]:
    """By a few queries, however many they are."""
    projects, questions = projects_by_place(accounts), open_questions(accounts)
    grown = growth_of(accounts, now)
    return [
        Line(
            account,
            project := projects.get((account.connection_id, account.project_id)),
            cells(account, project, questions[account.pk], metrics=metrics, day=grown.get(account.pk)),
            len(questions[account.pk]),
        )
        for account in accounts
    ]


def growth_of(accounts: Sequence[CreatorAccount], now: datetime, *, days: int = 1) -> dict[int, snapshots.Growth]:
    """Up to today, as their workspaces have it; their connections come with them."""
    by_today: dict[Any, list[CreatorAccount]] = defaultdict(list)
    for account in accounts:
        by_today[now.astimezone(account.connection.workspace.zone).date()].append(account)
    found: dict[int, snapshots.Growth] = {}
    for today, some in by_today.items():
        found |= snapshots.growths(some, today, days=days)
    return found


def projects_by_place(accounts: Sequence[CreatorAccount]) -> Mapping[Place, CreatorProject]:
    rows = CreatorProject.objects.filter(
        connection__in={account.connection_id for account in accounts},
        project_id__in={account.project_id for account in accounts},
    )
    return {(row.connection_id, row.project_id): row for row in rows}


def open_questions(accounts: Sequence[CreatorAccount]) -> Mapping[int, list[MergeConflict]]:
    found: dict[int, list[MergeConflict]] = defaultdict(list)
    rows = MergeConflict.objects.filter(account__in=[account.pk for account in accounts], state="open")
    for row in rows.order_by("pk"):
        found[row.account_id].append(row)
    return found

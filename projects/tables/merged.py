"""Take what one side says of accounts: remember it, merge it, and write what differs, with why."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, QuerySet

from connections.models import Connection
from connections.sources import Record
from projects.creators import snapshots
from projects.creators.merging import Decision, merge
from projects.creators.readings import METRICS, Reading, Side, kept
from projects.models import AccountSnapshot, CreatorAccount, CreatorProject, MergeConflict
from projects.models import Reading as ReadingRow
from projects.tables import bulk
from projects.tables.base import Changes, Table

A_BATCH = 500
Place = tuple[str, str]
"""A project's id and a profile's address."""
Cell = tuple[int, str]
"""An account's key and a metric."""
Remembered = dict[Cell, dict[Reading, int]]
"""Readings with the keys of their rows."""


@dataclass(frozen=True)
class Seen:
    """An account, as one side has it. facts: the tracked fields beside the counts. figures: see Reading."""

    place: Place
    facts: Mapping[str, str]
    counts: Mapping[str, int | None] = field(default_factory=dict)
    figures: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Merged:
    """An account while it is merged. account: None while it has no row."""

    seen: Seen
    account: CreatorAccount | None
    readings: dict[str, list[Reading]]
    decisions: dict[str, Decision]

    @property
    def record(self) -> Record:
        project_id, profile = self.seen.place
        counts = {metric: decision.value for metric, decision in self.decisions.items()}
        return {"project_id": project_id, "profile": profile, **self.seen.facts, **counts}


class MergedTable(Table):
    """Accounts with the counts that stand. Whoever writes them has merged them."""

    name = "sheet_accounts"
    model = CreatorAccount
    key = ("project_id", "profile")
    tracked = ("username", "url", "platform", *METRICS)
    own = ("missing_since", "row_number", "policies", "epochs", "decisions")


def take(
    connection: Connection, seen: Sequence[Seen], *, side: Side, seen_at: datetime, job_id: UUID | None = None
) -> Changes:
    """What one side says of accounts, each once. Inside a transaction."""
    changes = Changes()
    held = _locked(connection, [each.place for each in seen])
    for first in range(0, len(seen), A_BATCH):
        more = _take(connection, seen[first : first + A_BATCH], held, side, seen_at, job_id)
        changes = Changes(
            changes.created + more.created, changes.updated + more.updated, changes.unchanged + more.unchanged
        )
    return changes


def note_day(
    connection: Connection, accounts: Sequence[CreatorAccount], *, seen_at: datetime, job_id: UUID | None = None
) -> None:
    """How these stand at the end of the day so far. They are locked, so what was noted by now knew less, also where it
    is of a later moment than an answer that was long on its way."""
    zone = connection.workspace.zone
    for first in range(0, len(accounts), A_BATCH):
        batch = accounts[first : first + A_BATCH]
        noted = AccountSnapshot.objects.filter(
            account__in=[account.pk for account in batch], snapshot_date__gte=seen_at.astimezone(zone).date()
        )
        last = noted.aggregate(at=Max("snapshot_time"))["at"]
        now = max(seen_at, last or seen_at)
        snapshots.take(batch, now.astimezone(zone).date(), now=now, job_id=job_id)


def merge_again(accounts: Collection[CreatorAccount], *, now: datetime) -> None:
    """After a rule or an answer has changed. Inside a transaction, with the accounts locked; of one connection."""
    facts = ("username", "url", "platform")
    seen = [Seen((each.project_id, each.profile), {name: getattr(each, name) for name in facts}) for each in accounts]
    for connection in Connection.objects.filter(pk__in={each.connection_id for each in accounts}):
        take(connection, seen, side=Side.PERSON, seen_at=now)


def _take(
    connection: Connection,
    seen: Sequence[Seen],
    held: Mapping[Place, CreatorAccount],
    side: Side,
    seen_at: datetime,
    job_id: UUID | None,
) -> Changes:
    rows = {each.place: held[each.place] for each in seen if each.place in held}
    before = _readings(list(rows.values()))
    merged = _decided(connection, seen, rows, before, side, seen_at)
    # A later answer of the other side may have been stored while this one was on its way; both count.
    stored_at = max([seen_at, *(account.changed_at for account in rows.values())])
    changes = MergedTable().upsert(connection.pk, [each.record for each in merged], seen_at=stored_at, job_id=job_id)
    if changes.created or changes.updated:
        rows = _rows(connection, [each.place for each in seen])
    for each in merged:
        each.account = rows[each.seen.place]
    _write_readings(connection, merged, before)
    _write_decisions(merged)
    _write_conflicts(connection, merged, seen_at)
    note_day(connection, list(rows.values()), seen_at=seen_at, job_id=job_id)
    return changes


def foresee(connection: Connection, seen: Sequence[Seen], *, side: Side, seen_at: datetime) -> list[Merged]:
    """What `take` would decide. Nothing is locked and nothing written."""
    held = _rows(connection, [each.place for each in seen])
    found: list[Merged] = []
    for first in range(0, len(seen), A_BATCH):
        batch = seen[first : first + A_BATCH]
        rows = {each.place: held[each.place] for each in batch if each.place in held}
        found += _decided(connection, batch, rows, _readings(list(rows.values())), side, seen_at)
    return found


def _decided(
    connection: Connection,
    seen: Sequence[Seen],
    rows: Mapping[Place, CreatorAccount],
    before: Remembered,
    side: Side,
    seen_at: datetime,
) -> list[Merged]:
    projects = _projects(connection, {each.place[0] for each in seen})
    return [_merged(each, rows.get(each.place), before, projects, side, seen_at) for each in seen]


def _locked(connection: Connection, places: Sequence[Place]) -> dict[Place, CreatorAccount]:
    """All at once, in one order and until the end of the transaction, so that two sides do not merge at once."""
    return _found(CreatorAccount.objects.select_for_update(no_key=True).filter(connection=connection), places)


def _rows(connection: Connection, places: Sequence[Place]) -> dict[Place, CreatorAccount]:
    return _found(CreatorAccount.objects.filter(connection=connection), places)


def _found(rows: QuerySet[CreatorAccount], places: Sequence[Place]) -> dict[Place, CreatorAccount]:
    wanted = set(places)
    rows = rows.filter(project_id__in={project_id for project_id, _ in wanted})
    if len(wanted) <= A_BATCH:  # a longer list is no faster than the whole project
        rows = rows.filter(profile__in={profile for _, profile in wanted})
    found = {(row.project_id, row.profile): row for row in rows.order_by("pk")}
    return {place: row for place, row in found.items() if place in wanted}


def _projects(connection: Connection, ids: Collection[str]) -> dict[str, CreatorProject]:
    rows = CreatorProject.objects.filter(connection=connection, project_id__in=ids)
    return {row.project_id: row for row in rows}


def _readings(accounts: Sequence[CreatorAccount]) -> Remembered:
    found: Remembered = defaultdict(dict)
    rows = ReadingRow.objects.filter(account__in=[account.pk for account in accounts])
    fields = ("pk", "account", "metric", "side", "value", "observed_at", "figures", "is_base")
    for pk, account, metric, side, value, observed_at, figures, is_base in rows.values_list(*fields):
        found[account, metric][Reading(Side(side), value, observed_at, figures, is_base)] = pk
    return found


def _merged(
    seen: Seen,
    account: CreatorAccount | None,
    before: Remembered,
    projects: Mapping[str, CreatorProject],
    side: Side,
    seen_at: datetime,
) -> Merged:
    known = account or CreatorAccount()
    project = projects.get(seen.place[0])
    guard = project.guard if project else CreatorProject().guard
    merged = Merged(seen, account, {}, {})
    for metric in METRICS:
        readings, epoch = list(before.get((known.pk, metric), ())), known.epoch(metric)
        if metric in seen.counts:
            said = Reading(side, seen.counts[metric], seen_at, seen.figures.get(metric))
            own = [*(each for each in readings if each.side is side), said]
            readings = [each for each in readings if each.side is not side] + kept(own, epoch, guard)
        merged.readings[metric] = readings
        merged.decisions[metric] = merge(readings, policy=known.policy(metric, project), epoch=epoch, guard=guard)
    return merged


def _write_readings(connection: Connection, merged: Iterable[Merged], before: Remembered) -> None:
    """Those that are no longer kept go, those that are new come; usually neither."""
    gone, new = [], []
    for each in merged:
        pk = _pk(each)
        for metric, readings in each.readings.items():
            had = before.get((pk, metric), {})
            gone += [row for said, row in had.items() if said not in readings]
            new += [(connection.pk, pk, metric, *_values(said)) for said in readings if said not in had]
    if gone:
        ReadingRow.objects.filter(pk__in=gone).delete()
    columns = ("connection", "account", "metric", "side", "value", "observed_at", "figures", "is_base")
    bulk.insert(ReadingRow, columns, new)


def _values(said: Reading) -> tuple[Any, ...]:
    return said.side.value, said.value, said.observed_at, said.figures, said.is_base


def _write_decisions(merged: Iterable[Merged]) -> None:
    changed = []
    for each in merged:
        decisions = {metric: _as_json(decision) for metric, decision in each.decisions.items()}
        if each.account and each.account.decisions != decisions:
            each.account.decisions = decisions
            changed.append(each.account)
    CreatorAccount.objects.bulk_update(changed, ["decisions"], batch_size=100)


def _as_json(decision: Decision) -> dict[str, Any]:
    return {
        "value": decision.value,
        "policy": decision.policy.value,
        "source": decision.source.value if decision.source else None,
        "sheet": decision.sheet,
        "platform": decision.platform,
        "epoch": decision.epoch,
        "sentence": decision.sentence,
        "decided_at": decision.decided_at.isoformat() if decision.decided_at else None,
    }


def _write_conflicts(connection: Connection, merged: Sequence[Merged], seen_at: datetime) -> None:
    """Ask what is new, say it as it is now, and close what has gone away by itself."""
    rows = MergeConflict.objects.filter(account__in=[_pk(each) for each in merged], state=MergeConflict.State.OPEN)
    open_ones = {(row.account_id, row.metric): row for row in rows}
    for each in merged:
        for metric, decision in each.decisions.items():
            row = open_ones.get((_pk(each), metric))
            if decision.conflict is None:
                if row:
                    row.close(MergeConflict.Resolution.GONE, decision.value, now=seen_at)
            elif row is None:
                MergeConflict.ask(connection, _pk(each), metric, decision, now=seen_at)
            else:
                row.say(decision)


def _pk(merged: Merged) -> int:
    assert merged.account, "it has a row by now"
    return merged.account.pk

"""The tables of a spreadsheet of creators: its tabs are projects, their rows are accounts, whose counts are merged."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from connections.models import Connection
from connections.sources import Record
from projects.creators.profiles import Found, NoProfile, Profile, profile_of
from projects.creators.readings import LARGEST, METRICS, Side
from projects.models import CellProblem, CreatorAccount, CreatorProject
from projects.tables import merged
from projects.tables.base import Changes
from projects.tables.logikal import TreeTable
from projects.tables.merged import Seen

LONGEST_RAW = 500

Problem = tuple[str, str]
"""What stands in a cell, and what is wrong with it."""
At = tuple[str, int, str]
"""Project, row and field."""


class SheetProjectTable(TreeTable):
    """read_version: of the spreadsheet, in the record of a tab all of whose rows were read."""

    name = "sheet_projects"
    model = CreatorProject
    key = ("project_id",)
    tracked = ("project_name", "position", "row_count", "header_problems")
    besides = ("read_version",)
    own = (*TreeTable.own, "is_active", "policies", "spike_factor", "spike_floor", "read_version")

    def upsert(
        self, connection_id: UUID, records: Sequence[Record], *, seen_at: datetime, job_id: UUID | None = None
    ) -> Changes:
        changes = super().upsert(connection_id, records, seen_at=seen_at, job_id=job_id)
        for version in {record.get("read_version", "") for record in records} - {""}:
            whole = [record["project_id"] for record in records if record["read_version"] == version]
            held = CreatorProject.objects.filter(connection_id=connection_id, project_id__in=whole)
            held.exclude(read_version=version).update(read_version=version)
        return changes

    def held(self, connection_id: UUID, entity: str) -> dict[str, str]:
        """The version at which each tab was last read whole, empty where it never was."""
        there = CreatorProject.objects.filter(connection_id=connection_id, missing_since__isnull=True)
        return dict(there.values_list("project_id", "read_version"))

    def names(self, connection_id: UUID, keys: Collection[str]) -> dict[str, str]:
        held = CreatorProject.objects.filter(connection_id=connection_id, project_id__in=keys)
        return dict(held.values_list("project_id", "project_name"))

    def _lose(self, rows: Any, seen_at: datetime) -> None:
        """With all that stood in it: nobody lists the rows of a tab that is gone."""
        for connection_id, project_id in rows.values_list("connection", "project_id"):
            there = CreatorAccount.objects.filter(connection_id=connection_id, missing_since__isnull=True)
            there.filter(project_id=project_id).update(missing_since=seen_at)
        super()._lose(rows, seen_at)


class SheetAccountTable(TreeTable):
    """A record is a row of a sheet, a row of ours is a profile: rows that have none, or one that stands above already,
    are listed as problems and passed over."""

    name = "sheet_accounts"
    model = CreatorAccount
    key = ("project_id", "row_number")
    tracked = ("username", "url", "platform", *METRICS)
    besides = ("project_name", "problems")
    row_key = merged.MergedTable.key
    own = (*merged.MergedTable.own, "profile")

    def held(self, connection_id: UUID, entity: str) -> dict[str, str]:
        """The accounts of a project, by profile. They have no versions."""
        there = CreatorAccount.objects.filter(connection_id=connection_id, missing_since__isnull=True)
        return dict.fromkeys(there.filter(project_id=entity).values_list("profile", flat=True), "")

    def names(self, connection_id: UUID, keys: Collection[str]) -> dict[str, str]:
        """Who it is, and in which project: one profile may stand in several."""
        wanted = {tuple(key.split("/", 1)): key for key in keys}
        held = CreatorAccount.objects.filter(connection_id=connection_id, profile__in={each[-1] for each in wanted})
        places = {
            (project_id, profile): username or profile.removeprefix("https://")
            for project_id, profile, username in held.values_list("project_id", "profile", "username")
        }
        projects = SheetProjectTable().names(connection_id, {project_id for project_id, _ in places})
        return {
            wanted[place]: f"{name} in {projects.get(place[0]) or place[0]}"
            for place, name in places.items()
            if place in wanted
        }

    def upsert(
        self, connection_id: UUID, records: Sequence[Record], *, seen_at: datetime, job_id: UUID | None = None
    ) -> Changes:
        """A page without records says that nothing has changed, which is the state of a day too."""
        connection = Connection.objects.select_related("workspace").get(pk=connection_id)
        if not records:
            there = CreatorAccount.objects.filter(connection=connection, missing_since__isnull=True)
            here = list(there.select_for_update(no_key=True).order_by("pk"))
            merged.note_day(connection, here, seen_at=seen_at, job_id=job_id)
            return Changes()
        rows, problems = sorted_out(records)
        _write_problems(connection, records, problems, seen_at)
        changes = merged.take(connection, seen_in(rows), side=Side.SHEET, seen_at=seen_at, job_id=job_id)
        _note_rows(connection, rows)
        passed_over = len(records) - len(rows)
        return Changes(changes.created, changes.updated, changes.unchanged + passed_over)

    def settle(
        self, connection_id: UUID, records: Sequence[Record], *, complete: Mapping[str, Any] | None, seen_at: datetime
    ) -> int:
        """Problems of rows that are no longer there go too."""
        rows = CreatorAccount.objects.filter(connection_id=connection_id)
        here = {(record["project_id"], each.url) for record, each in sorted_out(records)[0]}
        lost = rows.filter(missing_since__isnull=False, project_id__in={project_id for project_id, _ in here})
        back = [pk for pk, *place in lost.values_list("pk", "project_id", "profile") if tuple(place) in here]
        if back:
            rows.filter(pk__in=back).update(missing_since=None)
        if complete is None:
            return len(back)
        held = rows.filter(missing_since__isnull=True, first_seen_at__lte=seen_at, **complete)
        gone = [pk for pk, *place in held.values_list("pk", "project_id", "profile") if tuple(place) not in here]
        if gone:
            rows.filter(pk__in=gone).update(missing_since=seen_at)
        numbers = {record["row_number"] for record in records}
        listed = CellProblem.objects.filter(connection_id=connection_id, **complete).values_list("pk", "row_number")
        CellProblem.objects.filter(pk__in=[pk for pk, number in listed if number not in numbers]).delete()
        return len(back)


def seen_in(rows: Sequence[tuple[Record, Profile]]) -> list[Seen]:
    return [Seen((record["project_id"], each.url), _facts(record, each), _counts(record)) for record, each in rows]


def sorted_out(records: Sequence[Record]) -> tuple[list[tuple[Record, Profile]], dict[At, Problem]]:
    """The rows that are accounts, and what is wrong in all of them."""
    rows: list[tuple[Record, Profile]] = []
    problems: dict[At, Problem] = {}
    first: dict[tuple[str, str], int] = {}
    for record in sorted(records, key=lambda each: (each["project_id"], each["row_number"])):
        project_id, number = record["project_id"], record["row_number"]
        found = profile_of(record["url"])
        for field, raw, why in [*_told(record), *_unlinked(record, found)]:
            problems.setdefault((project_id, number, field), (raw[:LONGEST_RAW], why))
        if isinstance(found, NoProfile):
            continue
        above = first.setdefault((project_id, found.url), number)
        if above == number:
            rows.append((record, found))
        else:
            problems[project_id, number, "url"] = (record["url"][:LONGEST_RAW], f"Row {above} is of the same profile.")
    return rows, problems


def _told(record: Record) -> Iterator[tuple[str, str, str]]:
    for problem in record["problems"]:
        yield problem["field"], str(problem["raw"]), problem["why"]
    for metric in METRICS:
        if record[metric] is not None and not 0 <= record[metric] <= LARGEST:
            yield metric, str(record[metric]), "It is no number of things."


def _unlinked(record: Record, found: Found) -> Iterator[tuple[str, str, str]]:
    if isinstance(found, NoProfile):
        yield "url", record["url"] or "", found.reason
    elif record["platform"] not in (None, "", found.platform):
        yield "platform", record["platform"], f"The link leads to {found.platform}, and that counts."


def _facts(record: Record, profile: Profile) -> dict[str, str]:
    return {"username": record["username"], "url": record["url"], "platform": profile.platform}


def _counts(record: Record) -> dict[str, int | None]:
    said = {metric: record[metric] for metric in METRICS}
    return {metric: count if count is not None and 0 <= count <= LARGEST else None for metric, count in said.items()}


def _note_rows(connection: Connection, rows: Sequence[tuple[Record, Profile]]) -> None:
    """Where they stand is no change: people sort their sheets."""
    numbers = {(record["project_id"], profile.url): record["row_number"] for record, profile in rows}
    held = CreatorAccount.objects.filter(connection=connection, project_id__in={project for project, _ in numbers})
    moved = []
    for account in held.only("project_id", "profile", "row_number"):
        number = numbers.get((account.project_id, account.profile), account.row_number)
        if number != account.row_number:
            account.row_number = number
            moved.append(account)
    CreatorAccount.objects.bulk_update(moved, ["row_number"], batch_size=200)


def _write_problems(
    connection: Connection, records: Sequence[Record], problems: Mapping[At, Problem], seen_at: datetime
) -> None:
    """Of the rows of this page."""
    here = {(record["project_id"], record["row_number"]) for record in records}
    held = CellProblem.objects.filter(connection=connection, project_id__in={project for project, _ in here})
    known = {
        (row.project_id, row.row_number, row.field): row for row in held if (row.project_id, row.row_number) in here
    }
    gone = [row.pk for at, row in known.items() if problems.get(at) != (row.raw, row.why)]
    new = [at for at, problem in problems.items() if at not in known or problem != (known[at].raw, known[at].why)]
    CellProblem.objects.filter(pk__in=gone).delete()
    CellProblem.objects.bulk_create(
        (
            CellProblem(
                connection=connection,
                project_id=project_id,
                row_number=number,
                field=field,
                raw=problems[project_id, number, field][0],
                why=problems[project_id, number, field][1],
                seen_at=seen_at,
            )
            for project_id, number, field in new
        ),
        batch_size=500,
    )

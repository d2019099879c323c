"""The tables of the window-construction ERP: a tree whose branches come and go, and parts lists that are replaced."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import F, Q

from connections.sources import EntityEnd, Record
from projects.models import Directory, Elevation, ElevationThumbnail, LogikalProject, Part, PartsList, Phase
from projects.models.logikal import TreeRow
from projects.tables.base import Changes, Table

A_BATCH = 1000

READ = {name: f"{name}_read" for name in ("phases", "elevations", "thumbnails", "parts_lists")}
"""By stream: where a project remembers which version of it was read."""

REFUSAL = {"refusal": "", "refused_at": None, "refusals": 0, "refused_until": None, "refused_version": ""}
"""The fields of a project that was not refused."""

MOST_REFUSALS = 1000
LONGEST_ALONE = timedelta(days=1)
A_LITTLE_EARLY = timedelta(minutes=1)
"""Runs do not begin to the second, and the one that comes just before its time would be missed."""


class TreeTable(Table):
    """Rows that a complete list of their parent's children lacks are marked, and unmarked on their return."""

    model: ClassVar[type[TreeRow]]
    own: ClassVar[tuple[str, ...]] = ("missing_since",)

    def settle(
        self, connection_id: UUID, records: Sequence[Record], *, complete: Mapping[str, Any] | None, seen_at: datetime
    ) -> int:
        rows = self.model._default_manager.filter(connection_id=connection_id)
        here = {tuple(record[name] for name in self.key) for record in records}
        stored = [pk for key, (pk, _) in self._fingerprints(connection_id, here).items() if key in here]
        returned = rows.filter(pk__in=stored, missing_since__isnull=False).update(missing_since=None)
        if complete is None:
            return returned
        held = rows.filter(missing_since__isnull=True, first_seen_at__lte=seen_at, **complete)
        gone = [pk for pk, *key in held.values_list("pk", *self.key) if tuple(key) not in here]
        if gone:
            self._lose(rows.filter(pk__in=gone), seen_at)
        return returned

    def _lose(self, rows: Any, seen_at: datetime) -> None:
        rows.update(missing_since=seen_at)


class DirectoryTable(TreeTable):
    name = "directory"
    model = Directory
    key = ("path",)
    tracked = ("parent_path", "name")

    def _lose(self, rows: Any, seen_at: datetime) -> None:
        """With all that is below: nobody lists the children of what is gone."""
        lost: dict[UUID, set[str]] = defaultdict(set)
        for connection_id, path in rows.values_list("connection", "path"):
            lost[connection_id].add(path)
        for connection_id, paths in lost.items():
            for model, field in ((Directory, "path"), (LogikalProject, "directory_path")):
                there = model.objects.filter(connection_id=connection_id, missing_since__isnull=True)
                gone = [pk for pk, path in there.values_list("pk", field) if _is_below(path, paths)]
                for first in range(0, len(gone), A_BATCH):
                    batch = there.filter(pk__in=gone[first : first + A_BATCH])
                    if model is LogikalProject:
                        _lose_contents(batch, seen_at)
                    batch.update(missing_since=seen_at)


class LogikalProjectTable(TreeTable):
    """Its addresses say where a project is found: its id, a space and the path of its directory."""

    name = "logikal_project"
    model = LogikalProject
    named_by = LogikalProject
    tracked = (
        "directory_path",
        "name",
        "job_number",
        "offer_number",
        "person_in_charge",
        "estimated",
        "is_deleted",
        "created_date",
        "changed_date",
        "version",
    )
    own = (*TreeTable.own, *READ.values(), *REFUSAL, "forced_at")

    def _lose(self, rows: Any, seen_at: datetime) -> None:
        _lose_contents(rows, seen_at)
        super()._lose(rows, seen_at)

    def outdated(
        self,
        connection_id: UUID,
        streams: Collection[str],
        *,
        among: Collection[str] | None = None,
        scheduled_at: datetime | None = None,
    ) -> list[str]:
        there = LogikalProject.objects.filter(connection_id=connection_id, missing_since__isnull=True, is_deleted=False)
        differs = Q(pk__in=[])
        for field in (READ[stream] for stream in streams if stream in READ):
            differs |= ~Q(**{field: F("version")}) | Q(**{field: ""})
        if scheduled_at:
            there = there.exclude(refused_until__gt=scheduled_at, refused_version=F("version"))
        found = there.filter(differs).order_by("directory_path", "external_id")
        wanted = None if among is None else set(among)
        rows = found.values_list("external_id", "directory_path")
        return [f"{guid} {path}" for guid, path in rows if wanted is None or guid in wanted]

    def forget(
        self, connection_id: UUID, ids: Collection[str], *, now: datetime, below: Collection[str] | None = None
    ) -> None:
        for batch in _batches(ids):
            projects = LogikalProject.objects.filter(connection_id=connection_id, external_id__in=batch)
            projects.update(forced_at=now, refused_at=None, refused_until=None, **dict.fromkeys(READ.values(), ""))
            for model in (PartsList, ElevationThumbnail):
                held = model._default_manager.filter(connection_id=connection_id, project_id__in=batch)
                (held if below is None else held.filter(external_id__in=below)).update(again=True)

    def end(
        self,
        connection_id: UUID,
        streams: Collection[str],
        ended: Mapping[str, EntityEnd],
        *,
        planned_at: datetime,
        every: timedelta,
        now: datetime,
    ) -> None:
        fields = [READ[stream] for stream in streams if stream in READ]
        for guid, end in ended.items():
            project = LogikalProject.objects.filter(connection_id=connection_id, external_id=guid)
            if end.is_left_out:
                project.update(**REFUSAL | {"refusal": end.refusal, "refused_at": now})
            elif end.refusal:
                _refuse(project, end.refusal, every, planned_at, now)
            else:
                project.update(**REFUSAL)
                project.exclude(forced_at__gt=planned_at).update(**dict.fromkeys(fields, end.version))

    def fail(
        self,
        connection_id: UUID,
        streams: Collection[str],
        addresses: Sequence[str],
        *,
        reason: str,
        planned_at: datetime,
        every: timedelta,
        now: datetime,
    ) -> None:
        guids = [_guid(address) for address in addresses]
        left = {_guid(each) for each in self.outdated(connection_id, streams, among=guids, scheduled_at=now)}
        failed = next((guid for guid in guids if guid in left), None)
        project = LogikalProject.objects.filter(connection_id=connection_id, external_id=failed)
        _refuse(project, reason, every, planned_at, now)


class PhaseTable(TreeTable):
    name = "phase"
    model = Phase
    key = ("project_id", "external_id")
    tracked = ("name", "description")

    def _lose(self, rows: Any, seen_at: datetime) -> None:
        """With its elevations: nobody lists those of a phase that is gone."""
        for connection_id, project, phase in list(rows.values_list("connection", "project_id", "external_id")):
            inside = Elevation.objects.filter(connection_id=connection_id, project_id=project, phase_id=phase)
            inside.filter(missing_since__isnull=True).update(missing_since=seen_at)
        super()._lose(rows, seen_at)


class ElevationTable(TreeTable):
    name = "elevation"
    model = Elevation
    named_by = Elevation
    tracked = (
        "project_id",
        "phase_id",
        "name",
        "amount",
        "width",
        "height",
        "auto_description",
        "system_description",
        "model_description",
        "user_description",
        "surfaces",
        "created_by",
        "created_date",
        "changed_date",
        "is_in_recycle_bin",
        "kind",
        "state",
        "version",
    )


class ThumbnailTable(Table):
    """Pictures, which nobody compares: a newer version replaces the older one."""

    name = "elevation_thumbnail"
    model = ElevationThumbnail
    tracked = ("project_id", "version")
    own = ("image", "again")
    besides = ("image",)
    named_by = Elevation

    def upsert(
        self, connection_id: UUID, records: Sequence[Record], *, seen_at: datetime, job_id: UUID | None = None
    ) -> Changes:
        stored = _stored(ElevationThumbnail, connection_id, records)
        newer = [each for each in records if not _is_known(stored.get(each["external_id"]), each)]
        if asked_again := [row.pk for row in stored.values() if row.again]:
            ElevationThumbnail.objects.filter(pk__in=asked_again).update(again=False)
        for record in newer:
            values = _without(record, "external_id") | {"changed_at": seen_at, "fingerprint": 0, "again": False}
            ElevationThumbnail.objects.update_or_create(
                connection_id=connection_id,
                external_id=record["external_id"],
                defaults=values,
                create_defaults=values | {"first_seen_at": seen_at},
            )
        created = sum(record["external_id"] not in stored for record in newer)
        return Changes(created, len(newer) - created, len(records) - len(newer))

    def held(self, connection_id: UUID, entity: str) -> dict[str, str]:
        return _versions(ElevationThumbnail, connection_id, entity)


class PartsListTable(Table):
    name = "parts_list"
    model = PartsList
    tracked = ("project_id", "version", "sha256", "part_count", "facts", "tables", "warnings", "refusal")
    besides = ("parts",)
    named_by = Elevation
    own = ("again",)

    def upsert(
        self, connection_id: UUID, records: Sequence[Record], *, seen_at: datetime, job_id: UUID | None = None
    ) -> Changes:
        """A record also holds `parts`, a list of the fields of Part; None where its file was refused, and those of the
        file before stay. Parts of a file that is held already are not written again."""
        stored = _stored(PartsList, connection_id, records)
        changes = super().upsert(
            connection_id, [_without(record, "parts") for record in records], seen_at=seen_at, job_id=job_id
        )
        for record in records:
            held = stored.get(record["external_id"])
            if held and held.again:
                PartsList.objects.filter(pk=held.pk).update(again=False)
            if record["parts"] is not None and (not held or held.again or held.sha256 != record["sha256"]):
                self._replace(connection_id, record["external_id"], record["parts"])
        return changes

    def held(self, connection_id: UUID, entity: str) -> dict[str, str]:
        return _versions(PartsList, connection_id, entity)

    @staticmethod
    def _replace(connection_id: UUID, elevation: str, parts: Sequence[Record]) -> None:
        Part.objects.filter(connection_id=connection_id, elevation_id=elevation).delete()
        Part.objects.bulk_create(
            (Part(connection_id=connection_id, elevation_id=elevation, **part) for part in parts), batch_size=500
        )


def _guid(address: str) -> str:
    return address.partition(" ")[0]


def left_alone(refusals: int, every: timedelta) -> timedelta:
    """How long after so many refusals in a row: twice as long each time."""
    doubled: timedelta = every * 2 ** min(max(0, refusals - 1), 20)
    return min(LONGEST_ALONE, doubled) - A_LITTLE_EARLY


def _refuse(project: Any, reason: str, every: timedelta, planned_at: datetime, now: datetime) -> None:
    """From the moment on at which its reading was planned, as that of the next is."""
    for pk, before in list(project.values_list("pk", "refusals")):
        LogikalProject.objects.filter(pk=pk).update(
            refusal=reason,
            refused_at=now,
            refusals=min(before + 1, MOST_REFUSALS),
            refused_until=planned_at + left_alone(before + 1, every),
            refused_version=F("version"),
        )


def _batches(ids: Collection[str]) -> Iterator[list[str]]:
    """Of a size that every database takes in one statement."""
    all_of_them = list(ids)
    for first in range(0, len(all_of_them), A_BATCH):
        yield all_of_them[first : first + A_BATCH]


def _without(record: Record, name: str) -> Record:
    return {field: value for field, value in record.items() if field != name}


def _lose_contents(projects: Any, seen_at: datetime) -> None:
    """They are gone with their projects, and are read again when these come back."""
    for connection_id, guid in list(projects.values_list("connection", "external_id")):
        for model in (Phase, Elevation):
            inside = model._default_manager.filter(connection_id=connection_id, project_id=guid)
            inside.filter(missing_since__isnull=True).update(missing_since=seen_at)
    projects.update(refused_until=None, **dict.fromkeys(READ.values(), ""))


def _is_below(path: str, directories: Collection[str]) -> bool:
    """In one of them, or anywhere below."""
    parts = path.split("/")
    return any("/".join(parts[:depth]) in directories for depth in range(1, len(parts) + 1))


def _is_known(held: ElevationThumbnail | None, record: Record) -> bool:
    """The same version is the same picture, unless it was asked for again: then both are compared."""
    if held is None or (held.version, held.project_id) != (record["version"], record["project_id"]):
        return False
    return not held.again or bytes(held.image) == record["image"]


def _stored(model: Any, connection_id: UUID, records: Sequence[Record]) -> dict[str, Any]:
    """The rows of these records, by id."""
    ids = [record["external_id"] for record in records]
    rows = model.objects.filter(connection_id=connection_id, external_id__in=ids)
    return {row.external_id: row for row in (rows.defer("image") if model is ElevationThumbnail else rows)}


def _versions(model: Any, connection_id: UUID, project: str) -> dict[str, str]:
    rows = model.objects.filter(connection_id=connection_id, project_id=project, again=False)
    return dict(rows.values_list("external_id", "version"))

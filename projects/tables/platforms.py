"""The table of what platforms say of profiles: kept, and merged into every account that a spreadsheet has of them."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from connections.models import Connection
from connections.sources import Record
from projects.creators.readings import LARGEST, METRICS, Side
from projects.models import CreatorAccount, PlatformProfile
from projects.tables import merged
from projects.tables.base import Changes, Table

FACTS = ("username", "url", "platform")


class PlatformTable(Table):
    """A reading that failed is none: what was read before goes on standing."""

    name = "platform_profiles"
    model = PlatformProfile
    key = ("profile",)
    tracked = ("external_id", "name", "state", "reason", *METRICS, "figures")

    def held(self, connection_id: UUID, entity: str) -> dict[str, str]:
        """The profiles that the workspace's spreadsheets list now of the platform `entity`, with the platform's own ids
        where they are known."""
        connection = Connection.objects.get(pk=connection_id)
        listed = set(accounts_beside(connection).filter(platform=entity).values_list("profile", flat=True))
        known = PlatformProfile.objects.filter(connection=connection).values_list("profile", "external_id")
        return dict.fromkeys(listed, "") | {profile: pk for profile, pk in known if profile in listed}

    def upsert(
        self, connection_id: UUID, records: Sequence[Record], *, seen_at: datetime, job_id: UUID | None = None
    ) -> Changes:
        records = self._with_last_numbers(connection_id, [_sound(record) for record in records])
        changes = super().upsert(connection_id, records, seen_at=seen_at, job_id=job_id)
        read = {record["profile"]: record for record in records if record["state"] != PlatformProfile.State.FAILED}
        if read:
            connection = Connection.objects.select_related("workspace").get(pk=connection_id)
            _merge(connection, read, seen_at, job_id)
        return changes

    def _with_last_numbers(self, connection_id: UUID, records: Sequence[Record]) -> list[Record]:
        failed = [record["profile"] for record in records if record["state"] == PlatformProfile.State.FAILED]
        kept = ("external_id", "name", *METRICS, "figures")
        rows = PlatformProfile.objects.filter(connection_id=connection_id, profile__in=failed) if failed else ()
        last = {row.profile: {name: getattr(row, name) for name in kept} for row in rows}
        return [{**record, **last.get(record["profile"], {})} for record in records]


def accounts_beside(connection: Connection) -> QuerySet[CreatorAccount]:
    """What the spreadsheets of its workspace list now. Numbers that were made up are for those that were made up."""
    accounts = CreatorAccount.objects.filter(
        connection__workspace=connection.workspace_id, connection__removed_at=None, missing_since=None
    )
    return accounts.filter(connection__is_sandbox=True) if connection.is_sandbox else accounts


def _sound(record: Record) -> Record:
    """Without counts that no column holds."""
    counts = {metric: record[metric] for metric in METRICS}
    return record | {
        metric: count if count is not None and 0 <= count <= LARGEST else None for metric, count in counts.items()
    }


def _merge(connection: Connection, read: dict[str, Record], seen_at: datetime, job_id: UUID | None) -> None:
    """One sheet after the other. Locked before they are looked at, or what a sheet says meanwhile would be undone."""
    accounts = accounts_beside(connection).filter(profile__in=read).select_related("connection__workspace")
    locked = accounts.select_for_update(no_key=True, of=("self",)).order_by("connection_id", "pk")
    for _, group in groupby(locked, key=lambda account: account.connection_id):
        theirs = list(group)
        seen = [_seen(account, read[account.profile]) for account in theirs]
        merged.take(theirs[0].connection, seen, side=Side.PLATFORM, seen_at=seen_at, job_id=job_id)


def _seen(account: CreatorAccount, record: Record) -> merged.Seen:
    facts = {name: getattr(account, name) for name in FACTS}
    counts: dict[str, Any] = {metric: record[metric] for metric in METRICS}
    return merged.Seen((account.project_id, account.profile), facts, counts, record["figures"])

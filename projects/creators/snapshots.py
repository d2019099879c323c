"""How an account stood at the end of each day of its workspace, and how it grew since."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection as database
from django.db.models import Max, QuerySet

from projects.creators.readings import METRICS
from projects.models import AccountSnapshot, CreatorAccount

A_BATCH = 500
LATEST = 30
Counts = Mapping[str, int | None]


def take(accounts: Sequence[CreatorAccount], day: date, *, now: datetime, job_id: UUID | None = None) -> int:
    """One snapshot each of this day: made, or brought up to date unless it is of a later moment. Returns how many were
    made. Any number of processes may do this at once."""
    made = 0
    for first in range(0, len(accounts), A_BATCH):
        batch = sorted(accounts[first : first + A_BATCH], key=lambda account: account.pk)
        held = _held(batch, day)
        missing = [account for account in batch if account.pk not in held]
        made += _insert(missing, day, now, job_id)
        # Those that somebody else has made in the meantime are among the missing.
        _update([account for account in batch if held.get(account.pk) != account.counts], day, now)
    return made


def _held(accounts: Sequence[CreatorAccount], day: date) -> dict[int, Counts]:
    rows = AccountSnapshot.objects.filter(account__in=[account.pk for account in accounts], snapshot_date=day)
    return {pk: dict(zip(METRICS, counts, strict=True)) for pk, *counts in rows.values_list("account", *METRICS)}


def _insert(accounts: Sequence[CreatorAccount], day: date, now: datetime, job_id: UUID | None) -> int:
    """Whoever comes second waits for the first, and then inserts nothing."""
    if not accounts:
        return 0
    fields = ("connection", "account", "snapshot_date", "snapshot_time", "first_time", "first", "job_id", *METRICS)
    sql = f"""INSERT INTO account_snapshots ({_columns(fields)}) VALUES ({", ".join(["%s"] * len(fields))})
        ON CONFLICT (account_id, snapshot_date) DO NOTHING"""  # noqa: S608
    rows = []
    for account in accounts:
        counts = account.counts
        first = orjson.dumps(counts).decode()
        values = (account.connection_id, account.pk, day, now, now, first, job_id, *counts.values())
        rows.append(_prepared(fields, values))
    return _many(sql, rows)


def _update(accounts: Sequence[CreatorAccount], day: date, now: datetime) -> None:
    fields = ("snapshot_time", *METRICS)
    # IS DISTINCT FROM, in words that both databases know: no count is below 0.
    held = ", ".join(f"COALESCE({metric}, -1)" for metric in METRICS)
    given = ", ".join(["COALESCE(CAST(%s AS bigint), -1)"] * len(METRICS))
    sql = f"""UPDATE account_snapshots SET {", ".join(f"{name} = %s" for name in fields)}
        WHERE account_id = %s AND snapshot_date = %s AND snapshot_time <= %s AND ({held}) <> ({given})"""  # noqa: S608
    names = (*fields, "account", "snapshot_date", "snapshot_time", *METRICS)
    rows = []
    for account in accounts:
        counts = account.counts.values()
        rows.append(_prepared(names, (now, *counts, account.pk, day, now, *counts)))
    if rows:
        _many(sql, rows)


def _many(sql: str, rows: Sequence[Sequence[Any]]) -> int:
    with database.cursor() as cursor:
        cursor.executemany(sql, rows)
        return int(cursor.rowcount)


def _columns(fields: Iterable[str]) -> str:
    return ", ".join(str(AccountSnapshot._meta.get_field(name).column) for name in fields)  # type: ignore[union-attr]


def _prepared(fields: Sequence[str], values: Sequence[Any]) -> list[Any]:
    """As the driver takes them. JSON is text already."""
    known = AccountSnapshot._meta
    return [
        value if name == "first" else known.get_field(name).get_db_prep_save(value, database)  # type: ignore[union-attr]
        for name, value in zip(fields, values, strict=True)
    ]


def latest(account: CreatorAccount) -> QuerySet[AccountSnapshot]:
    """The last thirty, newest first."""
    return AccountSnapshot.objects.filter(account=account).order_by("-snapshot_date")[:LATEST]


@dataclass(frozen=True)
class Growth:
    """by: how much each metric grew from the end of the day `since` to the day `until`; None where one of both days has
    no number. since: so many days before, or the last day before that with a snapshot."""

    since: date
    until: date
    by: Counts

    @property
    def days(self) -> int:
        return (self.until - self.since).days


def growth(account: CreatorAccount, today: date, *, days: int) -> Growth | None:
    """None while there are not so many days."""
    return growths([account], today, days=days).get(account.pk)


def growths(accounts: Sequence[CreatorAccount], today: date, *, days: int) -> dict[int, Growth]:
    """By the account's key; without those that have not so many days. By a few queries, however many they are."""
    last = _last_days([account.pk for account in accounts], today)
    by_day: dict[date, list[int]] = defaultdict(list)
    for pk, day in last.items():
        by_day[day].append(pk)
    before: dict[int, date] = {}
    for day, keys in by_day.items():
        before |= _last_days(keys, day - timedelta(days=days))
    rows = AccountSnapshot.objects.filter(
        account__in=before, snapshot_date__in={*before.values(), *(last[pk] for pk in before)}
    )
    counts = {(row.account_id, row.snapshot_date): row.counts for row in rows}
    return {pk: _grown(day, last[pk], counts[pk, day], counts[pk, last[pk]]) for pk, day in before.items()}


def _last_days(accounts: Sequence[int], until: date) -> dict[int, date]:
    held = AccountSnapshot.objects.filter(account__in=accounts, snapshot_date__lte=until)
    return dict(held.values_list("account").annotate(Max("snapshot_date")).order_by())


def _grown(since: date, until: date, before: Counts, after: Counts) -> Growth:
    return Growth(since, until, {metric: _difference(before[metric], count) for metric, count in after.items()})


def _difference(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else after - before

"""What people decide about counts: accept one side's number, type one, or choose the rule. It holds from then on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from projects.creators.merging import Policy
from projects.creators.readings import LARGEST, Epoch, Side, numbers_of
from projects.creators.readings import Reading as Said
from projects.models import CreatorAccount, CreatorProject, MergeConflict, Reading
from projects.tables import merged


class NothingToAccept(Exception):
    """This side says no number."""


class NoCount(Exception):
    """What was typed is no number of things."""


class Outdated(Exception):
    """It is no longer what whoever answers has seen: somebody else was first, or a side says something else."""


@dataclass(frozen=True)
class Seen:
    """What whoever answers had before their eyes. epoch: of the answer before. said: by the side that is accepted."""

    epoch: int
    said: int | None = None


def accept(
    account_id: int, metric: str, side: Side, *, now: datetime, by: User | None, seen: Seen | None = None
) -> CreatorAccount:
    """What this side says stands, also where the other one says more. Raises NothingToAccept, and Outdated."""

    def choose(account: CreatorAccount) -> tuple[Side, int]:
        said = _said(account, metric, side)
        if seen and seen.said != said:
            raise Outdated(f"The {side} says {said:,} by now")
        return side, said

    return _answer(account_id, metric, choose, now, by, seen)


def type_in(
    account_id: int, metric: str, value: int, *, now: datetime, by: User | None, seen: Seen | None = None
) -> CreatorAccount:
    """This number stands, until a side says something new. Raises NoCount, and Outdated."""
    if not 0 <= value <= LARGEST:
        raise NoCount(f"{value} is no number of {metric}.")
    return _answer(account_id, metric, lambda account: (Side.PERSON, value), now, by, seen)


def choose_policy(account_id: int, metric: str, policy: Policy | None, *, now: datetime) -> CreatorAccount:
    """For one account; None: as its project does. What is locked is what stands now."""
    with transaction.atomic():
        account = _locked(account_id)
        account.policies.pop(metric, None)
        if policy:
            account.policies[metric] = policy.value
        if policy is Policy.LOCKED:
            _lock_count(account, metric, now)
        account.save(update_fields=["policies", "epochs"])
        merged.merge_again([account], now=now)
    return CreatorAccount.objects.get(pk=account_id)


def lock_counts(accounts: Sequence[CreatorAccount], metric: str, *, now: datetime) -> None:
    """What stands, stays. Inside a transaction that has locked them."""
    for account in accounts:
        _lock_count(account, metric, now)
    CreatorAccount.objects.bulk_update(accounts, ["epochs"], batch_size=200)


def _lock_count(account: CreatorAccount, metric: str, now: datetime) -> None:
    value = getattr(account, metric)
    if value is not None:
        _open_epoch(account, metric, Side.PERSON, value, now)


def _answer(
    account_id: int,
    metric: str,
    choose: Callable[[CreatorAccount], tuple[Side, int]],
    now: datetime,
    by: User | None,
    seen: Seen | None,
) -> CreatorAccount:
    with transaction.atomic():
        account = _locked(account_id)
        if seen and seen.epoch != account.epoch(metric).number:
            raise Outdated("Somebody else has answered this in the meantime")
        side, value = choose(account)
        _close(account, metric, side, value, now, by)
        # As a side's number it would give way to the next one, and the count is locked.
        _open_epoch(account, metric, Side.PERSON if _is_locked(account, metric) else side, value, now)
        account.save(update_fields=["epochs"])
        merged.merge_again([account], now=now)
    return CreatorAccount.objects.get(pk=account_id)


def _locked(account_id: int) -> CreatorAccount:
    return CreatorAccount.objects.select_for_update(no_key=True).get(pk=account_id)


def _is_locked(account: CreatorAccount, metric: str) -> bool:
    project = CreatorProject.objects.filter(connection=account.connection_id, project_id=account.project_id).first()
    return account.policy(metric, project) is Policy.LOCKED


def _said(account: CreatorAccount, metric: str, side: Side) -> int:
    rows = Reading.objects.filter(account=account, metric=metric, side=side)
    numbers = numbers_of(Said(side, row.value, row.observed_at) for row in rows)
    if not numbers:
        raise NothingToAccept(f"The {side} says no number of {metric}.")
    return numbers[-1].value


def _open_epoch(account: CreatorAccount, metric: str, side: Side, value: int, now: datetime) -> None:
    """It answers what was known: what is on its way at this moment counts as newer."""
    known = Reading.objects.filter(account=account, metric=metric).aggregate(at=Max("observed_at"))["at"]
    epoch = Epoch(account.epoch(metric).number + 1, known or now, side, value)
    account.epochs[metric] = epoch.as_json()


def _close(account: CreatorAccount, metric: str, side: Side, value: int, now: datetime, by: User | None) -> None:
    """The question that is open; without one it is written down all the same who corrected what."""
    known = account.decisions.get(metric, {})
    said = MergeConflict.objects.filter(
        account=account, metric=metric, state=MergeConflict.State.OPEN
    ).first() or MergeConflict(
        connection_id=account.connection_id,
        account=account,
        metric=metric,
        kind=MergeConflict.Kind.ACCEPTED,
        sheet=known.get("sheet"),
        platform=known.get("platform"),
        kept=known.get("value"),
        sentence=known.get("sentence", ""),
        seen_at=now,
    )
    said.close(side.value, value, now=now, by=by)

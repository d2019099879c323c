"""Is a day missing, or does one not add up, anywhere? For people, and for a cron that watches."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from connections.models import Connection
from projects.numbers.agreement import Agreement, Agreements, Drift, agreements
from projects.numbers.exact import in_full
from syncing.status.adding_up import off_by
from syncing.status.dates import days as said
from syncing.status.gaps import Proof, looked_at, proofs, runs_read

GAPS = 1


class Command(BaseCommand):
    help = (
        "Look whether a day is missing, in one query over the ledger of days, and whether rows add up to their totals. "
        "Exit codes: 0 there is no gap and no drift, 1 there are some, each printed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("connection", nargs="?", help="the connection's id")
        parser.add_argument("--all", action="store_true", help="every connection")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = _chosen(options["connection"], everything=options["all"])
        now = timezone.now()
        looked = list(looked_at(chosen.order_by("name", "pk")))
        found = proofs(looked, runs_read(chosen), now, agreed=_agreed(looked, now))
        if options["connection"] and not found and not chosen.exists():
            raise CommandError(f"There is no connection {options['connection']}: `manage.py sync_status` lists them.")
        for proof in found:
            self._tell(proof)
        missing, days = sum(proof.missing for proof in found), sum(proof.days for proof in found)
        torn = sum(not proof.is_whole for proof in found)
        self.stdout.write(f"{missing:,} of {days:,} days missing, in {torn} of {len(found)} streams")
        adrift = self._tell_totals([proof.agreement for proof in found if proof.agreement])
        if torn or adrift:
            sys.exit(GAPS)

    def _tell(self, proof: Proof) -> None:
        self.stdout.write(f"{proof.connection.pk} {proof.connection.name}, {proof.stream}: {_answer(proof)}")
        for since, until in proof.gaps:
            self.stdout.write(f"  gap {since} {until} ({(until - since).days + 1} days)")
        for drift in proof.drifts:
            self.stdout.write(f"  drift {drift.date} {_sums(drift, proof.connection.currency)}")

    def _tell_totals(self, agreed: Sequence[Agreement]) -> int:
        """Nothing where nothing has to add up. Returns on how many days something does not."""
        compared, adrift = sum(each.days for each in agreed), sum(len(each.drifts) for each in agreed)
        if agreed:
            self.stdout.write(f"{adrift:,} of {compared:,} days do not add up to their totals")
        return adrift


def _agreed(connections: Iterable[Connection], now: datetime) -> Agreements:
    """One after the other, because their days together may be a great many."""
    return {key: each for connection in connections for key, each in agreements([connection], now).items()}


def _sums(drift: Drift, currency: str) -> str:
    total, summed = in_full(drift.total, currency), in_full(drift.summed, currency)
    return f"{off_by(drift, currency)} ({summed} of {total})"


def _answer(proof: Proof) -> str:
    if proof.since is None or proof.until is None:
        return proof.sentence
    return f"{len(proof.gaps)} gaps, {proof.read:,} of {proof.days:,} days read ({said(proof.since, proof.until)})"


def _chosen(text: str | None, *, everything: bool) -> Any:
    if bool(text) == everything:
        raise CommandError("Name one connection, or say --all.")
    if everything:
        return Connection.objects.kept()
    try:
        return Connection.objects.kept().filter(pk=UUID(text))
    except ValueError as error:
        raise CommandError(f"{text} is no connection's id: `manage.py sync_status` lists them.") from error

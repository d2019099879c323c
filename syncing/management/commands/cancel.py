"""Stop a job."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from syncing import actions
from syncing.cancelling import HasEnded
from syncing.status.jobs import kept_job


class Command(BaseCommand):
    help = "Stop a job; what it has read stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("job", help="the job's id")

    def handle(self, *args: Any, **options: Any) -> None:
        job = kept_job(options["job"])
        if job is None:
            raise CommandError(f"There is no job {options['job']}: the connection's page lists them.")
        try:
            dropped = actions.cancel(job, "cancel", now=timezone.now())
        except HasEnded as refusal:
            raise CommandError(f"{refusal.sentence} {refusal.remedy}") from refusal
        more = f" {dropped} requests that waited for it were dropped." if dropped else ""
        self.stdout.write(f"{job.connection}: cancelled job {job.pk}.{more}")

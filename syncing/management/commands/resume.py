"""Go on with a job that was stopped."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from syncing import actions
from syncing.scheduler import NotRunnable
from syncing.status.jobs import kept_job


class Command(BaseCommand):
    help = "Go on with a job that was cancelled, or interrupted by the end of its login."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("job", help="the job's id")

    def handle(self, *args: Any, **options: Any) -> None:
        job = kept_job(options["job"])
        if job is None:
            raise CommandError(f"There is no job {options['job']}: the connection's page lists them.")
        try:
            resumed = actions.resume(job, "resume", now=timezone.now())
        except NotRunnable as refusal:
            raise CommandError(f"{job.connection}: {refusal.sentence} {refusal.remedy}") from refusal
        joined = "joined job" if resumed.deduplicated else "job"
        self.stdout.write(f"{job.connection}: {joined} {resumed.job.pk}")

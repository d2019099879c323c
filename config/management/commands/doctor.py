"""Look at the whole installation: a line for each part, and what to do where something is wrong."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from config import doctor
from config.doctor import Finding, Level
from config.doctor.finding import many
from config.logs import scrub


class Command(BaseCommand):
    help = (
        "Look at database, broker, keys, clocks, workers, scheduler, disk and providers, a line each."
        " Ends with 1 where something is wrong."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        found = []
        for finding in doctor.examine(timezone.now()):
            found.append(finding)
            if not options["json"]:
                self._show(finding)
        number = {level: sum(each.level == level for each in found) for level in Level}
        if options["json"]:
            self.stdout.write(scrub(json.dumps({"counts": number, "findings": list(map(asdict, found))}, indent=2)))
        else:
            warnings = many(number[Level.WARNING], "warning")
            self.stdout.write(f"\n{number[Level.OK]} ok, {warnings}, {number[Level.WRONG]} wrong")
        if number[Level.WRONG]:
            sys.exit(1)

    def _show(self, finding: Finding) -> None:
        styles: dict[Level, Callable[[str], str]] = {Level.WARNING: self.style.WARNING, Level.WRONG: self.style.ERROR}
        word = styles.get(finding.level, str)(f"{finding.level:<8}")
        self.stdout.write(scrub(f"{word} {finding.name}: {finding.sentence}"))
        if finding.remedy:
            self.stdout.write(scrub(f"{'':<8} What to do: {finding.remedy}"))

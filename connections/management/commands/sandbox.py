"""Run the stand-in of every provider on one local port until told to stop."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from connections.sandbox.serving import first_port, serve


class Command(BaseCommand):
    help = "Runs the providers' stand-ins on the loopback and writes their addresses to var/sandbox.json."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=first_port(), help="the next free port is taken from here on")

    def handle(self, *args: Any, **options: Any) -> None:
        if any(provider["sandbox"] for provider in settings.PROVIDERS.values()):
            serve(options["port"], settings.VAR_DIR)
        else:
            self.stdout.write("No provider is in sandbox mode, so there is nothing to stand in for.")

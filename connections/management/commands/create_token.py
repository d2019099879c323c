"""Make a token with which a program asks the API."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from connections import audit
from connections.management.workspaces import choose_workspace
from connections.models import ApiToken


class Command(BaseCommand):
    help = "Create a token and print it, this once. `revoke_token` lists them and takes them back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what it is used for")
        parser.add_argument("--workspace", help="its name or number; may be left out while there is only one")
        parser.add_argument("--scope", choices=ApiToken.Scope.values, default=ApiToken.Scope.READ)

    def handle(self, *args: Any, **options: Any) -> None:
        name, now = options["name"].strip(), timezone.now()
        if not 0 < len(name) <= 100:
            raise CommandError("Give it a name of at most 100 characters.")
        workspace = choose_workspace(options["workspace"])
        with transaction.atomic():
            token, text = ApiToken.issue(workspace, name, options["scope"], now=now)
            after = {"scope": token.scope}
            audit.record("create_token", "token made", token, workspace=workspace, now=now, after=after)
        self.stderr.write(f"{token} of {workspace}, number {token.pk}. Keep it now: nobody can show it again.")
        self.stdout.write(text)

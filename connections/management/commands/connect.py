"""Connect an account of a provider from the command line."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from connections import registry
from connections.accounts import connect
from connections.errors import SyncError
from connections.models import Workspace


class Command(BaseCommand):
    help = "Connect an account. The secret comes from standard input, or from the provider's environment variable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("provider", choices=sorted(registry.SOURCES))
        parser.add_argument("--account", help="the account's id at the provider; else from the environment")
        parser.add_argument("--token-stdin", action="store_true", help="read the secret from standard input")
        parser.add_argument("--workspace", help="needed when there is more than one")
        parser.add_argument("--no-sync", action="store_true", help="do not queue the first sync")

    def handle(self, *args: Any, **options: Any) -> None:
        provider = options["provider"]
        workspace = _workspace(options["workspace"])
        account_id = options["account"] or _configured(provider, "account_id")
        secrets = _secrets(provider, from_stdin=options["token_stdin"])
        try:
            connection = connect(
                workspace,
                provider,
                account_id,
                secrets,
                now=timezone.now(),
                start_sync=not options["no_sync"],
            )
        except SyncError as error:
            raise CommandError(f"{error.sentence} {error.remedy}".strip()) from error
        mode = "sandbox" if connection.is_sandbox else "real"
        self.stdout.write(f"Connected {connection} ({mode}), {connection.timezone}, {connection.currency}.")
        self.stdout.write(f"Its id is {connection.pk}. Read it now: manage.py sync {connection.pk} --foreground")


def _workspace(name: str | None) -> Workspace:
    found = list(Workspace.objects.filter(name=name) if name else Workspace.objects.all()[:2])
    if not found:
        raise CommandError(f"There is no workspace {name or ''}yet: manage.py create_owner EMAIL makes one.")
    if len(found) > 1:
        raise CommandError("There is more than one such workspace: choose one with --workspace.")
    return found[0]


def _secrets(provider: str, *, from_stdin: bool) -> dict[str, str]:
    (field,) = [field for field in registry.source_class(provider).credential_fields if field.secret]
    if not from_stdin:
        return {field.name: _configured(provider, field.name)}
    secret = sys.stdin.readline().strip()
    if not secret:
        raise CommandError("Standard input was empty: pipe the secret in.")
    return {field.name: secret}


def _configured(provider: str, name: str) -> str:
    """What the environment holds for whoever tries this on their own machine."""
    value = settings.PROVIDERS[provider]["from_environment"].get(name, "")
    if not value:
        said = "--account" if name == "account_id" else "--token-stdin"
        raise CommandError(f"No {name.replace('_', ' ')} was given: use {said}, or set it in the environment.")
    return str(value)

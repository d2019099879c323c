"""Connect an account of a provider from the command line."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from connections import asking, registry
from connections.accounts import connect
from connections.errors import SyncError
from connections.frequencies import CHOICES, choice
from connections.management.workspaces import choose_workspace


class Command(BaseCommand):
    help = "Connect an account. The secret comes from standard input, or from the provider's environment variable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("provider", choices=sorted(registry.SOURCES))
        parser.add_argument("--account", help="the account's id at the provider; else from the environment")
        parser.add_argument(
            "--login",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="a part of the login that is no secret, such as username=freshet; else from the environment",
        )
        parser.add_argument(
            "--token-stdin", action="store_true", help="read the secret from standard input; of a file all its lines"
        )
        parser.add_argument("--workspace", help="its name or number; may be left out while there is only one")
        begin = parser.add_mutually_exclusive_group()
        begin.add_argument("--no-sync", action="store_true", help="do not queue the first sync; it stays manual")
        begin.add_argument(
            "--frequency",
            choices=[each.value for each in CHOICES],
            default="",
            help="how often a new one is read by itself; manual if left out, and never another one of a known account",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        provider = options["provider"]
        workspace = choose_workspace(options["workspace"])
        account_id = options["account"] or _account(provider)
        secrets = _secrets(provider, from_stdin=options["token_stdin"], given=_given(provider, options["login"]))
        try:
            account_id = account_id or _only_account(provider, secrets)
            connection, is_new = connect(
                workspace,
                provider,
                account_id,
                secrets,
                now=timezone.now(),
                frequency=options["frequency"],
                start_sync=not options["no_sync"],
            )
        except SyncError as error:
            raise CommandError(f"{error.sentence} {error.remedy}".strip()) from error
        mode = "sandbox" if connection.is_sandbox else "real"
        facts = [f"Connected {connection} ({mode})", connection.timezone, connection.currency]
        self.stdout.write(f"{', '.join(filter(None, facts))}.")
        if options["frequency"]:
            known = "It was connected already, and keeps its frequency."
            self.stdout.write(f"After its first sync {choice(options['frequency']).afterwards}." if is_new else known)
        self.stdout.write(f"Its id is {connection.pk}. Read it now: manage.py sync {connection.pk} --foreground")


def _given(provider: str, pairs: list[str]) -> dict[str, str]:
    plain = {field.name for field in registry.source_class(provider).credential_fields if not field.secret}
    given = dict(pair.partition("=")[::2] for pair in pairs)
    if empty := sorted(name for name, value in given.items() if not value.strip()):
        raise CommandError(f"--login {empty[0]} has no value: write NAME=VALUE.")
    if unknown := sorted(given.keys() - plain):
        known = f"It has {', '.join(sorted(plain))}." if plain else "It has none."
        raise CommandError(f"Its login has no plain part called {', '.join(unknown)}. {known}")
    return given


def _secrets(provider: str, *, from_stdin: bool, given: dict[str, str]) -> dict[str, str]:
    """The whole login, but for what was not given and may be left out."""
    found = dict(given)
    for field in registry.source_class(provider).credential_fields:
        if field.secret and from_stdin:
            found[field.name] = (sys.stdin.read() if field.is_long else sys.stdin.readline()).strip()
            if not found[field.name]:
                raise CommandError("Standard input was empty: pipe the secret in.")
        elif field.required and field.name not in given:
            option = "--token-stdin" if field.secret else f"--login {field.name}=..."
            found[field.name] = _configured(provider, field.name, option)
    return found


def _account(provider: str) -> str:
    """From the environment; empty where the login itself says which one it is."""
    if registry.source_class(provider).login_is_account:
        return ""
    return _configured(provider, "account_id", "--account")


def _only_account(provider: str, secrets: dict[str, str]) -> str:
    (choice,) = asking.choices(provider, secrets, now=timezone.now())
    return choice.account.external_id


def _configured(provider: str, name: str, option: str) -> str:
    """What the environment holds for whoever tries this on their own machine."""
    value = settings.PROVIDERS[provider]["from_environment"].get(name, "")
    if not value:
        raise CommandError(f"No {name.replace('_', ' ')} was given: use {option}, or set it in the environment.")
    return str(value)

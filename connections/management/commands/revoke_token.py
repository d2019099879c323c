"""Take a token back, or list them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from connections import audit
from connections.models import ApiToken


class Command(BaseCommand):
    help = "Revoke the token of this number, at once. Without a number: list all tokens."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", nargs="?", type=int, help="as the list shows it")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["number"] is None:
            self._list()
        else:
            self._revoke(options["number"])

    def _list(self) -> None:
        for token in ApiToken.objects.select_related("workspace").order_by("pk"):
            used = f"last used {token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never used"
            state = f"revoked {token.revoked_at:%Y-%m-%d %H:%M}" if token.revoked_at else used
            self.stdout.write(f"{token.pk:>4}  {token.scope:<8}{token.name}, {token.workspace}: {state}")

    def _revoke(self, number: int) -> None:
        token = ApiToken.objects.select_related("workspace").filter(pk=number).first()
        if token is None:
            raise CommandError(f"There is no token {number}. Without a number, this command lists them.")
        with transaction.atomic():
            now = timezone.now()
            if not token.revoke(now):
                raise CommandError(f"{token.name} was revoked already.")
            audit.record("revoke_token", "token revoked", token, workspace=token.workspace, now=now)
        self.stdout.write(f"{token.name} opens nothing any more.")

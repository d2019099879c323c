"""A workspace to try Freshet with: a person who can sign in, and an account of each sandboxed provider."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from connections import registry
from connections.accounts import connect
from connections.errors import SyncError
from connections.management.commands.create_owner import create_owner
from connections.models import Connection, Workspace

EMAIL = "demo@freshet.local"


class Command(BaseCommand):
    help = "Make the demo workspace, and connect the demo account of every provider that is in sandbox mode."

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = _workspace(settings.VAR_DIR / "demo-login")
        for kind in registry.SOURCES:
            source = registry.source_class(kind)
            demo = source.demo
            known = Connection.objects.filter(workspace=workspace, provider=kind)
            if demo and settings.PROVIDERS[kind]["sandbox"] and not known.exists():
                try:
                    connection, _ = connect(
                        workspace,
                        kind,
                        demo.account_id,
                        dict(source.demo_secrets(settings.PROVIDERS[kind])),
                        now=timezone.now(),
                        frequency=demo.frequency,
                    )
                except SyncError as error:
                    raise CommandError(f"{error.sentence} {error.remedy}".strip()) from error
                self.stdout.write(f"Connected {connection}.")


def _workspace(login: Path) -> Workspace:
    """Made once. The password stays the one in the file; a file that was lost gets a new one."""
    user = User.objects.filter(username=EMAIL).first()
    if user is None:
        return create_owner(EMAIL, _new_password(login), "Demo company")
    if not login.exists():
        user.set_password(_new_password(login))
        user.save()
    return Workspace.objects.filter(memberships__user=user).order_by("id")[0]


def _new_password(login: Path) -> str:
    password = secrets.token_urlsafe(12)
    login.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(login, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{EMAIL}\n{password}\n")
    return password

"""Make the first person and the workspace they own."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from connections import people
from connections.access import Role
from connections.models import Workspace


class Command(BaseCommand):
    help = "Create a user who owns a workspace. The password is asked for, or read from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--workspace", default="My company", help="the workspace's name")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        password = ask_password(from_input=options["password_stdin"])
        try:
            validate_email(email)
            validate_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if User.objects.filter(username=email).exists():
            raise CommandError(f"There is a user {email} already.")
        create_owner(email, password, options["workspace"])
        self.stdout.write(f"{email} owns the workspace {options['workspace']!r} and can sign in.")


def ask_password(*, from_input: bool) -> str:
    return sys.stdin.readline().rstrip("\n") if from_input else getpass("Password: ")


@transaction.atomic
def create_owner(email: str, password: str, workspace_name: str) -> Workspace:
    """The first owner runs the installation and may use its admin, which shows every workspace. Others may not."""
    is_first = not User.objects.exists()
    user = User.objects.create_user(
        username=email, email=email, password=password, is_staff=is_first, is_superuser=is_first
    )
    workspace = Workspace.objects.create(name=workspace_name)
    people.set_role(workspace, user, Role.OWNER, actor="create_owner", now=timezone.now())
    return workspace

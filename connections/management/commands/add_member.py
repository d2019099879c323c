"""Let somebody into a workspace, or change what they may do there."""

from argparse import ArgumentParser
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
from connections.management.commands.create_owner import ask_password
from connections.management.workspaces import choose_workspace


class Command(BaseCommand):
    help = "Add a person to a workspace, or change their role. A new person's password is asked for."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--workspace", help="its name or number; may be left out while there is only one")
        parser.add_argument("--role", choices=Role.values, default=Role.VIEWER.value)
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        email, role = options["email"].strip().lower(), Role(options["role"])
        workspace = choose_workspace(options["workspace"])
        user = User.objects.filter(username=email).first() or _new(email, from_input=options["password_stdin"])
        try:
            with transaction.atomic():
                user.save()
                before = people.set_role(workspace, user, role, actor="add_member", now=timezone.now())
        except people.LastOwner as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{email} is {role.value} of {workspace}{_changed(before, role)}.")


def _new(email: str, *, from_input: bool) -> User:
    password = ask_password(from_input=from_input)
    try:
        validate_email(email)
        validate_password(password)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    user = User(username=email, email=email)
    user.set_password(password)
    return user


def _changed(before: Role | None, role: Role) -> str:
    if before is None:
        return " now"
    return " already" if before == role else f" now, and was {before.value}"

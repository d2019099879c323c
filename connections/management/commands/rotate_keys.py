"""Encrypt every stored login with the first of TOKEN_ENCRYPTION_KEYS, while syncs go on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from connections import audit, crypto, rotation

MISSING = "which is not in TOKEN_ENCRYPTION_KEYS: put it back and run `manage.py rotate_keys`, or connect them again."


class Command(BaseCommand):
    help = (
        "Encrypt every stored login with the first of TOKEN_ENCRYPTION_KEYS. Put the new key in front of the old one "
        "and restart every process first. May be stopped and begun again at any time; syncs go on meanwhile."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--verify",
            action="store_true",
            help="change nothing; say whether every key but the first may be removed (exit code 1: not yet)",
        )

        parser.add_argument("--batch", type=int, default=rotation.BATCH, help="logins in one transaction")

    def handle(self, *args: Any, **options: Any) -> None:
        older, newest = rotation.older_keys(), crypto.newest_key_id()
        if older and not options["verify"]:
            before, after = {"logins of keys": dict(older)}, {"key": newest}
            audit.record(
                "rotate_keys", "keys rotated", None, workspace=None, now=timezone.now(), before=before, after=after
            )
            for done in rotation.rotate(options["batch"]):
                self.stdout.write(f"Looked at {done.seen} of {done.total} logins, encrypted {done.moved} anew.")
            older = rotation.older_keys()
        if older:
            raise CommandError(_in_use(older))
        self.stdout.write(f"Every login opens with the first key ({newest}): older keys may be removed.")


def _in_use(still: dict[str, int]) -> str:
    known = crypto.known_key_ids()
    lines = [
        f"{number} login(s) need the key {name}, "
        + ("which you have: run `manage.py rotate_keys`." if name in known else MISSING)
        for name, number in sorted(still.items())
    ]
    return "Remove no key yet. " + " ".join(lines)

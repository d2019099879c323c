"""Can every stored login be opened, and which keys are still needed for that?"""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from config.doctor.finding import Finding, many, ok, warning, wrong
from connections import crypto
from connections.models import Credential
from connections.rotation import older_keys


def logins_open(now: datetime) -> Iterator[Finding]:
    stored = Credential.objects.exclude(ciphertext="").count()
    if not settings.TOKEN_ENCRYPTION_KEYS:
        yield ok("Keys", "This process has none (WITHOUT_KEYS=true), so the stored logins were not opened.")
        return
    needed = older_keys()
    known = crypto.known_key_ids()
    locked = {key: number for key, number in needed.items() if key not in known}
    kept = {key: number for key, number in needed.items() if key in known}
    if locked:
        said = f"{many(sum(locked.values()), 'stored login')} of {stored} cannot be opened: made with {_named(locked)}."
        remedy = "Put that key back into TOKEN_ENCRYPTION_KEYS and restart, or connect these accounts again."
        yield wrong("Keys", said, remedy)
    if kept:
        said = f"{many(sum(kept.values()), 'stored login')} of {stored} need an older key: {_named(kept)}."
        yield warning("Keys", said, "Keep that key, or run `manage.py rotate_keys` and take it away then.")
    if not needed:
        yield ok("Keys", f"The newest key opens all of {many(stored, 'stored login')}.")
    unused = [key for key in known if key not in needed and key != crypto.newest_key_id()]
    if unused:
        yield ok("Older keys", f"{many(len(unused), 'older key')} opens nothing any more and can be taken away.")


def _named(keys: dict[str, int]) -> str:
    """By the first characters of their fingerprints, which tell nothing of the keys."""
    return " and ".join(f"the key {key or 'unknown'}" for key in sorted(keys))

"""What can go wrong while reading a provider, sorted by what to do next."""

from datetime import datetime
from typing import ClassVar

OWN_LIMIT = "budget"
"""The code of a RateLimited that we raise ourselves, before a call that would not fit."""


class SyncError(Exception):
    """An error that tells a person what happened and what to do.

    sentence: one plain sentence. remedy: what a person can do, empty when nothing is needed.
    original: the provider's own words, already scrubbed of secrets. code: the provider's code, for the log.
    """

    kind: ClassVar[str]

    def __init__(self, sentence: str, *, remedy: str = "", original: str = "", code: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy
        self.original = original
        self.code = code


class Transient(SyncError):
    """Try again in a few seconds."""

    kind = "transient"


class RateLimited(SyncError):
    """No call to `scope` (a bucket key) before `retry_at` (aware). Costs no retry."""

    kind = "rate_limited"

    def __init__(
        self, sentence: str, *, retry_at: datetime, scope: str, remedy: str = "", original: str = "", code: str = ""
    ) -> None:
        super().__init__(sentence, remedy=remedy, original=original, code=code)
        self.retry_at = retry_at
        self.scope = scope


class TooMuchData(SyncError):
    """The same question, asked in two halves."""

    kind = "too_much_data"


class NeedsReconnect(SyncError):
    """The credential is dead: stop calling, a person has to sign in again."""

    kind = "needs_reconnect"


class Misconfigured(SyncError):
    """Stop, and say what to change."""

    kind = "misconfigured"


class ConsentIncomplete(Misconfigured):
    """A person signed in and left out permissions that nothing works without, by the provider's names."""

    def __init__(self, *permissions: str) -> None:
        named = " and ".join(permissions)
        super().__init__(
            f"The permission {named} was not granted.",
            remedy=f"Try again, and leave {named} ticked when the provider asks.",
        )
        self.permissions = permissions


class ObjectSkipped(SyncError):
    """One object cannot be read: record it and carry on."""

    kind = "object_skipped"


class BadData(SyncError):
    """One record makes no sense: put it aside and carry on."""

    kind = "bad_data"

"""Mails about syncs: whom to tell of what when a job ends, and how the mails get out."""

from syncing.mail.sending import send_waiting
from syncing.mail.telling import tell

__all__ = ["send_waiting", "tell"]

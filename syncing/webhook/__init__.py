"""The installation's webhook: a signed message to one address when a sync has ended."""

from syncing.webhook.sending import send_waiting
from syncing.webhook.telling import tell

__all__ = ["send_waiting", "tell"]

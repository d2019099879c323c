"""What connections lets others know."""

from django.dispatch import Signal

connection_authorised = Signal()
"""Somebody has just connected, or connected again. sender: Connection; connection; user (or None); now."""

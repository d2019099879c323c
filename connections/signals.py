"""What connections lets others know."""

from django.dispatch import Signal

connection_authorised = Signal()
"""Somebody has just connected, or connected again.

sender: Connection; connection; actor (None for a command); now; frequency: how often it is to be read, of a new one.
"""

"""A moment in an address, from which a list goes on to what is older."""

from datetime import UTC, datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime


def moment(text: str) -> datetime | None:
    """None for what is no moment, or none that every database can compare with."""
    try:
        found = parse_datetime(text)
        return found.astimezone(UTC) if found and timezone.is_aware(found) else None
    except (ValueError, OverflowError):
        return None

"""What pages say of a tree of projects."""

from typing import Any

from django import template

register = template.Library()


@register.filter
def of(names: dict[str, Any], key: str) -> Any:
    """What stands under a key that is only known here."""
    return names.get(key)

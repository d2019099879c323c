"""What pages say of a tree of projects."""

from typing import Any

from django import template

from connections.access import actor_of
from projects.tree.trees import trees_of

register = template.Library()


@register.simple_tag(takes_context=True)
def has_trees(context: dict[str, Any]) -> bool:
    """Whether who looks at the page may see a tree."""
    request = context.get("request")
    return bool(request) and trees_of(actor_of(request)).exists()


@register.filter
def of(names: dict[str, Any], key: str) -> Any:
    """What stands under a key that is only known here."""
    return names.get(key)

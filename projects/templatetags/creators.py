"""What pages say of creators."""

from typing import Any

from django import template

from connections.access import actor_of
from projects.creators.sheets import sheets_of

register = template.Library()


@register.simple_tag(takes_context=True)
def has_creators(context: dict[str, Any]) -> bool:
    """Whether who looks at the page may see a spreadsheet of creators."""
    request = context.get("request")
    return bool(request) and sheets_of(actor_of(request)).exists()

"""Which pages of data are of use to who looks at the navigation?"""

from typing import Any

from django import template
from django.contrib.auth.models import User
from django.db.models import Exists

from connections.access import actor_of
from projects.creators.sheets import sheets_of
from projects.tree.trees import trees_of

register = template.Library()


@register.simple_tag(takes_context=True)
def data_held(context: dict[str, Any]) -> dict[str, bool]:
    """Whether there is a tree of projects, and a spreadsheet of creators. By one query, because it is on every page."""
    request = context.get("request")
    actor = actor_of(request) if request else None
    if actor is None or actor.user is None:
        return {}
    me = User.objects.filter(pk=actor.user.pk)
    found = me.values_list(Exists(trees_of(actor)), Exists(sheets_of(actor))).first() or (False, False)
    return {"projects": found[0], "creators": found[1]}

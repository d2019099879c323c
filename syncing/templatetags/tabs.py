"""The pages of one connection, as links below its name."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

from connections.models import Connection

register = template.Library()

TABS = (("Status", "connection"), ("Coverage", "coverage"), ("Changes", "changes"), ("Timeline", "timeline"))
"""Label and URL name. One that leads nowhere yet is left out."""


@register.inclusion_tag("syncing/_tabs.html")
def connection_tabs(connection: Connection, here: str) -> dict[str, Any]:
    """here: the URL name of the page that is shown."""
    shown = [tab for tab in TABS if tab[1] != "coverage" or connection.keeps_days]
    found = [(label, name, _address(name, connection)) for label, name in shown]
    return {"tabs": [tab for tab in found if tab[2]], "here": here, "connection": connection}


def _address(name: str, connection: Connection) -> str:
    try:
        return reverse(name, args=[connection.pk])
    except NoReverseMatch:
        return ""

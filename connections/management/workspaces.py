"""Which workspace does a command mean?"""

from django.core.management.base import CommandError

from connections.models import Workspace


def choose_workspace(wanted: str | None) -> Workspace:
    """By its name or number; the only one where none is named. Raises CommandError."""
    found = Workspace.objects.order_by("id")
    if wanted:
        by_name = found.filter(name=wanted)
        found = by_name if by_name or not wanted.isdecimal() else found.filter(pk=int(wanted))
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"{each.name} ({each.pk})" for each in Workspace.objects.order_by("id"))
    if not names:
        raise CommandError("There is no workspace yet: manage.py create_owner EMAIL makes one.")
    problem = "There are several workspaces to choose from" if found else "There is no such workspace"
    raise CommandError(f"{problem}: name one by --workspace. Known are: {names}.")

"""Who belongs to a workspace, in which role, and of what do they hear by mail?"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from connections import audit
from connections.access import Actor, Role
from connections.models import Membership, Workspace

Mail = Membership.Mail


class LastOwner(Exception):
    """Without an owner nobody could decide about people any more."""


@transaction.atomic
def set_role(workspace: Workspace, user: User, role: Role, *, actor: Actor | str, now: datetime) -> Role | None:
    """Add a person, or change their role. Returns the role they had before. Raises LastOwner."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)  # two owners may demote each other at once
    held = Membership.objects.filter(workspace=workspace, user=user).first()
    before = Role(held.role) if held else None
    if before == role:
        return before
    if before == Role.OWNER and not _owners(workspace).exclude(user=user).exists():
        raise LastOwner(f"{user} is the only owner of {workspace}: make somebody else an owner first.")
    Membership.objects.update_or_create(workspace=workspace, user=user, defaults={"role": role})
    was, action = ({"role": before}, "role changed") if before else ({}, "member added")
    audit.record(actor, action, user, workspace=workspace, now=now, before=was, after={"role": role.value})
    return before


@transaction.atomic
def set_mail(membership: Membership, choice: Mail, *, actor: Actor, now: datetime) -> None:
    """Of what this member hears by mail. Their own choice, in one workspace."""
    held = Membership.objects.select_for_update(no_key=True).select_related("workspace", "user").get(pk=membership.pk)
    before = held.mail
    if before == choice:
        return
    Membership.objects.filter(pk=held.pk).update(mail=choice)
    was, now_is = {"mail": before}, {"mail": choice.value}
    audit.record(actor, "mail choice changed", held.user, workspace=held.workspace, now=now, before=was, after=now_is)


def _owners(workspace: Workspace) -> QuerySet[Membership]:
    return Membership.objects.filter(workspace=workspace, role=Role.OWNER)

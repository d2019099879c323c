"""A company and its people, and what each of these may do."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db import models

from connections.sources import zone_of


class Workspace(models.Model):
    """A company: everything belongs to exactly one."""

    name = models.CharField(max_length=100)
    timezone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """People read times in this one."""
        return zone_of(self.timezone)


class Membership(models.Model):
    class Role(models.TextChoices):
        """viewer: sees everything of the workspace. operator: also starts syncs and sets their pace. admin: also
        connects, changes and removes accounts. owner: the same; a workspace keeps at least one."""

        OWNER = "owner"
        ADMIN = "admin"
        OPERATOR = "operator"
        VIEWER = "viewer"

        @property
        def and_above(self) -> "list[Membership.Role]":
            """Whoever may do what this role may."""
            mightiest_first = list(Membership.Role)
            return mightiest_first[: mightiest_first.index(self) + 1]

    class Mail(models.TextChoices):
        """What a person wants to hear of the workspace's syncs by mail."""

        NEVER = "never", "Never"
        FAILURES = "failures", "When a sync fails"
        COMPLETION = "completion", "When history is complete"
        ALL = "all", "Both"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    mail = models.CharField(max_length=10, choices=Mail.choices, default=Mail.NEVER, db_default=Mail.NEVER)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "workspace"], name="one_membership_each")]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.workspace}"

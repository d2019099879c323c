"""A token with which a program asks the API, known by its hash only."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import models

from connections.models.workspaces import Membership, Workspace

PREFIX = "frt_"
NOTED_EVERY = timedelta(minutes=1)
Role = Membership.Role


class ApiToken(models.Model):
    """What it may do in its one workspace: read what a viewer sees, trigger what an operator starts, admin what an
    admin changes."""

    class Scope(models.TextChoices):
        READ = "read"
        TRIGGER = "trigger"
        ADMIN = "admin"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100, help_text="What it is used for.")
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.READ)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.scope})"

    @property
    def role(self) -> Role:
        return {"read": Role.VIEWER, "trigger": Role.OPERATOR, "admin": Role.ADMIN}[self.scope]

    @classmethod
    def issue(
        cls, workspace: Workspace, name: str, scope: str, *, now: datetime, created_by: User | None = None
    ) -> tuple["ApiToken", str]:
        """The new token, and its text, which nobody can read again."""
        text = PREFIX + secrets.token_urlsafe(32)
        token = cls.objects.create(
            workspace=workspace, name=name, scope=scope, sha256=_hashed(text), created_at=now, created_by=created_by
        )
        return token, text

    @classmethod
    def find(cls, text: str) -> "ApiToken | None":
        """The token of that text, unless it was revoked."""
        valid = cls.objects.select_related("workspace").filter(revoked_at__isnull=True)
        return valid.filter(sha256=_hashed(text)).first()

    def note_use(self, now: datetime) -> None:
        """At most once a minute, so that asking stays cheap."""
        if self.last_used_at is None or now - self.last_used_at >= NOTED_EVERY:
            ApiToken.objects.filter(pk=self.pk).update(last_used_at=now)

    def revoke(self, now: datetime) -> bool:
        """From the next request on. False when it was revoked already."""
        valid = ApiToken.objects.filter(pk=self.pk, revoked_at__isnull=True)
        return valid.update(revoked_at=now) == 1


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

"""Who we may read from: workspaces, their people, their logins and the accounts these open."""

from typing import Any, ClassVar, Self
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models

from connections import crypto, registry
from connections.errors import NeedsReconnect
from connections.sources import Account, CallGate, Clock, Source, SourceContext


class Workspace(models.Model):
    """A company: everything belongs to exactly one."""

    name = models.CharField(max_length=100)
    timezone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    class Role(models.TextChoices):
        OWNER = "owner"
        ADMIN = "admin"
        OPERATOR = "operator"
        VIEWER = "viewer"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "workspace"], name="one_membership_each")]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.workspace}"


class Credential(models.Model):
    """One login. It may open many accounts, and dies for all of them at once."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="credentials")
    provider = models.CharField(max_length=30)
    subject = models.CharField(max_length=200, blank=True, help_text="Whose login it is, as the provider says.")
    kind = models.CharField(max_length=20, default="token")
    ciphertext = models.TextField(editable=False)
    key_id = models.CharField(max_length=8, editable=False)
    scopes = models.JSONField(default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    data_access_expires_at = models.DateTimeField(null=True, blank=True)
    needs_reconnect = models.BooleanField(default=False)
    needs_reconnect_reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.provider} login {self.subject or self.pk}"

    def seal(self, secrets: dict[str, str]) -> None:
        """Take new secrets; a login with fresh secrets is alive again."""
        self.ciphertext, self.key_id = crypto.encrypt(secrets)
        self.needs_reconnect, self.needs_reconnect_reason = False, ""

    def secrets(self) -> dict[str, str]:
        """Raises NeedsReconnect when no key of this installation opens them."""
        try:
            return crypto.decrypt(self.ciphertext)
        except crypto.UnknownKey as error:
            raise NeedsReconnect(
                "The stored login cannot be opened with this installation's keys.",
                remedy="Put the earlier key back into TOKEN_ENCRYPTION_KEYS, or connect the account again.",
            ) from error

    def mark_dead(self, reason: str) -> bool:
        """A conditional update: False when somebody has connected again since these secrets were read."""
        same = Credential.objects.filter(pk=self.pk, ciphertext=self.ciphertext)
        return same.update(needs_reconnect=True, needs_reconnect_reason=reason) == 1

    def was_renewed(self) -> bool:
        """Somebody has connected again since these secrets were read."""
        return not Credential.objects.filter(pk=self.pk, ciphertext=self.ciphertext).exists()


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(workspace__memberships__user=user)


class Connection(models.Model):
    """One account that somebody authorised."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="connections")
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="connections")
    provider = models.CharField(max_length=30)
    name = models.CharField(max_length=200)
    external_account_id = models.CharField(max_length=100)
    timezone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(max_length=3, blank=True)
    options = models.JSONField(default=dict, blank=True)
    paused = models.BooleanField(default=False)
    is_sandbox = models.BooleanField(default=False)
    anchor_date = models.DateField(help_text="The account's day on which it was connected; history is counted from it.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "provider", "external_account_id"], name="one_connection_each")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.provider_label})"

    @staticmethod
    def runnable(prefix: str = "") -> models.Q:
        """Neither paused, nor with a dead login, nor made for another mode of its provider."""
        runnable = models.Q(**{f"{prefix}paused": False, f"{prefix}credential__needs_reconnect": False})
        for provider, its in settings.PROVIDERS.items():
            runnable &= ~models.Q(**{f"{prefix}provider": provider, f"{prefix}is_sandbox": not its["sandbox"]})
        return runnable

    @property
    def provider_label(self) -> str:
        return registry.LABELS.get(self.provider, self.provider)

    @property
    def account(self) -> Account:
        return Account(self.external_account_id, self.name, self.timezone, self.currency)

    @property
    def zone(self) -> ZoneInfo:
        return self.account.zone

    @property
    def source_class(self) -> type[Source]:
        return registry.source_class(self.provider)

    def provider_settings(self) -> dict[str, Any]:
        provider_settings: dict[str, Any] = settings.PROVIDERS[self.provider]
        return provider_settings

    def wrong_mode(self) -> str:
        """Why this connection never runs as things are; empty when it may."""
        if self.is_sandbox == self.provider_settings()["sandbox"]:
            return ""
        if self.is_sandbox:
            return f"It was made for the {self.provider_label} sandbox, and this installation talks to the real one."
        return f"It is a real account, and this installation talks to the {self.provider_label} sandbox."

    def source(self, *, gate: CallGate, clock: Clock, scheduled: bool = False) -> Source:
        """Raises NeedsReconnect when the login cannot be opened."""
        context = SourceContext(
            self.account, self.credential.secrets(), self.options, self.provider_settings(), gate, clock, scheduled
        )
        return self.source_class(context)

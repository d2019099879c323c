"""An account that somebody authorised."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Self
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models, transaction

from connections import registry
from connections.models.credentials import Credential
from connections.models.workspaces import Workspace
from connections.sources import (
    LONGEST_ID,
    LONGEST_NAME,
    Account,
    CallGate,
    Clock,
    Held,
    NoSessions,
    Sessions,
    Source,
    SourceContext,
    months_before,
    nothing_held,
)


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def kept(self) -> Self:
        """Without those that were removed, whose rows are being deleted."""
        return self.filter(removed_at__isnull=True)


class Connection(models.Model):
    """One account that somebody authorised."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="connections")
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="connections")
    provider = models.CharField(max_length=30)
    name = models.CharField(max_length=LONGEST_NAME)
    external_account_id = models.CharField(max_length=LONGEST_ID)
    timezone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(max_length=3, blank=True)
    options = models.JSONField(default=dict, blank=True)
    paused = models.BooleanField(default=False)
    is_sandbox = models.BooleanField(default=False)
    anchor_date = models.DateField(help_text="The account's day on which it was connected; history is counted from it.")
    opened_date = models.DateField(null=True, blank=True, help_text="The account's first day; empty: not known.")
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True, help_text="Nobody sees it any more; its rows are deleted.")

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "provider", "external_account_id"],
                condition=models.Q(removed_at__isnull=True),
                name="one_connection_each",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.provider_label})"

    @staticmethod
    def runnable(prefix: str = "") -> models.Q:
        """Neither removed nor paused, nor with a login of no use, nor made for another mode of its provider."""
        runnable = models.Q(**{f"{prefix}removed_at__isnull": True, f"{prefix}paused": False})
        runnable &= Credential.usable(f"{prefix}credential__")
        for provider, its in settings.PROVIDERS.items():
            runnable &= ~models.Q(**{f"{prefix}provider": provider, f"{prefix}is_sandbox": not its["sandbox"]})
        return runnable

    def remove(self, now: datetime) -> None:
        """Out of sight at once, and its login erased unless others need it. Its rows are deleted bit by bit."""
        with transaction.atomic():
            self.removed_at = now
            self.save(update_fields=["removed_at"])
            # Locked, or two that share a login and are removed at once would each leave it to the other.
            login = Credential.objects.select_for_update(no_key=True).get(pk=self.credential_id)
            if not login.connections.kept().exists():
                login.erase()

    @property
    def provider_label(self) -> str:
        return registry.label(self.provider)

    @property
    def account(self) -> Account:
        return Account(self.external_account_id, self.name, self.timezone, self.currency, self.opened_date)

    @property
    def zone(self) -> ZoneInfo:
        return self.account.zone

    @property
    def source_class(self) -> type[Source]:
        return registry.source_class(self.provider)

    @property
    def keeps_days(self) -> bool:
        """It has numbers of days, for charts and a calendar."""
        return any(stream.cursor_field for stream in self.source_class.streams)

    def history_start(self, today: date) -> date | None:
        """The first day that the provider may have numbers of: the account's own, or as far back as it keeps any.
        None where it keeps no history."""
        months = self.source_class.history_months
        if months is None:
            return None
        kept_since = months_before(today, months) + timedelta(days=1)
        return max(kept_since, self.opened_date or kept_since)

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

    def source(
        self,
        *,
        gate: CallGate,
        clock: Clock,
        scheduled: bool = False,
        held: Held = nothing_held,
        sessions: Sessions | None = None,
    ) -> Source:
        """Raises NeedsReconnect when the login cannot be opened."""
        context = SourceContext(
            account=self.account,
            secrets=self.credential.secrets(),
            options=self.options,
            settings=self.provider_settings(),
            gate=gate,
            clock=clock,
            scheduled=scheduled,
            held=held,
            sessions=sessions or NoSessions(),
        )
        return self.source_class(context)

"""A login at a provider, encrypted."""

from collections.abc import Callable
from uuid import uuid4

from django.db import models, transaction

from connections import crypto
from connections.errors import NeedsReconnect
from connections.models.workspaces import Workspace
from connections.sources import LoginFacts

MOST_SESSIONS = 10


class Credential(models.Model):
    """One login. It may open many accounts, and dies for all of them at once.

    sealed_as: new with every new secret, and the same when a secret is only encrypted with another key. So whoever
    read the secrets can tell whether somebody has connected again since.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="credentials")
    provider = models.CharField(max_length=30)
    subject = models.CharField(max_length=200, blank=True, help_text="Whose login it is, as the provider says.")
    kind = models.CharField(max_length=20, default="token")
    ciphertext = models.TextField(editable=False)
    key_id = models.CharField(max_length=8, editable=False)
    sealed_as = models.UUIDField(default=uuid4, editable=False)
    scopes = models.JSONField(default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    data_access_expires_at = models.DateTimeField(null=True, blank=True)
    needs_reconnect = models.BooleanField(default=False)
    needs_reconnect_reason = models.TextField(blank=True)
    open_sessions = models.TextField(
        blank=True, default="", db_default="", editable=False, help_text="Encrypted: those that may be open there."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.provider} login {self.subject or self.pk}"

    @staticmethod
    def usable(prefix: str = "") -> models.Q:
        """Alive, and made with a key that we have. The latter is not stored: a key that is put back opens it again."""
        return models.Q(**{f"{prefix}needs_reconnect": False, f"{prefix}key_id__in": crypto.known_key_ids()})

    @property
    def trouble(self) -> NeedsReconnect | None:
        """Why this login opens nothing as things are; None when it may."""
        if self.needs_reconnect:
            return NeedsReconnect(self.needs_reconnect_reason, remedy="Connect the account again; its history is kept.")
        return None if self.key_id in crypto.known_key_ids() else _no_key()

    def seal(self, secrets: dict[str, str]) -> None:
        """Take new secrets; a login with fresh secrets is alive again."""
        self.ciphertext, self.key_id = crypto.encrypt(secrets)
        self.sealed_as = uuid4()
        self.needs_reconnect, self.needs_reconnect_reason = False, ""

    def describe(self, facts: LoginFacts) -> None:
        """Take what the provider says of these secrets."""
        self.subject, self.scopes = facts.subject, list(facts.scopes)
        self.expires_at, self.data_access_expires_at = facts.expires_at, facts.data_access_expires_at

    @property
    def is_described(self) -> bool:
        """The provider has told of this login: a date that it did not name is one that never comes. Where it does not
        even say whose it is, it tells no dates."""
        return bool(self.scopes and self.subject)

    def secrets(self) -> dict[str, str]:
        """Raises NeedsReconnect when no key of this installation opens them."""
        try:
            return crypto.decrypt(self.ciphertext)
        except crypto.UnknownKey as error:
            raise _no_key() from error

    def sessions(self) -> list[str]:
        """Tokens of the sessions that may be open at the provider, the oldest first."""
        stored = Credential.objects.filter(pk=self.pk).values_list("open_sessions", flat=True).first()
        return _opened(stored or "")

    def session_opened(self, token: str) -> None:
        self._change_sessions(lambda tokens: [*tokens, token][-MOST_SESSIONS:])

    def session_closed(self, token: str) -> None:
        self._change_sessions(lambda tokens: [each for each in tokens if each != token])

    def _change_sessions(self, change: Callable[[list[str]], list[str]]) -> None:
        with transaction.atomic():
            mine = Credential.objects.select_for_update(no_key=True).filter(pk=self.pk)
            for stored in list(mine.values_list("open_sessions", flat=True)):
                tokens = change(_opened(stored))
                sealed = crypto.encrypt({str(at): each for at, each in enumerate(tokens)})[0] if tokens else ""
                mine.update(open_sessions=sealed)

    def erase(self) -> None:
        """Forget the secrets for good."""
        self.ciphertext, self.key_id, self.sealed_as = "", "", uuid4()
        self.open_sessions = ""
        self.describe(LoginFacts())
        self.needs_reconnect, self.needs_reconnect_reason = True, "It was removed."
        self.save()

    def mark_dead(self, reason: str) -> bool:
        """A conditional update: False when somebody has connected again since these secrets were read."""
        same = Credential.objects.filter(pk=self.pk, sealed_as=self.sealed_as)
        return same.update(needs_reconnect=True, needs_reconnect_reason=reason) == 1

    def was_renewed(self) -> bool:
        """Somebody has connected again since these secrets were read."""
        return not Credential.objects.filter(pk=self.pk, sealed_as=self.sealed_as).exists()


def _opened(sealed: str) -> list[str]:
    """None where the key is gone: they end by themselves in the end."""
    try:
        stored = crypto.decrypt(sealed) if sealed else {}
    except crypto.UnknownKey:
        return []
    return [stored[at] for at in sorted(stored, key=int)]


def _no_key() -> NeedsReconnect:
    return NeedsReconnect(
        "The stored login cannot be opened with this installation's keys.",
        remedy="Put the earlier key back into TOKEN_ENCRYPTION_KEYS and restart, or connect the account again.",
    )

"""Connect an account: ask the provider whether the login opens it, then remember both."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from connections import registry
from connections.models import Connection, Credential, Workspace
from connections.signals import connection_authorised
from connections.sources import Account, OpenGate, SourceContext


def connect(
    workspace: Workspace,
    provider: str,
    account_id: str,
    secrets: dict[str, str],
    *,
    now: datetime,
    user: User | None = None,
    options: dict[str, str] | None = None,
    start_sync: bool = True,
) -> Connection:
    """Make the connection, or give an existing one its new login: its history is kept.

    Raises LookupError for an unknown provider, and the errors of connections.errors when the provider refuses.
    """
    account = check(provider, account_id, secrets, now=now)
    with transaction.atomic():
        connection = _save(workspace, provider, account, secrets, now=now, options=options or {})
    if start_sync:
        connection_authorised.send(Connection, connection=connection, user=user, now=now)
    return connection


def check(provider: str, account_id: str, secrets: dict[str, str], *, now: datetime) -> Account:
    """What the provider says of the account. Raises NeedsReconnect or Misconfigured."""
    source = registry.source_class(provider)
    context = SourceContext(Account(account_id), secrets, {}, settings.PROVIDERS[provider], OpenGate(), lambda: now)
    return source(context).check()


def _save(
    workspace: Workspace,
    provider: str,
    account: Account,
    secrets: dict[str, str],
    *,
    now: datetime,
    options: dict[str, str],
) -> Connection:
    known = Connection.objects.select_related("credential").filter(
        workspace=workspace, provider=provider, external_account_id=account.external_id
    )
    connection = known.first()
    credential = connection.credential if connection else Credential(workspace=workspace, provider=provider)
    credential.seal(secrets)
    credential.save()
    if connection is None:
        connection = Connection(workspace=workspace, provider=provider, external_account_id=account.external_id)
        connection.anchor_date = now.astimezone(account.zone).date()
    connection.credential = credential
    connection.name, connection.currency = account.name or account.external_id, account.currency
    connection.timezone = account.timezone or "UTC"
    connection.is_sandbox = settings.PROVIDERS[provider]["sandbox"]
    connection.options = connection.options | options
    connection.save()
    return connection

"""Remember the accounts that people authorise, under which login, and what people change about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction

from connections import asking, audit, logins
from connections.access import Actor
from connections.errors import Misconfigured
from connections.models import Connection, Credential, Workspace
from connections.signals import connection_authorised
from connections.sources import LONGEST_NAME, Account


class Connected(NamedTuple):
    """is_new: the account had no connection in this workspace before."""

    connection: Connection
    is_new: bool


def connect(
    workspace: Workspace,
    provider: str,
    account_id: str,
    secrets: dict[str, str],
    *,
    now: datetime,
    actor: Actor | None = None,
    name: str = "",
    options: dict[str, str] | None = None,
    frequency: str = "",
    start_sync: bool = True,
) -> Connected:
    """Make the connection, or give an existing one its new login: its history is kept.

    actor: who does it; None for a command. name: instead of the one that the provider knows it by. frequency: how
    often a new one is read; manual where none is given. start_sync: without, it stays manual too.
    Raises LookupError for an unknown provider, and the errors of connections.errors when the provider refuses.
    """
    found = [asking.check(provider, account_id, secrets, now=now)]
    made = _remember(workspace, provider, found, secrets, now=now, actor=actor, options=options or {}, name=name)
    return (_announce(made, actor, now, frequency) if start_sync else made)[0]


def connect_all(
    workspace: Workspace,
    provider: str,
    account_ids: Sequence[str],
    secrets: dict[str, str],
    *,
    now: datetime,
    actor: Actor | None = None,
    options: dict[str, str] | None = None,
    frequency: str = "",
    start_sync: bool = True,
) -> list[Connected]:
    """The same for several accounts, which share the login: all of them, or none when the provider refuses one."""
    found = asking.check_all(provider, account_ids, secrets, now=now)
    made = _remember(workspace, provider, found, secrets, now=now, actor=actor, options=options or {})
    return _announce(made, actor, now, frequency) if start_sync else made


def reconnect(
    connection: Connection, secrets: dict[str, str], *, others: Sequence[Connection], now: datetime, actor: Actor
) -> list[Connection]:
    """Give the connection a new login, and those of the others that it opens too. Returns whoever has it now.

    Raises Misconfigured when the login opens another account than the connection's, and what a provider in trouble says
    of any of them: then nothing has changed.
    """
    provider = connection.provider
    account = asking.check(provider, connection.external_account_id, secrets, now=now)
    if account.external_id != connection.external_account_id:
        raise Misconfigured(
            f"This login opens {account.external_id}, not {connection.external_account_id}.",
            remedy="Paste a login that opens this account, or connect the other account as a new one.",
        )
    more = (asking.opened(provider, other.external_account_id, secrets, now=now) for other in others)
    found = [account, *filter(None, more)]
    made = _remember(connection.workspace, provider, found, secrets, now=now, actor=actor, options={}, only_known=True)
    return [each.connection for each in _announce(made, actor, now)]


def change(
    connection: Connection,
    actor: Actor,
    *,
    now: datetime,
    name: str | None = None,
    paused: bool | None = None,
    options: dict[str, str] | None = None,
) -> None:
    """What a person may set of a connection; None leaves it as it is. Written down only where something differs."""
    wanted = {"name": name, "paused": paused, "options": options}
    with transaction.atomic():
        held = Connection.objects.kept().select_for_update(no_key=True).filter(pk=connection.pk).first()
        if held is None:
            return  # it was removed in the meantime
        after = {field: value for field, value in wanted.items() if value is not None and value != getattr(held, field)}
        if not after:
            return
        before = {field: getattr(held, field) for field in after}
        for field, value in after.items():
            setattr(connection, field, value)
        connection.save(update_fields=list(after))
        audit.record(
            actor, "connection changed", connection, workspace=held.workspace, now=now, before=before, after=after
        )


def _announce(made: list[Connected], actor: Actor | None, now: datetime, frequency: str = "") -> list[Connected]:
    for each in made:
        chosen = frequency if each.is_new else ""
        connection_authorised.send(Connection, connection=each.connection, actor=actor, now=now, frequency=chosen)
    return made


def _remember(
    workspace: Workspace,
    provider: str,
    found: Sequence[Account],
    secrets: dict[str, str],
    *,
    now: datetime,
    actor: Actor | None,
    options: dict[str, str],
    name: str = "",
    only_known: bool = False,
) -> list[Connected]:
    """In one transaction, with one line in the audit for each connection that is new or differs.

    only_known: an account that is not connected (any more) is passed over. Raises Misconfigured when none is left.
    """
    accounts = {account.external_id: account for account in found}
    facts = asking.facts(provider, secrets, now=now)
    with transaction.atomic():
        # A form that was sent twice waits here, and then finds the connections made.
        Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
        kept = Connection.objects.kept().filter(workspace=workspace, provider=provider)
        locked = kept.filter(external_account_id__in=accounts).select_for_update(no_key=True).order_by("pk")
        known = {connection.external_account_id: connection for connection in locked}
        if only_known:
            accounts = {external_id: account for external_id, account in accounts.items() if external_id in known}
        if not accounts:
            raise Misconfigured("This connection was removed.", remedy="Connect the account as a new one.")
        before = list(Credential.objects.filter(connections__in=known.values()).distinct())
        credential, is_news = logins.take(workspace, provider, secrets, known.values(), facts)
        made = []
        for external_id, account in accounts.items():
            connection = known.get(external_id) or _new(workspace, provider, account, now)
            is_new = connection._state.adding
            replaced = _update(connection, account, credential, options, name)
            if is_new or is_news or replaced:
                _write_down(actor, connection, is_new, replaced, now)
            made.append(Connected(connection, is_new))
        logins.forget_unused([login for login in before if login.pk != credential.pk])
    return made


def _new(workspace: Workspace, provider: str, account: Account, now: datetime) -> Connection:
    return Connection(
        workspace=workspace,
        provider=provider,
        external_account_id=account.external_id,
        name=(account.name or account.external_id)[:LONGEST_NAME],
        anchor_date=now.astimezone(account.zone).date(),
    )


def _update(
    connection: Connection, account: Account, credential: Credential, options: dict[str, str], name: str
) -> dict[str, Any]:
    """Returns what differed, as it was; nothing of a new one. A name that somebody gave stays, unless one is given."""
    after = {
        "credential": credential,
        "currency": account.currency[:3],
        "timezone": account.timezone[:64] or "UTC",
        "opened_date": account.opened or connection.opened_date,
        "is_sandbox": settings.PROVIDERS[connection.provider]["sandbox"],
        "options": connection.options | options,
        "name": name or connection.name,
    }
    is_new = connection._state.adding
    before = {} if is_new else {field: getattr(connection, field) for field in after}
    replaced = {field: value for field, value in before.items() if value != after[field]}
    if is_new or replaced:
        for field, value in after.items():
            setattr(connection, field, value)
        connection.save(update_fields=None if is_new else after.keys())
    return replaced


def _write_down(
    actor: Actor | None, connection: Connection, is_new: bool, replaced: dict[str, Any], now: datetime
) -> None:
    before = {field: value for field, value in replaced.items() if field in ("name", "options")}
    audit.record(
        actor or "a command",
        "connection made" if is_new else "connection renewed",
        connection,
        workspace=connection.workspace,
        now=now,
        before=before,
        after={field: getattr(connection, field) for field in before},
    )

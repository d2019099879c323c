"""Find the credential that a pasted login belongs in: one login is one row, however many accounts it opens."""

from collections.abc import Collection

from connections.errors import NeedsReconnect
from connections.models import Connection, Credential, Workspace
from connections.sources import LoginFacts


def take(
    workspace: Workspace,
    provider: str,
    secrets: dict[str, str],
    connected: Collection[Connection],
    facts: LoginFacts | None = None,
) -> tuple[Credential, bool]:
    """The credential that holds these secrets, and whether that is news. `connected` are about to be given it.

    It is the one that holds them already; else one that nobody but `connected` needs, whose secrets are replaced;
    else a new one, so that accounts which this login may not open keep theirs. facts: None where nobody told.
    """
    held = Credential.objects.select_for_update(no_key=True).filter(workspace=workspace, provider=provider)
    logins = list(held.order_by("pk"))
    same = next((login for login in logins if _holds(login, secrets)), None)
    if same and not same.needs_reconnect:
        _describe(same, facts)
        return same, False
    credential = same or _free(logins, connected) or Credential(workspace=workspace, provider=provider)
    credential.seal(secrets)
    credential.describe(facts or LoginFacts())
    credential.save()
    return credential, True


def _describe(login: Credential, facts: LoginFacts | None) -> None:
    if facts:
        login.describe(facts)
        login.save(update_fields=["subject", "scopes", "expires_at", "data_access_expires_at"])


def forget_unused(logins: Collection[Credential]) -> None:
    """Erase those that no connection needs any more."""
    for login in logins:
        if not login.connections.kept().exists():
            login.erase()


def _holds(login: Credential, secrets: dict[str, str]) -> bool:
    try:
        return login.secrets() == secrets
    except NeedsReconnect:
        return False


def _free(logins: Collection[Credential], connected: Collection[Connection]) -> Credential | None:
    theirs = {connection.credential_id for connection in connected}
    others = Connection.objects.kept().exclude(pk__in=[connection.pk for connection in connected])
    needed = set(others.filter(credential__in=theirs).values_list("credential", flat=True))
    return next((login for login in logins if login.pk in theirs - needed), None)

"""What did its platform last say of an account; and why nothing, where it said nothing?"""

from collections.abc import Sequence

from projects.models import CreatorAccount, PlatformProfile


def said_of(account: CreatorAccount) -> Sequence[PlatformProfile]:
    """By each connection of the workspace that reads it; usually one."""
    rows = PlatformProfile.objects.filter(
        profile=account.profile,
        connection__workspace=account.connection.workspace_id,
        connection__removed_at=None,
    )
    if not account.connection.is_sandbox:
        rows = rows.filter(connection__is_sandbox=False)
    return list(rows.select_related("connection__sync").order_by("connection_id"))

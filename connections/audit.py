"""Write down who changed what."""

import re
from datetime import datetime
from typing import Any

from django.db.models import Model

from connections.access import Actor
from connections.models import AuditEvent, Workspace

SECRET = re.compile(r"token|secret|passw|cipher|authori[sz]ation|credentials|api_?key|sha256", re.IGNORECASE)
HIDDEN = "[not written down]"


def record(
    actor: Actor | str,
    action: str,
    target: Model | None,
    *,
    workspace: Workspace | None,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """In the transaction of the change. actor: or the name of a command. target: None for the installation itself.

    What stands in before and after under the name of a secret is not kept.
    """
    who = Actor() if isinstance(actor, str) else actor
    AuditEvent.objects.create(
        workspace_id=workspace.pk if workspace else None,
        at=now,
        actor_id=who.user.pk if who.user else None,
        actor=(actor if isinstance(actor, str) else who.name)[:200],
        address=who.address,
        action=action,
        target=f"{target._meta.model_name} {target.pk}"[:60] if target else "installation",
        target_name=str(target or "")[:200],
        before=_presentable(before or {}),
        after=_presentable(after or {}),
    )


def _presentable(value: Any) -> Any:
    """A last net: whoever calls is to leave secrets out."""
    if isinstance(value, dict):
        return {name: HIDDEN if SECRET.search(str(name)) else _presentable(each) for name, each in value.items()}
    return [_presentable(each) for each in value] if isinstance(value, list | tuple) else value

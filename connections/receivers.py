"""Write down who signs in and out, and who tries in vain."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from connections import audit
from connections.access import Actor, address_of
from connections.models import Workspace


@receiver(user_logged_in)
def signed_in(*, request: HttpRequest | None, user: User, **_: Any) -> None:
    _record(request, user, "signed in")


@receiver(user_logged_out)
def signed_out(*, request: HttpRequest | None, user: User | None, **_: Any) -> None:
    """user: None where the session had ended already."""
    if user:
        _record(request, user, "signed out")


@receiver(user_login_failed)
def failed(*, request: HttpRequest | None = None, credentials: dict[str, Any], **_: Any) -> None:
    """An unknown name is not kept: people type their password there."""
    if not _was_locked(request):
        _record(request, User.objects.filter(username=credentials.get("username") or "").first(), "sign-in failed")


def _was_locked(request: HttpRequest | None) -> bool:
    """The password was not even looked at: such tries cost nothing, and would fill the table."""
    return getattr(request, "axes_locked_out", False) and request.axes_failures_since_start is None  # type: ignore[union-attr]


def _record(request: HttpRequest | None, person: User | None, action: str) -> None:
    if request is None or not request.method:
        return  # a program has signed somebody in: there was no request
    actor = Actor(person, address=address_of(request) or "")
    audit.record(actor, action, person, workspace=_only_workspace(person), now=timezone.now())


def _only_workspace(person: User | None) -> Workspace | None:
    """Where it is plain whom it concerns."""
    found = list(Workspace.objects.filter(memberships__user=person)[:2]) if person else []
    return found[0] if len(found) == 1 else None

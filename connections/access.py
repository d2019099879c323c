"""Who asks, and what may they do?"""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from connections.models import ApiToken, Connection, Membership, Workspace

Role = Membership.Role


@dataclass(frozen=True)
class Actor:
    """A person or a program's token. Neither: nobody, who sees nothing. address: where the request came from."""

    user: User | None = None
    token: ApiToken | None = None
    address: str = ""

    @property
    def name(self) -> str:
        if self.token:
            return f"token {self.token.name}"
        return self.user.get_username() if self.user else "nobody"

    def workspaces(self, role: Role = Role.VIEWER) -> QuerySet[Workspace]:
        """Those in which this actor is at least `role`."""
        if self.token:
            allowed = self.token.role in role.and_above
            return Workspace.objects.filter(pk=self.token.workspace_id) if allowed else Workspace.objects.none()
        if self.user is None:
            return Workspace.objects.none()
        mine = Membership.objects.filter(user=self.user, role__in=role.and_above)
        return Workspace.objects.filter(pk__in=mine.values("workspace_id"))

    def may(self, role: Role, workspace: Workspace) -> bool:
        return self.workspaces(role).filter(pk=workspace.pk).exists()

    def roles(self) -> dict[int, Role]:
        """The mightiest role in each workspace, by one query."""
        if self.token:
            return {self.token.workspace_id: self.token.role}
        mine = Membership.objects.filter(user=self.user) if self.user else Membership.objects.none()
        return {each.workspace_id: Role(each.role) for each in mine}

    def role_in(self, workspace: Workspace) -> Role | None:
        """None for a stranger."""
        return self.roles().get(workspace.pk)

    def home(self) -> Workspace | None:
        """The one in whose time zone a page about several is shown."""
        return self.workspaces().order_by("name", "id").first()

    def connections(self, role: Role = Role.VIEWER) -> QuerySet[Connection]:
        """Those that this actor may treat as at least `role` would; none that was removed."""
        return Connection.objects.kept().filter(workspace__in=self.workspaces(role))


def allowed_connection(actor: Actor, connection_id: UUID, role: Role) -> Connection:
    """The connection, if this actor is at least `role` in its workspace.

    Raises Http404 for strangers, who learn nothing of it, and PermissionDenied for members who may not.
    """
    found = actor.connections().select_related("workspace", "credential", "sync").filter(pk=connection_id).first()
    if found is None:
        raise Http404
    require(actor, role, found.workspace)
    return found


def require(actor: Actor, role: Role, workspace: Workspace) -> None:
    """Raises PermissionDenied with a sentence."""
    has = actor.role_in(workspace)
    if has not in role.and_above:
        raise PermissionDenied(f"This needs the role {role.value} in {workspace.name}; yours is {has or 'none'}.")


def require_staff(user: User) -> None:
    """Who may look at what concerns the whole installation. Raises PermissionDenied with a sentence."""
    if not user.is_staff:
        raise PermissionDenied("This is for those who run the installation: a role in a workspace does not open it.")


def require_superuser(user: User) -> None:
    """Staff look, superusers change, as in the admin. Raises PermissionDenied with a sentence."""
    if not user.is_superuser:
        raise PermissionDenied("Only superusers change what concerns the whole installation.")


def actor_of(request: HttpRequest | Any) -> Actor:
    """Who sent this request, of Django or of REST framework."""
    token = getattr(request, "auth", None)
    address = address_of(request) or ""
    if isinstance(token, ApiToken):
        return Actor(token=token, address=address)
    return Actor(request.user if isinstance(request.user, User) else None, address=address)


def address_of(request: HttpRequest | Any) -> str | None:
    """Where it came from, as far as it can be believed: only our own proxies add to X-Forwarded-For what is true."""
    number, direct = settings.PROXIES_IN_FRONT, request.META.get("REMOTE_ADDR") or None
    told = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if not number or len(told) < number:
        return direct
    try:
        return str(ip_address(told[-number]))
    except ValueError:
        return direct

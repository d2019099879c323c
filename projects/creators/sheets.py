"""Which connections hold creators' accounts, and which of these may somebody see?"""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404

from connections import registry
from connections.access import Actor
from connections.models import Connection
from projects.models import CreatorAccount, CreatorProject

PROVIDER = "google_sheets"
TABLE = "sheet_accounts"


def sheets_of(actor: Actor) -> QuerySet[Connection]:
    """Also one that has not been read yet."""
    held = [
        Exists(model._default_manager.filter(connection=OuterRef("pk"))) for model in (CreatorProject, CreatorAccount)
    ]
    return actor.connections().filter(Q(provider=PROVIDER) | Q(held[0]) | Q(held[1])).order_by("name", "pk")


def accounts_of(actor: Actor) -> QuerySet[CreatorAccount]:
    return CreatorAccount.objects.filter(connection__in=actor.connections())


def projects_of(actor: Actor) -> QuerySet[CreatorProject]:
    return CreatorProject.objects.filter(connection__in=actor.connections())


def find_account(actor: Actor, account_id: int) -> CreatorAccount:
    """Raises Http404, also for strangers."""
    found = accounts_of(actor).select_related("connection__workspace", "connection__sync")
    return get_object_or_404(found, pk=account_id)


def find_project(actor: Actor, project_id: int) -> CreatorProject:
    """project_id: of the row. Raises Http404, also for strangers."""
    found = projects_of(actor).select_related("connection__workspace", "connection__sync")
    return get_object_or_404(found, pk=project_id)


def project_of(account: CreatorAccount) -> CreatorProject | None:
    return CreatorProject.objects.filter(connection=account.connection_id, project_id=account.project_id).first()


def in_project(project: CreatorProject) -> QuerySet[CreatorAccount]:
    return CreatorAccount.objects.filter(connection=project.connection_id, project_id=project.project_id)


def lists_accounts(provider: str) -> bool:
    """Also False of a provider that this installation does not know."""
    known = provider in registry.SOURCES
    return known and any(stream.table == TABLE for stream in registry.source_class(provider).streams)

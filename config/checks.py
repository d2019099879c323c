"""Look for what would otherwise be noticed too late: columns that are missing, settings under names of the past."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import DatabaseError, connections, models
from django.db.migrations.executor import MigrationExecutor


@register()
def settings_have_their_present_names(**_: Any) -> list[CheckMessage]:
    return [
        CheckWarning(
            f"{name} is unset, and {older} is read in its place.",
            hint=f"Rename {older} to {name}.",
            id="freshet.W001",
        )
        for name, older in settings.OLDER_NAMES_IN_USE.items()
    ]


@register(Tags.database)
def columns_exist(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Run by `manage.py check --database default`, and so by every start. Says nothing while migrations are due."""
    current = [alias for alias in databases or () if not _migrations_due(alias)]
    return [message for alias in current for model in apps.get_models() for message in _missing(alias, model)]


def _migrations_due(alias: str) -> bool:
    executor = MigrationExecutor(connections[alias])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _missing(alias: str, model: type[models.Model]) -> Iterable[CheckMessage]:
    if not model._meta.managed or model._meta.proxy:
        return
    try:
        with connections[alias].cursor() as cursor:
            table = connections[alias].introspection.get_table_description(cursor, model._meta.db_table)
    except DatabaseError:
        table = []
    found = {column.name for column in table}
    for field in model._meta.local_concrete_fields:
        if field.column not in found:
            yield Error(
                f"{model._meta.db_table} has no column {field.column}.",
                hint="Run `manage.py migrate`. If there is nothing to migrate, a migration was only marked as applied.",
                id="freshet.E001",
            )

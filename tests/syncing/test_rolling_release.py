"""May processes of the release before still insert, while a new one is rolled out and its schema is there already?"""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, models

from connections.models import Connection
from syncing.models import SyncChunk, SyncJob, SyncSchedule
from tests.fixtures.engine import Watch, sync

NEW: dict[type[models.Model], dict[str, Any]] = {
    SyncJob: {"urgent": False},
    SyncChunk: {"calls": 0, "error_code": "", "changed_streams": None, "skipped": None},
    SyncSchedule: {"priority": 3, "due_because": "", "verdict": ""},
}


@pytest.mark.django_db
@pytest.mark.parametrize("model", NEW, ids=lambda model: model.__name__)
def test_columns_that_the_release_before_does_not_know_have_a_default(
    account: Connection, watch: Watch, model: type[models.Model]
) -> None:
    sync(account, watch)
    fields = [field for field in model._meta.concrete_fields if field.name not in NEW[model]]
    values: dict[str, Any] = {"stream": "as before"} if model is SyncSchedule else {}
    if model is SyncJob:
        values["id"] = SyncJob._meta.pk.get_db_prep_value(uuid4(), connection)
    else:
        fields = [field for field in fields if not field.primary_key]
    columns = ", ".join(str(field.column) for field in fields)
    copied = ", ".join("%s" if field.column in values else str(field.column) for field in fields)
    given = [values[str(field.column)] for field in fields if field.column in values]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {copied} FROM {model._meta.db_table} LIMIT 1", given
        )
    assert NEW[model] in list(model._default_manager.values(*list(NEW[model])))

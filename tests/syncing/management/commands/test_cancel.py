"""manage.py cancel."""

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from connections.models import AuditEvent, Connection
from syncing.models import SyncJob
from tests.fixtures.engine import Watch, enqueue

pytestmark = pytest.mark.django_db


def cancel(job_id: object) -> str:
    printed = StringIO()
    call_command("cancel", str(job_id), stdout=printed)
    return printed.getvalue()


@pytest.mark.parametrize("job_id", [uuid4(), "x"])
def test_there_is_no_such_job(job_id: object) -> None:
    with pytest.raises(CommandError, match="There is no job"):
        cancel(job_id)


@pytest.mark.spec("C32")
def test_a_job_is_stopped_once(account: Connection, watch: Watch) -> None:
    job = enqueue(account, watch.now)
    assert f"cancelled job {job.pk}." in cancel(job.pk)
    assert SyncJob.objects.get().status == "cancelled"
    assert AuditEvent.objects.get().actor == "cancel"
    with pytest.raises(CommandError, match="ended already"):
        cancel(job.pk)

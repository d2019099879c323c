"""manage.py resume."""

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from connections.models import AuditEvent, Connection
from syncing import cancelling
from syncing.models import SyncJob
from tests.fixtures.engine import Watch, enqueue

pytestmark = pytest.mark.django_db


def resume(job_id: object) -> str:
    printed = StringIO()
    call_command("resume", str(job_id), stdout=printed)
    return printed.getvalue()


@pytest.mark.parametrize("job_id", [uuid4(), "x"])
def test_there_is_no_such_job(job_id: object) -> None:
    with pytest.raises(CommandError, match="There is no job"):
        resume(job_id)


@pytest.mark.spec("C32")
def test_a_cancelled_job_goes_on_as_another(account: Connection, watch: Watch) -> None:
    job = enqueue(account, watch.now)
    with pytest.raises(CommandError, match="was not interrupted"):
        resume(job.pk)
    cancelling.cancel(job.pk, watch.now)
    assert ": job " in resume(job.pk)
    assert SyncJob.objects.get(follows=job).trigger == "command"
    assert ": joined job " in resume(job.pk)
    assert AuditEvent.objects.get().actor == "resume"

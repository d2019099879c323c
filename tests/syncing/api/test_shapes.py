"""The shapes that are promised are declared and published in the schema, and answers have them."""

from typing import Any

import pytest
from django.utils import timezone

from connections.models import Connection
from syncing.api import shapes
from syncing.models import SyncChunk, SyncJob
from tests.fixtures.api import Caller
from tests.fixtures.synced import make_chunk, make_job
from tests.syncing.api.test_sync import EIGHT

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(api: Caller) -> dict[str, Any]:
    components: dict[str, Any] = api.get("/api/schema/").json()["components"]["schemas"]
    return components


@pytest.mark.spec("A48")
def test_the_four_shapes_are_published(published: dict[str, Any]) -> None:
    assert list(published["ConnectionSyncStatus"]["properties"]) == EIGHT
    assert published["ConnectionSyncStatus"]["required"] == sorted(EIGHT)
    assert set(EIGHT) < set(published["ConnectionOut"]["required"])
    update = published["SyncFrequencyUpdate"]
    assert update["properties"]["sync_frequency"]["enum"] == "manual realtime 30min hourly daily smart".split()
    assert (update["required"], update["additionalProperties"]) == (["sync_frequency"], False)
    response = published["SyncJobResponse"]
    assert list(response["properties"]) == ["job_id", "status", "deduplicated", "queue"]
    assert response["required"] == ["job_id", "status"]
    assert response["properties"]["status"]["enum"] == ["queued"]


def test_no_shape_of_an_answer_holds_a_secret(published: dict[str, Any]) -> None:
    holding = [name for name, shape in published.items() if "secrets" in shape.get("properties", ())]
    assert holding == ["ConnectionCreate"]


@pytest.mark.parametrize("status", SyncJob.Status.values)
def test_a_job_that_nobody_has_begun_is_queued(connection: Connection, status: str) -> None:
    shown = shapes.JobOut(make_job(connection, timezone.now(), status)).data["status"]
    assert shown == ("queued" if status == "pending" else status)
    assert shown in shapes.JOB_STATUSES


@pytest.mark.parametrize("status", SyncChunk.Status.values)
def test_what_is_empty_is_null(connection: Connection, status: str) -> None:
    job = make_job(connection, timezone.now())
    shown = shapes.ChunkOut(make_chunk(job, 0, "ads", status)).data
    assert (shown["error"], shown["remedy"], shown["start_date"]) == (None, None, None)

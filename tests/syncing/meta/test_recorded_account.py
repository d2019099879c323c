"""A real ad account, as it was recorded: from the wire into the database."""

from pathlib import Path
from typing import Any

import pytest

from connections.accounts import connect
from connections.models import Workspace
from projects.models import Ad, AdSet, Campaign, DailyMetric
from syncing.models import SyncJob
from tests.connections.providers.meta.recorded_server import ACCOUNT_ID, AD_SETS, ADS, CAMPAIGNS, recorded
from tests.fixtures.engine import sync
from tests.fixtures.sandbox import SharedClock, configure


@pytest.mark.django_db
@pytest.mark.spec("A20", "A22", "T70")
def test_every_recorded_object_is_stored_exactly_once(recordings_dir: Path, clock: SharedClock, settings: Any) -> None:
    workspace = Workspace.objects.create(name="Recorded")
    with recorded(recordings_dir) as server:
        configure(settings, graph_url=server.url)
        secrets = {"access_token": "any-token"}
        connection, _ = connect(workspace, "meta", ACCOUNT_ID, secrets, now=clock.now, start_sync=False)
        job = sync(connection, clock)
        clock.move(hours=25)
        again = sync(connection, clock)
    assert (connection.timezone, connection.currency) == ("Europe/Prague", "EUR")
    assert (job.status, job.records_quarantined) == (SyncJob.Status.COMPLETED, 0)
    assert job.records_created == CAMPAIGNS + AD_SETS + ADS
    assert (again.records_created, again.records_updated) == (0, 0)
    assert again.records_unchanged == job.records_created
    for table, count in ((Campaign, CAMPAIGNS), (AdSet, AD_SETS), (Ad, ADS)):
        ids = table._default_manager.filter(connection=connection).values_list("external_id", flat=True)
        assert (len(ids), len(set(ids))) == (count, count)
    assert set(Ad.objects.values_list("campaign_id", flat=True)) == {""}, "parents that the recording lacks stay empty"
    known = AdSet.objects.values_list("external_id", flat=True)
    assert set(Ad.objects.values_list("ad_set_id", flat=True)) <= set(known)
    assert not DailyMetric.objects.exists()

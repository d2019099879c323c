"""A real asynchronous report, as it was recorded: from the request for it into the database."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connections.accounts import connect
from connections.models import Workspace
from projects.models import Coverage, DailyMetric
from syncing.models import CallBudget, SyncJob
from tests.connections.providers.meta.recorded_report import (
    ACCOUNT_ID,
    REPORT_ID,
    SINCE,
    UNTIL,
    recorded_calls,
    recorded_report,
)
from tests.fixtures.engine import sync
from tests.fixtures.sandbox import SharedClock, configure


@pytest.mark.django_db
@pytest.mark.spec("T48", "T70")
def test_its_rows_are_stored_once(recordings_dir: Path, clock: SharedClock, settings: Any) -> None:
    """Three days are too few for a report, so the line is drawn lower."""
    workspace = Workspace.objects.create(name="Recorded")
    with recorded_report(recordings_dir) as server:
        configure(settings, graph_url=server.url, report_rows=2)
        secrets = {"access_token": "any-token"}
        connection, _ = connect(workspace, "meta", ACCOUNT_ID, secrets, now=clock.now, start_sync=False)
        asked_before = len(server.asked)
        job = sync(connection, clock, "account_metrics", since=SINCE, until=UNTIL)
        again = sync(connection, clock, "account_metrics", since=SINCE, until=UNTIL)
    post, look, read = server.asked[asked_before : asked_before + 3]
    assert (post.method, post.path) == ("POST", f"/v26.0/{ACCOUNT_ID}/insights")
    assert (look.method, look.path) == ("GET", f"/v26.0/{REPORT_ID}/")
    assert (read.method, read.path) == ("GET", f"/v26.0/{REPORT_ID}/insights")
    assert len(server.asked) == asked_before + 2 * 3
    assert sum(CallBudget.objects.filter(bucket__key=ACCOUNT_ID).values_list("calls", flat=True)) >= 6

    assert (job.status, job.records_created, job.records_quarantined) == (SyncJob.Status.COMPLETED, 3, 0)
    assert (again.records_created, again.records_updated, again.records_unchanged) == (0, 0, 3)
    rows = list(DailyMetric.objects.filter(connection=connection, level="account").order_by("date"))
    theirs = recorded_calls(recordings_dir)["GET", f"{REPORT_ID}/insights"]["data"]
    assert [str(row.date) for row in rows] == [row["date_start"] for row in theirs]
    assert [row.conversions for row in rows] == [purchases(row) for row in theirs]
    assert [len(row.actions["actions"]) for row in rows] == [len(row["actions"]) for row in theirs]
    assert {(row.external_id, row.currency) for row in rows} == {(ACCOUNT_ID, "CZK")}
    assert list(Coverage.objects.order_by("date").values_list("date", "row_count")) == [(row.date, 1) for row in rows]


def purchases(row: dict[str, Any]) -> Decimal:
    return Decimal(next((each["value"] for each in row["actions"] if each["action_type"] == "omni_purchase"), 0))

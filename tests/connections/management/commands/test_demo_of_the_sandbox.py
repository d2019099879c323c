"""The demo as newcomers get it: sandbox, create_demo and sync, each a process of its own, and then again."""

from pathlib import Path
from typing import Any

import pytest

from connections.models import Connection
from projects.models import Ad, CreatorAccount, DailyMetric, Elevation, Part, PartsList
from syncing.models import SyncJob
from tests.fixtures.commands import Commands
from tests.fixtures.engine import eventually
from tests.fixtures.sandbox import BENCHES


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("A20", "A26", "A108")
def test_the_demo_is_made_and_synced_by_commands_and_a_second_time_changes_nothing(
    commands: Commands, tmp_path: Path
) -> None:
    """The stand-in's address is found in the file that `sandbox` writes."""
    places = [name for bench in BENCHES.values() for name in (bench.variable, bench.grpc_variable) if name]
    found: dict[str, Any] = {name.lower(): "" for name in places} | {"sandbox_port": 8190}
    found["grpc_default_ssl_roots_file_path"] = "/etc/ssl/another.crt"
    running = commands.start("sandbox", **found)
    eventually((tmp_path / "sandbox.json").exists, "the sandbox's addresses")
    made = commands.run("create_demo", **found).said
    assert made.splitlines() == [
        "Connected Demo Shop (Meta Ads).",
        "Connected Demo Shop (Google Ads).",
        "Connected LOGIKAL of demo (LOGIKAL).",
        "Connected Creators 2026 (Google Sheets).",
        "Connected YouTube channels (YouTube).",
        "Connected @freshet.demo (Instagram).",
    ]
    connection, tree = (Connection.objects.get(provider=kind) for kind in ("meta", "logikal"))
    assert (connection.external_account_id, connection.is_sandbox) == ("act_1001001", True)
    assert len((tmp_path / "demo-login").read_text().split()) == 2
    job = SyncJob.objects.get(connection=connection)
    synced = commands.run("sync", "--all", "--foreground", **found)
    assert synced.code == 0, synced
    assert f"Demo Shop (Meta Ads): joined job {job.pk}\n" in synced.said
    job.refresh_from_db()
    counts = ", ".join(f"{count} {name}" for name, count in job.counts().items())
    assert f"Demo Shop (Meta Ads): completed; {counts}\n" in synced.said
    assert f"{tree} joined job " in synced.said.replace(":", "")
    assert not Elevation.objects.filter(connection=tree, missing_since=None).exclude(
        external_id__in=PartsList.objects.filter(connection=tree).values("external_id")
    )
    assert Part.objects.filter(connection=tree).exists()
    assert CreatorAccount.objects.count() == 40
    google = Connection.objects.get(provider="google_ads")
    for ads, its in ((60, connection), (12, google)):
        assert Ad.objects.filter(connection=its).count() == ads
        days = DailyMetric.objects.filter(connection=its, level="account")
        assert days.count() == 91, "the recent window"
        assert SyncJob.objects.get(connection=its, lane="backfill").is_active, "history is left to a worker"
    status = commands.run("sync_status", **found).said
    assert f"{connection.pk}  Demo Shop (Meta Ads): idle\n" in status
    assert "  1 attempts, 1 with changes\n" in status
    again = commands.run("create_demo", **found)
    assert (again.code, again.said) == (0, "")
    assert (Connection.objects.count(), SyncJob.objects.filter(lane="sync").count()) == (6, 6)
    running.terminate()
    running.wait()
    commands.start("sandbox", **found)
    eventually((tmp_path / "sandbox.json").exists, "the sandbox's addresses")
    sheet = Connection.objects.get(provider="google_sheets")
    assert commands.run("sync", str(sheet.pk), "--foreground", **found).code == 0, "its key has outlived the sandbox"

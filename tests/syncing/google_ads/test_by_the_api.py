"""Google Ads is connected and read by the same endpoints as any provider, and by the same job."""

from typing import Any

import pytest
from django.urls import reverse

from connections.models import Connection
from connections.providers.google_ads.demo import DEMO_CUSTOMER, DEMO_TOKEN
from connections.sandbox.server import SandboxServer
from projects.models import Ad, AdSet, AssetGroup, Campaign, DailyMetric
from syncing.models import SyncJob
from tests.fixtures.api import Caller
from tests.fixtures.engine import finish_in_threads
from tests.syncing.google_ads.customer import operations

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
FROM_ENV = "/api/connections/from-env"


@pytest.fixture
def environment(sandbox: SandboxServer, settings: Any) -> None:
    held = {"account_id": "222-000-2220", "refresh_token": DEMO_TOKEN}
    its = {**settings.PROVIDERS["google_ads"], "from_environment": held}
    settings.PROVIDERS = {**settings.PROVIDERS, "google_ads": its}


@pytest.mark.spec("A95")
def test_development_connects_what_the_environment_holds_and_production_does_not(
    api: Caller, environment: None, settings: Any
) -> None:
    settings.PRODUCTION = True
    assert api.post(FROM_ENV, {"provider": "google_ads"}).status_code == 404
    settings.PRODUCTION = False
    answer = api.post(FROM_ENV, {"provider": "google_ads"})
    assert (answer.status_code, answer.json()["external_account_id"]) == (201, DEMO_CUSTOMER)
    assert DEMO_TOKEN not in answer.content.decode()


@pytest.mark.spec("A21", "A24")
def test_entities_and_metrics_are_the_same_sync_with_a_scope(
    api: Caller, environment: None, sandbox: SandboxServer
) -> None:
    api.post(FROM_ENV, {"provider": "google_ads"})
    own = Connection.objects.get()
    SyncJob.objects.all().delete()
    today = sandbox.clock.now().astimezone(own.zone).date().isoformat()

    def asked(name: str, body: Any = None) -> list[str]:
        sandbox.google_ads.calls.clear()
        answer = api.post(reverse(f"api_{name}", args=[own.pk]), body)
        assert answer.status_code == 202, answer.content
        finish_in_threads([answer.json()["job_id"]])
        assert SyncJob.objects.get(pk=answer.json()["job_id"]).status == SyncJob.Status.COMPLETED
        return sorted(each.resource for each in operations(sandbox))

    assert asked("sync_entities") == ["ad_group", "ad_group_ad", "asset_group", "campaign"]
    tables = (Campaign, AdSet, Ad, AssetGroup)
    assert [table.objects.filter(connection=own).count() for table in tables] == [4, 6, 12, 2]
    assert not DailyMetric.objects.exists()
    days = {"since": today, "until": today}
    assert asked("sync_metrics", days) == ["ad_group", "ad_group_ad", "campaign", "customer"]
    levels = DailyMetric.objects.filter(connection=own).values_list("level", flat=True)
    assert set(levels) == {"account", "campaign", "ad_set", "ad"}

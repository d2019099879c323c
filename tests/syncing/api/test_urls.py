"""Each address answers with and without a slash at its end, without a redirect that would lose the body."""

import pytest
from django.urls import reverse

from connections.models import Connection
from syncing.api.urls import urlpatterns
from syncing.models import ConnectionSync, SyncJob
from tests.fixtures.api import Caller

pytestmark = pytest.mark.django_db
FOR_STAFF = ("api_smart_sync", "api_sync_status_of_all")
NAMED = {pattern.name: pattern for pattern in urlpatterns if pattern.name}


def both(address: str) -> list[str]:
    bare = address.rstrip("/")
    return [bare, f"{bare}/"]


@pytest.mark.parametrize("name", NAMED)
def test_both_forms_answer_alike(api: Caller, job: SyncJob, name: str) -> None:
    parameters = {"connection_id": job.connection_id, "job_id": job.pk}
    wanted = NAMED[name].pattern.converters
    for method in ("GET", "PUT"):
        codes = [
            api.ask(method, address).status_code
            for address in both(reverse(name, kwargs={each: parameters[each] for each in wanted}))
        ]
        assert codes[0] == codes[1]
        assert codes[0] in ((401,) if name in FOR_STAFF else (200, 405))


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_body_arrives_at_both(api: Caller, connection: Connection, slash: str) -> None:
    path = f"/api/connections/{connection.pk}/sync-frequency{slash}"
    assert api.patch(path, {"sync_frequency": "daily"}).status_code == 200
    assert ConnectionSync.objects.get(pk=connection.pk).sync_frequency == "daily"


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_sync_starts_at_both(api: Caller, connection: Connection, slash: str) -> None:
    answer = api.post(f"/api/connections/{connection.pk}/sync-now{slash}", {"streams": ["campaigns"]})
    assert answer.status_code == 202
    assert SyncJob.objects.get().scope["streams"] == ["campaigns"]


def test_the_addresses_of_the_guides_are_these() -> None:
    assert reverse("api_connections") == "/api/connections/"
    assert reverse("api_jobs") == "/api/jobs/"
    assert (reverse("api_coverage"), reverse("api_changes")) == ("/api/coverage/", "/api/changes/")
    lists = ("api_connections", "api_jobs", "api_coverage", "api_changes")
    assert not [name for name in NAMED if name not in lists and str(NAMED[name].pattern).endswith("/")]

"""Force sync: a node of a tree is read again at once, whatever is held of it."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from connections import registry
from connections.models import AuditEvent, Connection, Credential, Workspace
from projects.models import Elevation, ElevationThumbnail, LogikalProject
from syncing.models import SyncJob, SyncSchedule
from syncing.receivers import seed_object_types
from tests.fixtures import tree as provider
from tests.fixtures.api import CSRF
from tests.fixtures.engine import TODAY, Watch, change, drain, enqueue, sync
from tests.fixtures.synced import make_connection
from tests.fixtures.windows import make_project, make_thumbnail

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
TREE: dict[str, Any] = {
    "A": {"p1": {"version": "1", "elevations": {"e1": "1", "e2": "1"}}, "p2": {"version": "1", "elevations": {}}},
    "A/B": {"p3": {"version": "1", "elevations": {"e3": "1"}}},
    "AB": {"p4": {"version": "1", "elevations": {}}},
}


@pytest.fixture
def watch() -> Watch:
    """Buttons are pressed now."""
    return Watch(timezone.now())


@pytest.fixture
def branches(workspace: Workspace, settings: Any, tmp_path: Path, watch: Watch) -> Iterator[Connection]:
    """A made-up tree that has been read whole."""
    provider.register(settings)
    seed_object_types()
    credential = Credential(workspace=workspace, provider=provider.KIND)
    credential.seal({})
    credential.save()
    connection = Connection.objects.create(
        workspace=workspace,
        credential=credential,
        provider=provider.KIND,
        name="Windows",
        external_account_id="windows",
        is_sandbox=True,
        anchor_date=TODAY,
        options={"tree": TREE, "journal": str(tmp_path / "calls")},
    )
    sync(connection, watch)
    (tmp_path / "calls").write_text("")
    yield connection
    del registry.SOURCES[provider.KIND]


def opened(connection: Connection) -> set[str]:
    """The projects that were opened since the tree was read."""
    lines = Path(connection.options["journal"]).read_text().splitlines()
    return {line.split()[1] for line in lines if line.startswith("open")}


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def press(client: Client, connection: Connection, kind: str, node: str) -> str:
    """Where one is led."""
    answer = client.post(reverse("force", args=[connection.pk]), {"kind": kind, "node": node})
    assert answer.status_code == 302
    return answer.headers["Location"]


def plan(client: Client, connection: Connection, kind: str, node: str) -> str:
    return text_of(client.get(reverse("force", args=[connection.pk]), {"kind": kind, "node": node}).content.decode())


NODES = [
    ("directory", "", {"p1", "p2", "p3", "p4"}),
    ("directory", "A", {"p1", "p2", "p3"}),
    ("directory", "A/B", {"p3"}),
    ("project", "p1", {"p1"}),
    ("phase", f"p1 {provider.PHASE}", {"p1"}),
    ("elevation", "e3", {"p3"}),
]


@pytest.mark.spec("L23", "D7")
@pytest.mark.parametrize(("kind", "node", "projects"), NODES, ids=[f"{kind} {node}" for kind, node, _ in NODES])
def test_what_is_forced_is_read_again_though_nothing_has_changed(
    kind: str, node: str, projects: set[str], bob: User, branches: Connection, watch: Watch, signed_in: SignIn
) -> None:
    press(signed_in(bob), branches, kind, node)
    drain(watch)
    assert opened(branches) == projects
    event = AuditEvent.objects.get()
    assert (event.action, event.actor) == ("sync forced", bob.get_username())
    job = SyncJob.objects.latest("created_at")
    assert event.after == {"job": str(job.pk), "kind": kind, "node": node, "entities": len(projects)}
    assert (job.user, job.trigger) == (bob, "user")


def test_of_an_elevation_only_its_own_picture_is_asked_for_again(
    alice: User, branches: Connection, signed_in: SignIn
) -> None:
    for elevation in ("e1", "e2"):
        make_thumbnail(branches, elevation, "p1")
    press(signed_in(alice), branches, "elevation", "e1")
    assert list(ElevationThumbnail.objects.filter(again=True).values_list("external_id", flat=True)) == ["e1"]


def test_how_many_will_be_read_is_said_before(alice: User, branches: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)
    assert "4 projects are read again, with all elevations" in plan(client, branches, "directory", "")
    assert "Read 3 projects again" in plan(client, branches, "directory", "A")
    assert "1 project is read again; of what is in it, 2 elevations" in plan(client, branches, "phase", NODES[4][1])
    assert not SyncJob.objects.active().exists()
    enqueue(branches, timezone.now())
    assert "A sync runs already: this is read with it." in plan(client, branches, "project", "p1")


def test_the_button_of_a_directory_leads_to_the_plan_and_that_of_a_project_does_it(
    alice: User, branches: Connection, signed_in: SignIn
) -> None:
    page = "".join(signed_in(alice).get(reverse("projects"), where).content.decode() for where in ({}, {"in": "A"}))
    assert f'href="{reverse("force", args=[branches.pk])}?kind=directory&amp;node=AB"' in page
    assert f'action="{reverse("force", args=[branches.pk])}"' in page


@pytest.mark.spec("L11")
def test_the_tree_says_how_fresh_each_of_its_levels_is(alice: User, branches: Connection, signed_in: SignIn) -> None:
    def levels() -> list[tuple[str, str]]:
        page = signed_in(alice).get(reverse("projects")).content.decode()
        return re.findall(r"explain/[0-9a-f-]+/\w+/\">(\w+)</a>.*?</svg>([\w ]+)</span>", page, re.DOTALL)

    SyncSchedule.objects.update(next_due_at=timezone.now() + timedelta(hours=1), stale_at=None)
    fresh = [(name, "Fresh") for name in ("Directories", "Projects", "Phases", "Elevations")]
    assert levels() == fresh
    SyncSchedule.objects.filter(stream="phases").update(stale_at=timezone.now())
    assert levels() == [(name, "Stale" if name == "Phases" else word) for name, word in fresh]


def test_the_timeline_tells_who_forced_what(alice: User, branches: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)
    press(client, branches, "project", "p1")
    press(client, branches, "elevation", "e3")
    said = text_of(client.get(reverse("timeline", args=[branches.pk])).content.decode())
    assert "Had a project read again" in said
    assert "Had an elevation read again" in said


# What comes of it


@pytest.mark.spec("L21")
def test_progress_is_shown_while_it_runs_and_then_what_changed(
    alice: User, branches: Connection, watch: Watch, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    change(
        branches,
        tree={**TREE, "A": {"p1": {"version": "2", "elevations": {"e1": "2", "e9": "1"}}, "p2": TREE["A"]["p2"]}},
    )
    address = press(client, branches, "directory", "A")
    page = client.get(address).content.decode()
    job = SyncJob.objects.active().get()
    assert "Looking at what there is" in page
    assert 'hx-trigger="freshet:look, every 2s"' in page
    assert "What changed" not in page
    drain(watch)
    page = client.get(address).content.decode()
    said = text_of(page)
    assert "4 of 4 parts done" in said
    assert "every 2s" not in page
    assert re.search(r"What changed .* Created 1 Updated 2 Unchanged \d+ Removed 1 ", said)
    for link in (reverse("job", args=[job.pk]), reverse("changes", args=[branches.pk])):
        assert f'href="{link}"' in page
    assert f'{reverse("projects")}?connection={branches.pk}&amp;in=A"' in page


def test_that_nothing_has_changed_is_said_too(
    alice: User, branches: Connection, watch: Watch, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    address = press(client, branches, "project", "p1")
    drain(watch)
    assert "Nothing has changed" in text_of(client.get(address).content.decode())


def test_a_poll_is_answered_only_when_something_moved(
    alice: User, branches: Connection, watch: Watch, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    address = press(client, branches, "project", "p1")
    version = re.findall(r"[?&;]v=(\w+)", client.get(address).content.decode())[0]
    with CaptureQueriesContext(database) as asked:
        assert client.get(f"{address}&v={version}", headers={"HX-Request": "true"}).status_code == 204
    assert len(asked) <= 3
    drain(watch)
    assert client.get(f"{address}&v={version}", headers={"HX-Request": "true"}).status_code == 286


def test_it_joins_the_sync_that_runs(alice: User, branches: Connection, watch: Watch, signed_in: SignIn) -> None:
    running = enqueue(branches, timezone.now())
    client = signed_in(alice)
    address = press(client, branches, "project", "p1")
    assert address.startswith(reverse("forced", args=[branches.pk, running.pk]))
    assert "It joined the sync that is running" in text_of(client.get(address).content.decode())
    assert AuditEvent.objects.filter(action="sync forced").count() == 1
    drain(watch)
    assert opened(branches) == {"p1"}
    assert "It joined the sync that was running" in text_of(client.get(address).content.decode())


def test_a_sync_of_less_that_runs_reads_it_too(
    alice: User, branches: Connection, watch: Watch, signed_in: SignIn
) -> None:
    running = enqueue(branches, timezone.now(), "directories")
    client = signed_in(alice)
    address = press(client, branches, "project", "p1")
    assert str(running.pk) in address
    drain(watch)
    assert not SyncJob.objects.filter(follows=running).exists()
    assert "It joined the sync that was running" in text_of(client.get(address).content.decode())


# What cannot be


def test_why_it_does_not_start_is_said_on_a_card(alice: User, branches: Connection, signed_in: SignIn) -> None:
    Connection.objects.update(paused=True)
    answer = signed_in(alice).post(reverse("force", args=[branches.pk]), {"kind": "project", "node": "p1"})
    said = text_of(answer.content.decode())
    assert "This was not started This connection is paused. What to do: Resume it first." in said
    assert not SyncJob.objects.active().exists()
    assert not AuditEvent.objects.exists()
    assert not LogikalProject.objects.filter(forced_at__isnull=False).exists()


@pytest.mark.parametrize("gone", [{"missing_since": timezone.now()}, {"is_deleted": True}], ids=["missing", "deleted"])
def test_what_is_gone_is_not_read(gone: dict[str, Any], alice: User, branches: Connection, signed_in: SignIn) -> None:
    LogikalProject.objects.filter(external_id="p3").update(**gone)
    client = signed_in(alice)
    for kind, node in (("project", "p3"), ("directory", "A/B"), ("elevation", "e3")):
        assert "There is nothing in it that can be read" in plan(client, branches, kind, node)
        answer = client.post(reverse("force", args=[branches.pk]), {"kind": kind, "node": node})
        assert "This was not started" in answer.content.decode()
    assert not SyncJob.objects.active().exists()


def test_a_connection_that_is_no_tree_says_so(alice: User, workspace: Workspace, signed_in: SignIn) -> None:
    connection = make_connection(workspace)
    make_project(connection, "p1")
    answer = signed_in(alice).post(reverse("force", args=[connection.pk]), {"kind": "project", "node": "p1"})
    assert "Nothing of this connection is read object by object." in answer.content.decode()


@pytest.mark.parametrize(
    ("kind", "node"),
    [("project", "p9"), ("directory", "C"), ("phase", "p1 x"), ("phase", "p1"), ("elevation", ""), ("window", "e1")],
)
def test_a_node_that_is_not_there_is_not_found(
    kind: str, node: str, alice: User, branches: Connection, signed_in: SignIn
) -> None:
    for ask in (signed_in(alice).get, signed_in(alice).post):
        assert ask(reverse("force", args=[branches.pk]), {"kind": kind, "node": node}).status_code == 404


def test_only_operators_force_and_strangers_learn_nothing(
    alice: User, charlie: User, branches: Connection, signed_in: SignIn
) -> None:
    address, asked = reverse("force", args=[branches.pk]), {"kind": "project", "node": "p1"}
    assert signed_in(charlie).post(address, asked).status_code == 404
    progress = press(signed_in(alice), branches, "project", "p1")
    assert signed_in(charlie).get(progress).status_code == 404
    alice.memberships.update(role="viewer")
    assert signed_in(alice).post(address, asked).status_code == 403
    assert signed_in(alice).get(progress).status_code == 200
    other = Client(enforce_csrf_checks=True)
    other.force_login(charlie)
    assert other.post(address, asked, headers={"X-CSRFToken": CSRF}).status_code == 403


def test_the_job_of_another_connection_is_not_shown(
    alice: User, workspace: Workspace, branches: Connection, signed_in: SignIn
) -> None:
    job = SyncJob.objects.get()
    other = make_connection(workspace)
    assert signed_in(alice).get(reverse("forced", args=[other.pk, job.pk]), {"kind": "directory"}).status_code == 404


# Many


def test_thousands_of_projects_are_forced_at_once(alice: User, branches: Connection, signed_in: SignIn) -> None:
    made = [
        LogikalProject(
            connection=branches,
            external_id=f"x{number}",
            directory_path="AB",
            version="1",
            elevations_read="1",
            fingerprint=0,
            first_seen_at=timezone.now(),
            changed_at=timezone.now(),
        )
        for number in range(2500)
    ]
    LogikalProject.objects.bulk_create(made)
    assert "Read 2 501 projects again" in plan(signed_in(alice), branches, "directory", "AB")
    with CaptureQueriesContext(database) as asked:
        press(signed_in(alice), branches, "directory", "AB")
    assert len(asked) < 80
    assert LogikalProject.objects.filter(forced_at__isnull=False, elevations_read="").count() == 2501


def test_removed_counts_what_went_while_the_job_ran(
    alice: User, branches: Connection, watch: Watch, signed_in: SignIn
) -> None:
    long_ago = timezone.now() - timedelta(days=3)
    Elevation.objects.filter(external_id="e3").update(missing_since=long_ago)
    client = signed_in(alice)
    address = press(client, branches, "project", "p1")
    drain(watch)
    assert "Removed 0" in text_of(client.get(address).content.decode())

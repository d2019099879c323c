"""Pages of 50 rows, at most 200, that lose and double none while rows are added."""

import base64
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import chain
from urllib.parse import urlencode

import pytest

from connections.models import Connection
from syncing.models import ConnectionSync, SyncJob
from tests.fixtures.api import Caller
from tests.fixtures.synced import make_job

pytestmark = pytest.mark.django_db
JOBS = "/api/jobs/"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def make_jobs(connection: Connection, number: int, every: timedelta = timedelta(minutes=1)) -> list[str]:
    """Their ids, newest first."""
    made = [make_job(connection, BEGIN + at * every).pk for at in range(number)]
    return [str(job.pk) for job in SyncJob.objects.filter(pk__in=made).order_by("-created_at", "-id")]


def walk(api: Caller, path: str, direction: str = "next") -> list[list[str]]:
    pages, address = [], path
    while address:
        page = api.get(address).json()
        assert list(page) == ["next", "previous", "results"]
        pages.append([row["id"] for row in page["results"]])
        address = page[direction]
    return pages


def rows(pages: Iterable[list[str]]) -> list[str]:
    return list(chain.from_iterable(pages))


def test_fifty_rows_and_the_way_to_the_next(api: Caller, connection: Connection) -> None:
    ids = make_jobs(connection, 120)
    pages = walk(api, JOBS)
    assert [len(page) for page in pages] == [50, 50, 20]
    assert rows(pages) == ids


@pytest.mark.parametrize(("asked", "given"), [("1", 1), ("120", 120), ("200", 200), ("201", 200), ("99999", 200)])
def test_the_size_may_be_chosen_up_to_200(api: Caller, connection: Connection, asked: str, given: int) -> None:
    make_jobs(connection, 205)
    assert len(api.get(f"{JOBS}?page_size={asked}").json()["results"]) == given


@pytest.mark.parametrize("size", ["0", "-1", "many", "", "1e3", "9" * 5000, "%00", "1.5"])
def test_a_size_that_makes_no_sense_is_refused(api: Caller, size: str) -> None:
    answer = api.get(f"{JOBS}?page_size={size}")
    assert answer.status_code == 400
    assert "page_size" in answer.json()["invalid"]


def test_rows_of_the_same_moment_are_neither_lost_nor_doubled(api: Caller, connection: Connection) -> None:
    ids = make_jobs(connection, 25, every=timedelta(0))
    assert rows(walk(api, f"{JOBS}?page_size=4")) == ids


def test_a_row_that_comes_in_between_doubles_none(api: Caller, connection: Connection) -> None:
    ids = make_jobs(connection, 20)
    first = api.get(f"{JOBS}?page_size=10").json()
    make_job(connection, BEGIN + timedelta(days=1))
    assert [row["id"] for row in api.get(first["next"]).json()["results"]] == ids[10:]


def test_the_way_back_leads_to_the_same_rows(api: Caller, connection: Connection) -> None:
    ids = make_jobs(connection, 25)
    last = api.get(api.get(f"{JOBS}?page_size=10").json()["next"]).json()["next"]
    pages = walk(api, last, "previous")
    assert rows(reversed(pages)) == ids


def cursor(**parts: str) -> str:
    return base64.b64encode(urlencode(parts).encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "%F0%9F%98%80",
        "%00",
        cursor(p="garbage"),
        cursor(p="2026-13-45 00:00:00+00:00"),
        cursor(p="0001-01-01 00:00:00+14:00"),
        cursor(p="9999-12-31 23:59:59-14:00"),
        cursor(p="\x00"),
        cursor(p="2026-01-01 00:00:00+00:00", o="99999999999999999999"),
        cursor(o="-1"),
        cursor(r="x", p="2026-01-01 00:00:00+00:00"),
        cursor(p="10000-01-01 00:00:00+00:00"),
    ],
)
def test_a_cursor_that_leads_nowhere_never_breaks_anything(api: Caller, connection: Connection, text: str) -> None:
    make_jobs(connection, 3)
    assert api.get(f"{JOBS}?cursor={text}").status_code in (200, 400, 404)


def test_a_thousand_connections_are_read_in_five_pages(api: Caller, connection: Connection) -> None:
    fields = {name: getattr(connection, name) for name in ("workspace", "credential", "provider", "anchor_date")}
    made = [Connection(**fields, name=f"{at}", external_account_id=f"{at}") for at in range(999)]
    Connection.objects.bulk_create(made)
    ConnectionSync.objects.bulk_create([ConnectionSync(connection=each) for each in made])
    pages = walk(api, "/api/connections/?page_size=200")
    assert [len(page) for page in pages] == [200] * 5
    assert len(set(rows(pages))) == 1000

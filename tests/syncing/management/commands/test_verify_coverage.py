"""manage.py verify_coverage: every gap as a range, and an exit code for whoever watches."""

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections.models import Connection, Workspace
from projects.models import DailyMetric
from tests.fixtures.calendar import STREAM, Ledger
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.django_db
STREAMS = ("account_metrics", "campaign_metrics", "adset_metrics", "ad_metrics")


def verify(*words: str) -> tuple[int, list[str]]:
    printed = StringIO()
    try:
        call_command("verify_coverage", *words, stdout=printed)
    except SystemExit as ended:
        return int(ended.code or 0), printed.getvalue().splitlines()
    return 0, printed.getvalue().splitlines()


def test_no_gap_is_proven(ledger: Ledger) -> None:
    for stream in STREAMS:
        ledger.read(400, 0, stream=stream)
    code, lines = verify(str(ledger.connection.pk))
    assert code == 0
    assert [line.split(": ")[1].partition(" (")[0] for line in lines[:-1]] == ["0 gaps, 400 of 400 days read"] * 4
    assert lines[-1] == "0 of 1,600 days missing, in 0 of 4 streams"


def test_each_gap_is_printed_as_a_range(ledger: Ledger) -> None:
    for stream in STREAMS:
        ledger.read(400, 101 if stream == STREAM else 0, stream=stream)
    ledger.read(98, 3)
    code, lines = verify(str(ledger.connection.pk))
    assert code == 1
    back = ledger.back
    gaps = [f"  gap {back(100)} {back(99)} (2 days)", f"  gap {back(2)} {back(1)} (2 days)"]
    assert [line for line in lines if line.startswith("  gap")] == gaps
    assert lines[-1] == "4 of 1,600 days missing, in 1 of 4 streams"


def test_a_day_that_does_not_add_up_is_printed_and_fails(adrift: Ledger) -> None:
    code, lines = verify(str(adrift.connection.pk))
    assert code == 1
    assert [line for line in lines if line.startswith("  ")] == [
        f"  drift {adrift.back(3)} lacks CHF 1.20 (CHF 1,499.30 of CHF 1,500.50)",
        f"  drift {adrift.back(4)} has CHF 0.000001 too much (CHF 1,500.500001 of CHF 1,500.50)",
    ]
    assert lines[-2:] == [
        "0 of 1,600 days missing, in 0 of 4 streams",
        "2 of 400 days do not add up to their totals",
    ]
    adrift.spend(3, "12", "1.20")
    DailyMetric.objects.filter(date=adrift.back(4)).delete()
    code, lines = verify("--all")
    assert (code, lines[-1]) == (0, "0 of 400 days do not add up to their totals")


def test_of_all_connections_the_removed_are_left_out(ledger: Ledger, workspace: Workspace) -> None:
    fresh = make_connection(workspace, "Fresh")
    code, lines = verify("--all")
    assert code == 1
    assert [line for line in lines if "Fresh, ad_metrics: No day has been read yet." in line]
    Connection.objects.exclude(pk=fresh.pk).update(removed_at=timezone.now())
    assert verify("--all") == (
        0,
        [*(line for line in lines if "Fresh," in line), "0 of 0 days missing, in 0 of 4 streams"],
    )


def test_one_query_reads_the_ledger(ledger: Ledger, workspace: Workspace) -> None:
    for number in range(4):
        Ledger(make_connection(workspace, f"Other {number}"), ledger.now).read(20, 0)
    with CaptureQueriesContext(database) as queries:
        verify("--all")
    assert [query["sql"] for query in queries if "projects_coverage" in query["sql"]] == [
        next(query["sql"] for query in queries if "projects_coverage" in query["sql"])
    ]
    assert len(queries) <= 4


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Name one connection, or say --all."),
        (("--all", str(uuid4())), "Name one connection, or say --all."),
        (("7",), "7 is no connection's id"),
        ((str(uuid4()),), "There is no connection"),
    ],
)
def test_what_makes_no_sense_is_said(db: None, words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("verify_coverage", *words)

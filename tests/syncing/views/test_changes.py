"""The page of what changed, and its file."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connections.models import Connection
from projects.models import Change
from projects.restated.lines import LINES_A_PAGE
from syncing.models import SyncJob
from tests.fixtures.ads import make_campaign
from tests.fixtures.calendar import Ledger
from tests.fixtures.engine import TODAY, Watch, change, sync

SignIn = Callable[[User], Client]


def page_of(client: Client, connection: Connection, **asked: str) -> str:
    answer = client.get(reverse("changes", args=[connection.pk]), asked)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace("\u202f", "_").replace("\u00a0", "~").split())


def rows_of(page: str) -> list[list[str]]:
    """The lines of the table, the text of each cell."""
    table = page.partition("<tbody")[2].partition("</table>")[0]
    rows = re.findall(r"<tr.*?</tr>", table)
    return [[plain(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in rows]


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def heading(page: str) -> str:
    return plain(page.partition('id="summary-title"')[2].partition(">")[2].partition("</h2>")[0])


def test_the_summary_says_how_much_moved_since_when(alice: User, moved: Ledger, signed_in: SignIn) -> None:
    said = heading(page_of(signed_in(alice), moved.connection)).replace(" :", ":")
    assert said.startswith("Since ")
    assert said.endswith(": 10 values of 5 rows changed; spend of 1 day moved by +CHF~12.40 in all.")


def test_values_stand_by_day_and_thing_with_their_difference_in_words(
    alice: User, moved: Ledger, signed_in: SignIn
) -> None:
    rows = rows_of(page_of(signed_in(alice), moved.connection))
    assert [row[0] for row in rows if len(row) == 1] == [f"{moved.back(days):%a %-d %b %Y}" for days in (1, 3)]
    assert [row[:5] for row in rows if len(row) > 4] == [
        ["Alpine Outfitters CH Account act_1", "Spend", "CHF~112.40", "CHF~124.80", "+CHF~12.40 +11 %"],
        ["Winter sale Campaign 1", "Clicks", "1_000", "1_004", "+4 +0.4 %"],
        ["Winter sale", "Spend in 2 steps", "CHF~100.00", "CHF~112.40", "+CHF~12.40 +12.4 %"],
        ["77 Campaign", "Spend", "CHF~12.40", "CHF~0.00", "\u2212CHF~12.40 \u2212100 %"],
        ["Winter sale", "Conversions", "5.5", "5.25", "\u22120.25 \u22124.5 %"],
    ]
    assert [row[:3] for row in rows if len(row) == 4] == [["Winter sale Campaign 1", "Actions", "Purchase : 3 → 4"]]


def test_statuses_budgets_and_dates_are_said_in_words(alice: User, moved: Ledger, signed_in: SignIn) -> None:
    rows = rows_of(page_of(signed_in(alice), moved.connection, of="objects"))
    assert [row[1:5] for row in rows] == [
        ["End", "none", "1 Dec 2026, 09:30", "–"],
        ["Daily budget", "CHF~10.00", "CHF~12.50", "+CHF~2.50 +25 %"],
        ["Status", "Active", "Paused", "–"],
    ]


def test_the_time_may_be_chosen_and_whatever_makes_no_sense_is_as_usual(
    alice: User, moved: Ledger, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    usual = rows_of(page_of(client, moved.connection))
    assert "11 values of 6 rows" in heading(page_of(client, moved.connection, period="7d"))
    assert heading(page_of(client, moved.connection, period="all")).startswith("As far as it is kept: 11 values")
    for odd in ({"period": "ever"}, {"of": "\x00"}, {"after": "\x00"}, {"after": "2026-99-99|a|b|c"}, {"after": "x|y"}):
        assert rows_of(page_of(client, moved.connection, **odd)) == usual
    odd = {"of": "objects", "after": "9" * 30}
    assert len(rows_of(page_of(client, moved.connection, **odd))) == 3


def test_what_went_back_to_what_it_was_says_so(alice: User, ledger: Ledger, signed_in: SignIn) -> None:
    ledger.change(1, "5", "6", field="clicks")
    ledger.change(1, "6", "5", field="clicks")
    ((_, _, before, after, difference, _),) = [
        row for row in rows_of(page_of(signed_in(alice), ledger.connection)) if len(row) == 6
    ]
    assert (before, after, difference) == ("5", "5", "as before")


def test_a_change_leads_to_its_sync_while_that_is_kept(alice: User, moved: Ledger, signed_in: SignIn) -> None:
    job = SyncJob.objects.get(connection=moved.connection)
    client = signed_in(alice)
    assert page_of(client, moved.connection).count(reverse("job", args=[job.pk])) == 5
    job.delete()
    assert "/jobs/" not in page_of(client, moved.connection)


def test_without_changes_it_says_so(alice: User, ledger: Ledger, signed_in: SignIn) -> None:
    page = page_of(signed_in(alice), ledger.connection)
    assert "nothing changed." in heading(page)
    assert "What was stored before is as the provider says it now." in page


def test_hostile_names_and_values_are_only_text(alice: User, ledger: Ledger, signed_in: SignIn) -> None:
    make_campaign(ledger.connection, "1", "<script>alert(1)</script>")
    ledger.change(None, "<b>", "<i>", table="campaign", key="1", field="name")
    ledger.change(1, "not a number", "NaN", key="campaign/<u>/2", field="clicks")
    ledger.change(1, "[1]", "{broken", field="actions")
    ledger.change(1, None, "odd", table="unheard_of", key="k", field="some_field")
    client = signed_in(alice)
    for of in ("numbers", "objects"):
        page = page_of(client, ledger.connection, of=of)
        assert not re.search(r"<script>alert|<b>|<i>|<u>", page)
    assert "Some field" in page_of(client, ledger.connection)


# Pages


def fill(ledger: Ledger, days: int, things: int) -> None:
    fields = {"table": "daily_metric", "field": "clicks", "before": "1", "after": "3", "seen_at": ledger.now}
    Change.objects.bulk_create(
        Change(connection=ledger.connection, date=ledger.back(day), key=f"campaign/{thing:05}", **fields)
        for day in range(days)
        for thing in range(things)
    )


def every_page(client: Client, connection: Connection, **asked: str) -> list[list[list[str]]]:
    pages, after = [], ""
    while True:
        page = page_of(client, connection, after=after, **asked)
        pages.append([row for row in rows_of(page) if len(row) > 1])
        found = re.search(r"after=([^\"#]+)#changes-title\">More", page)
        if not found:
            return pages
        after = found[1].replace("%7C", "|").replace("%2F", "/")


def test_all_of_it_comes_in_pages_each_value_once(alice: User, ledger: Ledger, signed_in: SignIn) -> None:
    fill(ledger, 3, 75)
    pages = every_page(signed_in(alice), ledger.connection)
    assert [len(page) for page in pages] == [LINES_A_PAGE, LINES_A_PAGE, 25]
    things = [row[0] for page in pages for row in page]
    assert len(things) == 225
    assert set(map(things.count, things)) == {3}


def test_objects_come_in_pages_too(alice: User, ledger: Ledger, signed_in: SignIn) -> None:
    for number in range(LINES_A_PAGE + 5):
        ledger.change(None, "a", "b", table="campaign", key=str(number), field="name")
    pages = every_page(signed_in(alice), ledger.connection, of="objects")
    assert [len(page) for page in pages] == [LINES_A_PAGE, 5]
    assert len({row[0] for page in pages for row in page}) == LINES_A_PAGE + 5


def test_the_queries_do_not_grow_with_the_changes(
    alice: User, moved: Ledger, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    fill(moved, 5, 30)
    client = signed_in(alice)
    with django_assert_max_num_queries(11):
        page_of(client, moved.connection, period="all")


def test_an_index_leads_to_the_changes(alice: User, moved: Ledger, signed_in: SignIn) -> None:
    fill(moved, 28, 200)
    with database.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = signed_in(alice)
    with CaptureQueriesContext(database) as queries:
        page_of(client, moved.connection)
    explain = "EXPLAIN QUERY PLAN" if database.vendor == "sqlite" else "EXPLAIN"
    asked = [query["sql"] for query in queries if 'FROM "projects_change"' in query["sql"]]
    assert len(asked) == 4
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in asked:
            cursor.execute(f"{explain} {sql}")
            plan = " ".join(str(row) for row in cursor.fetchall())
            assert re.search(r"changes_(newest_first|by_day|as_written)|PRIMARY KEY|_pkey", plan), plan


def test_strangers_find_nothing(charlie: User, moved: Ledger, signed_in: SignIn) -> None:
    for name in ("changes", "changes_csv"):
        assert signed_in(charlie).get(reverse(name, args=[moved.connection.pk])).status_code == 404


# The file


def lines_of(client: Client, connection: Connection, **asked: str) -> list[dict[str, str]]:
    answer: Any = client.get(reverse("changes_csv", args=[connection.pk]), asked)
    assert (answer.status_code, answer.streaming) == (200, True)
    text = b"".join(answer.streaming_content)
    assert text.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline="")))


def test_the_file_has_every_change_in_units_and_with_a_decimal_point(
    alice: User, moved: Ledger, signed_in: SignIn
) -> None:
    lines = lines_of(signed_in(alice), moved.connection)
    assert len(lines) == 7
    spend = next(line for line in lines if line["after"] == "112.4" and line["id"] == "1")
    job = SyncJob.objects.get(connection=moved.connection)
    assert spend == {
        "seen_at": f"{moved.now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
        "date": str(moved.back(1)),
        "account": "Alpine Outfitters CH",
        "account_id": moved.connection.external_account_id,
        "level": "campaign",
        "id": "1",
        "name": "Winter sale",
        "field": "spend",
        "before": "104.5",
        "after": "112.4",
        "difference": "7.9",
        "currency": "CHF",
        "job_id": str(job.pk),
    }
    assert [line["field"] for line in lines_of(signed_in(alice), moved.connection, of="objects")] == [
        "stop_at",
        "daily_budget",
        "effective_status",
    ]


def test_no_text_of_the_file_runs_as_a_formula(alice: User, ledger: Ledger, signed_in: SignIn) -> None:
    make_campaign(ledger.connection, "1", "=HYPERLINK(1)")
    Connection.objects.update(name="@SUM(1)")
    ledger.change(None, "+1", "-2", table="campaign", key="1", field="name")
    (line,) = lines_of(signed_in(alice), ledger.connection, of="objects")
    assert (line["name"], line["account"], line["before"], line["after"]) == (
        "'=HYPERLINK(1)",
        "'@SUM(1)",
        "'+1",
        "'-2",
    )


def test_the_file_is_named_for_what_it_holds(alice: User, moved: Ledger, signed_in: SignIn) -> None:
    answer = signed_in(alice).get(reverse("changes_csv", args=[moved.connection.pk]), {"period": "7d"})
    assert 'filename="alpine-outfitters-ch_changes_numbers_7d.csv"' in answer["Content-Disposition"]


# What a sync writes


def test_a_restatement_of_a_sync_stands_on_the_page(
    alice: User, account: Connection, watch: Watch, signed_in: SignIn
) -> None:
    sync(account, watch)
    watch.move(hours=1)
    job = sync(change(account, salt="restated", status="PAUSED"), watch)
    account.workspace.memberships.create(user=alice, role="viewer")
    client = signed_in(alice)
    page = page_of(client, account, period="all")
    assert f"{TODAY:%a %-d %b %Y}" in page
    assert reverse("job", args=[job.pk]) in page
    assert {row[0] for row in rows_of(page) if len(row) > 1} >= {"Campaign 0", "Campaign 1"}
    rows = rows_of(page_of(client, account, period="all", of="objects"))
    assert [row[1:4] for row in rows] == [["Status", "Active", "Paused"]] * 3
    assert uuid4() != job.pk

"""The file of the ads' numbers."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from connections.models import Connection, Workspace
from projects.models import DailyMetric
from projects.numbers.exact import exact
from projects.numbers.export import ROWS_AT_ONCE
from tests.fixtures.ads import UNTIL, make_ad, make_ad_sets, make_campaign, make_metric, read_days, synced
from tests.fixtures.synced import make_connection

SignIn = Callable[[User], Client]
MARCH = {"period": "custom", "since": "2025-03-01", "until": "2025-03-10"}


@pytest.fixture
def shop(workspace: Workspace) -> Connection:
    return make_connection(workspace, "Shop CH")


def answer_of(client: Client, **asked: Any) -> Any:
    answer = client.get(reverse("ads_csv"), {**MARCH, **asked})
    assert answer.streaming
    return answer


def bytes_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def rows_of(client: Client, **asked: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(bytes_of(answer_of(client, **asked)).decode("utf-8-sig"), newline="")))


def test_it_is_only_read(alice: User, shop: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)
    assert client.post(reverse("ads_csv"), MARCH).status_code == 405
    assert client.head(reverse("ads_csv"), MARCH).status_code == 200


def test_the_bytes_are_those_that_a_spreadsheet_reads(alice: User, shop: Connection, signed_in: SignIn) -> None:
    make_campaign(shop, "1", "Žižkov, Zürich")
    make_metric(shop, "1", impressions=1234, clicks=10, spend="1234.50", conversions="2.5", revenue="-7.25")
    answer = answer_of(signed_in(alice), by="day")
    account = f"Shop CH,{shop.external_account_id}"
    assert (
        bytes_of(answer)
        == (
            "\ufeffdate,account,account_id,level,campaign_id,campaign,ad_set_id,ad_set,id,name,status,currency,"
            "spend,impressions,clicks,ctr,cpc,conversions,cost_per_conversion,revenue,roas,reach\r\n"
            f'2025-03-10,{account},campaign,,,,,1,"Žižkov, Zürich",ACTIVE,CHF,'
            "1234.5,1234,10,0.810373,123.45,2.5,493.8,-7.25,-0.005873,\r\n"
        ).encode()
    )
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("＝1", "'＝1"),
        ("a=1", "a=1"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("שלום \u202eevil", "שלום \u202eevil"),
        ("🏔️ Summit", "🏔️ Summit"),
        ('two\nlines, "quoted"', 'two\nlines, "quoted"'),
    ],
)
@pytest.mark.parametrize("by", ["day", "total"])
def test_a_text_never_runs_and_is_otherwise_as_it_was(
    by: str, name: str, written: str, alice: User, shop: Connection, signed_in: SignIn
) -> None:
    Connection.objects.filter(pk=shop.pk).update(name=name)
    campaign = make_campaign(shop, "=c", name, status="-X")
    make_ad_sets(shop, campaign, "+s")
    make_ad(shop, "@a", name=name, campaign_id="=c", ad_set_id="+s")
    make_metric(shop, "@a", level="ad", campaign_id="=c", ad_set_id="+s", spend="-1.00")
    (row,) = rows_of(signed_in(alice), level="ad", by=by)
    assert (row["account"], row["campaign"], row["name"]) == (written, written, written)
    assert (row["campaign_id"], row["ad_set_id"], row["id"], row["ad_set"]) == ("'=c", "'+s", "'@a", "Ad set +s")
    assert row["spend"] == "-1"  # a number stays one


def test_one_row_each_day_or_one_in_all(alice: User, shop: Connection, signed_in: SignIn) -> None:
    for back, spend in enumerate(("1.10", "2.20", "3.30")):
        make_metric(shop, "1", UNTIL - timedelta(days=back), spend=spend, impressions=1, reach=5)
    make_metric(shop, "1", UNTIL + timedelta(days=1), spend="100")
    client = signed_in(alice)
    days = rows_of(client, by="day")
    assert [(row["date"], row["spend"], row["reach"]) for row in days] == [
        ("2025-03-08", "3.3", "5"),
        ("2025-03-09", "2.2", "5"),
        ("2025-03-10", "1.1", "5"),
    ]
    (total,) = rows_of(client)
    assert (total["since"], total["until"], total["spend"]) == ("2025-03-01", "2025-03-10", "6.6")
    assert "reach" not in total
    assert (total["cpc"], total["roas"]) == ("", "0")


def test_decimals_are_exact(alice: User, shop: Connection, signed_in: SignIn) -> None:
    metric = make_metric(shop, "1", conversions="0.000001")
    DailyMetric.objects.filter(pk=metric.pk).update(spend_micros=9_007_199_254_740_993, revenue_micros=-1)
    for by in ("day", "total"):
        (row,) = rows_of(signed_in(alice), by=by)
        assert (row["spend"], row["revenue"]) == ("9007199254.740993", "-0.000001")
        assert row["conversions"] == "0.000001"


@pytest.mark.parametrize(
    ("value", "written"), [(None, ""), (0, "0"), (100, "100"), (1000000, "1000000"), (-5, "-5")], ids=str
)
def test_no_number_is_written_with_an_exponent(value: int | None, written: str) -> None:
    assert exact(value) == written


def test_the_filters_are_those_of_the_page(
    alice: User, workspace: Workspace, shop: Connection, signed_in: SignIn
) -> None:
    other = make_connection(workspace, "Shop DE", currency="EUR")
    make_campaign(shop, "1", "Winter")
    for account, key in ((shop, "1"), (shop, "2"), (other, "1")):
        make_metric(account, key, spend="1.00", campaign_id="c" + key)
    client = signed_in(alice)
    assert len(rows_of(client)) == 3
    assert len(rows_of(client, connection=str(shop.pk))) == 2
    assert [row["name"] for row in rows_of(client, q="wint")] == ["Winter"]
    assert [row["id"] for row in rows_of(client, campaign="2")] == ["2"]
    assert rows_of(client, level="ad") == []
    assert [row["currency"] for row in rows_of(client, sort="-spend")] == ["CHF", "CHF", "EUR"]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Shop CH", 'filename="shop-ch_campaigns-by-day_2025-03-01_2025-03-10.csv"'),
        ("../../etc/passwd\r\nX-Evil: 1", 'filename="etcpasswd-x-evil-1_campaigns-by-day_2025-03-01_2025-03-10.csv"'),
        ("Zürich", "filename*=utf-8''z%C3%BCrich_campaigns-by-day_2025-03-01_2025-03-10.csv"),
        ("???", 'filename="act_7_campaigns-by-day_2025-03-01_2025-03-10.csv"'),
    ],
)
def test_the_file_is_named_for_account_level_and_days(
    name: str, file: str, alice: User, workspace: Workspace, signed_in: SignIn
) -> None:
    make_connection(workspace, name, external_account_id="act_7")
    assert answer_of(signed_in(alice), by="day")["Content-Disposition"] == f"attachment; {file}"


def test_several_accounts_and_none_make_a_file_too(
    alice: User, charlie: User, workspace: Workspace, shop: Connection, signed_in: SignIn
) -> None:
    make_connection(workspace, "Shop DE")
    assert "all-accounts_campaigns_2025-03-01" in answer_of(signed_in(alice))["Content-Disposition"]
    answer = answer_of(signed_in(charlie))
    assert 'filename="all-accounts_campaigns.csv"' in answer["Content-Disposition"]
    assert bytes_of(answer).count(b"\r\n") == 1


def test_a_long_file_is_sent_in_pieces_and_names_are_asked_for_in_bulk(
    alice: User, shop: Connection, signed_in: SignIn
) -> None:
    DailyMetric.objects.bulk_create(
        DailyMetric(connection=shop, level="ad", external_id=f"{number:05}", date=UNTIL, currency="CHF", **synced())
        for number in range(2 * ROWS_AT_ONCE + 1)
    )
    answer = answer_of(signed_in(alice), level="ad", by="day")
    with CaptureQueriesContext(database) as asked:
        pieces = list(answer.streaming_content)
    assert len(pieces) == 4
    assert b"".join(pieces).count(b"\r\n") == 2 * ROWS_AT_ONCE + 2
    assert len(asked) <= 6


# Compared with other days


@pytest.fixture
def compared(shop: Connection) -> Connection:
    """Of last year's ten days the first was never read."""
    read_days(shop, "campaign_metrics", date(2025, 3, 1), 10)
    read_days(shop, "campaign_metrics", date(2024, 3, 2), 9)
    make_metric(shop, "1", spend="6.00", clicks=3)
    make_metric(shop, "1", date(2025, 3, 1), spend="9.00")
    make_metric(shop, "1", date(2024, 3, 10), spend="4.00", clicks=3)
    make_metric(shop, "new", spend="0.000001")
    make_metric(shop, "old", date(2024, 3, 10), spend="2.00")
    return shop


def test_the_file_of_totals_carries_what_the_page_compares(
    alice: User, compared: Connection, signed_in: SignIn
) -> None:
    rows = {row["id"]: row for row in rows_of(signed_in(alice), compare="year")}
    one, new, old = rows["1"], rows["new"], rows["old"]
    assert (one["compared_since"], one["compared_until"], one["compared_days"]) == ("2024-03-01", "2024-03-10", "9")
    ends = ("", "_compared", "_before", "_difference", "_percent")
    assert [one[f"spend{end}"] for end in ends] == ["15", "6", "4", "2", "50"]
    assert [one[f"cpc{end}"] for end in ends] == ["5", "2", "1.333333", "0.666667", "50"]
    assert [one[f"clicks{end}"] for end in ends] == ["3", "3", "3", "0", "0"]
    assert [new[f"spend{end}"] for end in ends] == ["0.000001", "0.000001", "0", "0.000001", "new"]
    assert [old[f"spend{end}"] for end in ends] == ["0", "0", "2", "-2", "-100"]
    assert [new[f"cpc{end}"] for end in ends] == [""] * 5


def test_the_file_by_day_stands_each_day_beside_its_own(alice: User, compared: Connection, signed_in: SignIn) -> None:
    make_metric(compared, "1", date(2024, 3, 1), spend="1000.00")
    rows = {(row["id"], row["date"]): row for row in rows_of(signed_in(alice), compare="year", by="day")}
    read, unread = rows["1", "2025-03-10"], rows["1", "2025-03-01"]
    ends = ("", "_before", "_difference", "_percent")
    assert [read[f"spend{end}"] for end in ends] == ["6", "4", "2", "50"]
    assert [unread[f"spend{end}"] for end in ends] == ["9", "", "", ""]
    assert (read["compared_date"], unread["compared_date"]) == ("2024-03-10", "")
    assert rows["new", "2025-03-10"]["spend_percent"] == "new"


def test_without_a_comparison_the_file_is_as_it_was(alice: User, compared: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)
    assert bytes_of(answer_of(client, compare="none")) == bytes_of(answer_of(client))
    assert not [name for row in rows_of(client) for name in row if "before" in name or "compared" in name]


def test_the_file_never_compares_currencies(alice: User, shop: Connection, signed_in: SignIn) -> None:
    for year in (2024, 2025):
        read_days(shop, "campaign_metrics", date(year, 3, 1), 10)
    make_metric(shop, "1", spend="6.00", currency="CHF")
    make_metric(shop, "1", date(2024, 3, 10), spend="4.00", currency="EUR")
    client = signed_in(alice)
    totals = {row["currency"]: row["spend_before"] for row in rows_of(client, compare="year")}
    assert totals == {"CHF": "0", "EUR": "4"}
    (day,) = rows_of(client, compare="year", by="day")
    assert (day["currency"], day["spend_before"]) == ("CHF", "0")


@pytest.mark.parametrize("by", ["day", "total"])
def test_a_long_file_is_compared_in_bulk(by: str, alice: User, shop: Connection, signed_in: SignIn) -> None:
    DailyMetric.objects.bulk_create(
        DailyMetric(connection=shop, level="ad", external_id=f"{number:05}", date=day, currency="CHF", **synced())
        for number in range(ROWS_AT_ONCE + 1)
        for day in (UNTIL, date(2024, 3, 10))
    )
    read_days(shop, "ad_metrics", UNTIL, 1)
    read_days(shop, "ad_metrics", date(2024, 3, 10), 1)
    answer = answer_of(signed_in(alice), level="ad", by=by, compare="year")
    with CaptureQueriesContext(database) as asked:
        rows = list(csv.DictReader(io.StringIO(bytes_of(answer).decode("utf-8-sig"), newline="")))
    assert len(rows) == ROWS_AT_ONCE + 1
    assert {row["clicks_before"] for row in rows} == {"0"}
    assert len(asked) <= 1 + 2 * 3

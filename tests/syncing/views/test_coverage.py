"""The page of the days that are read."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from connections.access import Actor, Role
from connections.models import Connection, Credential, Membership, Workspace
from projects.models import DailyMetric
from syncing import actions
from syncing.models import ConnectionSync
from syncing.status.coverage import covered
from syncing.status.dates import days as said
from syncing.status.gaps import dated, looked_at, proofs, runs_read
from tests.fixtures.calendar import STREAM, Ledger
from tests.fixtures.engine import FIRST_DAY, TODAY, Watch, change, drain, sync

SignIn = Callable[[User], Client]


def page_of(client: Client, connection: Connection, stream: str = STREAM) -> str:
    answer = client.get(reverse("coverage", args=[connection.pk]), {"stream": stream})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace("\u202f", "_").split())


def text_of(page: str) -> str:
    """What the answer above the calendar says."""
    answer = page.partition('id="answer"')[2].partition("<section")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", answer.partition(">")[2]).split())


def codes(ledger: Ledger, stream: str = STREAM) -> dict[int, str]:
    """The state of each day, by how many days ago it was."""
    mine = Connection.objects.filter(pk=ledger.connection.pk)
    (proof,) = proofs(looked_at(mine), runs_read(mine), ledger.now, stream=stream)
    (its,) = [each for each in dated(ledger.connection) if each.name == stream]
    found = covered(ledger.connection, its, proof)
    return {(ledger.today - day.date).days: day.state.code for day in found.days}


def test_an_account_without_a_gap_says_so(alice: User, ledger: Ledger, signed_in: SignIn) -> None:
    ledger.read(400, 0)
    page = page_of(signed_in(alice), ledger.connection)
    assert text_of(page).startswith("No gaps: all 400 days from ")
    assert "What to do" not in page
    assert 'Campaigns by day <span class="chip-count">no gaps</span>' in page
    assert 'Account by day <span class="chip-count">400 missing</span>' in page


def test_every_state_of_a_day_is_drawn_named_and_told_apart_by_its_shape(
    alice: User, motley: Ledger, signed_in: SignIn
) -> None:
    page = page_of(signed_in(alice), motley.connection)
    shown = {"read", "refreshed", "restated", "fewer", "failed", "being_read", "missing", "unopened"}
    assert set(re.findall(r'href="#day-(\w+)" x=', page)) == shown
    shapes = dict(re.findall(r'<g id="day-(\w+)">(.*?)</g>', page))
    assert len(shapes) == len({re.sub(r'class="[^"]*"', "", shape) for shape in shapes.values()}) == 11
    for words in (
        "Refreshed 2 times; 8 rows, last read",
        "Refreshed 28 times, restated; 8 rows",
        "Failed<",
        "Being read<",
    ):
        assert words in page
    assert "Before the account was opened" in page
    assert 'role="img" aria-label="' in page
    assert "style=" not in page


def test_each_day_has_the_state_that_the_ledger_the_slices_and_the_log_give_it(motley: Ledger) -> None:
    found = codes(motley)
    assert {found[days] for days in range(20)} == {"restated"}
    assert {found[days] for days in range(20, 34)} == {"refreshed"}
    assert {found[days] for days in (34, 35, 36)} == {"being_read"}
    assert {found[days] for days in (37, 38, 39)} == {"failed"}
    assert {found[days] for days in range(40, 60)} == {"fewer"}
    assert {found[days] for days in (198, 199, 200)} == {"missing"}
    assert (found[400], found[401]) == ("read", "unopened")


@pytest.mark.spec("T66")
def test_what_is_missing_is_said_with_what_to_do(alice: User, motley: Ledger, signed_in: SignIn) -> None:
    page = page_of(signed_in(alice), motley.connection)
    said, since, until = text_of(page), motley.back(200), motley.back(198)
    assert said.startswith("9 days are missing: ")
    assert "3 days are being read, or wait for it." in said
    assert "failed: The provider did not answer. What to do: Open that sync" in said
    again = reverse("range", args=[motley.connection.pk])
    assert page.count(f'href="{again}?streams={STREAM}&amp;since={since}&amp;until={until}"') == 1


def test_days_since_the_last_sync_are_left_to_the_next_one(alice: User, ledger: Ledger, signed_in: SignIn) -> None:
    ledger.read(400, 4)
    client = signed_in(alice)
    said = text_of(page_of(client, ledger.connection))
    assert said.startswith("3 days are missing: ")
    assert said.endswith("the next sync reads them by itself.")
    Connection.objects.update(paused=True)
    assert text_of(page_of(client, ledger.connection)).endswith("reads them once this connection is resumed.")


def test_a_failure_says_nothing_once_the_day_was_read_again(ledger: Ledger) -> None:
    ledger.fail(10, 5)
    ledger.read(400, 8, fetched_at=ledger.now)
    ledger.read(7, 0)
    found = codes(ledger)
    assert {found[days] for days in (8, 9, 10)} == {"read"}
    assert {found[days] for days in (5, 6, 7)} == {"failed"}


def test_changes_of_other_levels_do_not_count(ledger: Ledger) -> None:
    ledger.read(400, 0)
    ledger.change(3, key="ad/1")
    ledger.change(4, key="ad_set/1")
    ledger.change(5)
    found = codes(ledger)
    assert [days for days, code in found.items() if code == "restated"] == [5]


def test_before_history_is_asked_for_its_days_are_not_missed(alice: User, ledger: Ledger, signed_in: SignIn) -> None:
    ConnectionSync.objects.update(phase_1_completed_at=None, phase_2_completed_at=None)
    client = signed_in(alice)
    assert (
        text_of(page_of(client, ledger.connection))
        == "No day has been read yet. Only recent days were asked for so far."
    )
    ledger.read(28, 0)
    said = text_of(page_of(client, ledger.connection))
    assert said.startswith("No gaps: all 28 days")
    assert "Only recent days were asked for so far." in said
    assert codes(ledger)[29] == "unasked"


def test_days_older_than_the_provider_keeps_have_a_state_of_their_own(ledger: Ledger) -> None:
    """The account is older than that; the days are those of the first year on the calendar."""
    Connection.objects.update(opened_date=ledger.back(4000))
    ledger.connection.refresh_from_db()
    start = ledger.connection.history_start(ledger.today)
    assert start
    found = codes(ledger)
    back = (ledger.today - start).days
    assert (found[back], found[back + 1]) == ("missing", "unavailable")


def test_the_table_says_the_same_as_the_squares(alice: User, motley: Ledger, signed_in: SignIn) -> None:
    page = page_of(signed_in(alice), motley.connection)
    table = page.partition('id="day-table"')[2]
    days = [int(number) for number in re.findall(r'data-label="Days">(\d+)<', table)]
    assert sum(days) == len(re.findall(r'<use href="#day-\w+" x=', page))
    assert days[:2] == [20, 14]
    assert "Refreshed" in table
    since, until = motley.back(19), motley.back(0)
    assert f'scope="row">{said(since, until)}</th>' in table


def test_a_hole_that_a_failed_slice_left_shows_and_a_retry_closes_it(
    alice: User, account: Connection, watch: Watch, workspace: Workspace, signed_in: SignIn
) -> None:
    failing = {"kind": "misconfigured", "stream": "campaign_days", "since": FIRST_DAY.isoformat()}
    job = sync(change(account, errors=[failing]), watch)
    Credential.objects.update(workspace=workspace)
    Connection.objects.update(workspace=workspace)

    def state() -> tuple[bool, int]:
        mine = Connection.objects.filter(pk=account.pk)
        (proof,) = proofs(looked_at(mine), runs_read(mine), watch.now, stream="campaign_days")
        return proof.is_whole, proof.missing

    assert state() == (False, 7)
    page = page_of(signed_in(alice), account, "campaign_days")
    assert "Trouble: misconfigured." in page
    assert reverse("job", args=[job.pk]) in page
    change(account, errors=[])
    begun = actions.retry_failed(job, Actor(alice), now=watch.now)
    drain(watch, jobs=[begun.job.pk])
    assert state() == (True, 0)
    assert (TODAY - FIRST_DAY).days == 13


def test_days_that_do_not_add_up_are_shown_with_what_to_do(
    alice: User, adrift: Ledger, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(alice)
    with django_assert_max_num_queries(13):
        page = page_of(client, adrift.connection)
    third, fourth = adrift.back(3), adrift.back(4)
    assert text_of(page).startswith("No gaps: all 400 days from ")
    assert (
        f"On 2 days the campaigns do not add up to the account: {third:%-d %b %Y} lacks CHF 1.20; "
        f"{fourth:%-d %b %Y} has CHF 0.000001 too much." in page
    )
    again = reverse("range", args=[adrift.connection.pk])
    link = f"{again}?streams=account_metrics&amp;streams={STREAM}&amp;since={fourth}&amp;until={third}"
    assert page.count(f'href="{link}"') == 1
    table = page.partition("Account beside campaigns")[2].partition("</table>")[0]
    assert re.findall(r'data-label="\w+">([^<]+)<', table) == [
        *("1_500.50", "1_499.30", "\u22121.20"),
        *("1_500.50", "1_500.500001", "+0.000001"),
    ]
    assert "2 days do not add up</span>" in page
    assert "do not add up to the account" in page_of(client, adrift.connection, "account_metrics")
    assert "do not add up to the account" not in page_of(client, adrift.connection, "ad_metrics")
    plan = client.get(link.replace("&amp;", "&")).content.decode()
    assert "2 days</h2>" in plan


def test_where_all_add_up_it_is_said_once(alice: User, adrift: Ledger, signed_in: SignIn) -> None:
    DailyMetric.objects.filter(date__lte=adrift.back(3)).delete()
    page = page_of(signed_in(alice), adrift.connection)
    assert "Totals agree to the micro on all 400 days: the campaigns add up to the account." in text_of(page)
    assert "do not add up" not in page


def test_a_viewer_is_told_whom_to_ask(bob: User, adrift: Ledger, signed_in: SignIn) -> None:
    Membership.objects.filter(user=bob).update(role=Role.VIEWER)
    page = page_of(signed_in(bob), adrift.connection)
    assert "ask somebody with the role operator to have these days read again." in page


def test_strangers_and_unknown_streams_find_nothing(
    alice: User, charlie: User, ledger: Ledger, signed_in: SignIn
) -> None:
    address = reverse("coverage", args=[ledger.connection.pk])
    assert signed_in(charlie).get(address).status_code == 404
    assert signed_in(alice).get(address).status_code == 200
    for unknown in ("campaigns", "odd", "\x00", "../"):
        assert signed_in(alice).get(address, {"stream": unknown}).status_code == 404


def test_the_queries_do_not_grow_with_the_days(
    alice: User, motley: Ledger, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(alice)
    with django_assert_max_num_queries(11):
        page_of(client, motley.connection)


def test_the_tabs_lead_from_page_to_page(alice: User, ledger: Ledger, signed_in: SignIn) -> None:
    ledger.read(10, 0)
    client = signed_in(alice)
    for here in ("connection", "coverage", "changes"):
        page = client.get(reverse(here, args=[ledger.connection.pk])).content.decode()
        tabs = page.partition('<nav class="tabs"')[2].partition("</nav>")[0]
        for name in ("connection", "coverage", "changes"):
            assert f'href="{reverse(name, args=[ledger.connection.pk])}"' in tabs
        assert re.findall(r'href="([^"]+)" aria-current="page"', tabs) == [reverse(here, args=[ledger.connection.pk])]
    page = client.get(reverse("connection", args=[ledger.connection.pk])).content.decode()
    assert f"{reverse('coverage', args=[ledger.connection.pk])}?stream={STREAM}" in page
    assert timedelta(days=10) == ledger.today - ledger.back(10)

"""Is a day missing? Proven over the ledger, in one query however many days and connections there are."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from connections.models import Connection, Workspace
from projects.models import Coverage
from syncing.models import ConnectionSync
from syncing.status.gaps import Proof, looked_at, proofs, runs_read
from tests.fixtures.calendar import STREAM, Ledger
from tests.fixtures.engine import FIRST_DAY, TODAY, Watch, sync
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.django_db


def proof_of(ledger: Ledger, stream: str = STREAM, **span: object) -> Proof:
    mine = Connection.objects.filter(pk=ledger.connection.pk)
    (found,) = proofs(looked_at(mine), runs_read(mine), ledger.now, stream=stream, **span)  # type: ignore[arg-type]
    return found


def test_a_ledger_without_a_hole_has_no_gap(ledger: Ledger) -> None:
    ledger.read(400, 1)
    proof = proof_of(ledger)
    assert (proof.days, proof.read, proof.missing, proof.is_whole) == (400, 400, 0, True)
    since, until = ledger.back(400), ledger.back(1)
    assert proof.sentence == f"No gaps: all 400 days from {since:%-d %b %Y} to {until:%-d %b %Y} are read."
    assert proof.note == ""


def test_each_hole_is_a_gap_also_at_both_ends(ledger: Ledger) -> None:
    ledger.read(398, 200)
    ledger.read(198, 100)
    ledger.read(90, 3)
    proof = proof_of(ledger)
    back = ledger.back
    assert proof.gaps == (
        (back(400), back(399)),
        (back(199), back(199)),
        (back(99), back(91)),
        (back(2), back(1)),
    )
    assert (proof.missing, proof.read) == (14, 386)
    assert proof.sentence.startswith("14 days are missing: ")


def test_today_is_never_missing_and_other_streams_say_nothing(ledger: Ledger) -> None:
    ledger.read(400, 1)
    ledger.read(400, 1, stream="ad_metrics")
    assert proof_of(ledger).is_whole
    assert proof_of(ledger, "account_metrics").missing == 400


def test_only_the_days_that_are_asked_for_are_looked_at(ledger: Ledger) -> None:
    ledger.read(400, 200)
    back = ledger.back
    assert proof_of(ledger, span=(back(300), back(200))).is_whole
    assert proof_of(ledger, span=(back(201), back(150))).gaps == ((back(199), back(150)),)
    assert proof_of(ledger, span=(None, back(250))).days == 151
    beyond = proof_of(ledger, span=(back(0), None))
    assert (beyond.days, beyond.sentence) == (0, "No gaps: none of these days is over and should have been read.")


def test_history_that_was_not_asked_for_is_not_missed(ledger: Ledger) -> None:
    ConnectionSync.objects.update(phase_1_completed_at=None, phase_2_completed_at=None)
    assert proof_of(ledger).sentence == "No day has been read yet."
    ledger.read(28, 0)
    proof = proof_of(ledger)
    assert (proof.days, proof.note) == (28, "Only recent days were asked for so far.")
    assert proof.is_whole
    ConnectionSync.objects.update(phase_1_completed_at=timezone.now())
    proof = proof_of(ledger)
    assert (proof.days, proof.missing) == (90, 62)
    assert proof.note.startswith("History is not complete yet")


def test_one_query_finds_all_gaps_however_many_connections_and_days(
    ledger: Ledger, workspace: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        other = make_connection(workspace, f"Other {number}")
        ledger_of = Ledger(other, ledger.now)
        ledger_of.read(40, 30)
        ledger_of.read(20 - number, 0, stream="ad_metrics")
    with django_assert_num_queries(1):
        found = runs_read(Connection.objects.kept())
    assert len(found) == 10
    assert {len(ranges) for ranges in found.values()} == {1}


def test_a_day_that_is_held_in_many_runs(ledger: Ledger) -> None:
    Coverage.objects.all().delete()
    for days in range(0, 60, 2):
        ledger.read(days, days)
    (found,) = runs_read([ledger.connection.pk]).values()
    assert found == [(ledger.back(days), ledger.back(days)) for days in range(58, -1, -2)]


def test_an_outage_leaves_a_gap_until_the_next_sync_and_none_after_it(account: Connection, watch: Watch) -> None:
    """A source without history: what it read first is where its days begin."""

    def gaps() -> set[tuple[int, int]]:
        mine = Connection.objects.filter(pk=account.pk)
        return {(proof.days, proof.missing) for proof in proofs(looked_at(mine), runs_read(mine), watch.now)}

    sync(account, watch)
    assert gaps() == {((TODAY - FIRST_DAY).days, 0)}
    watch.move(days=30)
    assert gaps() == {(43, 29)}
    sync(account, watch)
    assert gaps() == {(43, 0)}
    assert timedelta(days=43) == watch.now.date() - FIRST_DAY

"""What every call of a chunk passes: is the chunk still ours, and is the call paid for?"""

from datetime import timedelta

import pytest
from django.conf import settings

from connections.errors import RateLimited
from connections.models import Connection
from connections.sources import CallLimit
from syncing import budget
from syncing.budget import Purse
from syncing.gate import ChunkGate
from syncing.models import CallBudget, LeaseLost, SyncChunk
from tests.fixtures.engine import NOON, Watch, bare_job, claim

pytestmark = pytest.mark.django_db
LIMITS = [CallLimit("bucket", 6)]
LEASE = timedelta(seconds=settings.LEASE_SECONDS)


@pytest.fixture
def chunk(account: Connection, watch: Watch) -> SyncChunk:
    bare_job(account, 1)
    return claim(watch)


@pytest.fixture
def gate(chunk: SyncChunk, watch: Watch) -> ChunkGate:
    return ChunkGate(chunk, Purse(watch), watch)


def lease_ends() -> timedelta:
    return SyncChunk.objects.get().ready_at - NOON


def test_a_call_renews_the_lease(gate: ChunkGate, watch: Watch) -> None:
    watch.move(seconds=30)
    gate.before_call(LIMITS)
    assert lease_ends() == timedelta(seconds=30) + LEASE


def test_a_page_that_was_just_stored_has_renewed_it_for_one_call(gate: ChunkGate, watch: Watch) -> None:
    gate.before_call(LIMITS)
    gate.renewed()
    watch.move(seconds=10)
    gate.before_call(LIMITS)
    assert lease_ends() == LEASE
    gate.before_call(LIMITS)
    assert lease_ends() == timedelta(seconds=10) + LEASE


def test_a_chunk_in_other_hands_makes_no_call_and_spends_none(gate: ChunkGate, watch: Watch) -> None:
    watch.now += LEASE
    claim(watch)
    with pytest.raises(LeaseLost):
        gate.before_call(LIMITS)
    assert not CallBudget.objects.exists()


@pytest.mark.spec("T49")
def test_a_full_budget_refuses_the_call(gate: ChunkGate) -> None:
    for _ in range(6):
        gate.before_call(LIMITS)
    with pytest.raises(RateLimited) as full:
        gate.before_call(LIMITS)
    assert full.value.code == "budget"


def test_what_a_provider_asked_for_holds_for_everybody(gate: ChunkGate, watch: Watch) -> None:
    gate.before_call(LIMITS)
    gate.block("bucket", NOON + timedelta(minutes=3), "Slow down.")
    for call in (lambda: gate.before_call(LIMITS), lambda: budget.reserve(LIMITS, watch.now)):
        with pytest.raises(RateLimited, match=r"Slow down\."):
            call()
    watch.move(minutes=3)
    gate.before_call(LIMITS)

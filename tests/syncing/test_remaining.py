"""The arithmetic of what is left, from what was measured."""

import pytest

from syncing.status.remaining import ANY, batches, percentage, seconds_left, total

OWN = {"campaign_metrics": 60.0, "ad_metrics": 30.0}


@pytest.mark.spec("T28", "C22")
def test_the_time_left_is_what_chunks_took_times_what_is_left_shared_by_those_in_flight() -> None:
    """8 x 60 + 14 x 45 + 10 x 30 seconds: 23.5 minutes for one, about 12 for two."""
    left = {"campaign_metrics": 8, "adset_metrics": 14, "ad_metrics": 10}
    own = OWN | {"adset_metrics": 45.0}
    assert seconds_left(left, own, {}) == 1410
    assert seconds_left(left, own, {}, at_once=2) == 705


def test_what_this_job_has_not_measured_is_taken_from_the_providers_last_jobs_then_from_its_other_streams() -> None:
    assert seconds_left({"ad_metrics": 2}, {}, {"ad_metrics": 20.0}) == 40
    assert seconds_left({"ad_metrics": 2}, {"ad_metrics": 5.0}, {"ad_metrics": 20.0}) == 10
    assert seconds_left({"adset_metrics": 2}, OWN, {}) == 90
    assert seconds_left({ANY: 3}, OWN, {}) == 135


def test_nothing_is_said_before_anything_is_measured() -> None:
    assert seconds_left({"ad_metrics": 2}, {}, {}) is None
    assert seconds_left({"ad_metrics": 0}, {}, {}) == 0


def test_chunks_that_start_one_after_the_other_take_at_least_that_long() -> None:
    assert seconds_left({"ad_metrics": 10}, {"ad_metrics": 0.1}, {}, at_once=4, spacing=2) == 20


@pytest.mark.parametrize(("entities", "size", "chunks"), [(351, 50, 8), (700, 50, 14), (1000, 100, 10), (0, 50, 1)])
@pytest.mark.spec("T60")
def test_batches(entities: int, size: int, chunks: int) -> None:
    assert batches(entities, size) == chunks


def test_calls_are_chunks_times_what_one_took() -> None:
    assert total({"a": 2, "b": 3}, {"a": 4.0}) == 20
    assert total({"a": 2}, {}) is None


@pytest.mark.parametrize(("ended", "chunks", "shown"), [(0, 0, 0), (1, 3, 33), (3, 3, 99)])
def test_the_percentage_is_of_work_done_and_whole_at_the_end_only(ended: int, chunks: int, shown: int) -> None:
    assert percentage(ended, chunks) == shown

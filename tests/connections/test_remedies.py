"""What to do, for somebody who is only just connecting an account."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connections.errors import Misconfigured, NeedsReconnect, RateLimited, SyncError, TooMuchData, Transient
from connections.remedies import problem_of

NOW = datetime(2026, 3, 20, 22, 30, tzinfo=UTC)


def limited(minutes: int) -> RateLimited:
    return RateLimited("Slow down.", retry_at=NOW + timedelta(minutes=minutes), scope="app")


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (
            NeedsReconnect("Dead.", remedy="Press Reconnect."),
            "Check that you copied all of it, or make a new one; then paste it here.",
        ),
        (limited(10), "Come back at 23:40 (Europe/Zurich)."),
        (limited(45), "Come back at 00:15 on 21 March (Europe/Zurich)."),
        (Transient("Broken."), "Try again in a minute."),
        (TooMuchData("Too much."), "Try again in a minute."),
        (Misconfigured("Closed.", remedy="Open it."), "Open it."),
    ],
    ids=["dead", "limited today", "limited until tomorrow", "transient", "too much", "misconfigured"],
)
def test_each_error_has_its_remedy(error: SyncError, remedy: str) -> None:
    problem = problem_of(error, NOW, ZoneInfo("Europe/Zurich"))
    assert (problem.sentence, problem.remedy) == (error.sentence, remedy)

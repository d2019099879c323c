"""How a provider's status looks."""

import pytest

from projects.numbers.statuses import status


@pytest.mark.parametrize(
    ("said", "word", "tone", "icon"),
    [
        ("ACTIVE", "Active", "good", "circle-check"),
        ("ENABLED", "Enabled", "good", "circle-check"),
        ("ELIGIBLE", "Eligible", "good", "circle-check"),
        ("LEARNING", "Learning", "good", "circle-check"),
        ("LIMITED", "Limited", "wait", "alert-triangle"),
        ("NOT_ELIGIBLE", "Not eligible", "wait", "alert-triangle"),
        ("PAUSED", "Paused", "neutral", "player-pause"),
        ("CAMPAIGN_PAUSED", "Campaign paused", "neutral", "player-pause"),
        ("WITH_ISSUES", "With issues", "wait", "alert-triangle"),
        ("PENDING_REVIEW", "Pending review", "info", "hourglass"),
        ("ARCHIVED", "Archived", "neutral", "ban"),
        ("SOMETHING_NEW", "Something new", "neutral", "info-circle"),
    ],
)
def test_a_status_has_a_word_and_a_look(said: str, word: str, tone: str, icon: str) -> None:
    found = status(said)
    assert found is not None
    assert (found.word, found.tone, found.icon) == (word, tone, icon)


def test_no_status_has_none() -> None:
    assert status("") is None

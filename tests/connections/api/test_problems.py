"""What went wrong is said in one shape: a sentence, a remedy where there is one, and the fields that are wrong."""

import pytest
from rest_framework.exceptions import NotFound, ValidationError

from connections.api.problems import Conflict, answer
from connections.errors import Misconfigured, Transient


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (Conflict("It is paused.", "Resume it."), 409, {"detail": "It is paused.", "remedy": "Resume it."}),
        (
            Misconfigured("It is closed.", remedy="Open it.", original="secret"),
            422,
            {"detail": "It is closed.", "remedy": "Open it."},
        ),
        (Transient("The line broke."), 422, {"detail": "The line broke."}),
        (NotFound("None."), 404, {"detail": "None."}),
        (ValidationError("Wrong."), 400, {"detail": "body: Wrong.", "invalid": {"body": ["Wrong."]}}),
        (
            ValidationError({"options": {"a": ["Bad."]}, "days": {"0": ["Odd."], "3": ["Late."]}}),
            400,
            {
                "detail": "options.a: Bad. days.0: Odd. days.3: Late.",
                "invalid": {"options.a": ["Bad."], "days.0": ["Odd."], "days.3": ["Late."]},
            },
        ),
    ],
)
def test_each_problem_has_the_same_shape(error: Exception, status: int, said: dict[str, object]) -> None:
    response = answer(error, {})
    assert response is not None
    assert (response.status_code, response.data) == (status, said)


def test_what_nobody_foresaw_is_left_to_the_log() -> None:
    assert answer(ZeroDivisionError(), {}) is None

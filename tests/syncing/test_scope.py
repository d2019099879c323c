"""What a job is asked to read, and whether another question is part of it."""

from datetime import date

import pytest

from syncing.scope import Scope

MARCH = date(2026, 3, 1), date(2026, 3, 31)
APRIL = date(2026, 4, 1), date(2026, 4, 30)


@pytest.mark.parametrize(
    ("running", "asked", "contained"),
    [
        pytest.param(Scope(), Scope(), True, id="the same"),
        pytest.param(Scope(), Scope(("a",)), True, id="one of all"),
        pytest.param(Scope(("a",)), Scope(), False, id="all of one"),
        pytest.param(Scope(("a", "b")), Scope(("b",)), True, id="one of two"),
        pytest.param(Scope(("a",)), Scope(("a", "b")), False, id="two of one"),
        pytest.param(Scope(("b", "a")), Scope(("a", "b")), True, id="in another order"),
        pytest.param(Scope((), *MARCH), Scope((), *MARCH), True, id="the same range"),
        pytest.param(Scope((), *MARCH), Scope((), *APRIL), False, id="another range"),
        pytest.param(Scope((), *MARCH), Scope(), False, id="what is due of a range"),
        pytest.param(Scope(), Scope((), *MARCH), False, id="a range of what is due"),
    ],
)
def test_a_question_is_part_of_another(running: Scope, asked: Scope, contained: bool) -> None:
    assert running.contains(asked) is contained


@pytest.mark.parametrize("scope", [Scope(), Scope(("a", "b")), Scope((), *MARCH), Scope(("a",), *APRIL)])
def test_a_scope_comes_back_from_the_database_as_it_was(scope: Scope) -> None:
    assert Scope.from_json(scope.as_json()) == scope


def test_a_range_has_two_ends() -> None:
    assert Scope((), *MARCH).is_range
    assert not Scope().is_range
    assert not Scope((), MARCH[0], None).is_range

"""Passwords are hashed with Argon2, at a cost that a small machine can pay four times at once."""

import pytest
from django.contrib.auth.hashers import check_password, make_password

from config.passwords import SmallArgon2


def test_a_new_password_costs_nineteen_mebibytes() -> None:
    encoded = make_password("correct horse")
    assert encoded.startswith("argon2$argon2id$")
    assert "m=19456,t=2,p=1" in encoded
    assert check_password("correct horse", encoded)
    assert not check_password("wrong horse", encoded)


def test_a_costlier_hash_of_before_is_still_known_and_made_anew() -> None:
    class Costly(SmallArgon2):
        memory_cost = 2 * SmallArgon2.memory_cost

    before = Costly().encode("correct horse", "some-salt-of-before")
    made_anew: list[str] = []
    assert check_password("correct horse", before, setter=made_anew.append)
    assert made_anew == ["correct horse"]
    assert SmallArgon2().must_update(before)


@pytest.mark.parametrize("wrong", ["", "correct horse "])
def test_another_password_does_not_fit(wrong: str) -> None:
    assert not check_password(wrong, make_password("correct horse"))

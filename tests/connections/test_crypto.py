"""Credentials at rest: unreadable without a key, readable with any key that this installation still has."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from connections import crypto

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


@pytest.mark.spec("A25", "A96")
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(secrets=st.dictionaries(st.text(max_size=8), st.text(st.characters(exclude_categories=["Cs"]), max_size=20)))
def test_what_was_encrypted_is_decrypted(settings: Any, secrets: dict[str, str]) -> None:
    settings.TOKEN_ENCRYPTION_KEYS = [NEW]
    ciphertext, _ = crypto.encrypt(secrets)
    assert crypto.decrypt(ciphertext) == secrets


def test_a_ciphertext_shows_nothing_and_is_never_the_same_twice(settings: Any) -> None:
    settings.TOKEN_ENCRYPTION_KEYS = [NEW]
    first, second = (crypto.encrypt({"token": "canary"})[0] for _ in range(2))
    assert "canary" not in first
    assert first != second


def test_the_first_key_encrypts_and_every_key_decrypts(settings: Any) -> None:
    settings.TOKEN_ENCRYPTION_KEYS = [OLD]
    before, old_id = crypto.encrypt({"token": "a"})
    settings.TOKEN_ENCRYPTION_KEYS = [NEW, OLD]
    after, new_id = crypto.encrypt({"token": "b"})
    assert (crypto.decrypt(before), crypto.decrypt(after)) == ({"token": "a"}, {"token": "b"})
    assert (old_id, new_id) == (crypto.key_id(OLD), crypto.key_id(NEW))
    settings.TOKEN_ENCRYPTION_KEYS = [NEW]
    assert crypto.decrypt(after) == {"token": "b"}
    with pytest.raises(crypto.UnknownKey):
        crypto.decrypt(before)


@pytest.mark.parametrize("ciphertext", ["", "nonsense", "gAAAAA==", "ä"])
def test_what_is_no_ciphertext_is_of_no_known_key(settings: Any, ciphertext: str) -> None:
    settings.TOKEN_ENCRYPTION_KEYS = [NEW]
    with pytest.raises(crypto.UnknownKey):
        crypto.decrypt(ciphertext)


def test_the_name_of_a_key_tells_nothing_of_it() -> None:
    assert len(crypto.key_id(NEW)) == 8
    assert crypto.key_id(NEW) not in NEW
    assert len({crypto.key_id(key) for key in (OLD, NEW, OTHER)}) == 3


@pytest.mark.parametrize("key", ["short", "ä" * 32, OLD[:-4]], ids=["short", "not ASCII", "cut off"])
def test_a_malformed_key_is_one_clear_sentence(settings: Any, key: str) -> None:
    settings.TOKEN_ENCRYPTION_KEYS = [key]
    with pytest.raises(ImproperlyConfigured, match="TOKEN_ENCRYPTION_KEYS has a malformed key") as error:
        crypto.encrypt({})
    assert key not in str(error.value)

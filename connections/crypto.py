"""Encrypt credentials at rest; every ciphertext knows which key made it."""

import hashlib
import json
from contextlib import suppress

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class UnknownKey(Exception):
    """The ciphertext was made with a key that this installation no longer has."""


def encrypt(secrets: dict[str, str]) -> tuple[str, str]:
    """The ciphertext and the id of the key that made it, always the first of TOKEN_ENCRYPTION_KEYS."""
    plain = json.dumps(secrets, sort_keys=True).encode()
    return _cipher().encrypt(plain).decode(), newest_key_id()


def decrypt(ciphertext: str) -> dict[str, str]:
    """Raises UnknownKey."""
    try:
        plain = _cipher().decrypt(ciphertext.encode())
    except InvalidToken as error:
        raise UnknownKey from error
    secrets: dict[str, str] = json.loads(plain)
    return secrets


def made_with(ciphertext: str) -> str:
    """The id of our key that opens it, found out by trying; empty when none does."""
    for key in settings.TOKEN_ENCRYPTION_KEYS:
        with suppress(InvalidToken):
            Fernet(key).decrypt(ciphertext.encode())
            return key_id(key)
    return ""


def newest_key_id() -> str:
    return key_id(settings.TOKEN_ENCRYPTION_KEYS[0])


def known_key_ids() -> list[str]:
    """The keys that this process has."""
    return [key_id(key) for key in settings.TOKEN_ENCRYPTION_KEYS]


def key_id(key: str) -> str:
    """Eight characters that name a key without telling it."""
    return hashlib.sha256(b"freshet key id " + key.encode()).hexdigest()[:8]


def _cipher() -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in settings.TOKEN_ENCRYPTION_KEYS])
    except ValueError as error:
        raise ImproperlyConfigured(
            "TOKEN_ENCRYPTION_KEYS has a malformed key: each is 32 bytes in URL-safe base64, from `manage.py make_key`."
        ) from error

"""manage.py make_key: a key that the installation accepts."""

from io import StringIO
from typing import Any

from django.core.management import call_command

from connections import crypto


def test_a_new_key_encrypts_and_is_a_new_one_each_time(settings: Any) -> None:
    keys = []
    for _ in range(2):
        printed = StringIO()
        call_command("make_key", stdout=printed)
        keys.append(printed.getvalue().strip())
    assert keys[0] != keys[1]
    settings.TOKEN_ENCRYPTION_KEYS = keys
    assert crypto.decrypt(crypto.encrypt({"a": "b"})[0]) == {"a": "b"}

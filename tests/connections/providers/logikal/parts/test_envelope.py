"""Base64 and what has to be true of the bytes in it."""

import tracemalloc
from base64 import b64encode, encodebytes

import pytest

from connections.providers.logikal.parts.envelope import MOST_BYTES, decoded, fingerprint
from connections.providers.logikal.parts.errors import PartsListError
from connections.providers.logikal.parts.reader import read, read_base64
from tests.connections.providers.logikal.parts.files import small

pytestmark = pytest.mark.once


def kind(text: str | bytes) -> str:
    with pytest.raises(PartsListError) as raised:
        decoded(text)
    return raised.value.kind


@pytest.mark.parametrize("wrapped", [b64encode, encodebytes])
def test_text_and_bytes_are_decoded_with_and_without_line_breaks(wrapped: type) -> None:
    text = wrapped(b"some bytes of a file" * 20)
    assert (
        decoded(text) == decoded(text.decode()) == decoded(text.replace(b"\n", b"\r\n")) == b"some bytes of a file" * 20
    )


@pytest.mark.parametrize(
    "text",
    [
        "?",
        "abc",
        "abcde",
        "YWJj=",
        "YW=Jj",
        "=YWJj",
        "YWJjZA==YWJj",
        "YWJj-_==",
        "ÄÖÜß",
        "YWJj\0",
        '{"data": null}',
        "=",
    ],
)
def test_anything_else_is_not_base64(text: str) -> None:
    assert kind(text) == "not_base64"


@pytest.mark.parametrize("text", ["", " ", "\r\n", b""])
def test_nothing_is_empty(text: str | bytes) -> None:
    assert kind(text) == "empty"


def test_the_cap_counts_what_would_be_decoded() -> None:
    assert len(decoded(b64encode(bytes(MOST_BYTES)))) == MOST_BYTES
    assert kind(b64encode(bytes(MOST_BYTES + 1))) == "too_large"
    assert kind(b" " * (2 * MOST_BYTES)) == "too_large"


def test_a_bomb_is_not_decoded() -> None:
    text = "QUFB" * (MOST_BYTES // 2)
    tracemalloc.start()
    try:
        assert kind(text) == "too_large"
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_a_file_is_known_again_by_its_fingerprint() -> None:
    content = small()
    found = read_base64(b64encode(content).decode())
    assert found == read(content)
    assert found.sha256 == fingerprint(content)
    assert found.sha256 != fingerprint(content + b"\0")

"""Take the file out of its base64, and make sure that it is one that SQLite may be shown."""

from base64 import b64decode
from hashlib import sha256

from connections.providers.logikal.parts.errors import PartsListError

MOST_BYTES = 32 * 2**20
"""Of the file. Real ones have 0.7 to 1.7 MB."""

MAGIC = b"SQLite format 3\0"
_LONGEST_TEXT = MOST_BYTES * 3 // 2  # four characters for three bytes, and as many line breaks as anybody sets
_TOO_LARGE = f"The parts list is larger than {MOST_BYTES // 2**20} MiB."


def decoded(text: str | bytes) -> bytes:
    """The bytes that this base64 stands for: the standard alphabet, padded; line breaks and blanks are allowed.

    Raises PartsListError: not_base64, too_large (before anything is decoded), empty.
    """
    if len(text) > _LONGEST_TEXT:
        raise PartsListError("too_large", _TOO_LARGE)
    try:
        packed = (text.encode("ascii") if isinstance(text, str) else text).translate(None, b" \t\r\n")
        if len(packed) // 4 * 3 - packed[-2:].count(b"=") > MOST_BYTES:
            raise PartsListError("too_large", _TOO_LARGE)
        if len(packed) % 4:  # b64decode is satisfied with some of these
            raise ValueError
        content = b64decode(packed, validate=True)
    except ValueError:
        raise PartsListError("not_base64", "The parts list did not arrive as base64.") from None
    if not content:
        raise PartsListError("empty", "The parts list has no content.")
    return content


def checked(content: bytes) -> bytes:
    """The same bytes. Raises PartsListError: empty, too_large, not_sqlite, corrupt where the end is missing."""
    if not content:
        raise PartsListError("empty", "The parts list has no content.")
    if len(content) > MOST_BYTES:
        raise PartsListError("too_large", _TOO_LARGE)
    if not content.startswith(MAGIC):
        raise PartsListError("not_sqlite", "The parts list is not an SQLite file.")
    # SQLite takes the missing rest of the last page for zeros. What is no page size at all, it finds by itself.
    page_size = {1: 65536}.get(stated := int.from_bytes(content[16:18], "big"), stated)
    if page_size >= 512 and len(content) % page_size:
        raise PartsListError("corrupt", "The parts list is incomplete.")
    return content


def fingerprint(content: bytes) -> str:
    """Tells files apart: the same one need not be read twice."""
    return sha256(content).hexdigest()

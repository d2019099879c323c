"""Small pictures of an elevation, drawn with nothing but the standard library."""

import struct
import zlib
from collections.abc import Mapping

from connections.providers.logikal.sandbox.draws import number
from connections.providers.logikal.sandbox.errors import bad_request

FORMATS = ("PNG", "JPG", "EMF")
VIEWS = ("Interior", "Exterior")
YES_OR_NO = ("true", "false")
LARGEST = 2000
WHITE, FRAME, GLASS, DIMENSIONS = range(4)


def thumbnail(version: str, params: Mapping[str, str]) -> bytes:
    """All parameters are required. Raises the Refusal of a missing or wrong one."""
    width, height = _size(params, "width"), _size(params, "height")
    form, view = _one_of(params, "format", FORMATS), _one_of(params, "view", VIEWS)
    with_dimensions = _one_of(params, "withdimensions", YES_OR_NO) == "true"
    _one_of(params, "withdescription", YES_OR_NO)
    if form != "PNG":
        raise bad_request(f"The sandbox draws PNG, not {form}.")
    rows = _window(width, height, number(1, 3, version, "panes"), with_dimensions)
    return png(width, rows, _palette(version, view))


def png(width: int, rows: list[bytes], palette: bytes) -> bytes:
    """One byte per pixel, which is a place in the palette."""
    header = struct.pack(">IIBBBBB", width, len(rows), 8, 3, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _window(width: int, height: int, panes: int, with_dimensions: bool) -> list[bytes]:
    """A frame around as many panes, with a line below it for the dimensions."""
    bar, posts = bytes([FRAME]) * width, {width * part // panes for part in range(panes)} | {width - 1}
    pane = bytes(FRAME if column in posts else GLASS for column in range(width))
    rows = [bar, *[pane] * (height - 2), bar][:height]
    if with_dimensions:
        rows[-1] = bytes([DIMENSIONS]) * width
    return rows


def _palette(version: str, view: str) -> bytes:
    frame = bytes(number(0, 120, version, channel) for channel in "rgb")
    glass = bytes((180 if view == "Interior" else 150, 205, 230))
    return b"\xff\xff\xff" + frame + glass + b"\xc0\x20\x20"


def _size(params: Mapping[str, str], name: str) -> int:
    text = params.get(name, "")
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LARGEST):
        raise bad_request(f"{name} is required, a whole number from 1 to {LARGEST}.")
    return int(text)


def _one_of(params: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    found = next((one for one in allowed if one.lower() == params.get(name, "").lower()), None)
    if found is None:
        raise bad_request(f"{name} is required: {' or '.join(allowed)}.")
    return found

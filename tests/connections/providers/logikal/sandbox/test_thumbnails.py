"""Pictures: binary, small, valid, and others for another version."""

import struct
import zlib

import pytest

from connections.providers.logikal.sandbox.accounts import SEVENTEEN_USER
from tests.connections.providers.logikal.sandbox.asking import PICTURE, Caller

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def pixels(picture: bytes) -> tuple[int, int, bytes]:
    """Width, height and one byte per pixel. Raises when a checksum or a length is wrong."""
    assert picture.startswith(SIGNATURE)
    rest, parts = picture[len(SIGNATURE) :], {}
    while rest:
        (length,), name = struct.unpack(">I", rest[:4]), rest[4:8]
        body, (checksum,) = rest[8 : 8 + length], struct.unpack(">I", rest[8 + length : 12 + length])
        assert zlib.crc32(name + body) == checksum
        parts[name], rest = body, rest[12 + length :]
    width, height, depth, colours = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    assert (depth, colours, list(parts)[-1]) == (8, 3, b"IEND")
    rows = zlib.decompress(parts[b"IDAT"])
    assert len(rows) == height * (width + 1)
    assert max(rows) < len(parts[b"PLTE"]) / 3
    return width, height, rows


def test_a_thumbnail_is_a_valid_png_of_the_wished_size(caller: Caller) -> None:
    answer = caller.signed_in_at("elevation").get("elevations/selected/thumbnail", **PICTURE)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert pixels(answer.content)[:2] == (60, 40)
    assert len(answer.content) < 1000


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 2), (2, 1), (2000, 2000)])
def test_any_size_can_be_drawn(caller: Caller, width: int, height: int) -> None:
    size = {"width": str(width), "height": str(height), "withdimensions": "true"}
    answer = caller.signed_in_at("elevation").get("elevations/selected/thumbnail", **{**PICTURE, **size})
    assert pixels(answer.content)[:2] == (width, height)


def test_from_the_phase_it_is_the_same_picture(caller: Caller) -> None:
    selected = caller.signed_in_at("elevation").get("elevations/selected/thumbnail", **PICTURE).content
    alice = caller.signed_in_at("phase")
    first, second, *_ = (one["id"] for one in alice.data("elevations"))
    assert alice.get(f"elevations/{first}/thumbnail", **PICTURE).content == selected
    assert alice.get(f"elevations/{second}/thumbnail", **PICTURE).content != selected


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name in PICTURE for value in ("", "odd")]
    + [("width", "0"), ("height", "2001"), ("format", "EMF")],
)
def test_a_missing_or_wrong_parameter_is_a_bad_request(caller: Caller, name: str, value: str) -> None:
    answer = caller.signed_in_at("elevation").get("elevations/selected/thumbnail", **{**PICTURE, name: value})
    assert answer.status_code == 400


def test_an_elevation_of_another_phase_is_a_bad_request(caller: Caller) -> None:
    foreign = caller.logikal.truth()["elevations"][0]["id"]
    assert caller.signed_in_at("phase").get(f"elevations/{foreign}/thumbnail", **PICTURE).status_code == 400


def test_the_picture_follows_the_version_and_the_wishes(caller: Caller) -> None:
    alice = caller.signed_in_at("elevation")
    before = alice.get("elevations/selected/thumbnail", **PICTURE).content
    for wish in ({"view": "Exterior"}, {"withdimensions": "true"}):
        assert alice.get("elevations/selected/thumbnail", **{**PICTURE, **wish}).content != before
    caller.logikal.change(caller.logikal.truth(SEVENTEEN_USER)["elevations"][0]["id"], name="Other")
    assert alice.get("elevations/selected/thumbnail", **PICTURE).content != before

"""Attachments are looked into by a process of its own, with limits on what it may take."""

import io
import struct
import sys
import tarfile
import zipfile
import zlib

import pytest
from PIL import Image

from protocols import inspecting
from protocols.errors import Misbehaved


def drawn(kind: str, size: tuple[int, int] = (400, 200), colour: tuple[int, int, int] = (255, 0, 0)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, kind)
    return made.getvalue()


@pytest.mark.parametrize(
    ("kind", "name"), [("image/png", "PNG"), ("image/jpeg", "JPEG"), ("image/gif", "GIF"), ("image/webp", "WEBP")]
)
def test_a_picture_is_made_small_and_keeps_its_shape(kind: str, name: str):
    picture = inspecting.pictured(drawn(name), kind, 40, 40)
    assert picture is not None
    assert (picture.width, picture.height, picture.was) == (40, 20, (400, 200))
    assert len(picture.pixels) == 3 * 40 * 20
    assert picture.pixels[0] > 240 and picture.pixels[1] < 20


def test_a_small_picture_stays_small_and_what_is_transparent_shows_the_ground():
    made = io.BytesIO()
    Image.new("RGBA", (2, 2), (0, 0, 0, 0)).save(made, "PNG")
    picture = inspecting.pictured(made.getvalue(), "image/png", 40, 40, (1, 2, 3))
    assert picture is not None
    assert picture.pixels == bytes((1, 2, 3)) * 4


def test_a_type_that_is_not_drawn_is_not_even_tried():
    """A08: a reader that nobody needs is not asked, whatever the content begins with."""
    assert inspecting.pictured(b"II*\0" + bytes(100), "image/tiff", 10, 10) is None
    assert inspecting.pictured(b"%!PS-Adobe-3.0 EPSF-3.0", "application/postscript", 10, 10) is None


def test_a_picture_that_unpacks_to_gigabytes_is_not_unpacked():
    """A08: 50,000 times 50,000 pixels in a hundred octets."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )
    assert _is_refused(bomb)


def _is_refused(data: bytes) -> bool:
    try:
        return inspecting.pictured(data, "image/png", 10, 10) is None
    except Misbehaved:
        return True


def test_a_damaged_picture_is_said_to_be_damaged():
    with pytest.raises(Misbehaved, match="cannot be looked into"):
        inspecting.pictured(drawn("PNG")[:60], "image/png", 10, 10)


def test_archives_are_listed():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../etc/passwd", "x" * 10)
    found = inspecting.listed(packed.getvalue())
    assert found is not None
    assert [(one.name, one.size) for one in found.entries] == [("../../etc/passwd", 10)]
    assert inspecting.listed(b"no archive") is None


def test_a_compressed_bomb_is_listed_as_far_as_it_is_looked_at():
    """A08: a gigabyte of zeros in a megabyte."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        first = tarfile.TarInfo("first.txt")
        archive.addfile(first)
        large = tarfile.TarInfo("large.bin")
        large.size = 100_000_000
        archive.addfile(large, io.BytesIO(bytes(large.size)))
        archive.addfile(tarfile.TarInfo("never seen"))
    found = inspecting.listed(packed.getvalue())
    assert found is not None
    assert "first.txt" in [one.name for one in found.entries]
    assert found.cut


def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch):
    """A08: the process is ended, the reader goes on."""
    monkeypatch.setattr(inspecting, "COMMAND", (sys.executable, "-c", "import time; time.sleep(600)"))
    with pytest.raises(Misbehaved, match="takes too long"):
        inspecting.listed(b"", deadline=0.2)

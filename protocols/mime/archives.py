"""Lists what an archive holds, without unpacking any of it (zip, tar, also compressed tar)."""

import bz2
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

ENTRIES = 1000
"""Entries that are listed."""
UNPACKED = 64_000_000
"""Octets that a compressed tar may grow to while its headers are looked for."""
_BLOCK = 1 << 16
_TROUBLE = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, RuntimeError,
    NotImplementedError, OverflowError, IndexError, MemoryError, RecursionError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in an archive; the name is foreign, and not cleaned."""

    name: str
    size: int
    """Octets, as the archive says."""
    is_folder: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The entries in their order, and how many more there are."""

    entries: tuple[Entry, ...]
    more: int = 0
    cut: bool = False
    """Whether the archive went on beyond what is looked at."""


def listing(data: bytes) -> Listing | None:
    """What an archive holds; None when it is none that is known, or broken.  Never raises, never writes.

    A zip tells by its directory alone; a tar is read from the front, a compressed one as far as UNPACKED.
    """
    try:
        if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return _zipped(data)
        return _tarred(data)
    except _TROUBLE:
        return None


def _zipped(data: bytes) -> Listing:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = archive.infolist()
    entries = tuple(Entry(one.filename, one.file_size, one.is_dir()) for one in found[:ENTRIES])
    return Listing(entries, max(0, len(found) - ENTRIES))


def _tarred(data: bytes) -> Listing | None:
    source = _Bounded(_plain(data))
    entries: list[Entry] = []
    try:
        with tarfile.open(fileobj=source, mode="r|") as archive:
            for member in archive:
                if len(entries) >= ENTRIES:
                    return Listing(tuple(entries), cut=True)
                entries.append(Entry(member.name, member.size, member.isdir()))
    except _TROUBLE:
        if not entries:
            return None
        return Listing(tuple(entries), cut=True)
    return Listing(tuple(entries)) if entries else None


def _plain(data: bytes) -> Iterator[bytes]:
    """The octets of a tar, unpacked block by block."""
    if data.startswith(b"\x1f\x8b"):
        yield from _inflated(zlib.decompressobj(31), data)
    elif data.startswith(b"BZh"):
        yield from _inflated(bz2.BZ2Decompressor(), data)
    elif data.startswith(b"\xfd7zXZ\0"):
        yield from _inflated(lzma.LZMADecompressor(memlimit=UNPACKED), data)
    elif data[257:262] == b"ustar":
        for start in range(0, len(data), _BLOCK):
            yield data[start : start + _BLOCK]


def _inflated(
    unpacker: "zlib._Decompress | bz2.BZ2Decompressor | lzma.LZMADecompressor", data: bytes
) -> Iterator[bytes]:
    for start in range(0, len(data), _BLOCK):
        waiting = data[start : start + _BLOCK]
        while waiting or not getattr(unpacker, "needs_input", True):
            piece = unpacker.decompress(waiting, _BLOCK)
            waiting = getattr(unpacker, "unconsumed_tail", b"")
            if piece:
                yield piece
            elif not waiting:
                break
        if getattr(unpacker, "eof", False):
            return


class _Bounded(io.RawIOBase):
    """A stream of pieces that ends after UNPACKED octets."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._held = b""
        self._left = UNPACKED

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """So many octets, fewer at the end."""
        while len(self._held) < size and self._left > 0:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._left -= len(piece)
            self._held += piece
        found, self._held = self._held[:size], self._held[size:]
        return found

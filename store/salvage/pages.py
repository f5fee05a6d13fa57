"""The pages of a SQLite file and of its write-ahead log, as of the last commit, read without SQLite."""

import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAGIC = b"SQLite format 3\0"
USUAL_SIZE = 4096
_WAL_HEADER, _FRAME_HEADER = 32, 24
_WAL_MAGIC = (0x377F0682, 0x377F0683)

Bytes = bytes | mmap.mmap


def page_size(header: bytes) -> int | None:
    """The page size that the first 100 octets of a database tell (file format 1.3.2); None when they make no sense."""
    if len(header) < 18 or not header.startswith(MAGIC):
        return None
    size = int.from_bytes(header[16:18], "big")
    size = 65536 if size == 1 else size
    return size if size >= 512 and not size & (size - 1) else None


def wal_page_size(header: bytes) -> int | None:
    """The page size of a write-ahead log (file format 4.1) by its first 32 octets; None when it is none."""
    if len(header) < _WAL_HEADER or int.from_bytes(header[:4], "big") not in _WAL_MAGIC:
        return None
    return int.from_bytes(header[8:12], "big") or None


class Pages:
    """Use `opened`.  Pages are numbered from 1; what the log holds of a page counts, as SQLite has it."""

    def __init__(self, file: Bytes, log: Bytes) -> None:
        self._file = file
        self._log = log
        told = page_size(bytes(file[:100])) or wal_page_size(bytes(log[:_WAL_HEADER]))
        self.size = told or USUAL_SIZE
        self._in_log, pages = _committed(log, self.size)
        self.count = max(len(file) // self.size, pages)
        header = self.page(1)
        self.header = header[:100] if header.startswith(MAGIC) else b""
        """Empty when it cannot be read."""
        self.usable = self.size - (self.header[20] if self.header else 0)

    def page(self, number: int) -> bytes:
        """One page; empty when there is no such page, or not all of it."""
        place = self._in_log.get(number)
        if place is not None:
            return bytes(self._log[place : place + self.size])
        start = (number - 1) * self.size
        found = bytes(self._file[start : start + self.size]) if number > 0 else b""
        return found if len(found) == self.size else b""

    @property
    def version(self) -> int | None:
        """`PRAGMA user_version`; None when the header cannot be read."""
        return int.from_bytes(self.header[60:64], "big") if self.header else None

    @property
    def is_whole(self) -> bool:
        """Whether every page that the header counts is there."""
        if not self.header:
            return False
        return all(self.page(number) for number in range(1, int.from_bytes(self.header[28:32], "big") + 1))

    def free(self) -> set[int]:
        """The pages that are in no use (file format 1.5), as far as the list of them can be read."""
        found: set[int] = set()
        trunk = int.from_bytes(self.header[32:36], "big") if self.header else 0
        while trunk and trunk not in found and (page := self.page(trunk)):
            found.add(trunk)
            count = min(int.from_bytes(page[4:8], "big"), self.usable // 4 - 2)
            found.update(struct.unpack_from(f">{count}I", page, 8))
            trunk = int.from_bytes(page[:4], "big")
        return found


@contextmanager
def opened(file: Path, log: Path | None) -> Iterator[Pages]:
    """Read a database and its log, which stay as they are.  Raises OSError."""
    with _mapped(file) as pages, _mapped(log) as frames:
        yield Pages(pages, frames)


@contextmanager
def _mapped(file: Path | None) -> Iterator[Bytes]:
    if file is None or not file.exists() or not file.stat().st_size:
        yield b""
        return
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        yield content


def _committed(log: Bytes, size: int) -> tuple[dict[int, int], int]:
    """Page number -> where in the log its last committed content is, and the pages of the database then."""
    header = bytes(log[:_WAL_HEADER])
    if wal_page_size(header) != size:
        return {}, 0
    order = ">" if header[3] & 1 else "<"
    salts = header[16:24]
    sums = _checksum(order, header[:24], (0, 0))
    found: dict[int, int] = {}
    waiting: dict[int, int] = {}
    pages = 0
    for start in range(_WAL_HEADER, len(log) - size - _FRAME_HEADER + 1, size + _FRAME_HEADER):
        frame = bytes(log[start : start + _FRAME_HEADER])
        body = start + _FRAME_HEADER
        sums = _checksum(order, frame[:8] + bytes(log[body : body + size]), sums)
        if frame[8:16] != salts or frame[16:24] != struct.pack(">2I", *sums):
            break
        waiting[int.from_bytes(frame[:4], "big")] = body
        if frame[4:8] != b"\0\0\0\0":
            pages = int.from_bytes(frame[4:8], "big")
            found |= waiting
            waiting = {}
    return found, pages


def _checksum(order: str, data: bytes, sums: tuple[int, int]) -> tuple[int, int]:
    """The log's own checksum (file format 4.2)."""
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second

"""Decodes the cells of a page into records (SQLite file format 1.6 and 2.1), or calls them unreadable."""

import struct
from dataclasses import dataclass

from store.salvage.pages import Pages

Value = int | float | str | bytes | None

TABLE_LEAF, TABLE_INTERIOR, INDEX_LEAF, INDEX_INTERIOR = 0x0D, 0x05, 0x0A, 0x02
_INTERIOR = (TABLE_INTERIOR, INDEX_INTERIOR)
_KINDS = (TABLE_LEAF, TABLE_INTERIOR, INDEX_LEAF, INDEX_INTERIOR)
_INTEGER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_MOST_BYTES = 1 << 31
_MOST_COLUMNS = 2000


class Unreadable(ValueError):
    """These octets are no page, cell or record."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record; `rowid` None in trees without.  `cut`: of the last value only the beginning is here."""

    rowid: int | None
    values: tuple[Value, ...]
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The head of a b-tree page."""

    kind: int
    cells: tuple[int, ...]
    """Where in the page each cell begins."""
    right: int
    """The last child of an interior page, else 0."""

    @property
    def is_interior(self) -> bool:
        """Whether its cells lead to other pages."""
        return self.kind in _INTERIOR


def layout(page: bytes, number: int) -> Layout:
    """Read the head of page `number`.  Raises Unreadable."""
    start = 100 if number == 1 else 0
    if len(page) < start + 12 or page[start] not in _KINDS:
        raise Unreadable
    kind = page[start]
    length = 12 if kind in _INTERIOR else 8
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    first = start + length
    if first + 2 * count > len(page):
        raise Unreadable
    cells = struct.unpack_from(f">{count}H", page, first)
    right = int.from_bytes(page[start + 8 : start + 12], "big") if length == 12 else 0
    return Layout(kind, cells, right)


def child(page: bytes, cell: int) -> int:
    """The page that a cell of an interior page leads to."""
    return int.from_bytes(page[cell : cell + 4], "big")


def row(pages: Pages, page: bytes, kind: int, cell: int, used: set[int]) -> Row:
    """Decode one cell; the overflow pages that it uses are added to `used`.  Raises Unreadable."""
    place = cell + 4 if kind == INDEX_INTERIOR else cell
    length, place = _varint(page, place)
    rowid = None
    if kind == TABLE_LEAF:
        rowid, place = _varint(page, place)
    if not 0 < length < _MOST_BYTES:
        raise Unreadable
    payload = _payload(pages, page, place, length, _local(length, pages.usable, kind), used)
    values = _record(payload, length)
    return Row(rowid, values, cut=len(payload) < length)


def _local(length: int, usable: int, kind: int) -> int:
    """How much of a payload stands in the cell itself (file format 1.6)."""
    most = usable - 35 if kind == TABLE_LEAF else (usable - 12) * 64 // 255 - 23
    if length <= most:
        return length
    least = (usable - 12) * 32 // 255 - 23
    kept = least + (length - least) % (usable - 4)
    return kept if kept <= most else least


def _payload(pages: Pages, page: bytes, place: int, length: int, local: int, used: set[int]) -> bytes:
    """The payload as far as its chain of overflow pages can be followed."""
    if place + local > pages.usable:
        raise Unreadable
    pieces = [page[place : place + local]]
    left = length - local
    following = int.from_bytes(page[place + local : place + local + 4], "big") if left else 0
    chain: set[int] = set()
    while left > 0 and following not in chain and 1 < following <= pages.count:
        chain.add(following)
        content = pages.page(following)
        piece = content[4 : min(pages.usable, left + 4)]
        pieces.append(piece)
        left -= len(piece)
        following = int.from_bytes(content[:4], "big")
    used |= chain
    return b"".join(pieces)


def _record(payload: bytes, length: int) -> tuple[Value, ...]:
    head, place = _varint(payload, 0)
    if not place <= head <= min(len(payload), _MOST_COLUMNS * 9):
        raise Unreadable
    types = []
    while place < head:
        kind, place = _varint(payload, place)
        types.append(kind)
    if place != head or sum(map(_octets, types)) + head != length:
        raise Unreadable
    values: list[Value] = []
    for number, kind in enumerate(types):
        size = _octets(kind)
        content = payload[place : place + size]
        if len(content) < size and (number + 1 < len(types) or kind < 12 or kind % 2):
            raise Unreadable  # only a blob at the end is worth having in part
        values.append(_value(kind, content))
        place += size
    return tuple(values)


def _octets(kind: int) -> int:
    if kind in (10, 11) or kind < 0:
        raise Unreadable
    if kind >= 12:
        return (kind - 12) // 2
    return 8 if kind == 7 else _INTEGER_BYTES.get(kind, 0)


def _value(kind: int, content: bytes) -> Value:
    if kind == 0:
        return None
    if kind in (8, 9):
        return kind - 8
    if kind == 7:
        return float(struct.unpack(">d", content)[0])
    if kind < 7:
        return int.from_bytes(content, "big", signed=True)
    return content if kind % 2 == 0 else content.decode("utf-8", "replace")


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """A variable-length integer and where it ends."""
    value = 0
    for number in range(9):
        if place >= len(data):
            raise Unreadable
        octet = data[place]
        place += 1
        if number == 8:
            value = value << 8 | octet
            break
        value = value << 7 | octet & 0x7F
        if octet < 0x80:
            break
    return value - (1 << 64) if value >= 1 << 63 else value, place

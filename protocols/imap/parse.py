"""What untagged IMAP responses say, as values: LIST, STATUS, SEARCH, VANISHED and counts."""

import re
from dataclasses import dataclass

from protocols.errors import Misbehaved
from protocols.imap.framing import Response
from protocols.imap.sequence import MAX_UID, expand, ranges

MAX_FOUND = 2_000_000
"""Numbers in one SEARCH; a mailbox of more is not read in one go."""
_BIG = (1 << 63) - 1

_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_ATOM = re.compile(rb"[^ \r\n]+")
_ATTRIBUTES = re.compile(rb"\(([^()]*)\) +")
_DELIMITER = re.compile(rb'(?:NIL|"(\\?[^"\\]|\\["\\])"|""|"[^"]*") +', re.IGNORECASE)
_STATUS_ITEMS = re.compile(rb" *\(([A-Za-z0-9 -]*)\) *\Z")
_SEARCH_TAIL = re.compile(rb" *\(MODSEQ (\d+)\) *\Z", re.IGNORECASE)
_ESEARCH_ALL = re.compile(rb"(?:\A| )ALL ([0-9:,]+)(?: |\Z)", re.IGNORECASE)
_VANISHED = re.compile(rb"(\(EARLIER\) +)?([0-9:,]+) *\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listed:
    r"""One folder of LIST, LSUB or XLIST (RFC 9051 section 7.3.1).

    `attributes` are lower case with their backslash (`\noselect`); `delimiter` is None when there are no levels;
    `name` is as the server wrote it, undecoded, and the only form that may be sent back.
    """

    attributes: frozenset[str]
    delimiter: str | None
    name: bytes


@dataclass(frozen=True, slots=True)
class Vanished:
    """UIDs that are gone (RFC 7162 section 3.2.10), as inclusive ranges; `earlier` when gone before this session."""

    earlier: bool
    ranges: tuple[tuple[int, int], ...]


def unreadable(what: str, response: Response) -> Misbehaved:
    """Make the error of one response that cannot be read; the rest of the answer is not touched by it."""
    start = response.line[:60].decode("utf-8", "replace")
    return Misbehaved(f"The server sent a {what} that cannot be read: {start}", step="command")


def read_list(response: Response) -> Listed:
    """Read `* LIST (...) "/" name`; Misbehaved when it is none."""
    text = response.text
    attributes = _ATTRIBUTES.match(text)
    delimiter = _DELIMITER.match(text, attributes.end()) if attributes else None
    if attributes is None or delimiter is None:
        raise unreadable("LIST", response)
    name, _ = _string(response, text[delimiter.end() :])
    sign = delimiter[1]
    words = attributes[1].decode("ascii", "replace").lower().split()
    return Listed(frozenset(words[:50]), sign[-1:].decode("latin-1") if sign else None, name)


def read_status(response: Response) -> tuple[bytes, dict[str, int]]:
    """Read `* STATUS name (MESSAGES 3 UIDNEXT 4)`: the raw name and the numbers by upper-case item."""
    name, rest = _string(response, response.text)
    items = _STATUS_ITEMS.match(rest)
    if items is None:
        raise unreadable("STATUS", response)
    words = items[1].decode("ascii").upper().split()
    pairs = zip(words[::2], words[1::2], strict=False)
    return name, {item: min(int(value), _BIG) for item, value in pairs if value.isdigit() and len(value) < 20}


def _string(response: Response, text: bytes) -> tuple[bytes, bytes]:
    """Read an astring at the start of `text`, the rest of the first line; return it and what follows it."""
    if len(response.parts) > 1 and re.fullmatch(rb"~?\{\d+\+?\}", text):
        return response.parts[1], response.parts[2]
    if found := _QUOTED.match(text):
        return re.sub(rb"\\(.)", rb"\1", found[1], flags=re.DOTALL), text[found.end() :]
    if found := _ATOM.match(text):
        return found[0], text[found.end() :]
    raise unreadable(response.name, response)


def read_search(response: Response) -> list[int]:
    """Read `* SEARCH 1 2 3 (MODSEQ 9)` or `* ESEARCH (TAG "a") UID ALL 1:3`, in the server's order.

    Some servers spread SEARCH over several responses: concatenate.  Zero and what is too big are left out.
    """
    text = response.text
    if response.name == "ESEARCH":
        found = _ESEARCH_ALL.search(text)
        return expand(found[1], MAX_FOUND) if found else []
    if text.endswith(b")"):
        text = _SEARCH_TAIL.sub(b"", text)
    words = text.split()
    if len(words) > MAX_FOUND:
        raise Misbehaved(f"The server found more than {MAX_FOUND} messages.", step="command")
    try:
        return [number for number in map(int, words) if 0 < number <= MAX_UID]
    except ValueError:
        raise unreadable("SEARCH", response) from None


def read_vanished(response: Response) -> Vanished:
    """Read `* VANISHED (EARLIER) 1:5,7`; the ranges stay ranges, since a server may name all UIDs there could be."""
    found = _VANISHED.match(response.text)
    if found is None:
        raise unreadable("VANISHED", response)
    return Vanished(found[1] is not None, tuple(ranges(found[2])))


def read_count(response: Response, name: str) -> int | None:
    """Read the number of `* 23 EXISTS`, `* 4 EXPUNGE` or `* 1 RECENT` when the response has that name, else None."""
    if response.name != name or (number := response.number) is None or number > MAX_UID:
        return None
    return number

"""What untagged IMAP responses say, as values: LIST, STATUS, NAMESPACE, SEARCH, VANISHED and counts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from protocols.errors import Misbehaved
from protocols.imap.framing import Response
from protocols.imap.sequence import MAX_UID, expand, ranges

MAX_FOUND = 2_000_000
"""Numbers in one SEARCH; a mailbox of more is not read in one go."""
_BIG = (1 << 63) - 1

_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_ATOM = re.compile(rb"[^ \r\n]+")
_OBJECT_ID = re.compile(rb"[A-Za-z0-9_-]{1,255}")
_LITERAL = re.compile(rb"~?\{\d+\+?\}")
_ATTRIBUTES = re.compile(rb"\(([^()]*)\) +")
_DELIMITER = re.compile(rb'(?:NIL|"(\\?[^"\\]|\\["\\])"|""|"[^"]*") +', re.IGNORECASE)
_STATUS_ITEMS = re.compile(rb" *\(((?:[^()]|\([^()]*\))*)\) *\Z")
_STATUS_ITEM = re.compile(rb"([A-Za-z0-9-]+) +(?:(\d{1,19})(?![^ ])|\(([^()]*)\))")
_TOKEN = re.compile(rb'[()]|"(?:[^"\\]|\\.)*"|[^ ()"]+', re.DOTALL)
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
class Status:
    """A folder as STATUS tells it (RFC 9051 section 7.3.4): numbers by upper-case item, MAILBOXID (RFC 8474) if any."""

    name: bytes
    items: dict[str, int]
    mailbox_id: str | None = None


@dataclass(frozen=True, slots=True)
class Space:
    """A namespace (RFC 2342): what its folders' names begin with, and what divides their levels."""

    prefix: bytes
    delimiter: str | None


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
    """Read `* LIST (...) "/" name`; Misbehaved when it is none.

    What LIST-EXTENDED adds after the name is left out.  Names that a server should have quoted better are taken whole.
    """
    text = response.text
    attributes = _ATTRIBUTES.match(text)
    delimiter = _DELIMITER.match(text, attributes.end()) if attributes else None
    if attributes is None or delimiter is None:
        raise unreadable("LIST", response)
    said = text[delimiter.end() :]
    name, rest = _string(response, said)
    if rest.strip() and not rest.startswith(b" (") and len(response.parts) == 1:
        # `Sent Items` without quotes, or quotes inside quotes: there is nothing else that it could mean
        name = said[1:-1] if said[:1] == said[-1:] == b'"' else said
    sign = delimiter[1]
    words = attributes[1].decode("ascii", "replace").lower().split()
    return Listed(frozenset(words[:50]), sign[-1:].decode("latin-1") if sign else None, name)


def read_status(response: Response) -> Status:
    """Read `* STATUS name (MESSAGES 3 UIDNEXT 4 MAILBOXID (F1))`; Misbehaved when it is none."""
    name, rest = _string(response, response.text)
    items = _STATUS_ITEMS.match(rest)
    if items is None:
        raise unreadable("STATUS", response)
    numbers: dict[str, int] = {}
    mailbox_id: str | None = None
    for item in _STATUS_ITEM.finditer(items[1]):
        word = item[1].decode("ascii").upper()
        if item[2] is not None:
            numbers[word] = min(int(item[2]), _BIG)
        elif word == "MAILBOXID" and _OBJECT_ID.fullmatch(item[3]):
            mailbox_id = item[3].decode("ascii")
    return Status(name, numbers, mailbox_id)


def read_namespace(response: Response) -> tuple[tuple[Space, ...], ...]:
    """Read `* NAMESPACE (("INBOX." ".")) NIL NIL`: personal, other users', shared; Misbehaved when it is none."""
    groups: list[tuple[Space, ...]] = []
    spaces: list[Space] = []
    words: list[bytes | None] = []
    depth = 0
    for token in _tokens(response):
        if token == b"(":
            depth += 1
            words = [] if depth == 2 else words
        elif token == b")":
            depth -= 1
            if depth == 1 and len(words) > 1 and words[0] is not None:
                spaces.append(Space(words[0], words[1].decode("latin-1") if words[1] else None))
            elif depth == 0:
                groups, spaces = [*groups, tuple(spaces)], []
        elif depth == 0:  # NIL: there is none of that kind
            groups.append(())
        elif depth == 2:  # deeper down are extensions of it
            words.append(_unquoted(token))
    if depth or not groups:
        raise unreadable("NAMESPACE", response)
    return tuple([*groups, (), (), ()][:3])


def _tokens(response: Response) -> Iterator[bytes]:
    """Words, quoted strings and parentheses; a literal comes as a quoted string."""
    for number, part in enumerate(response.parts):
        if number % 2:
            yield b'"' + part.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
            continue
        text = part if number else response.text
        yield from (token for token in _TOKEN.findall(text) if not _LITERAL.fullmatch(token))


def _unquoted(token: bytes) -> bytes | None:
    """What a string says; None for NIL."""
    if token[:1] == b'"':
        return re.sub(rb"\\(.)", rb"\1", token[1:-1], flags=re.DOTALL)
    return None if token.upper() == b"NIL" else token


def _string(response: Response, text: bytes) -> tuple[bytes, bytes]:
    """Read an astring at the start of `text`, the rest of the first line; return it and what follows it."""
    if len(response.parts) > 1 and _LITERAL.fullmatch(text):
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


def read_search_ranges(response: Response) -> list[tuple[int, int]]:
    """As `read_search`, but an ESEARCH stays in its inclusive ranges: 100,000 messages may be one of them."""
    if response.name != "ESEARCH":
        return [(number, number) for number in read_search(response)]
    found = _ESEARCH_ALL.search(response.text)
    pairs = ranges(found[1]) if found else []
    if sum(high - low + 1 for low, high in pairs) > MAX_FOUND:
        raise Misbehaved(f"The server found more than {MAX_FOUND} messages.", step="command")
    return pairs


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

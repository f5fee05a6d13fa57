"""FETCH responses as values: a scanner for what sync asks for, imapclient's parser for everything else."""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from imapclient import response_parser
from imapclient.exceptions import IMAPClientError

from protocols.imap.framing import Response
from protocols.imap.parse import unreadable
from protocols.imap.sequence import MAX_UID
from store.model import Flag

_BIG = (1 << 63) - 1
_MAX_LABELS = 256
_MAX_LABEL = 255
_SYSTEM = {
    b"\\seen": Flag.SEEN,
    b"\\answered": Flag.ANSWERED,
    b"\\flagged": Flag.FLAGGED,
    b"\\draft": Flag.DRAFT,
    b"\\deleted": Flag.DELETED,
}
_HEAD = re.compile(rb"\* (\d{1,10}) FETCH \(", re.IGNORECASE)
_ITEM = re.compile(
    rb" *(?:UID (?P<uid>\d{1,10})|FLAGS \((?P<flags>[^()]*)\)|MODSEQ \((?P<modseq>\d{1,19})\)"
    rb'|RFC822\.SIZE (?P<size>\d{1,19})|INTERNALDATE "(?P<date>[^"\\]{1,40})"'
    rb"|(?P<section>(?:BODY|BINARY)\[[^\]\"{]{0,2000}\](?:<\d{1,19}>)?|RFC822(?:\.HEADER|\.TEXT)?)"
    rb' (?:~?\{(?P<literal>\d+)\+?\}\Z|(?P<nil>NIL)|"(?P<quoted>[^"\\]*)")'
    rb'|X-GM-LABELS \((?P<labels>(?:[^()"{]|"(?:[^"\\]|\\.)*")*)\)'
    rb"|(?P<other>X-GM-MSGID|X-GM-THRID|EMAILID|THREADID) (?P<value>\d{1,20}|\([A-Za-z0-9_-]{1,255}\)|NIL))(?=[ )]|\Z)",
    re.IGNORECASE,
)
_USUAL = re.compile(
    # Dovecot's order, with which a fast path pays: flags and summaries come by the hundred thousand
    rb"\* (\d{1,10}) FETCH \(UID (\d{1,10})(?: MODSEQ \((\d{1,19})\))?(?: FLAGS \(([^()]*)\))?"
    rb'(?: INTERNALDATE "([^"\\]{1,40})")?(?: RFC822\.SIZE (\d{1,19}))?'
    rb'(?: (BODY\[[^\]"{]{0,2000}\]) \{\d+\}|\))\Z'
)
_LABEL = re.compile(rb'"((?:[^"\\]|\\.)*)"|([^ "]+)')
_END = re.compile(rb" *\) *\Z")
_DATE = re.compile(rb" ?(\d{1,2}-[A-Za-z]{3}-\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d{4})")
_MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
_MARKER = re.compile(rb"~?\{\d+\+?\}\Z")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one FETCH says about one message; None where it says nothing.

    `flags` are the system flags, `labels` the keywords, in the server's order.  `internaldate` is in unix
    seconds, `size` RFC822.SIZE in bytes (a hint, servers lie).  `sections` are bytes by upper-case item name
    (`BODY[]`, `BODY[HEADER.FIELDS (FROM TO)]`, `BODY[1.2]<0>`).  `extra` holds everything else as imapclient gives it:
    ENVELOPE, BODYSTRUCTURE, X-GM-LABELS, EMAILID, ...
    """

    sequence: int
    uid: int
    flags: Flag | None = None
    labels: tuple[str, ...] = ()
    modseq: int | None = None
    size: int | None = None
    internaldate: int | None = None
    sections: Mapping[str, bytes] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def envelope(self) -> Any:
        """The ENVELOPE (imapclient's), None when it was not sent."""
        return self.extra.get("ENVELOPE")

    @property
    def structure(self) -> Any:
        """The BODYSTRUCTURE (imapclient's), None when it was not sent."""
        return self.extra.get("BODYSTRUCTURE")


def read_fetch(response: Response, *, need_uid: bool = True) -> Fetched:
    """Read one `* n FETCH (...)`; Misbehaved when it cannot be read, or names no UID although `need_uid`.

    A FETCH that a server sends by itself may lack the UID: read it with `need_uid=False`, its `uid` is then 0.
    """
    if (usual := _read_usual(response)) is not None:
        return usual
    values = _scan(response)
    if values is None:
        values = _parse(response)
    uid = values.get("uid", 0)
    if need_uid and not 0 < uid <= MAX_UID:
        raise unreadable("FETCH without a UID", response)
    return Fetched(**{**values, "uid": uid if uid <= MAX_UID else 0})


def _read_usual(response: Response) -> Fetched | None:
    """Read what nearly all responses of a sync look like, in a fifth of the time; None for all others."""
    parts = response.parts
    found = _USUAL.match(parts[0])
    if found is None:
        return None
    sequence, uid, modseq, marks, date, size, section = found.groups()
    if (number := int(uid)) > MAX_UID or not number or (len(parts) == 3) is (section is None):
        return None
    if section is not None and parts[2] != b")":
        return None
    flags, labels = (None, ()) if marks is None else read_flags(marks)
    return Fetched(
        int(sequence),
        number,
        flags,
        labels,
        None if modseq is None else min(int(modseq), _BIG),
        None if size is None else min(int(size), _BIG),
        None if date is None else read_date(date),
        {} if section is None else {_item(section): parts[1]},
    )


def _scan(response: Response) -> dict[str, Any] | None:
    """Read the common items; None when there is anything else, even if it may be honest."""
    parts = response.parts
    head = _HEAD.match(parts[0])
    if head is None:
        return None
    values: dict[str, Any] = {"sequence": int(head[1])}
    sections: dict[str, bytes] = {}
    extra: dict[str, Any] = {}
    position = head.end()
    for index in range(0, len(parts), 2):
        line = parts[index]
        while found := _ITEM.match(line, position):
            position = found.end()
            if not _take(found, parts[index + 1] if index + 1 < len(parts) else None, values, sections, extra):
                return None
        last = index + 1 == len(parts)
        complete = _END.match(line, position) is not None if last else position == len(line)
        if not complete:
            return None
        position = 0
    return {**values, "sections": sections, "extra": extra}


def _take(
    found: re.Match[bytes],
    literal: bytes | None,
    values: dict[str, Any],
    sections: dict[str, bytes],
    extra: dict[str, Any],
) -> bool:
    """Put one item where it belongs; False when the item is not what it looks like."""
    kind = found.lastgroup
    if kind == "uid":
        values["uid"] = int(found["uid"])
    elif kind == "flags":
        values["flags"], values["labels"] = read_flags(found["flags"])
    elif kind == "modseq" or kind == "size":
        values[kind] = min(int(found[kind]), _BIG)
    elif kind == "date":
        values["internaldate"] = read_date(found["date"])
    elif kind == "value":
        extra[found["other"].decode("ascii").upper()] = found["value"].strip(b"()")
    elif kind == "labels":
        extra["X-GM-LABELS"] = _labels(found["labels"])
    elif kind == "literal":
        if literal is None:
            return False
        sections[_item(found["section"])] = literal
    elif kind == "quoted":
        sections[_item(found["section"])] = found["quoted"]
    return True


@lru_cache(maxsize=4096)
def _labels(words: bytes) -> tuple[bytes, ...]:
    """Read the words of X-GM-LABELS: atoms and quoted strings, without their quotes and escapes."""
    return tuple(atom or re.sub(rb"\\(.)", rb"\1", quoted, flags=re.DOTALL) for quoted, atom in _LABEL.findall(words))


@lru_cache(maxsize=256)
def _item(name: bytes) -> str:
    return name.decode("latin-1").upper()


@lru_cache(maxsize=4096)
def read_flags(words: bytes) -> tuple[Flag, tuple[str, ...]]:
    r"""Split the words of a FLAGS list into system flags and keywords; `\Recent` and its like are left out."""
    system = Flag.NONE
    keywords: list[str] = []
    for word in words.split():
        if word.startswith(b"\\"):
            system |= _SYSTEM.get(word.lower(), Flag.NONE)
        elif len(keywords) < _MAX_LABELS and len(word) <= _MAX_LABEL:
            keywords.append(word.decode("utf-8", "replace"))
    return system, tuple(dict.fromkeys(keywords))


def read_date(text: bytes) -> int | None:
    """Read `17-Jul-1996 02:44:25 -0700` as unix seconds; None for what is no date."""
    found = _DATE.fullmatch(text)
    midnight = _midnight(found[1]) if found else None
    if found is None or midnight is None:
        return None
    return midnight + 3600 * int(found[2]) + 60 * int(found[3]) + int(found[4]) - _offset(found[5])


@lru_cache(maxsize=4096)
def _midnight(day: bytes) -> int | None:
    """The unix seconds at which a day begins in UTC: mail of a day comes together."""
    number, name, year = day.decode("ascii").split("-")
    month, odd = divmod(_MONTHS.find(name.lower()), 3)
    if odd:
        return None
    try:
        return calendar.timegm((int(year), month + 1, int(number), 0, 0, 0))
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=256)
def _offset(zone: bytes) -> int:
    """Seconds by which a time zone like -0700 is ahead of UTC."""
    seconds = 3600 * int(zone[1:3]) + 60 * int(zone[3:])
    return seconds if zone[:1] == b"+" else -seconds


def _parse(response: Response) -> dict[str, Any]:
    """Read any FETCH with imapclient's parser, which wants `n (` and literals in pairs with their lines."""
    parts = response.parts
    first, changed = re.subn(rb"\A\* (\d{1,10}) FETCH ", rb"\1 ", parts[0], flags=re.IGNORECASE)
    if not changed:
        raise unreadable("FETCH", response)
    lines = [first, *parts[2::2]]
    records: list[Any] = [
        (_MARKER.sub(b"", line) + b"{%d}" % len(literal), literal)
        for line, literal in zip(lines, parts[1::2], strict=False)
    ]
    records.append(lines[-1])
    try:
        (items,) = response_parser.parse_fetch_response(records, normalise_times=False, uid_is_key=False).values()
        return _sorted(items)
    except (
        IMAPClientError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise unreadable("FETCH", response) from error


def _sorted(items: Mapping[bytes, Any]) -> dict[str, Any]:
    """Sort imapclient's items into the fields of Fetched; a TypeError or ValueError means nonsense."""
    values: dict[str, Any] = {"sequence": items[b"SEQ"]}
    sections: dict[str, bytes] = {}
    extra: dict[str, Any] = {}
    for key, value in items.items():
        if key == b"UID":
            values["uid"] = value
        elif key == b"FLAGS":
            values["flags"], values["labels"] = read_flags(b" ".join(_bytes(word) for word in value))
        elif key == b"MODSEQ":
            values["modseq"] = min(int(value[0]), _BIG)
        elif key == b"RFC822.SIZE":
            values["size"] = min(int(value), _BIG)
        elif key == b"INTERNALDATE":
            values["internaldate"] = None if value is None else int(value.timestamp())
        elif b"[" in key or key in (b"RFC822", b"RFC822.HEADER", b"RFC822.TEXT"):
            if value is not None:
                sections[_item(key)] = _bytes(value)
        elif key != b"SEQ":
            extra[_item(key)] = value
    return {**values, "sections": sections, "extra": extra}


def _bytes(value: Any) -> bytes:
    """Undo imapclient's reading of a word of digits as a number."""
    return b"%d" % value if isinstance(value, int) else bytes(value)

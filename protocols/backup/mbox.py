"""The mbox format: separator lines and the quoting of what looks like one, both ways.

Each message is preceded by a line `From sender date moreinfo` and followed by an empty line.  Lines inside that begin
with `From `, or with `>` before it, get one more `>` (mboxrd), so that reading takes exactly one away again.  The bytes
of a message are otherwise as they were received, CRLF where it came with CRLF: nothing is added to its header.  What
has no room in it stands as words after the date, where mbox(5) has room for them: `bocau`, then `flags=` in Maildir's
letters, `folder=` percent-encoded, and `end=open` when the last line has no end (the one that is added is not its own).
"""

import re
import time
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote

from protocols.backup.maildir import flags_of, letters_of
from protocols.backup.saved import Saved
from protocols.mime.dates import date
from store.model import Flag
from store.storable import LATEST

_QUOTABLE = re.compile(rb"^(?=>*From )", re.MULTILINE)
_RISKY = re.compile(rb"\n>*From ")
_QUOTED = {True: re.compile(rb"^>(?=>*From )", re.MULTILINE), False: re.compile(rb"^>(?=From )", re.MULTILINE)}
_SENDER = re.compile(r"[!-~]{1,254}")
_DATE = re.compile(rb" ((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*)", re.DOTALL)
# Google Takeout writes a zone before the year
_ZONED = re.compile(rb"[A-Z]\w\w (\w{3}) +(\d+) ([\d:]+) ([+-]\d{4}) (\d{4})")
_WORDS = re.compile(rb"(?: [!-~]+)*\r?\n?")
_STATUS = re.compile(rb"^(Status|X-Status|X-Mozilla-Status):[ \t]*([0-9A-Za-z]*)", re.MULTILINE | re.IGNORECASE)
_HEADER_END = re.compile(rb"\n\r?\n")
_STATUS_LETTERS = {"r": Flag.SEEN, "a": Flag.ANSWERED, "f": Flag.FLAGGED, "t": Flag.DRAFT, "d": Flag.DELETED}
_MOZILLA_BITS = ((0x1, Flag.SEEN), (0x2, Flag.ANSWERED), (0x4, Flag.FLAGGED), (0x8, Flag.DELETED))


@dataclass(frozen=True, slots=True)
class Separator:
    """What a `From ` line says."""

    received: int | None
    """Unix seconds, the time as UTC (RFC 4155); None when it cannot be read."""
    ours: bool = False
    flags: Flag = Flag.NONE
    folder: str = ""
    is_open: bool = False
    """Whether the line end before the empty line is not the message's own."""


def entry(saved: Saved) -> tuple[bytes, bytes, bytes]:
    """One message as it stands in the file: its separator, its bytes, and the empty line behind it."""
    raw = saved.raw
    # looked for before anything is replaced: in nearly every message there is nothing, and this takes half the time
    is_risky = raw.startswith((b"From ", b">")) or _RISKY.search(raw) is not None
    quoted = _QUOTABLE.sub(b">", raw) if is_risky else raw
    return separator_line(saved), quoted, b"\n" if raw.endswith(b"\n") else b"\n\n"


def separator_line(saved: Saved) -> bytes:
    """The `From ` line, with its line end: only printable ASCII, and no colon behind the time (git looks for it)."""
    sender = saved.sender if _SENDER.fullmatch(saved.sender) else "MAILER-DAEMON"
    when = time.asctime(time.gmtime(min(max(saved.received or 0, 0), LATEST)))
    words = _words(int(saved.flags), saved.folder, saved.raw.endswith(b"\n"))
    return f"From {sender} {when} {words}\n".encode("ascii")


@lru_cache(maxsize=1024)
def _words(flags: int, folder: str, is_closed: bool) -> str:
    words = ["bocau"]
    if letters := letters_of(Flag(flags)):
        words.append(f"flags={letters}")
    if folder:
        words.append(f"folder={quote(folder, safe='/', errors='replace')}")
    if not is_closed:
        words.append("end=open")
    return " ".join(words)


def separator(line: bytes) -> Separator:
    """Read a `From ` line, by whomever it was written."""
    found = _DATE.search(line)
    received = None if found is None else date(_ZONED.sub(rb"\2 \1 \5 \3 \4", found[1]))
    _, ours, rest = line.rpartition(b" bocau")
    if not ours or not _WORDS.fullmatch(rest):
        return Separator(received)
    words = dict(word.partition("=")[::2] for word in rest.decode("ascii").split())
    flags = flags_of(words.get("flags", ""))
    return Separator(received, True, flags, unquote(words.get("folder", "")), words.get("end") == "open")


def unquoted(content: bytes, *, doubled: bool = True) -> bytes:
    """Take one `>` from every quoted line; unless `doubled` only from `>From `, since mboxo quotes nothing else."""
    return _QUOTED[doubled].sub(b"", content) if b">From " in content else content


def status_flags(raw: bytes) -> Flag:
    """The flags that other programs note in the header: Status and X-Status (mutt, Dovecot), X-Mozilla-Status."""
    end = _HEADER_END.search(raw)
    flags = Flag.NONE
    for name, value in _STATUS.findall(raw, 0, end.end() if end else len(raw)):
        text = value.decode("ascii").lower()
        if name.lower() == b"x-mozilla-status":
            bits = int(text, 16) if re.fullmatch("[0-9a-f]{1,8}", text) else 0
            flags |= Flag(sum(flag for bit, flag in _MOZILLA_BITS if bits & bit))
        else:
            flags |= Flag(sum(_STATUS_LETTERS.get(letter, Flag.NONE) for letter in set(text)))
    return flags

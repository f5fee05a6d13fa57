"""Names for eml files and their folders: readable, harmless to every file system, and folders' names come back.

Nothing of a mail decides where a file goes: what could mean something to a file system or a terminal is written as
`%XX` of its UTF-8 bytes, in folders' names, and left out of files' names.
"""

import hashlib
import re
import time
import unicodedata
from pathlib import Path
from urllib.parse import unquote

from store.storable import LATEST

SUFFIX = ".eml"
_SUBJECT_BYTES = 120
_LEVEL_BYTES = 200
_RISKY = frozenset('/\\:*?"<>|')
_ESCAPED = re.compile("(?:%[0-9A-F]{2})+")
_LOOKS_ESCAPED = re.compile("%(?=[0-9A-Fa-f]{2})")
_OURS = re.compile(r"\d{4}-\d\d-\d\d .*?[0-9a-f]{16}(?:-\d+)?\.eml")
_BLANKS = re.compile(r"\s+")


def file_name(subject: str, received: int, fingerprint: str) -> str:
    """`2026-11-23 Rent for November 3f2a9c81d0aa4b1c.eml`; the day is that of `received` (Unix seconds), in UTC."""
    kept = "".join(one if _is_harmless(one) else " " for one in unicodedata.normalize("NFC", subject[:1000]))
    words = _cut(_BLANKS.sub(" ", kept).strip(" ."), _SUBJECT_BYTES).strip(" .")
    return f"{_day(received)} {words}{' ' if words else ''}{fingerprint}{SUFFIX}"


def is_ours(name: str, received: int | None = None) -> bool:
    """Whether a file is called as `file_name` calls one, received then if that is asked for."""
    return _OURS.fullmatch(name) is not None and (received is None or name.startswith(_day(received)))


def folders_of(path: str) -> Path:
    """The folders, one in the other, that stand for a folder's path; relative, without `..`."""
    return Path(*(_level(level) for level in path.split("/") if level))


def path_of(folders: Path) -> str:
    """The path for which such folders stand."""
    return "/".join(_ESCAPED.sub(lambda found: unquote(found[0], errors="replace"), level) for level in folders.parts)


def _day(received: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(min(max(received, 0), LATEST)))


def _level(level: str) -> str:
    marked = _LOOKS_ESCAPED.sub("%25", level)
    last = len(marked) - 1
    name = "".join(
        one if _is_harmless(one) and not (one in ". " and place in (0, last)) else _escape(one)
        for place, one in enumerate(marked)
    )
    if len(name.encode()) <= _LEVEL_BYTES:
        return name
    # two long names that begin alike stay two folders
    return f"{_cut(name, _LEVEL_BYTES - 9)}~{hashlib.sha256(level.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _is_harmless(one: str) -> bool:
    if one.isascii():
        return one.isprintable() and one not in _RISKY
    # no controls, no marks of direction, nothing invisible, no lone surrogates
    return unicodedata.category(one)[0] not in "CZ"


def _escape(one: str) -> str:
    return "".join(f"%{byte:02X}" for byte in one.encode("utf-8", "replace"))


def _cut(text: str, octets: int) -> str:
    return text.encode("utf-8", "replace")[:octets].decode("utf-8", "ignore")

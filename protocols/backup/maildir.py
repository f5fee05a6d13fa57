r"""The Maildir format: the names of files and folders, and the flags in them.

A file is called `seconds.unique.host,S=size:2,flags`; folders stand beside cur/, new/ and tmp/ as `.Level.Level`
(Maildir++), each level in modified UTF-7 as Dovecot and Courier write it.  A dot inside a level, and a backslash, are
`\2e` and `\5c`, which Dovecot's listescape understands.
"""

import hashlib
import re

from imapclient.imap_utf7 import decode, encode

from store.model import Flag

LETTERS = (("D", Flag.DRAFT), ("F", Flag.FLAGGED), ("R", Flag.ANSWERED), ("S", Flag.SEEN), ("T", Flag.DELETED))
"""In the order of their names' ASCII codes, as the standard wants it."""

INFO = ":2,"
LONGEST_NAME = 250
"""Bytes of a file's or folder's name; file systems take 255."""

_ESCAPED = re.compile(r"\\([0-9a-fA-F]{2})")
_STAMP = re.compile(r"(\d{9,11})\D")


def letters_of(flags: Flag) -> str:
    """Flags as Maildir's letters, sorted."""
    return "".join(letter for letter, flag in LETTERS if flag in flags)


def flags_of(letters: str) -> Flag:
    """The flags of Maildir's letters; others (P, the keywords a to z) are left out."""
    return Flag(sum(flag for letter, flag in LETTERS if letter in letters))


def flags_in(name: str) -> Flag:
    """The flags in a file's name."""
    return flags_of(name.rpartition(INFO)[2] if INFO in name else "")


def stamp_in(name: str) -> int | None:
    """The Unix seconds with which a file's name begins."""
    found = _STAMP.match(name)
    return None if found is None else int(found[1])


def folder_name(path: str) -> str:
    """The Maildir++ name of a folder by its path; one that file systems do not bear is cut, and does not come back."""
    levels = (level.replace("\\", "\\5c").replace(".", "\\2e") for level in path.split("/") if level)
    name = "." + ".".join(encode(level.encode("utf-8", "replace").decode()).decode("ascii") for level in levels)
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 9]}~{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def folder_path(name: str) -> str:
    """The path of a folder by its Maildir++ name; what is no modified UTF-7 is taken as it is."""
    return "/".join(_level(level) for level in name.removeprefix(".").split(".") if level)


def _level(level: str) -> str:
    text = level
    if level.isascii():
        try:
            text = decode(level.encode("ascii"))
        except (ValueError, IndexError):
            text = level
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).replace("/", "_")

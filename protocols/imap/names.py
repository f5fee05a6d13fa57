"""Folder names: the server's raw bytes, the path that people read, and what a folder is for."""

import re
import unicodedata
from collections.abc import Iterable

from imapclient import imap_utf7

from protocols.imap.parse import Listed
from protocols.imap.role_names import NAMES
from store.model import Role

_SLASH_IN_A_LEVEL = "\u2215"
"""DIVISION SLASH stands for a slash inside a level, since `/` divides levels in our paths."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\0-\x1f\x7f]")

_ATTRIBUTES = {
    "\\inbox": Role.INBOX,
    "\\sent": Role.SENT,
    "\\drafts": Role.DRAFTS,
    "\\trash": Role.TRASH,
    "\\junk": Role.JUNK,
    "\\spam": Role.JUNK,
    "\\archive": Role.ARCHIVE,
    "\\all": Role.ALL,
    "\\allmail": Role.ALL,
}
"""RFC 6154, and `\\inbox`, `\\spam` and `\\allmail` of XLIST; servers differ in case."""
_UNUSABLE = frozenset({"\\noselect", "\\nonexistent"})


def decode(raw: bytes, delimiter: str | None) -> str:
    """Make the path that people read of a raw name; any bytes give some path, of which `raw` stays the only key.

    Levels are divided by `/`; a slash inside a level becomes U+2215.  Modified UTF-7 (RFC 9051 appendix A.1) that is
    broken is shown as it stands; 8-bit names are read as UTF-8, else as Latin-1.  Not cleaned for display.
    """
    levels = raw.split(delimiter.encode("latin-1", "replace")) if delimiter else [raw]
    texts = [_decode_level(level).replace("/", _SLASH_IN_A_LEVEL) for level in levels]
    if texts[0].upper() == "INBOX":
        texts[0] = "INBOX"
    return "/".join(texts)


def _decode_level(raw: bytes) -> str:
    if not raw.isascii():
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")
    try:
        text = imap_utf7.decode(raw)
    except ValueError:
        return raw.decode("ascii")
    return raw.decode("ascii") if _SURROGATE.search(text) else text


def encode(path: str, delimiter: str | None) -> bytes:
    """Make the raw name for a folder that is to be created at `path`.

    ValueError, with a sentence for people, when this server cannot have it.  Folders that exist are named by their own
    raw bytes, never by this.
    """
    if not path or _CONTROL.search(path) or _SURROGATE.search(path):
        raise ValueError("A folder's name cannot be empty or hold control characters.")
    levels = path.split("/")
    if "" in levels:
        raise ValueError("Every level of a folder's path needs a name.")
    if len(levels) > 1 and not delimiter:
        raise ValueError("This server has no folders inside folders.")
    if delimiter != "/":
        levels = [level.replace(_SLASH_IN_A_LEVEL, "/") for level in levels]
    if delimiter and any(delimiter in level for level in levels):
        raise ValueError(f'On this server a folder\'s name cannot hold "{delimiter}".')
    encoded = (imap_utf7.encode(unicodedata.normalize("NFC", level)) for level in levels)
    return (delimiter or "").encode("latin-1", "replace").join(encoded)


def selectable(folder: Listed) -> bool:
    r"""Whether a folder can hold mail (neither `\Noselect` nor `\NonExistent`)."""
    return _UNUSABLE.isdisjoint(folder.attributes)


def roles(folders: Iterable[Listed]) -> dict[bytes, Role]:
    """Tell what folders are for, by raw name: at most one folder a role, at most one role a folder.

    What the server says (RFC 6154, XLIST) wins; roles that it leaves open go by well-known names, in many languages,
    at the top, inside INBOX or inside a provider's folder such as `[Gmail]`.
    """
    usable = [folder for folder in folders if selectable(folder)]
    found: dict[bytes, Role] = {}
    for folder in usable:
        if decode(folder.name, None).upper() == "INBOX" and Role.INBOX not in found.values():
            found[folder.name] = Role.INBOX
    for folder in usable:
        for attribute in sorted(folder.attributes & _ATTRIBUTES.keys()):
            role = _ATTRIBUTES[attribute]
            if role not in found.values() and folder.name not in found:
                found[folder.name] = role
    candidates = [(folder.name, name) for folder in usable if (name := _known_place(folder)) is not None]
    for role, names in NAMES.items():
        if role not in found.values() and (raw := _best(names, candidates, found)) is not None:
            found[raw] = role
    return found


def _known_place(folder: Listed) -> str | None:
    """Fold the last level of a folder that stands where programs put theirs, None when it stands elsewhere."""
    *above, last = decode(folder.name, folder.delimiter).split("/")
    if len(above) > 1 or (above and above[0] != "INBOX" and not above[0].startswith("[")):
        return None
    return _fold(last)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _best(names: Iterable[str], candidates: list[tuple[bytes, str]], taken: dict[bytes, Role]) -> bytes | None:
    for name in map(_fold, names):
        for raw, candidate in candidates:
            if candidate == name and raw not in taken:
                return raw
    return None

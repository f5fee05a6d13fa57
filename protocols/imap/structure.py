"""BODYSTRUCTURE (RFC 9051 section 7.5.2) as a tree of typed parts; None for what describes no message."""

import re
from collections.abc import Sequence
from typing import Any

from protocols.mime.headers import decode_header
from protocols.mime.parameters import parameters
from store.storable import count
from store.structure import Structure

DEPTH = 50
"""Levels of nesting that are believed, as many as the parser of whole messages opens."""
PARTS = 1000
_SECTION = 200
"""Characters of a section's number: it is sent back to the server."""
_WORD = re.compile(r"[a-z0-9!#$&^_.+-]+")
_ENCLOSED = ("message/rfc822", "message/global")


class _Absurd(Exception):
    """The value is no BODYSTRUCTURE: Exchange and GMX send NIL, numbers, or nothing in the place of parts."""


def read_structure(value: Any) -> Structure | None:
    """Read a BODYSTRUCTURE as imapclient parses it; None when it is broken or beyond all measure.

    Then only the whole message tells what is in it.  Never raises.
    """
    try:
        return _Reader().message(value, "", 0)
    except (_Absurd, TypeError, ValueError, IndexError):
        return None


class _Reader:
    """Reads one tree; `left` counts the parts that may still come."""

    def __init__(self) -> None:
        self.left = PARTS

    def message(self, value: Any, prefix: str, depth: int) -> Structure:
        """Read the body of a message whose parts are numbered below `prefix`."""
        return self.part(value, prefix + ("TEXT" if _is_multipart(value) else "1"), depth)

    def part(self, value: Any, section: str, depth: int) -> Structure:
        """Read one part with all below it."""
        self.left -= 1
        if self.left < 0 or depth > DEPTH or len(section) > _SECTION or not isinstance(value, tuple | list):
            raise _Absurd
        return self._multipart(value, section, depth) if _is_multipart(value) else self._leaf(value, section, depth)

    def _multipart(self, value: Sequence[Any], section: str, depth: int) -> Structure:
        # imapclient gathers the parts of the outermost ones in a list, and leaves those inside messages as they came
        parts: Sequence[Any] = value[0]
        rest = value[1:]
        if not isinstance(parts, list):
            number = next((n for n, one in enumerate(value) if not _is_node(one)), len(value))
            parts, rest = value[:number], value[number:]
        prefix = section.removesuffix("TEXT") if section.endswith("TEXT") else section + "."
        children = tuple(self.part(one, f"{prefix}{number}", depth + 1) for number, one in enumerate(parts, 1))
        subtype = _word(rest[0] if rest else b"mixed", "mixed")
        params = _params(subtype, rest[1] if len(rest) > 1 else None)
        disposition, _ = _disposition(rest[2] if len(rest) > 2 else None)
        size = sum(child.size for child in children)
        return Structure(
            section, f"multipart/{subtype}", size=size, disposition=disposition, params=params, children=children
        )

    def _leaf(self, value: Sequence[Any], section: str, depth: int) -> Structure:
        if len(value) < 7:
            raise _Absurd
        kind = f"{_word(value[0], '')}/{_word(value[1], '')}"
        if not kind[:1].isalpha() or kind.endswith("/"):
            raise _Absurd
        enclosed = kind in _ENCLOSED and len(value) > 8 and _is_node(value[8])
        # md5, disposition, language and location follow the fields of the type (RFC 9051, body-ext-1part)
        fields = 10 if enclosed else 8 if kind.startswith("text/") else 7
        disposition, details = _disposition(value[fields + 1] if len(value) > fields + 1 else None)
        params = _params(kind, value[2])
        return Structure(
            section,
            kind,
            name=details.get("filename") or params.get("name", ""),
            size=_octets(value[6]),
            encoding=_text(value[5]).strip().lower()[:100],
            disposition=disposition,
            charset=params.get("charset", ""),
            content_id=_text(value[3]).strip(" <>\t")[:998],
            params=params,
            children=(self.message(value[8], f"{section}.", depth + 1),) if enclosed else (),
        )


def _is_node(value: Any) -> bool:
    return isinstance(value, tuple | list) and bool(value)


def _is_multipart(value: Any) -> bool:
    return _is_node(value) and _is_node(value[0])


def _text(value: Any) -> str:
    return decode_header(_raw(value))


def _octets(value: Any) -> int:
    """A size; it may be missing or lie, which is found out when the part is fetched."""
    return count(int(value)) if isinstance(value, int | bytes) and (isinstance(value, int) or value.isdigit()) else 0


def _word(value: Any, default: str) -> str:
    word = _text(value).strip().lower()
    return word if _WORD.fullmatch(word) else default


def _params(kind: str, value: Any) -> dict[str, str]:
    """Read parameters as those of a header: encoded words, RFC 2231 with its sections, the first of duplicates."""
    if not isinstance(value, tuple | list) or len(value) % 2:
        return {}
    pairs = zip(value[::2], value[1::2], strict=True)
    quoted = (b'; %s="%s"' % (_raw(name), re.sub(rb'(["\\])', rb"\\\1", _raw(content))) for name, content in pairs)
    return parameters(kind.encode() + b"".join(quoted))[1]


def _raw(value: Any) -> bytes:
    """A string; imapclient takes a word of digits for a number, and what is no string counts as an empty one."""
    if isinstance(value, int):
        return b"%d" % value
    return value if isinstance(value, bytes) else b""


def _disposition(value: Any) -> tuple[str, dict[str, str]]:
    if isinstance(value, bytes):  # Exchange sends the bare word
        return _word(value, ""), {}
    if not _is_node(value) or not isinstance(value[0], bytes):
        return "", {}
    return _word(value[0], ""), _params("x", value[1] if len(value) > 1 else None)

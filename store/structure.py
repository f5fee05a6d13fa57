"""The tree of a message's parts as the server describes it, without their contents (BODYSTRUCTURE, RFC 9051)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from store.storable import text


@dataclass(frozen=True, slots=True)
class Structure:
    """One part.  Strings are decoded, not cleaned for display."""

    section: str
    """The number that IMAP gives it ("1.2"); a multipart that has none is "TEXT" or "2.TEXT"."""
    type: str
    """Media type in lower case."""
    name: str = ""
    size: int = 0
    """Octets as transferred, before the encoding is undone; a hint, servers lie."""
    encoding: str = ""
    disposition: str = ""
    charset: str = ""
    content_id: str = ""
    """Without angle brackets."""
    params: Mapping[str, str] = field(default_factory=dict)
    children: tuple["Structure", ...] = ()
    """The parts of a multipart, or the one content of a message/rfc822."""

    def walk(self) -> Iterator["Structure"]:
        """Yield this part and all below it, in the order of the message."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))

    def find(self, section: str) -> "Structure | None":
        """The part of that number, None when there is none."""
        return next((part for part in self.walk() if part.section == section), None)


_STRINGS = ("section", "type", "name", "encoding", "disposition", "charset", "content_id")


def written(structure: Structure) -> str:
    """Write a tree as JSON; it is as deep as the tree, which whoever builds it keeps shallow."""
    return json.dumps(_object(structure), separators=(",", ":"))


def read(written: str) -> Structure:
    """Read what `written` wrote."""
    return _structure(json.loads(written))


def _object(part: Structure) -> dict[str, Any]:
    said: dict[str, Any] = {key: text(value) for key in _STRINGS if (value := getattr(part, key))}
    said["size"] = part.size
    if part.params:
        said["params"] = {text(key): text(value) for key, value in part.params.items()}
    if part.children:
        said["children"] = [_object(child) for child in part.children]
    return said


def _structure(said: Mapping[str, Any]) -> Structure:
    children = tuple(_structure(child) for child in said.get("children", ()))
    return Structure(**{**said, "children": children})

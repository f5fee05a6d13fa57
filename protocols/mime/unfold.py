"""Opens what parts hold without MIME saying so: files uuencoded in a text, and Outlook's winmail.dat."""

import re
from dataclasses import replace
from mimetypes import MimeTypes

from protocols.mime.charsets import decode
from protocols.mime.parse import Message
from protocols.mime.part import Part
from protocols.mime.tnef import TYPES, unpacked
from protocols.mime.uuencode import pieces

_TYPES = MimeTypes()  # its own tables: what a file name means does not depend on the machine
_PLAIN = frozenset(("", "7bit", "8bit", "binary", "7-bit", "8-bit"))
_WINMAIL = re.compile(r"win(?:mail)?\d*\.dat", re.IGNORECASE)
_UNKNOWN = "application/octet-stream"


def unfolded(message: Message) -> Message:
    """The same message with these files as parts of their own; a part that is opened is the parent of what it held.

    Their indexes are the parent's, `+` and a number: no server knows them.  Only parts that are here are opened.
    """
    return replace(message, root=unfolded_part(message.root))


def unfolded_part(part: Part) -> Part:
    """A part with everything in it opened; as deep as the tree, which is bounded."""
    if part.children:
        children = tuple(map(unfolded_part, part.children))
        unchanged = all(new is old for new, old in zip(children, part.children, strict=True))
        return part if unchanged else part.holding(children)
    if not part.complete or not part.here:
        return part
    if part.type == "text/plain" and part.disposition != "attachment" and part.encoding in _PLAIN:
        return _without_files(part)
    if part.type in TYPES or (part.type == _UNKNOWN and _WINMAIL.fullmatch(part.name)):
        return _opened(part)
    return part


def guessed_type(name: str) -> str:
    """The media type that a file's name suggests."""
    return _TYPES.guess_type(name.replace("\0", ""), strict=False)[0] or _UNKNOWN


def _without_files(part: Part) -> Part:
    """A text whose uuencoded files became parts."""
    if part.source.find(b"begin ", part.start, part.end) < 0:
        return part
    children = []
    for number, piece in enumerate(pieces(part.source, part.start, part.end), 1):
        child = replace(
            part,
            index=f"{part.index}+{number}",
            start=piece.start,
            end=piece.end,
            size=piece.end - piece.start,
            fields=[],
        )
        if piece.name is not None:
            name = decode(piece.name)
            child = replace(
                child, type=guessed_type(name), name=name, disposition="attachment", charset="", encoding="x-uuencode",
                params={}, content_id="",
            )  # fmt: skip
        children.append(child)
    return part.holding(tuple(children)) if children else part


def _opened(part: Part) -> Part:
    children = []
    for number, packed in enumerate(unpacked(part.decoded()), 1):
        children.append(
            Part(
                index=f"{part.index}+{number}",
                type=packed.type or guessed_type(packed.name),
                name=packed.name,
                size=len(packed.data),
                disposition="inline" if packed.type else "attachment",
                charset="utf-8" if packed.type else "",
                encoding="",
                params={},
                content_id="",
                source=packed.data,
                start=0,
                end=len(packed.data),
                fields=[],
            )
        )
    return part.holding(tuple(children)) if children else part

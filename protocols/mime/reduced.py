"""A whole message reduced to its tree, headers and texts, as if only those had been fetched."""

from protocols.mime.choose import texts
from protocols.mime.parse import parse_message
from protocols.mime.part import Part
from store.structure import Structure

TEXT_BYTES = 1 << 20
"""Of one text this much stays; as much comes of a message whose whole was never here."""
TEXTS = 40
"""Texts of one message that stay."""


def reduced(raw: bytes) -> tuple[Structure, dict[str, tuple[bytes, bool]]]:
    """(tree, section -> (content as transferred, whether it is complete)) of a message.  Never raises."""
    message = parse_message(raw)
    sections = {"HEADER": (raw[: message.body_offset], True)}
    for part in texts(message.root)[:TEXTS]:
        if part.children:  # a message inside, which stands for its headers
            sections[f"{part.index}.HEADER"] = (_header(part), True)
        else:
            sections[part.index] = (part.body[:TEXT_BYTES], part.here <= TEXT_BYTES)
    return _described(message.root), sections


def _header(part: Part) -> bytes:
    inside = part.children[0]
    start = part.start if inside.source is part.source else 0
    return inside.source[start : inside.start]


def _described(part: Part) -> Structure:
    """As deep as the tree, which is bounded where it is read."""
    return Structure(
        section=part.index,
        type=part.type,
        name=part.name,
        size=part.size,
        encoding=part.encoding,
        disposition=part.disposition,
        charset=part.charset,
        content_id=part.content_id,
        params=dict(part.params),
        children=tuple(_described(child) for child in part.children),
    )

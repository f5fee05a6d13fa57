"""Names the parts that the reader shows, for somebody who goes from one to the next."""

from collections.abc import Sequence

from protocols.mime.headers import decode_header
from protocols.mime.part import Part

_WORDS = {
    "text/plain": "plain text",
    "text/html": "HTML text",
    "text/calendar": "invitation",
    "text/vcard": "contact card",
    "text/x-vcard": "contact card",
    "text/directory": "contact card",
    "message/delivery-status": "delivery report",
    "message/disposition-notification": "receipt",
}


def names(parts: Sequence[Part]) -> list[str]:
    """The name of each part, not cleaned; empty for the first, and for the text below a message's headers."""
    found, named = list[str](), False
    for part in parts:
        found.append(_name(part) if named else "")
        named = not part.children
    return found if not parts or not parts[0].children else [_name(parts[0]), *found[1:]]


def _name(part: Part) -> str:
    if part.children:
        subject = next((value for name, value in part.children[0].fields if name.lower() == "subject"), b"")
        return f"message: {decode_header(subject[:2000]) or '(no subject)'}"
    return part.name or _WORDS.get(part.type, part.type)

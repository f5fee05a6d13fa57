"""Why a server refused an operation, for the journal: our word for its code, then its own words."""

from protocols.errors import ProtocolError

_WORDS = {
    "OVERQUOTA": "The mailbox is full.",
    "NOPERM": "The account may not do this.",
    "TOOBIG": "The message is larger than the server takes.",
    "LIMIT": "It is more than the server takes.",
}


def reason(error: ProtocolError) -> str:
    """The reason with which an operation is parked: raw, as far as the server wrote it."""
    text = getattr(error, "text", "") or error.title
    word = _WORDS.get(getattr(error, "code", ""), "")
    return f"{word} {text}" if word else text

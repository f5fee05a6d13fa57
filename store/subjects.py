"""What a subject is about, without Re:, Fwd: and [list]: replies without references are known by it."""

import re
from typing import NamedTuple
from zlib import crc32

_REPLY = (
    # English, German, Scandinavian, Dutch, Polish, French, Portuguese, Italian, Turkish, Finnish, Hungarian, Welsh,
    # Vietnamese, Chinese (folded: one character is one word), as in RFC 5256 section 2.1 and in the wild
    r"re|aw|antwort|sv|antw|odp|res|ref|r|ynt|vs|vl|atb|tra loi|回 *复|答 *复|回 *覆|回 *應|答 *覆"
)
_FORWARD = r"fwd?|wg|vb|vid|pd|tr|rv|enc|i|ilt|chuyen tiep|转 *发|轉 *寄|轉 *發"
_PREFIX = re.compile(
    r" *(?:\[[^\[\]]{1,60}\] *(?=[^ ])"
    rf"|(?:(?P<reply>{_REPLY})|(?P<forward>{_FORWARD})) *"
    r"(?:\[\d{1,4}\]|\(\d{1,4}\)|\^\d{1,4}|\d{1,2})? *:)"
)
_BLANKS = re.compile(r"\s+")
_LONGEST = 500


class Topic(NamedTuple):
    """What a subject is about."""

    key: int
    """A number of 32 bits; 0 when nothing is left that says anything."""
    is_reply: bool
    """Whether it says that it answers something."""


def topic(folded: str) -> Topic:
    """Read a subject in the form that the search index gets (store/search/fold.py): no marks, no capitals."""
    text = _BLANKS.sub(" ", folded[:_LONGEST])
    position, first = 0, ""
    while found := _PREFIX.match(text, position):
        first = first or found.lastgroup or ""
        position = found.end()
    is_reply = first == "reply"
    base = text[position:].strip().removesuffix("(fwd)").strip()
    if not any(character.isalnum() for character in base):
        return Topic(0, is_reply)
    return Topic(crc32(base.encode("utf-8", "replace")) or 1, is_reply)

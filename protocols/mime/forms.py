"""Chooses between the plain text and the HTML of a message: by wish, or by which of them says more."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from protocols.mime.choose import readable
from protocols.mime.part import Part
from protocols.mime.visible import visible_text

Form = Literal["plain", "html", ""]

_LOOKED_AT = 200_000
"""Octets of each form that are compared."""
_LITTLE = 600
"""Letters up to which an HTML text does not outweigh the plain one."""
_LESS = 3
"""Times as much as the plain text that the HTML must say to be shown in its place."""
_ADDRESS = re.compile(r"https?://\S+|\[(?:image|cid):[^\]]*\]", re.IGNORECASE)
_LETTERS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Choice:
    """The parts that are shown."""

    parts: tuple[Part, ...]
    form: Form
    """Which form they are, of a message that has both; else empty."""


def chosen(root: Part, prefer: str = "auto") -> Choice:
    """Return the parts to show; `prefer` is "plain", "html" or "auto".

    "auto" is the plain text, unless it is empty, a stub, or says clearly less than the HTML.
    """
    plain, html = readable(root, "plain"), readable(root, "html")
    if plain == html:
        return Choice(plain, "")
    wanted = prefer
    if prefer == "auto":
        wanted = "html" if readable(root, "auto") == html or _is_less(plain, html) else "plain"
    return Choice(html, "html") if wanted == "html" else Choice(plain, "plain")


def _is_less(plain: Sequence[Part], html: Sequence[Part]) -> bool:
    told = [part for part in plain if part not in html]
    full = [part for part in html if part not in plain]
    if sum(part.size for part in full) < _LITTLE or sum(part.here for part in told) > _LOOKED_AT:
        return False
    more = sum(_letters(visible_text(part.shortened(_LOOKED_AT).text())) for part in full if part.type == "text/html")
    return more > _LITTLE and more > _LESS * sum(_letters(part.text()) for part in told if not part.children)


def _letters(text: str) -> int:
    return sum(map(len, _LETTERS.findall(_ADDRESS.sub(" ", text))))

"""Chooses among the parts of a message: what the reader shows, and what it lists as attached."""

import re
from collections.abc import Sequence

from protocols.mime.not_whole import TYPES as NOT_WHOLE
from protocols.mime.part import ENCLOSED, Part
from protocols.mime.patch import TYPES as PATCHES
from protocols.mime.report import TYPES as REPORTS
from protocols.mime.tnef import TYPES as TNEF

_TOLD = frozenset((*REPORTS, *NOT_WHOLE))
"""What is told in sentences, and is no attachment."""
_MACHINERY = frozenset(
    (
        "application/pgp-signature",
        "application/pgp-encrypted",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "text/rfc822-headers",
        "text/x-amp-html",
    )
)
_STUB = re.compile(r"browser|online|html|web ?page|newsletter", re.IGNORECASE)
_STUB_LENGTH = 400
_UNCODED = ("", "7bit", "8bit")
_WORD = re.compile(rb"[0-9A-Za-z]{2}")
_BEGINNING = 4096
"""Octets that tell, as a rule, whether a text says something."""


def attachments(root: Part) -> tuple[Part, ...]:
    """Return what was attached: not the text, not signatures, not the pictures of an HTML text.

    A message/rfc822 that is neither named nor marked as attached is shown inline, and its own attachments count.
    """
    result: list[Part] = []
    waiting: list[tuple[Part, Part | None]] = [(root, None)]
    while waiting:
        part, parent = waiting.pop()
        if part.children and not _is_closed(part):
            waiting.extend((child, part) for child in reversed(part.children))
        elif _is_attached(part, parent):
            result.append(part)
    return tuple(result)


def readable(root: Part, prefer: str = "auto") -> tuple[Part, ...]:
    """Return the parts to show, in order; a message/rfc822 in the list stands for its headers.

    `prefer` is "auto" (plain text unless it is empty or a stub), "plain" or "html".  The text in a winmail.dat is
    shown where the message has none of its own: as a rule it is the same.
    """
    chosen = [*_invitation(root), *(part for part in _chosen(root, prefer) if part.type != "text/calendar")]
    if any(part.children or part.type not in ("text/plain", "text/html") or _says_something(part) for part in chosen):
        return tuple(chosen)
    return tuple(packed_text(root)) or tuple(chosen)


def _says_something(part: Part) -> bool:
    if part.encoding in _UNCODED and _WORD.search(part.source, part.start, min(part.end, part.start + _BEGINNING)):
        return True  # nearly all do: told without making the text
    if part.here > _BEGINNING and part.shortened(_BEGINNING).text().strip():
        return True
    return bool(part.text().strip())


def _invitation(root: Part) -> list[Part]:
    """Return the calendar to show: one of the choices before one that was attached, which is often the same again."""
    waiting, found = [root], list[Part]()
    while waiting:
        part = waiting.pop()
        if part.type == "text/calendar" and not part.children:
            found.append(part)
        elif not (part.children and _is_closed(part)):
            waiting.extend(reversed(part.children))
    return sorted(found, key=lambda part: part.disposition == "attachment")[:1]


def packed_text(root: Part) -> list[Part]:
    """Return the text that a winmail.dat holds, of each that was opened."""
    opened = [part for part in root.walk() if part.type in TNEF or _is_packing(part)]
    return [child for part in opened for child in part.children if child.disposition == "inline"]


def _is_packing(part: Part) -> bool:
    return bool(part.children) and part.type == "application/octet-stream"


def texts(root: Part) -> tuple[Part, ...]:
    """Return every part that `readable` may choose, whatever is preferred and whatever the parts turn out to hold."""
    found: list[Part] = []
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if part.children and _is_closed(part):
            continue
        if part.type in ENCLOSED if part.children else _is_shown(part):
            found.append(part)
        waiting.extend(reversed(part.children))
    return tuple(found)


def silent(root: Part, shown: Sequence[Part]) -> tuple[Part, ...]:
    """Return the texts that are neither among `shown` nor attached, nor another form of something that may be shown."""
    known = {id(part) for part in (*shown, *attachments(root), *alternatives(root))}
    found: list[Part] = []
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if part.children and _is_closed(part):
            continue
        if not part.children and part.type.startswith("text/") and id(part) not in known and part.size:
            found.append(part)
        waiting.extend(reversed(part.children))
    return tuple(found)


def alternatives(root: Part) -> tuple[Part, ...]:
    """Return the text parts below every multipart/alternative."""
    found: list[Part] = []
    for part in root.walk():
        if part.type == "multipart/alternative":
            found.extend(leaf for leaf in part.walk() if leaf.type.startswith("text/") and leaf not in found)
    return tuple(found)


def _is_closed(part: Part) -> bool:
    """Tell whether a message inside is an attachment of its own rather than shown inline."""
    return part.type in ENCLOSED and (part.disposition == "attachment" or bool(part.name))


def _is_attached(part: Part, parent: Part | None) -> bool:
    if part.disposition == "attachment":
        return True
    if part.type in _MACHINERY or part.type in _TOLD or part.type.startswith("multipart/"):
        return False
    if part.type.startswith("text/"):
        in_choice = parent is None or parent.type == "multipart/alternative"
        return bool(part.name) and not in_choice
    pictured = parent is not None and parent.type == "multipart/related" and bool(part.content_id)
    return not (pictured and part.type.startswith("image/"))


def _is_shown(part: Part) -> bool:
    if part.type == "text/calendar":
        return True
    if part.disposition == "attachment":
        return False
    if part.type in ("text/plain", "text/html") or part.type in _TOLD or part.type.startswith("multipart/"):
        return True
    if part.type in PATCHES and part.disposition == "inline":
        return True
    return part.type.startswith("text/") and not part.name and part.type != "text/x-amp-html"


def _chosen(part: Part, prefer: str) -> list[Part]:
    """Walk down the choices; as deep as the tree, which is bounded."""
    if not part.children:
        return [part] if _is_shown(part) else []
    if part.type in TNEF or _is_packing(part):
        return []
    if part.type in ENCLOSED:
        return [] if _is_closed(part) else [part, *_chosen(part.children[0], prefer)]
    if part.type == "multipart/alternative":
        return _best([_chosen(child, prefer) for child in part.children], prefer)
    if part.type == "multipart/related":
        return _chosen(_related_root(part), prefer) or _all(part, prefer)
    return _all(part, prefer)


def _all(part: Part, prefer: str) -> list[Part]:
    return [chosen for child in part.children for chosen in _chosen(child, prefer)]


def _related_root(part: Part) -> Part:
    """Return the part that the others belong to (RFC 2387 section 3.2)."""
    start = part.params.get("start", "").strip(" <>")
    return next((child for child in part.children if start and child.content_id == start), part.children[0])


def _best(choices: list[list[Part]], prefer: str) -> list[Part]:
    """Choose one branch of a multipart/alternative."""
    html = next((choice for choice in reversed(choices) if _holds(choice, "text/html")), None)
    plain = next((choice for choice in choices if _holds(choice, "text/plain") and choice is not html), None)
    if plain is not None and html is not None:
        if prefer == "auto":
            return html if _is_stub(plain, html) else plain
        return html if prefer == "html" else plain
    return plain or html or next((choice for choice in reversed(choices) if choice), [])


def _holds(choice: list[Part], kind: str) -> bool:
    return any(part.type == kind for part in choice)


def _is_stub(plain: list[Part], html: list[Part]) -> bool:
    """Tell whether the plain text only points to the HTML text: nothing, or a short "view this in your browser"."""
    size = sum(part.size for part in plain)
    if size > 4 * _STUB_LENGTH:
        return False
    text = "".join(part.text() for part in plain).strip()
    if len(text) < 4:
        return True
    return len(text) < _STUB_LENGTH and sum(part.size for part in html) > 20 * size and _STUB.search(text) is not None

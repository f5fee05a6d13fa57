"""Judges links: where they lead, and whether their text says otherwise."""

import re

from protocols.mime.blocks import LINKS, Link, LinkList, Mark, Span
from protocols.mime.safe import SafeText, block, host_of, line, url

# A host as people write one in a link's text: with a scheme or "www.", or the whole text is a domain.
_NAMED = re.compile(r"(?:https?://|www\.)([^\s/?#:]+)|^\s*((?:[\w-]+\.)+[a-z]{2,24})(?:[/?#:]\S*)?\s*$", re.IGNORECASE)
_FOUND = re.compile(r"(?:https?://|www\.|mailto:)[^\s<>\"]{2,2000}", re.IGNORECASE)
_TAIL = re.compile(r"[.,;:!?'*_\]}»”’]+$")
_ANY = re.compile(r"https?://|www\.|mailto:", re.IGNORECASE)


def linked(text: str, address: str) -> Link | None:
    """Return a link with `text` on it, None when its address must not be opened."""
    target = url(address)
    if target is None:
        return None
    host = host_of(target)
    return Link(line(text, 300) or target, target, host, _is_suspicious(text, target, host))


def _is_suspicious(text: str, target: SafeText, host: SafeText) -> bool:
    """Tell whether the text names another host, or the address hides its own by a user name or look-alike letters."""
    if target.startswith("mailto:"):
        return False
    authority = re.split(r"[/?#]", target.partition("://")[2], maxsplit=1)[0]
    if "@" in authority or "xn--" in host:
        return True
    named = _NAMED.search(text[:500])
    return named is not None and not _is_same_site((named[1] or named[2]).rpartition("@")[2].lower(), host)


def _is_same_site(shown: str, host: str) -> bool:
    shown, host = shown.removeprefix("www.").rstrip("."), host.removeprefix("www.")
    return shown == host or host.endswith("." + shown) or shown.endswith("." + host)


def spans(text: str, links: LinkList, marks: Mark = Mark.NONE) -> tuple[Span, ...]:
    """Return one line of text as spans, its addresses as links."""
    clean = block(text)
    if not clean:
        return ()
    if len(links.links) >= LINKS or not _ANY.search(clean):
        return (Span(clean, marks),)
    result: list[Span] = []
    end = 0
    for found in _FOUND.finditer(clean):
        address = _trimmed(found[0])
        link = linked(address, address if address[:4].lower() != "www." else "https://" + address)
        number = links.add(link) if link else None
        if number is None:
            continue
        if found.start() > end:
            result.append(Span(SafeText(clean[end : found.start()]), marks))
        end = found.start() + len(address)
        result.append(Span(SafeText(address), marks | Mark.LINK, number))
    if end < len(clean):
        result.append(Span(SafeText(clean[end:]), marks))
    return tuple(result)


def _trimmed(address: str) -> str:
    """Take off the punctuation that belongs to the sentence, and a bracket that was opened before the address."""
    address = _TAIL.sub("", address)
    while address.endswith(")") and address.count(")") > address.count("("):
        address = _TAIL.sub("", address[:-1])
    return address

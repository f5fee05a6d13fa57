"""Reads how a message says that its list can be left (RFC 2369, RFC 8058)."""

import re
from dataclasses import dataclass
from enum import StrEnum

from protocols.mime.part import Fields
from protocols.mime.safe import SafeText, host_of, url
from protocols.mime.words import unfolded

_LENGTH = 16_384
_MOST = 20
_ADDRESS = re.compile(r"<\s*([^<>]{1,4000}?)\s*>")


class Method(StrEnum):
    """How a list is left."""

    POST = "post"
    """One request over HTTPS, by bocau itself (RFC 8058)."""
    MAIL = "mail"
    """A message to an address."""
    PAGE = "page"
    """A page that somebody has to open in a browser."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way; `target` can be opened or requested, and is safe to show."""

    method: Method
    target: SafeText
    host: SafeText
    """Where it really leads; of a mail the domain."""


def ways(fields: Fields) -> tuple[Way, ...]:
    """The ways of a message, the easiest first; empty when it names none that is safe.  Never raises.

    One click needs `List-Unsubscribe-Post: List-Unsubscribe=One-Click` and https (RFC 8058 section 3.1).  Of each
    method only the first address counts: nobody wants to choose among fifty.
    """
    values = {name.lower(): value for name, value in reversed(fields)}
    text = re.sub(r"\s", "", unfolded(values.get("list-unsubscribe", b"")[:_LENGTH]))
    one_click = unfolded(values.get("list-unsubscribe-post", b"")[:200]).strip().lower() == "list-unsubscribe=one-click"
    found: dict[Method, Way] = {}
    for address in _ADDRESS.findall(text)[:_MOST]:
        target = url(address)
        if target is None:
            continue
        method = Method.MAIL if target.startswith("mailto:") else Method.PAGE
        if one_click and target.startswith("https://"):
            found.setdefault(Method.POST, Way(Method.POST, target, host_of(target)))
        found.setdefault(method, Way(method, target, host_of(target)))
    return tuple(found[method] for method in Method if method in found)

"""Makes the page that a browser may open of an HTML message: nothing in it runs, and nothing is loaded unasked."""

import base64
import html
import re
from collections.abc import Mapping

from selectolax.lexbor import LexborHTMLParser, LexborNode

from protocols.mime.markup import parsed, stripped
from protocols.mime.parse import Message
from protocols.mime.part import Part
from protocols.mime.safe import url

_REMOVED = (
    "script, noscript, iframe, frame, frameset, object, embed, applet, link, meta, base, form > input, video, audio,"
    " source, track, template, portal, svg, math"
)
_URLS = re.compile(r"url\s*\([^)]*\)|@import[^;]*;?|expression\s*\(|-moz-binding|behavior\s*:", re.IGNORECASE)
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")
_KEPT = frozenset(
    (
        "style", "class", "id", "align", "valign", "width", "height", "border", "cellpadding", "cellspacing", "bgcolor",
        "color", "face", "size", "colspan", "rowspan", "alt", "title", "dir", "lang", "start", "type", "value",
        "nowrap", "hspace", "vspace", "open", "cite", "datetime", "role", "summary", "text",
    )
)  # fmt: skip
_EMBEDDED = 20_000_000
"""Octets of pictures that come with the message and are put into the page."""
_NODES = 400_000


def page(message: Message, *, title: str = "", remote: bool = False) -> str | None:
    """Return the message's HTML as a page of its own, None when it has none.  Never raises.

    Scripts, forms, frames, style sheets from elsewhere and every address that is not http, https or mailto are taken
    out; pictures that came with the message are put in.  `remote` lets pictures be loaded from the network; a
    Content-Security-Policy says the same once more to the browser (CSP level 3).
    """
    part = _html_part(message)
    if part is None:
        return None
    source = part.text()
    tree = parsed(source)
    body = f"<pre>{html.escape(stripped(source))}</pre>" if tree is None else _cleaned(tree, _pictures(message), remote)
    loaded = "data: https: http:" if remote else "data:"
    policy = f"default-src 'none'; img-src {loaded}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy"'
        f' content="{policy}">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{html.escape(title)}</title></head>\n{body}\n</html>\n"
    )


def _html_part(message: Message) -> Part | None:
    return next((part for part in message.leaves if part.type == "text/html" and part.here and part.complete), None)


def _pictures(message: Message) -> dict[str, str]:
    """Content-ID -> data URI of the pictures that came with the message."""
    found: dict[str, str] = {}
    room = _EMBEDDED
    for part in message.leaves:
        if part.content_id and part.type in _PICTURES and part.complete and part.here <= room:
            room -= part.here
            found[part.content_id] = f"data:{part.type};base64,{base64.b64encode(part.decoded()).decode()}"
    return found


def _cleaned(tree: LexborHTMLParser, pictures: Mapping[str, str], remote: bool) -> str:
    for node in tree.css(_REMOVED):
        node.decompose()
    for number, node in enumerate(tree.css("*")):
        if number > _NODES:
            node.decompose()
        elif node.tag == "style":
            _clean_sheet(node)
        else:
            _clean(node, pictures, remote)
    styles = "".join(node.html or "" for node in tree.css("head style"))
    body = tree.body.html if tree.body is not None else ""
    return f"{styles}{body}"


def _clean_sheet(node: LexborNode) -> None:
    text = node.text(deep=True)
    if "<" in text or _URLS.search(text):
        node.decompose()


def _clean(node: LexborNode, pictures: Mapping[str, str], remote: bool) -> None:
    """Keep the attributes that only say how something looks; addresses only where they are known to be harmless."""
    attributes = dict(node.attributes)
    for name in attributes:
        if name not in _KEPT:
            del node.attrs[name]
    style = attributes.get("style")
    if style and _URLS.search(style):
        node.attrs["style"] = _URLS.sub("", style)
    if node.tag == "a" and (target := url(attributes.get("href") or "")):
        node.attrs["href"] = target
        node.attrs["rel"] = "noreferrer noopener"
    elif node.tag == "img":
        source = attributes.get("src") or ""
        picture = pictures.get(source[4:].strip("<>")) if source[:4].lower() == "cid:" else None
        if picture is None and remote and (address := url(source)) and not address.startswith("mailto:"):
            picture = address
        if picture is not None:
            node.attrs["src"] = picture

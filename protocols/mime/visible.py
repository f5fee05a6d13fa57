"""Walks parsed HTML and yields what a reader would see: no scripts, no hidden text, no trackers, bounded depth."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from protocols.mime.markup import parsed, stripped

NODES = 400_000
"""Nodes of one document that are visited."""

Event = tuple[str, str, Mapping[str, str | None]]
"""("text", content, {}), ("open", tag, attributes) or ("close", tag, {})."""

_NOTHING: Mapping[str, str | None] = {}
_SKIPPED = frozenset(
    (
        "script",
        "style",
        "head",
        "title",
        "template",
        "svg",
        "math",
        "object",
        "iframe",
        "video",
        "audio",
        "canvas",
        "meta",
    )
)
VOID = frozenset(("br", "hr", "img", "input", "wbr", "area", "col", "embed", "link", "source", "track"))
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all|opacity\s*:\s*0(?:\.0*)?\s*(?:;|!|$)|"
    r"(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_CLOSED_BOX = re.compile(r"(?:max-)?(?:height|width)\s*:\s*0(?:px)?\s*(?:;|!|$)", re.IGNORECASE)
_CLIPPED = re.compile(r"overflow\s*:\s*hidden", re.IGNORECASE)
_FONT_SIZE = re.compile(r"font-size\s*:\s*([\d.]+)", re.IGNORECASE)


def events(tree: LexborHTMLParser) -> Iterator[Event]:
    """Yield the visible content in document order; every "open" of an element that is not void has its "close"."""
    node: LexborNode | None = tree.root
    open_tags: list[tuple[str, bool]] = []
    tiny = False
    for _ in range(NODES):
        if node is None:
            break
        child: LexborNode | None = None
        tag = node.tag or ""
        if tag == "-text":
            if not tiny:
                yield "text", node.text_content or "", _NOTHING
        elif (attributes := _shown(node, tag)) is not None:
            yield "open", tag, attributes
            child = node.first_child if tag not in VOID else None
            if child is not None:
                open_tags.append((tag, tiny))
                tiny = _is_tiny(attributes.get("style") or "", tiny)
            elif tag not in VOID:
                yield "close", tag, _NOTHING
        if child is not None:
            node = child
            continue
        while open_tags and node is not None and node.next is None:
            node = node.parent
            closed, tiny = open_tags.pop()
            yield "close", closed, _NOTHING
        node = node.next if node is not None else None
    yield from (("close", closed, _NOTHING) for closed, _ in reversed(open_tags))


def _shown(node: LexborNode, tag: str) -> Mapping[str, str | None] | None:
    """Return the attributes of an element that can be seen, None of everything else."""
    if not tag or tag[0] in "-!" or tag in _SKIPPED:
        return None
    attributes: Mapping[str, str | None] = node.attributes
    style = attributes.get("style")
    return None if "hidden" in attributes or (style and _is_hidden(style[:4096])) else attributes


@lru_cache(maxsize=1024)
def _is_hidden(style: str) -> bool:
    if _HIDDEN.search(style):
        return True
    return _CLIPPED.search(style) is not None and _CLOSED_BOX.search(style) is not None


def _is_tiny(style: str, tiny: bool) -> bool:
    """Tell whether text is drawn at size zero; builders set that on wrappers and undo it inside."""
    size = _FONT_SIZE.search(style[:4096]) if style else None
    return not size[1].strip("0.") if size else tiny


_BREAKING = frozenset(
    (
        "p",
        "div",
        "br",
        "tr",
        "li",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "hr",
        "ul",
        "ol",
        "pre",
        "dt",
        "dd",
    )
)


def visible_text(source: str) -> str:
    """Return the text of an HTML part for the index, a line for each block; tags stripped where it cannot be parsed."""
    tree = parsed(source)
    if tree is None:
        return stripped(source)
    pieces: list[str] = []
    for kind, content, _ in events(tree):
        if kind == "text":
            pieces.append(content.replace("\n", " "))
        elif content in _BREAKING:
            pieces.append("\n")
        elif content in ("td", "th"):
            pieces.append(" ")
    return "".join(pieces).strip() or stripped(source)

"""Walks parsed HTML and yields what a reader would see: no scripts, no hidden text, no trackers, bounded depth."""

from collections.abc import Iterator, Mapping

from selectolax.lexbor import LexborHTMLParser, LexborNode

from protocols.mime.looks import PLAIN, Drawing, inside, is_hidden
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
        "annotation",
        "annotation-xml",
        "iframe",
        "meta",
    )
)
"""What nobody sees, of formulas the second form; a film, a sound or an object is what stands in its place."""
VOID = frozenset(("br", "hr", "img", "input", "wbr", "area", "col", "embed", "link", "source", "track"))


def events(tree: LexborHTMLParser) -> Iterator[Event]:
    """Yield the visible content in document order; every "open" of an element that is not void has its "close"."""
    node: LexborNode | None = tree.root
    open_tags: list[tuple[str, Drawing]] = []
    drawing = PLAIN
    for _ in range(NODES):
        if node is None:
            break
        child: LexborNode | None = None
        tag = node.tag or ""
        if tag == "-text":
            if drawing is PLAIN or drawing.is_seen:
                yield "text", node.text_content or "", _NOTHING
        elif (attributes := _shown(node, tag)) is not None:
            yield "open", tag, attributes
            child = node.first_child if tag not in VOID else None
            if child is not None:
                open_tags.append((tag, drawing))
                drawing = inside(drawing, attributes)
            elif tag not in VOID:
                yield "close", tag, _NOTHING
        if child is not None:
            node = child
            continue
        while open_tags and node is not None and node.next is None:
            node = node.parent
            closed, drawing = open_tags.pop()
            yield "close", closed, _NOTHING
        node = node.next if node is not None else None
    yield from (("close", closed, _NOTHING) for closed, _ in reversed(open_tags))


def _shown(node: LexborNode, tag: str) -> Mapping[str, str | None] | None:
    """Return the attributes of an element that can be seen, None of everything else."""
    if not tag or tag[0] in "-!" or tag in _SKIPPED:
        return None
    attributes: Mapping[str, str | None] = node.attributes
    return None if attributes and is_hidden(attributes) else attributes


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

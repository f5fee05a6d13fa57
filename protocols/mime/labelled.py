"""Lines of a label and a value, as which invitations, cards and reports are shown."""

from protocols.mime.blocks import Block, Kind, LinkList, Mark, Span
from protocols.mime.links import spans
from protocols.mime.safe import SafeText, line

_LENGTH = 1000


def heading(text: str) -> Block:
    """A heading of our words or theirs."""
    return Block(Kind.HEADING, (Span(line(text, 300)),), level=2)


def labelled(label: str, value: str, links: LinkList | None = None) -> list[Block]:
    """`Label: value` on one line; nothing when there is no value.  `label` is our own word, `value` foreign."""
    clean = line(value, _LENGTH).strip()
    if not clean:
        return []
    rest = spans(clean, links) if links is not None else (Span(SafeText(clean)),)
    return [Block(Kind.HEADERS, (Span(SafeText(f"{label}: "), Mark.BOLD), *rest))]


def empty() -> Block:
    """An empty line."""
    return Block(Kind.PARAGRAPH, ())

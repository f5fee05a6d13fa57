"""Makes the document that shows one attachment: a text of any kind, or a message that is enclosed."""

from dataclasses import replace

from protocols.mime.archives import Listing
from protocols.mime.blocks import Block, Document, Kind, Mark, Span, plain
from protocols.mime.headers import decode_header
from protocols.mime.parse import Message
from protocols.mime.part import ENCLOSED, Part
from protocols.mime.read import LayOut, message_document
from protocols.mime.safe import SafeText, line
from protocols.mime.sizes import size

_SHOWN = ("from", "to", "cc", "date", "subject")


def text_document(part: Part, kind: str, lay_out: LayOut) -> Document:
    """Show a text by what it really is (`kind`), whatever it was sent as.  Never raises; call it in a thread."""
    alone = replace(part, type=kind, disposition="inline", name="", index="1", children=())
    found = message_document(Message((("Subject", ""),), alone, 0), lay_out=lay_out)
    return replace(found, warnings=())


def enclosed_document(part: Part, lay_out: LayOut) -> Document:
    """Show the message that a part encloses: the headers that matter, then its text.  Never raises."""
    inside = part.children[0]
    headers = tuple((name, decode_header(value)) for name, value in inside.fields)
    message = Message(headers, inside, 0)
    found = message_document(message, lay_out=lay_out)
    heads = [
        Block(
            Kind.HEADERS,
            (Span(line(f"{name.capitalize()}: "), Mark.BOLD), Span(line(value, 2000))),
        )
        for name in _SHOWN
        if (value := message.header(name))
    ]
    return replace(found, blocks=(*heads, Block(Kind.PARAGRAPH, ()), *found.blocks))


def archive_document(found: Listing) -> Document:
    """Show what an archive holds; nothing of it is unpacked."""
    blocks = [
        Block(
            Kind.PREFORMATTED,
            (
                Span(SafeText(f"{'folder' if one.is_folder else size(one.size):>9}  "), Mark.DIM),
                Span(line(one.name, 500) or SafeText("(no name)")),
            ),
        )
        for one in found.entries
    ]
    if not blocks:
        blocks.append(plain(SafeText("The archive is empty."), Kind.NOTICE))
    if found.more:
        blocks.append(plain(SafeText(f"… and {found.more:,} more."), Kind.NOTICE))
    if found.cut:
        blocks.append(plain(SafeText("It goes on beyond what is looked at here."), Kind.NOTICE))
    return Document(tuple(blocks))


def is_enclosed(part: Part) -> bool:
    """Whether a part is a message that can be shown."""
    return part.type in ENCLOSED and bool(part.children)

"""Shows what is only in part in a message: a piece of several, or a content elsewhere (RFC 2046 section 5.2)."""

from protocols.mime.blocks import Block, Kind, LinkList, plain
from protocols.mime.headers import decode_header, split_headers
from protocols.mime.labelled import labelled
from protocols.mime.part import Part
from protocols.mime.safe import SafeText
from protocols.mime.text import text_blocks

PIECE, ELSEWHERE = "message/partial", "message/external-body"
TYPES = (PIECE, ELSEWHERE)
LIMIT = 40_000
"""Octets of a piece that are shown: what follows is as a rule an attachment that was cut."""
_PLACES = (
    ("Address", "url"), ("File", "name"), ("Folder", "directory"), ("Host", "site"), ("Asked by mail of", "server"),
    ("Until", "expiration"),
)  # fmt: skip


def not_whole_blocks(part: Part, links: LinkList) -> list[Block]:
    """Return the blocks of a part of one of TYPES: what is missing, in a sentence, and what is here.  Never raises."""
    return _piece(part, links) if part.type == PIECE else _elsewhere(part, links)


def _piece(part: Part, links: LinkList) -> list[Block]:
    number, total = _digits(part.params.get("number", "")), _digits(part.params.get("total", ""))
    which = f"Piece {number}{f' of {total}' if total else ''}" if number else "A piece"
    text = part.shortened(LIMIT).text()
    blocks = [
        _notice(f"{which} of a message that was sent in pieces. The pieces are not put together here."),
        *(Block(Kind.PREFORMATTED, block.spans, block.quote) for block in text_blocks(text, links)),
    ]
    return [*blocks, _notice("The piece goes on.")] if part.here > LIMIT else blocks


def _elsewhere(part: Part, links: LinkList) -> list[Block]:
    """Nothing is fetched: that would tell the sender who reads."""
    fields, _ = split_headers(part.shortened(LIMIT).decoded() + b"\r\n\r\n")
    described = {name.lower(): decode_header(value) for name, value in reversed(fields)}
    blocks = [_notice("The content is not in this message, and is not fetched. This is where it says to be:")]
    for label, name in (("By", "access-type"), *_PLACES):
        blocks += labelled(label, part.params.get(name, ""), links)
    return blocks + labelled("What", described.get("content-type", ""))


def _digits(value: str) -> str:
    return value if value.isascii() and value.isdigit() and len(value) < 7 else ""


def _notice(text: str) -> Block:
    return plain(SafeText(text), Kind.NOTICE)

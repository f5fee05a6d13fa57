"""Makes the document that the reader shows of a message: its text, its quoted messages, and what to beware of."""

import time
from collections.abc import Callable, Sequence

from protocols.mime.blocks import Begin, Block, Document, Kind, LinkList, Mark, Span, plain
from protocols.mime.choose import silent
from protocols.mime.deceit import warnings
from protocols.mime.enriched import enriched_blocks
from protocols.mime.forms import chosen
from protocols.mime.headers import decode_header, split_headers
from protocols.mime.html import html_blocks
from protocols.mime.invitation import invitation_blocks
from protocols.mime.long_text import LONG, Chunk, LongBlocks, joined, long_blocks
from protocols.mime.not_whole import TYPES as NOT_WHOLE
from protocols.mime.not_whole import not_whole_blocks
from protocols.mime.parse import Message, parse_message
from protocols.mime.part import Fields, Part
from protocols.mime.part_names import names
from protocols.mime.patch import TYPES as PATCHES
from protocols.mime.patch import patch_blocks
from protocols.mime.report import TYPES as REPORTS
from protocols.mime.report import report_blocks
from protocols.mime.rtf import rtf_text
from protocols.mime.safe import SafeText, line
from protocols.mime.sealed import seals
from protocols.mime.sizes import size
from protocols.mime.text import LINES, text_blocks
from protocols.mime.unfold import unfolded
from protocols.mime.vcard import card_blocks
from protocols.mime.versions import NONE, Versions

TEXT_LIMIT = 4_000_000
"""Octets of one part that are shown."""
LONG_LIMIT = 64_000_000
"""The same of a plain text, whose lines are made only when they are looked at."""

SECONDS = 3.0
"""Time that laying out all HTML parts of one message may take."""

_SHOWN = ("from", "sender", "to", "cc", "date", "subject")
_LISTED = 50
_FIELDS = 500
"""Header fields of a message that came without its text which are shown."""
_CARDS = ("text/vcard", "text/x-vcard", "text/directory")
_EMPTY = Block(Kind.PARAGRAPH, ())
_NOTHING = "This message has no text to show."


def document(raw: bytes, *, prefer: str = "auto") -> Document:
    """Return what the reader shows of a message; `prefer` is "auto", "plain" or "html".  Never raises.

    What is left out is said in NOTICE blocks; a message without readable headers is shown as it stands.  CPU-bound,
    up to three seconds for the worst HTML: call it in a thread.
    """
    return message_document(unfolded(parse_message(raw)), prefer=prefer) if raw else Document((_notice(_NOTHING),))


LayOut = Callable[[str, LinkList, float], list[Block]]
"""Makes the blocks of an HTML text, adding its links, in so many seconds."""


def _here(html: str, links: LinkList, seconds: float) -> list[Block]:
    return html_blocks(html, links, seconds=seconds)


def message_document(
    message: Message,
    *,
    prefer: str = "auto",
    lay_out: LayOut = _here,
    attached: bool = True,
    versions: Versions = NONE,
) -> Document:
    """Return what the reader shows of a parsed message, of which perhaps not all parts are here; see `document`.

    `lay_out` may do its work elsewhere, where it can be stopped; without `attached` the attachments are not named.
    `versions` is what other messages say of the events that this one invites to.
    """
    links = LinkList()
    pieces: list[tuple[str, Sequence[Block]]] = []
    deadline = time.monotonic() + SECONDS

    def html(text: str) -> list[Block]:
        return lay_out(text, links, deadline - time.monotonic())

    def invitation(text: str) -> list[Block] | None:
        return invitation_blocks(text, links, earlier=versions.earlier, later=versions.later)

    if not message.headers:
        pieces.append(("", [_notice("This message has no readable headers; it is shown as it stands.")]))
    pieces.append(("", [_notice(sentence) for sentence in seals(message.root)]))
    choice = chosen(message.root, prefer)
    parts = choice.parts
    pieces.extend(
        (name, _part_blocks(part, links, html, invitation)) for name, part in zip(names(parts), parts, strict=True)
    )
    if not any(_says_something(blocks) for _, blocks in pieces):
        pieces.append(("", [_notice(_NOTHING)]))
    pieces.append(("", _left_out(message, parts, attached=attached)))
    return Document(joined(_spaced(pieces)), tuple(links.links), warnings(message, links.links), choice.form)


def _says_something(blocks: Sequence[Block]) -> bool:
    """Whether there is any text; the blocks of a long one are not made for that."""
    if isinstance(blocks, LongBlocks):
        return any(bool(one.text.strip()) if isinstance(one, Chunk) else _says_something(one) for one in blocks.pieces)
    return any(block.spans for block in blocks)


def _spaced(pieces: Sequence[tuple[str, Sequence[Block]]]) -> list[Sequence[Block]]:
    """The pieces without empty lines at their ends, and with one between each two of them, which has their name."""
    spaced: list[Sequence[Block]] = []
    for name, piece in pieces:
        is_long = isinstance(piece, LongBlocks)
        bare = piece if is_long else _trimmed(piece)
        if not is_long and not bare:  # the length of a long one is not asked: it would be made for that
            continue
        if spaced:
            spaced.append([Begin(Kind.PARAGRAPH, (), name=line(name, 200)) if name else _EMPTY])
        spaced.append(bare)
    return spaced


def _trimmed(blocks: Sequence[Block]) -> Sequence[Block]:
    """Blocks without the empty lines behind the last one that says something; headers keep theirs."""
    end = len(blocks)
    while end and not blocks[end - 1].spans and not blocks[end - 1].quote and blocks[end - 1].kind is not Kind.RULE:
        end -= 1
    return blocks[:end]


_Html = Callable[[str], list[Block]]
_Invitation = Callable[[str], list[Block] | None]


def _part_blocks(part: Part, links: LinkList, html: _Html, invitation: _Invitation) -> Sequence[Block]:
    """Return the blocks of one part."""
    if part.children:
        return [Block(Kind.RULE, ()), *_header_blocks(part.children[0].fields)]
    if not part.here:
        return [] if part.complete else [_notice(f"This text is not here yet ({size(part.size)}).")]
    limit = LONG_LIMIT if part.type == "text/plain" else TEXT_LIMIT
    cut = part.here > limit or not part.complete
    blocks = _text_part(part.shortened(limit) if cut else part, links, html, invitation)
    if cut:
        return joined([blocks, [_notice(f"This part has {size(part.size)}; only its beginning is shown.")]])
    return blocks


def _text_part(part: Part, links: LinkList, html: _Html, invitation: _Invitation) -> Sequence[Block]:
    """Return the blocks of one part by its type; what is broken, or of an unknown type, is shown as it stands."""
    if part.type == "text/rtf":
        text, is_html = rtf_text(part.decoded())
        return html(text) if is_html else text_blocks(text, links)
    if part.type in REPORTS:
        told = report_blocks(part.type, part.decoded(), links)
        return _as_it_stands(part, part.text(), links) if told is None else told
    if part.type in NOT_WHOLE:
        return not_whole_blocks(part, links)
    text = part.text()
    if part.type == "text/rfc822-headers":
        return _returned_headers(part.decoded()) or _as_it_stands(part, text, links)
    if part.type == "text/html":
        return html(text)
    if part.type in PATCHES:
        return patch_blocks(text, links, LINES)
    if part.type == "text/plain":
        flowed = part.params.get("format", "").lower() == "flowed"
        delsp = part.params.get("delsp", "").lower() == "yes"
        make = long_blocks if text.count("\n") > LONG else text_blocks
        return make(text, links, flowed=flowed, delsp=delsp)
    if part.type in ("text/enriched", "text/richtext"):
        return enriched_blocks(text, links, rich=part.type == "text/richtext")
    told = invitation(text) if part.type == "text/calendar" else None
    if part.type in _CARDS:
        told = card_blocks(text, links)
    return _as_it_stands(part, text, links) if told is None else told


def _as_it_stands(part: Part, text: str, links: LinkList) -> list[Block]:
    if not text.strip():
        return []
    lines = (Block(Kind.PREFORMATTED, block.spans, block.quote) for block in text_blocks(text, links))
    return [_notice(f"Shown as it stands: {part.type}"), *lines]


def _header_blocks(fields: Fields) -> list[Block]:
    """Return the header lines of a message inside the message."""
    values = {name.lower(): value for name, value in reversed(fields)}
    shown = [_header_block(name.capitalize(), values[name]) for name in _SHOWN if name in values]
    return [*shown, Block(Kind.PARAGRAPH, ())]


def _returned_headers(data: bytes) -> list[Block]:
    """All headers of a message that came back without its text; nothing when there is more than headers."""
    fields, body = split_headers(data)
    if not fields or len(fields) > _FIELDS or data[body:].strip():
        return []
    return [Block(Kind.RULE, ()), *(_header_block(name, value) for name, value in fields)]


def _header_block(name: str, value: bytes) -> Block:
    return Block(Kind.HEADERS, (Span(SafeText(f"{line(name, 80)}: "), Mark.BOLD), Span(line(decode_header(value)))))


def _left_out(message: Message, parts: tuple[Part, ...], *, attached: bool) -> list[Block]:
    """Name the attachments and texts that are not shown, by the numbers with which they are asked for."""
    left = [part for part in message.attachments if part not in parts] if attached else []
    blocks = [_notice(f"Attached: {_label(part)}") for part in left[:_LISTED]]
    if len(left) > _LISTED:
        blocks.append(_notice(f"… and {len(left) - _LISTED} more attachments."))
    unread = silent(message.root, parts)
    return blocks + [_notice(f"Not shown: {_label(part)}") for part in unread[:_LISTED]]


def _label(part: Part) -> str:
    name = line(part.name, 200) or "unnamed"
    told = f"part {part.index}, {part.type}, {size(part.carried(part.size))}"
    return f"{name} ({told}{'' if part.complete else ', not here yet'})"


def _notice(text: str) -> Block:
    return plain(line(text), Kind.NOTICE)

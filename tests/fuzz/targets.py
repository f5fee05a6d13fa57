"""What is fed with anything at all: every reader of strangers' bytes, and what has to hold of its answer."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from protocols.errors import Misbehaved
from protocols.imap import names, parse
from protocols.imap.answers import response_code
from protocols.imap.fetch import read_fetch
from protocols.imap.framing import Framer, Response
from protocols.imap.structure import read_structure
from protocols.mime.blocks import Document, LinkList
from protocols.mime.calendar import read_calendar
from protocols.mime.digest import digest
from protocols.mime.headers import addresses, decode_header, message_ids, parameters, split_headers
from protocols.mime.headers import date as header_date
from protocols.mime.html import html_blocks
from protocols.mime.invitation import invitation_blocks
from protocols.mime.page import page
from protocols.mime.parse import parse_message
from protocols.mime.patch import patch_blocks
from protocols.mime.read import document
from protocols.mime.rtf import rtf_text
from protocols.mime.safe import block, file_name, line, url
from protocols.mime.text import text_blocks
from protocols.mime.tnef import unpacked
from protocols.mime.unfold import unfolded
from protocols.mime.versions import versions
from protocols.pop3.wire import Reply, Wire
from store.search.errors import QueryError
from store.search.query import parse as parse_query

Target = Callable[[bytes], None]

UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""What no terminal may ever be sent of somebody else's words."""
_TODAY = date(2026, 11, 23)
_UTC = ZoneInfo("UTC")


def _clean(texts: Iterable[str]) -> None:
    for text in texts:
        assert not UNSAFE.search(text), f"unsafe text: {text!a}"


def _shown(found: Document) -> None:
    _clean(span.text for one in found.blocks for span in one.spans)
    _clean(text for link in found.links for text in (link.text, link.url, link.host))
    _clean(found.warnings)
    for link in found.links:
        assert link.url.isascii()
        assert link.url.startswith(("http://", "https://", "mailto:"))


def safe_text(data: bytes) -> None:
    """One line, a block, a file name and an address of any text."""
    text = data.decode("utf-8", "surrogatepass" if b"\xed" in data else "replace") if _decodes(data) else str(data)
    cleaned = line(text)
    _clean([cleaned, block(text), file_name(text)])
    assert "\n" not in cleaned
    assert "/" not in file_name(text)
    assert not file_name(text).startswith((".", "-"))
    assert len(file_name(text).encode()) <= 255
    address = url(text)
    assert address is None or address.isascii()


def _decodes(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def imap_framing(data: bytes) -> None:
    """The same responses come out however the bytes are cut."""

    def responses(size: int) -> list[Response] | None:
        framer = Framer(max_line=4096, max_literal=4096)
        try:
            return [one for start in range(0, len(data), size) for one in framer.feed(data[start : start + size])]
        except Misbehaved:
            return None

    assert responses(max(1, len(data))) == responses(3)


_READERS: tuple[Callable[[Response], object], ...] = (
    parse.read_list,
    parse.read_status,
    parse.read_namespace,
    parse.read_search,
    parse.read_vanished,
    read_fetch,
)


def imap_responses(data: bytes) -> None:
    """A response is read, or its server is said to misbehave."""
    framer = Framer(max_line=65_536, max_literal=65_536)
    try:
        for response in framer.feed(data + b"\r\n"):
            for read in (
                parse.read_list,
                parse.read_status,
                parse.read_namespace,
                parse.read_search,
                parse.read_vanished,
            ):
                _tried(read, response)
            _tried(read_fetch, response)
            response_code(response.line)
    except Misbehaved:
        return


def _tried(read: Callable[[Response], object], response: Response) -> None:
    try:
        found = read(response)
    except Misbehaved:
        return
    if (structure := getattr(found, "structure", None)) is not None:
        read_structure(structure)


def folder_names(data: bytes) -> None:
    """A folder's name as a server spells it can be shown, in one piece or in levels."""
    _clean([line(names.decode(data, None)), line(names.decode(data, "."))])


def pop3(data: bytes) -> None:
    """The same events come out however the bytes are cut."""

    def events(size: int) -> list[object]:
        wire = Wire(status_limit=512, body_limit=4096)
        for reply in (Reply.LINE, Reply.LINES, Reply.SASL, Reply.LINE):
            wire.expect(reply)
        return [event for start in range(0, len(data), size) for event in wire.receive(data[start : start + size])]

    assert list(map(repr, events(max(1, len(data))))) == list(map(repr, events(2)))


def headers(data: bytes) -> None:
    """Any header block, and any value in it as each kind of value."""
    fields, offset = split_headers(data)
    assert 0 <= offset <= len(data)
    for _, value in fields[:20]:
        decode_header(value)
        addresses(value, 50)
        parameters(value)
        message_ids(value)
        header_date(value)


def mime(data: bytes) -> None:
    """Any message can be shown, indexed, opened and put into a page."""
    _shown(document(data))
    digest(data)
    message = unfolded(parse_message(data))
    for part in message.attachments:
        _clean([file_name(part.name)])
    page(message)


def html(data: bytes) -> None:
    """Any HTML becomes safe blocks."""
    links = LinkList()
    blocks = html_blocks(data.decode("utf-8", "replace"), links)
    _shown(Document(tuple(blocks), tuple(links.links)))


def calendar(data: bytes) -> None:
    """Any calendar is shown, or called broken."""
    links = LinkList()
    text = data.decode("utf-8", "replace")
    blocks = invitation_blocks(text, links, zone=_UTC)
    _shown(Document(tuple(blocks or ()), tuple(links.links)))
    if (now := read_calendar(text)) is not None:
        found = versions(now, [now, replace(now, method="cancel")])
        blocks = invitation_blocks(text, links, zone=_UTC, earlier=found.earlier or now, later=found.later or now)
        _shown(Document(tuple(blocks or ()), tuple(links.links)))


def patches(data: bytes) -> None:
    """Any text below the beginning of a hunk, in a mail, in quotes and as a file."""
    text = "@@ -1,9 +1,9 @@\n" + data.decode("utf-8", "replace")
    links = LinkList()
    quoted = text.replace("\n", "\n> ")
    blocks = (*text_blocks(text, links), *text_blocks(f"> {quoted}", links), *patch_blocks(text, links, 100))
    _shown(Document(blocks, tuple(links.links)))


def packings(data: bytes) -> None:
    """Any winmail.dat and any RTF."""
    unpacked(b"\x78\x9f\x3e\x22\1\0" + data)
    rtf_text(data)


def query(data: bytes) -> None:
    """Any query has a meaning or an error with its column."""
    text = data.decode("utf-8", "replace")
    try:
        parse_query(text, _TODAY)
    except QueryError as error:
        assert 1 <= error.column <= max(len(text), 4096) + 1


TARGETS: dict[str, Target] = {
    "safe-text": safe_text,
    "imap-framing": imap_framing,
    "imap-responses": imap_responses,
    "folder-names": folder_names,
    "pop3": pop3,
    "headers": headers,
    "mime": mime,
    "html": html,
    "calendar": calendar,
    "packings": packings,
    "patches": patches,
    "query": query,
}
"""By the name that `make fuzz TARGET=…` knows."""

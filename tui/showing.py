"""Makes what the reader shows of a message, in threads of its callers: first the beginning of a huge one."""

import threading
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from protocols.mime.safe import SafeText, file_name, line
from store.model import Summary
from tui import format
from tui.background import NOTHING, Background
from tui.widgets.reading_rows import Reading

if TYPE_CHECKING:
    from protocols.layout import Layout
    from protocols.mime.blocks import Block, Document, LinkList
    from protocols.mime.parse import Message

HUGE = 100_000
"""Octets of HTML from which its beginning is shown before the whole is laid out."""

REFUTED = SafeText("The server that received this says that it does not come from where it says.")
HEADERS = 500
"""Header fields of one message that are shown."""


class Showing:
    """May be used by several threads; a process that lays out large HTML is started when it is needed."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._layout: Layout | None = None

    def warm(self) -> None:
        """Have what the first message needs: reading that in takes longer than most messages."""
        self._process()
        import protocols.mime.partial
        import protocols.mime.read  # noqa: F401

    def beginning(self, summary: Summary, raw: bytes, trusted: Collection[str] = ()) -> Reading | None:
        """What the first lines of a message say, when they are those of a plain text and nothing else; else None."""
        from protocols.mime.blocks import Kind, plain
        from protocols.mime.parse import parse_message
        from protocols.mime.read import message_document

        message = parse_message(raw)
        if message.root.type != "text/plain" or not message.headers:
            return None
        found = message_document(message, attached=False)
        more = plain(SafeText("The rest is being read …"), Kind.NOTICE)
        return _reading(summary, message, {}, replace(found, blocks=(*found.blocks, more)), trusted)

    def first(
        self,
        summary: Summary,
        message: "Message",
        begun: Mapping[str, int],
        prefer: str = "auto",
        trusted: Collection[str] = (),
    ) -> Reading | None:
        """The beginning of a message whose whole takes its time, None when that is not so; see `whole`."""
        if not any(part.type == "text/html" and part.here > HUGE for part in message.root.walk()):
            return None
        from protocols.layout import Beginning
        from protocols.mime.read import message_document

        beginning = Beginning(self._process().start)  # which is ready when the beginning is seen
        found = message_document(message, prefer=prefer, lay_out=beginning.blocks, attached=False)
        return _reading(summary, message, begun, found, trusted) if beginning.was_cut else None

    def whole(
        self,
        summary: Summary,
        message: "Message",
        begun: Mapping[str, int],
        prefer: str = "auto",
        trusted: Collection[str] = (),
        known: Background = NOTHING,
    ) -> Reading:
        """Everything that is shown of a message; `trusted` servers are believed about its sender.

        `known` is what the store knows about it.
        """
        # imported here: the list is painted long before the first message is opened
        from protocols.mime.read import message_document
        from protocols.mime.versions import NONE

        # what is attached stands above the text here, not below it
        found = message_document(
            message, prefer=prefer, lay_out=self.lay_out, attached=False, versions=known.versions or NONE
        )
        if known.warning:
            found = replace(found, warnings=(known.warning, *found.warnings))
        return replace(_reading(summary, message, begun, found, trusted), stranger=known.stranger)

    def source(self, summary: Summary, raw: bytes) -> Reading:
        """A message as it was received, each line as it stands."""
        from protocols.mime.blocks import Document
        from protocols.mime.long_text import literal_blocks

        return Reading(summary, Document(literal_blocks(raw.decode("utf-8", "replace"))), form="source")

    def lay_out(self, html: str, links: "LinkList", seconds: float) -> "list[Block]":
        """The blocks of an HTML text, of a large one made in the process; blocks.  Never raises."""
        return self._process().blocks(html, links, seconds)

    def end(self) -> None:
        """Let the process go; it comes again when it is needed."""
        with self._guard:
            if self._layout is not None:
                self._layout.end()

    def _process(self) -> "Layout":
        from protocols.layout import Layout

        with self._guard:
            if self._layout is None:
                self._layout = Layout()
            return self._layout


def _reading(
    summary: Summary, message: "Message", begun: Mapping[str, int], found: "Document", trusted: Collection[str]
) -> Reading:
    from protocols.mime.authentication import is_refuted, told, verdicts
    from protocols.mime.long_text import LongBlocks

    if isinstance(found.blocks, LongBlocks):
        found.blocks.measure()
    headers = tuple((line(name, 80), line(value, 4000)) for name, value in message.headers[:HEADERS])
    said = verdicts(message.fields, trusted)
    if is_refuted(said):
        found = replace(found, warnings=(REFUTED, *found.warnings))
    files = attached(message, begun)
    return Reading(summary, found, attachments=files, headers=headers, form=found.form, checked=told(said))


def attached(message: "Message", begun: Mapping[str, int]) -> tuple[SafeText, ...]:
    """The attachments with their sizes, and how much of each is here; `begun` is in octets by part."""
    files = []
    for part in message.attachments:
        size = format.size(part.carried(part.size))
        if not part.complete:
            octets = begun.get(part.index, 0)
            here = format.sizes(part.carried(octets), part.carried(max(octets, part.size)))
            size = f"{here} here" if octets else f"{size}, not here yet"
        files.append(SafeText(f"{file_name(part.name)} ({size})"))
    return tuple(files)

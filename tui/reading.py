"""Brings a message into the reader: as far as it is here, or fetched when not even its text is."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from protocols.errors import ProtocolError, Refused
from protocols.mime.blocks import Kind, plain
from protocols.mime.safe import SafeText, file_name, line
from store import listing, parked, parts
from store.errors import StoreError
from store.mailstore import MailStore
from store.model import Cached, MessageId, Summary
from store.parts import READABLE
from tui import format
from tui.on_disk import first_on_disk, message_on_disk, note_opened
from tui.ports import EngineLike
from tui.widgets.message_view import MessageView, Reading

if TYPE_CHECKING:
    from protocols.mime.parse import Message


class Reader:
    """Feeds one MessageView.  `load` is run by a worker that replaces the one before it."""

    def __init__(self, store: MailStore, engine: EngineLike | None, view: MessageView) -> None:
        self._store = store
        self._engine = engine
        self._view = view

    async def load(self, summary: Summary) -> None:
        """Show `summary` with its text; when that is not on this disk, say so, and fetch it.

        Of a row that stands for several accounts' messages, the one that is here is read.
        """
        shown = await first_on_disk(self._store, summary.ids)
        message = await message_on_disk(self._store, shown)
        if message is None and self._engine is not None:
            self._note(summary, await self._withheld(shown) or "Not on this disk yet. Fetching it …")
            try:
                await self._engine.fetch(shown, READABLE)
            except Refused as error:
                self._note(summary, sentence(error))
                return
            except (ProtocolError, StoreError, OSError) as error:
                self._note(summary, f"Not on this disk yet. {sentence(error)}")
                return
            message = await message_on_disk(self._store, shown)
        if message is None:
            notice = await self._withheld(shown)
            self._note(summary, notice or "Not on this disk yet. It comes with the next connection.")
            return
        complete = message.root.complete
        begun = {} if complete else await self._begun(shown)
        reading = await asyncio.to_thread(laid_out, summary, message, begun)
        self._view.show(reading if complete else _marked(reading, await self._withheld(shown)))
        await note_opened(self._store, shown)

    async def renew(self, message: MessageId, load: Callable[[Summary], object]) -> None:
        """The shown message changed: its bytes may have come, or more of an attachment."""
        shown = self._view.reading
        if shown is None or shown.summary.id != message:
            return
        found = await self._store.read(lambda c: listing.summaries(c, [message]))
        summary = found.get(message)
        if summary is None:
            return
        summary = replace(summary, doubles=shown.summary.doubles)
        if summary.cached != shown.summary.cached:
            load(summary)
        elif shown.document is not None and summary.cached is Cached.TEXT:
            source = await first_on_disk(self._store, summary.ids)
            held = await message_on_disk(self._store, source)
            if held is not None:
                files = attached(held, await self._begun(source))
                if files != shown.attachments and self._view.reading is shown:
                    self._view.show(replace(shown, attachments=files))

    async def _begun(self, message: MessageId) -> Mapping[str, int]:
        held = await self._store.read(lambda c: parts.readable(c, message))
        return {} if held is None else held.begun

    async def _withheld(self, message: MessageId) -> str:
        """Why the server did not give the message out when it was asked for last, empty when all is well."""
        trouble = await self._store.read(lambda c: parked.of_message(c, message))
        if trouble is None or not trouble.attempts:
            return ""
        return f"The server does not give this message out: {trouble.reason}"

    def _note(self, summary: Summary, text: str) -> None:
        self._view.show(Reading(summary, note=line(text, 500)))


def laid_out(summary: Summary, message: "Message", begun: Mapping[str, int]) -> Reading:
    """Make what the reader shows; for a thread of its own, because a large message takes its time."""
    # imported here: the list is painted long before the first message is opened
    from protocols.mime.read import message_document

    files = attached(message, begun)
    found = message_document(message)
    if files:  # they stand above the text here, not below it
        kept = tuple(b for b in found.blocks if not (b.kind is Kind.NOTICE and b.text.startswith("Attached: ")))
        found = replace(found, blocks=kept)
    return Reading(summary, found, attachments=files)


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


def _marked(reading: Reading, notice: str) -> Reading:
    if not notice or reading.document is None:
        return reading
    blocks = (plain(line(notice, 500), Kind.NOTICE), *reading.document.blocks)
    return replace(reading, document=replace(reading.document, blocks=blocks))


def sentence(error: Exception) -> SafeText:
    """What an error says to a person, with what to do about it; foreign words in it are cleaned."""
    title = getattr(error, "title", "") or str(error) or type(error).__name__
    return line(f"{title} {getattr(error, 'hint', '')}".strip(), 500)

"""Brings a message into the reader: its bytes parsed off the loop, or fetched when they are not here."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from protocols.errors import ProtocolError
from protocols.mime.blocks import Kind
from protocols.mime.safe import SafeText, file_name, line
from store import bodies, listing
from store.errors import StoreError
from store.mailstore import MailStore
from store.model import MessageId, Summary
from tui import format
from tui.ports import EngineLike
from tui.widgets.message_view import MessageView, Reading


class Reader:
    """Feeds one MessageView.  `load` is run by a worker that replaces the one before it."""

    def __init__(self, store: MailStore, engine: EngineLike | None, view: MessageView) -> None:
        self._store = store
        self._engine = engine
        self._view = view

    async def load(self, summary: Summary) -> None:
        """Show `summary` with its text; when its bytes are not on this disk, say so, and fetch them."""
        raw = await self._store.read(lambda c: bodies.raw(c, summary.id))
        if raw is None and self._engine is not None:
            self._note(summary, "Not on this disk yet. Fetching it …")
            try:
                await self._engine.fetch(summary.id)
            except (ProtocolError, StoreError, OSError) as error:
                self._note(summary, f"Not on this disk yet. {sentence(error)}")
                return
            raw = await self._store.read(lambda c: bodies.raw(c, summary.id))
        if raw is None:
            self._note(summary, "Not on this disk yet. It comes with the next connection.")
            return
        self._view.show(await asyncio.to_thread(parsed, summary, raw))

    async def renew(self, message: MessageId, load: Callable[[Summary], object]) -> None:
        """The shown message changed: its bytes may have come, its flags may be others."""
        shown = self._view.reading
        if shown is None or shown.summary.id != message:
            return
        found = await self._store.read(lambda c: listing.summaries(c, [message]))
        summary = found.get(message)
        if summary is not None and shown.document is None and summary.cached != shown.summary.cached:
            load(summary)

    def _note(self, summary: Summary, text: str) -> None:
        self._view.show(Reading(summary, note=SafeText(text)))


def parsed(summary: Summary, raw: bytes) -> Reading:
    """Parse a message for the reader; for a thread of its own, because a large one takes its time."""
    # imported here: the list is painted long before the first message is opened
    from protocols.mime.parse import parse_message
    from protocols.mime.read import document

    attached = parse_message(raw).attachments if summary.attachments else ()
    files = tuple(SafeText(f"{file_name(part.name)} ({format.size(part.size)})") for part in attached)
    found = document(raw)
    if files:  # they stand above the text here, not below it
        kept = tuple(b for b in found.blocks if not (b.kind is Kind.NOTICE and b.text.startswith("Attached: ")))
        found = replace(found, blocks=kept)
    return Reading(summary, found, attachments=files)


def sentence(error: Exception) -> SafeText:
    """What an error says to a person, with what to do about it; foreign words in it are cleaned."""
    title = getattr(error, "title", "") or str(error) or type(error).__name__
    return line(f"{title} {getattr(error, 'hint', '')}".strip(), 500)

"""Brings a message into the reader: as far as it is here, or fetched when not even its text is."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from protocols.errors import ProtocolError, Refused
from protocols.mime.blocks import Kind, plain
from protocols.mime.safe import SafeText, line
from store import bodies, listing, parked, parts
from store.changes import ChangeSet
from store.errors import StoreError
from store.mailstore import MailStore
from store.model import AccountId, Cached, MessageId, Summary
from store.parts import READABLE
from tui.background import background
from tui.on_disk import beginning_on_disk, first_on_disk, message_on_disk, note_opened
from tui.place import Place
from tui.ports import EngineLike
from tui.showing import Showing, attached
from tui.widgets.conversation_view import ConversationView
from tui.widgets.reading_rows import Reading

if TYPE_CHECKING:
    from tui.conversation import Conversation

LARGE = 2_000_000
"""Octets of a message from which its beginning is read alone, and shown."""
Trusted = Callable[[AccountId], Collection[str]]


class Reader:
    """Feeds one reader.  `load` is run by a worker that replaces the one before it."""

    def __init__(
        self, store: MailStore, engine: EngineLike | None, view: ConversationView, showing: Showing, trusted: Trusted
    ) -> None:
        """`trusted`: the servers that an account believes about senders."""
        self._store = store
        self._engine = engine
        self._showing = showing
        self._trusted = trusted
        self.own: Collection[str] = ()
        """The addresses of the accounts."""
        self._view = view
        self._wanted = asyncio.Event()
        view.wants = self._wanted.set
        self.on_its_way: MessageId | None = None
        """The row that is being loaded, until anything of it is shown: asked for twice it would only come later."""
        self._forms: dict[MessageId, str] = {}
        """The forms in which messages are shown by wish, as long as they stand there."""

    async def load(self, row: Summary, place: Place, *, whole: bool) -> None:
        """Show the message of a list's row, which stands in `place`: alone, or among its thread when `whole`.

        Of the row of a folded thread the first unread message is shown, else the last.
        """
        from tui.conversation import read

        if row.id != self._view.origin:
            self._forms.clear()
        self.on_its_way = row.id
        try:
            found = await self._store.read(lambda c: read(c, row, place.folders, starred=place.starred))
            if len(found.entries) > 1 and whole:
                await self._converse(found, row.id)
            else:
                chosen = found.entries[found.chosen].summary if found.entries and row.is_folded else row
                await self._bring(chosen, lambda reading: self._show(reading, row.id))
        finally:
            self._arrived(row.id)

    def _show(self, reading: Reading, row: MessageId) -> None:
        self._arrived(row)
        self._view.show(reading, row)

    def _arrived(self, row: MessageId) -> None:
        if self.on_its_way == row:
            self.on_its_way = None

    async def _converse(self, found: "Conversation", row: MessageId) -> None:
        """Show a conversation, and bring what is looked at of it for as long as it stands there."""
        self._arrived(row)
        self._view.converse(found, row)
        while self._view.conversation is not None and self._view.origin == row:
            self._wanted.clear()
            while (summary := self._view.next_missing()) is not None:
                await self._bring(summary, self._view.put)
            await self._wanted.wait()

    async def changed(self, changes: ChangeSet, place: Place, load: Callable[[Summary], object]) -> None:
        """Something in the store changed: show what became of that which is read."""
        shown, reading = self._view.conversation, self._view.reading
        if shown is None:
            if reading is not None and (changes.everything or not changes.messages.isdisjoint(reading.summary.ids)):
                await self.renew(reading.summary.id, load)
            return
        if not changes.everything and changes.messages.isdisjoint(shown.messages):
            threads = await self._store.read(lambda c: listing.threads(c, changes.messages))
            if shown.thread not in threads.values():
                return
        from tui.conversation import read

        current = shown.entries[self._view.current].summary
        found = await self._store.read(lambda c: read(c, current, place.folders, starred=place.starred))
        if self._view.conversation is shown and found.entries:
            self._view.renew(found)

    async def _bring(self, summary: Summary, show: Callable[[Reading], object]) -> None:
        """Show a message with its text; when that is not on this disk, say so, and fetch it.

        Of a row that stands for several accounts' messages, the one that is here is read.
        """
        shown = await first_on_disk(self._store, summary.own)
        form = self._forms.get(summary.id, "auto")
        trusted = self._trusted(next((one.account for one in summary.everywhere if one.id == shown), summary.account))
        if summary.size > LARGE and form == "auto":
            await self._bring_beginning(summary, shown, trusted, show)
        message = await message_on_disk(self._store, shown)
        if message is None and self._engine is not None:
            show(_note(summary, await self._withheld(shown) or "Not on this disk yet. Fetching it …"))
            try:
                await self._engine.fetch(shown, READABLE)
            except Refused as error:
                show(_note(summary, sentence(error)))
                return
            except (ProtocolError, StoreError, OSError) as error:
                show(_note(summary, f"Not on this disk yet. {sentence(error)}"))
                return
            message = await message_on_disk(self._store, shown)
        if message is None:
            notice = await self._withheld(shown)
            show(_note(summary, notice or "Not on this disk yet. It comes with the next connection."))
            return
        complete = message.root.complete
        begun = {} if complete else await self._begun(shown)
        notice = "" if complete else await self._withheld(shown)
        if form == "source":
            await self._bring_source(summary, shown, show)
            return
        known = await background(self._store, summary, message, self.own)
        first = await asyncio.to_thread(self._showing.first, summary, message, begun, form, trusted)
        if first is not None:
            show(_marked(first, notice))
            await self._painted()
        reading = await asyncio.to_thread(self._showing.whole, summary, message, begun, form, trusted, known)
        show(_marked(reading, notice))
        await note_opened(self._store, shown)

    async def _bring_beginning(
        self, summary: Summary, message: MessageId, trusted: Collection[str], show: Callable[[Reading], object]
    ) -> None:
        """Show the first lines of a large text before the rest is read, unless all of it stands there."""
        there = self._view.reading
        if there is not None and there.summary.id == summary.id and there.document is not None:
            return
        raw = await beginning_on_disk(self._store, message)
        first = None if raw is None else await asyncio.to_thread(self._showing.beginning, summary, raw, trusted)
        if first is not None:
            show(first)
            await self._painted()

    async def _painted(self) -> None:
        """The screen shows what the view was given: what takes the processor for long comes after that."""
        painted = asyncio.Event()
        if self._view.call_after_refresh(painted.set):
            await painted.wait()

    async def _bring_source(self, summary: Summary, message: MessageId, show: Callable[[Reading], object]) -> None:
        """Show the bytes of a message, which may have to be fetched."""
        raw = await self._store.read(lambda c: bodies.raw(c, message))
        if raw is None and self._engine is not None:
            show(replace(_note(summary, "Not on this disk whole yet. Fetching it …"), form="source"))
            try:
                await self._engine.fetch(message, None)
            except (ProtocolError, StoreError, OSError) as error:
                show(replace(_note(summary, sentence(error)), form="source"))
                return
            raw = await self._store.read(lambda c: bodies.raw(c, message))
        if raw is None:
            show(
                replace(_note(summary, "Not on this disk whole yet. It comes with the next connection."), form="source")
            )
        else:
            show(await asyncio.to_thread(self._showing.source, summary, raw))

    async def turn(self, form: str) -> None:
        """Show the current message in another form: "plain", "html" or "source"; remembered while it stands there."""
        shown = self._view.reading
        if shown is not None:
            self._forms[shown.summary.id] = form
            await self._bring(shown.summary, self._view.turned)

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
            if self.on_its_way is None:  # else another message is about to take its place, or this one is
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


def _note(summary: Summary, text: str) -> Reading:
    return Reading(summary, note=line(text, 500))


def _marked(reading: Reading, notice: str) -> Reading:
    if not notice or reading.document is None:
        return reading
    from protocols.mime.long_text import joined

    blocks = joined(((plain(line(notice, 500), Kind.NOTICE),), reading.document.blocks))
    return replace(reading, document=replace(reading.document, blocks=blocks))


def sentence(error: Exception) -> SafeText:
    """What an error says to a person, with what to do about it; foreign words in it are cleaned."""
    title = getattr(error, "title", "") or str(error) or type(error).__name__
    return line(f"{title} {getattr(error, 'hint', '')}".strip(), 500)

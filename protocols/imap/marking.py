"""Flags and labels on the wire: what a folder keeps of them, STORE, and the proof that it was done."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from protocols.errors import Misbehaved, Refused
from protocols.imap import survey
from protocols.imap.arguments import quoted
from protocols.imap.batches import Batch, Item, operations
from protocols.imap.fetch import Fetched, read_fetch, read_flags
from protocols.imap.framing import Response
from protocols.imap.selected import Selected
from protocols.imap.sending import Sending, Sink
from store import folders, journal, labels, storable
from store.model import AccountId, Flag
from store.operations import FlagChange

WIRE_FLAGS = (
    (Flag.SEEN, b"\\Seen"),
    (Flag.ANSWERED, b"\\Answered"),
    (Flag.FLAGGED, b"\\Flagged"),
    (Flag.DRAFT, b"\\Draft"),
    (Flag.DELETED, b"\\Deleted"),
)
_NOT_KEPT = "The server said yes, but did not do it."


class Marking:
    """Sends batches of flags and labels."""

    def __init__(self, sending: Sending, account: AccountId) -> None:
        self._sending = sending
        self._account = account

    async def set_flags(self, batch: Batch, state: Selected) -> None:
        """STORE; a message the server does not answer for is asked for, and dropped when it is gone.

        What the folder does not keep is refused before anything is sent; Refused is raised when that is not all.
        """
        change = _without_hints(batch.change, state, gmail=self._sending.connection.capabilities.gmail)
        try:
            commands = await self._commands(change, state)
        except Refused as error:
            if any(len(item.step.entries) > 1 for item in batch.items):
                raise  # another act on the same message may be possible
            await self._sending.refuse(batch.items, error.text)
            return
        besides = max((len(item) + len(words) for item, words in commands), default=0)
        async for words, items in self._sending.each(batch, besides=besides, durable=False):
            heard: set[int] = set()
            denied: set[int] = set()
            for item, names in commands:
                echoes: dict[int, Fetched] = {}
                await self._sending.run("UID STORE", words, item, names, sink=_into(echoes))
                heard.update(echoes)
                denied.update(uid for uid, echo in echoes.items() if not _shows(echo, item, names))
            await self._settle(items, heard, denied & items.keys(), change)

    async def _commands(self, change: FlagChange, state: Selected) -> list[tuple[bytes, bytes]]:
        """(item, flag list) of each STORE that the change takes."""
        capabilities = self._sending.connection.capabilities
        spelling = {word.lower(): word for word in state.permanent_flags or ()}
        keywords = not capabilities.gmail
        _check(change, state, spelling, keywords=keywords)
        commands = []
        for sign, flags, words in ((b"+", change.add, change.add_labels), (b"-", change.remove, change.remove_labels)):
            names = [word for flag, word in WIRE_FLAGS if flag in flags]
            if keywords:
                names += [spelling.get(label.encode(), label.encode()) for label in words]
            elif words:
                commands.append((sign + b"X-GM-LABELS", b"(%s)" % b" ".join(await self._gmail_names(words))))
            if names:
                commands.append((sign + b"FLAGS", b"(%s)" % b" ".join(names)))
        return commands

    async def _gmail_names(self, names: Iterable[str]) -> list[bytes]:
        """Gmail's labels are folders, which have the blanks and letters that a label here has not."""
        store = self._sending.store
        every = await store.read(lambda c: folders.every(c, self._account))
        ids = {storable.label(folder.path): folder.id for folder in every}
        known = {
            label: await store.read(partial(folders.wire_name, folder=ids[label])) for label in names if label in ids
        }
        return [quoted(known.get(label) or label) for label in names]

    async def _settle(self, items: dict[int, Item], heard: set[int], denied: set[int], change: FlagChange) -> None:
        silent = items.keys() - heard
        lost = silent - await survey.present(self._sending.connection, silent) if silent else set()
        done = operations(item for uid, item in items.items() if uid not in lost and uid not in denied)
        await self._sending.store.write(lambda tx: journal.finish_flags(tx, done, change))
        await self._sending.gone(items[uid] for uid in lost)
        await self._sending.refuse((items[uid] for uid in denied), _NOT_KEPT)


def _shows(echo: Fetched, item: bytes, names: bytes) -> bool:
    """Whether a FETCH that answers a STORE shows what it asked for; one without FLAGS proves nothing."""
    if echo.flags is None or not item.endswith(b"FLAGS"):
        return True
    asked, keywords = read_flags(names.strip(b"()"))
    there = {label.lower() for label in echo.labels}
    words = {label.lower() for label in keywords}
    if item.startswith(b"+"):
        return asked in echo.flags and words <= there
    return not asked & echo.flags and words.isdisjoint(there)


def _check(change: FlagChange, state: Selected, spelling: dict[bytes, bytes], *, keywords: bool) -> None:
    """Raise Refused for what the folder surely does not keep (RFC 9051 section 7.1, PERMANENTFLAGS)."""
    if state.read_only:
        raise _impossible("The folder can only be read on this server.")
    if state.permanent_flags is None:
        return
    if not state.permanent_flags and (change.add or change.remove):
        raise _impossible("The server keeps no flags in this folder.")
    if keywords and b"\\*" not in spelling:
        for label in change.add_labels:
            if label.encode() not in spelling:
                raise _impossible(f'The server takes no new labels in this folder, so not "{label}".')


def _without_hints(change: FlagChange, state: Selected, *, gmail: bool) -> FlagChange:
    """A change without the words that are only hints ($Junk), where the folder does not keep them.

    On Gmail they would be labels, which people see.
    """
    spelling = {word.lower() for word in state.permanent_flags or ()}
    if not gmail and (state.permanent_flags is None or b"\\*" in spelling):
        return change
    return replace(
        change,
        add_labels=tuple(word for word in change.add_labels if not _is_idle_hint(word, spelling, gmail=gmail)),
        remove_labels=tuple(word for word in change.remove_labels if not _is_idle_hint(word, spelling, gmail=gmail)),
    )


def _is_idle_hint(word: str, spelling: set[bytes], *, gmail: bool) -> bool:
    return word in labels.HINTS and (gmail or word.encode() not in spelling)


def _impossible(reason: str) -> Refused:
    return Refused(reason, text=reason)


def _into(echoes: dict[int, Fetched]) -> Sink:
    """Collect the FETCH responses that echo a STORE."""

    def hear(response: Response) -> None:
        if response.name == "FETCH":
            with suppress(Misbehaved):  # one without UID: the verification asks for it
                echo = read_fetch(response)
                echoes[echo.uid] = echo

    return hear

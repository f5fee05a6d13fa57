"""Appends messages to folders: each journalled before it is sent, and looked for when its answer never came."""

import asyncio
import re
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from protocols.errors import Misbehaved, ProtocolError, Refused, Throttled, Unreachable
from protocols.imap import append_trace
from protocols.imap.answers import Tagged, read_appended
from protocols.imap.append_trace import Sent
from protocols.imap.arguments import Argument, Literal, astring
from protocols.imap.connection import Connection
from protocols.imap.folder_changes import create_again
from protocols.imap.marking import WIRE_FLAGS
from protocols.imap.missing_folders import exists
from protocols.imap.moving import Moving, Target
from protocols.imap.sending import Sending
from protocols.reasons import reason
from store import appending, folders, journal
from store.appending import Letter
from store.database import Transaction
from store.model import FolderId, MessageId, OperationId
from store.operations import JournalEntry, State

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_UNSENDABLE = "The message holds NUL octets, which cannot be sent to an IMAP server."


class Appending:
    """Sends one append of the journal at a time over a session."""

    def __init__(self, sending: Sending, moving: Moving) -> None:
        self._store = sending.store
        self._session = sending.session
        self._moving = moving
        self._known: Target | None = None
        """Where the last message went, with the UIDNEXT that its answer told: it need not be asked for again."""

    async def run(self, entry: JournalEntry) -> str:
        """Append one message, or find out that it is there; answers why the server refused it, empty when it did not.

        Raises Throttled when the server wants it later: it waits.  Raises ProtocolError when the connection ended: it
        is looked for before it is sent again.
        """
        try:
            if entry.state is not State.QUEUED and await self._has_arrived(entry):
                return ""
            return await self._append(entry)
        except ProtocolError as error:
            self._known = None
            lost = self._session.closed or isinstance(error, Unreachable)
            if not lost and not isinstance(error, Throttled):
                return await self._refuse(entry, reason(error))
            after = journal.unsure if lost else journal.requeue
            await self._store.write(lambda tx: after(tx, [entry.id]), durable=True)
            raise

    async def _append(self, entry: JournalEntry) -> str:
        letter = await self._store.read(lambda c: _letter(c, entry.message))
        if letter is None or entry.folder is None:
            return ""
        if not letter.raw:
            return await self._refuse(entry, _UNSENDABLE)
        target, self._known = await self._target(entry.folder), None
        start = partial(journal.start, operations=[entry.id], probe_uidnext=target.uidnext)
        if not await self._store.write(start, durable=True):
            return ""  # taken back meanwhile
        async with self._session.turn() as connection:
            place = _place(await self._send(connection, entry, target, letter))
        if place is not None and place[0] == target.uidvalidity:
            self._known = replace(target, uidnext=place[1] + 1)
        await self._finish(entry.id, target.folder, len(letter.raw), place, target.uidvalidity)
        return ""

    async def _target(self, folder: FolderId) -> Target:
        if self._known is not None and self._known.folder == folder:
            return self._known
        name = await self._store.read(lambda c: folders.wire_name(c, folder))
        if name is not None and name == self._session.selected:
            async with self._session.turn() as connection:
                await connection.run("NOOP")  # STATUS of the selected folder may lag behind what we appended (Courier)
        return await self._moving.target(folder)

    async def _send(self, connection: Connection, entry: JournalEntry, target: Target, letter: Letter) -> Tagged:
        """APPEND (RFC 9051 section 6.3.12); the folder is made again, once, where it went away.

        A server that does not take the labels gets the message without them.
        """
        bare = words = _flags(letter)
        if not connection.capabilities.gmail:  # its labels are folders
            words = bare + [label.encode("ascii") for label in letter.labels if label.isascii()]
        made = False
        while True:
            try:
                tagged = await connection.run("APPEND", *_arguments(target, words, letter))
                if words == bare and letter.labels:
                    await self._store.write(lambda tx: appending.without_labels(tx, entry.message))
                return tagged
            except (Refused, Misbehaved) as error:
                code = getattr(error, "code", "")
                if connection.closed:
                    raise
                if code == "TRYCREATE" and not made:
                    made = True
                    await create_again(connection, target.name)
                elif words != bare and code in ("", "CANNOT", "CLIENTBUG"):
                    words = bare
                else:
                    raise

    async def _has_arrived(self, entry: JournalEntry) -> bool:
        """Whether a message that was sent once is in its folder; then it is settled, else it waits to be sent again."""
        letter = await self._store.read(lambda c: _letter(c, entry.message))
        folder = entry.folder
        if folder is None or letter is None:
            return False
        name = await self._store.read(lambda c: folders.wire_name(c, folder))
        uid, uidvalidity = None, None
        if name is not None:
            async with self._session.turn() as connection:
                there = await exists(connection, name)
            if there:
                uid, uidvalidity = await self._find(entry, folder, name, letter)
        if uid is None or uidvalidity is None:
            await self._store.write(partial(journal.absent, operations=[entry.id]), durable=True)
            return False
        generation = await self._store.read(lambda c: _generation(c, folder))
        await self._finish(entry.id, folder, len(letter.raw), (uidvalidity, uid), generation)
        return True

    async def _find(self, entry: JournalEntry, folder: FolderId, name: bytes, letter: Letter) -> tuple[int | None, int]:
        """(UID, UIDVALIDITY) of the message in its folder."""
        sent = await asyncio.to_thread(Sent.of, letter.raw, letter.received)
        generation = await self._store.read(lambda c: _generation(c, folder))
        async with self._session.folder(name, fresh=True) as state:
            # the UIDNEXT of another generation says nothing
            lowest = entry.probe_uidnext if generation in (None, state.uidvalidity) else None
            return await append_trace.find(self._session.connection, state, sent, lowest), state.uidvalidity

    async def _finish(
        self, operation: OperationId, folder: FolderId, size: int, place: tuple[int, int] | None, generation: int | None
    ) -> None:
        """Settle it; a UID counts only in the folder as the store knows it."""

        def finish(tx: Transaction) -> None:
            known = _generation(tx.connection, folder)
            proven = place is not None and known == generation and known in (None, place[0])
            appending.finish(tx, operation, place[1] if place is not None and proven else None, size)

        # not waited for on the disk: after a power cut it is looked for, as after any answer that never came
        await self._store.write(finish)

    async def _refuse(self, entry: JournalEntry, why: str) -> str:
        await self._store.write(lambda tx: journal.refuse(tx, [entry.id], why), durable=True)
        return why


def _generation(connection: sqlite3.Connection, folder: FolderId) -> int | None:
    """UIDVALIDITY as the store knows it."""
    cursor = folders.cursor(connection, folder)
    return None if cursor is None else cursor.uidvalidity


def _letter(connection: sqlite3.Connection, message: MessageId) -> Letter | None:
    """A message as it goes on the wire, with nothing in it when it cannot."""
    letter = appending.letter(connection, message)
    if letter is None:
        return None
    return replace(letter, raw=b"" if b"\0" in letter.raw else on_the_wire(letter.raw))


def on_the_wire(raw: bytes) -> bytes:
    """A message with CRLF at the end of each line: what came from a Unix file may have LF, which servers refuse."""
    return raw if raw.count(b"\n") == raw.count(b"\r\n") else _BARE_LF.sub(b"\r\n", raw)


def _arguments(target: Target, flags: list[bytes], letter: Letter) -> list[Argument]:
    words: list[Argument] = [astring(target.name)]
    if flags:
        words.append(b"(%s)" % b" ".join(flags))
    if (stamp := date_time(letter.received)) is not None:
        words.append(stamp)
    return [*words, Literal(letter.raw)]


def _flags(letter: Letter) -> list[bytes]:
    return [word for flag, word in WIRE_FLAGS if flag in letter.flags]


def date_time(received: int) -> bytes | None:
    """INTERNALDATE as APPEND wants it (`date-time`, RFC 9051 section 9), of Unix seconds; None: no calendar has it."""
    try:
        at = datetime.fromtimestamp(received, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return f'"{at.day:2d}-{_MONTHS[at.month - 1]}-{at.year:04d} {at:%H:%M:%S} +0000"'.encode()


def _place(tagged: Tagged) -> tuple[int, int] | None:
    """(UIDVALIDITY, UID) of APPENDUID (RFC 4315); None where the server does not tell it, or nobody can read it."""
    if tagged.code.name != "APPENDUID":
        return None
    try:
        return read_appended(tagged.code)
    except Misbehaved:  # it is appended all the same; under which UID the next sync tells
        return None

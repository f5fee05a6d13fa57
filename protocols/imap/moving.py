"""Moves and copies on the wire, each with proof of where the messages are now; and the look for lost ones."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from protocols.errors import Misbehaved, Refused, Throttled
from protocols.imap import survey, trace
from protocols.imap.answers import Code, Tagged, read_copied, response_code
from protocols.imap.arguments import astring
from protocols.imap.batches import Batch, Item, operations, still
from protocols.imap.fetch import read_fetch
from protocols.imap.folder_changes import create_again, create_folder
from protocols.imap.folder_list import count
from protocols.imap.framing import Response
from protocols.imap.missing_folders import exists
from protocols.imap.sending import Sending
from protocols.imap.sequence import compress, expand
from protocols.imap.trace import Found, Missing
from store import folders, journal, relocation
from store.database import Transaction
from store.errors import NotFound
from store.model import FolderId, MessageId, OperationId
from store.operations import Kind

_LEFT = "The server said yes, but left the message where it was."
_NOT_COPIED = "The server said yes, but made no copy."


@dataclass(frozen=True, slots=True)
class Target:
    """The folder that messages go to."""

    folder: FolderId
    name: bytes
    uidnext: int | None
    """What comes now gets this UID or a higher one: where to look when the answer never comes."""
    uidvalidity: int | None
    """As the store knows the folder (None: not yet): UIDs of another one mean nothing before the next sync."""


class Moving:
    """Sends batches of moves and copies."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._store = sending.store
        self._session = sending.session

    async def target(self, folder: FolderId) -> Target:
        """The folder that messages go to; it is made where it does not exist (any more).  Raises Refused."""
        name = await self._store.read(lambda c: folders.wire_name(c, folder))
        async with self._session.turn() as connection:
            if name is None:
                try:
                    place = await self._store.read(lambda c: folders.get(c, folder))
                except NotFound as error:
                    raise Refused("The folder it was to go to is gone.", text="The folder is gone.") from error
                made = name = await create_folder(connection, place.path)
                await self._store.write(lambda tx: folders.set_wire_name(tx, folder, made))
            counts = await count(connection, name)
            if counts is None:
                await create_again(connection, name)
                counts = await count(connection, name)
        uidnext = counts.uidnext if counts is not None else None
        if uidnext is None:
            uidnext = await self._uidnext(name)
        return Target(folder, name, uidnext, await self._uidvalidity(folder))

    async def _uidvalidity(self, folder: FolderId) -> int | None:
        return await self._store.read(lambda c: _generation(c, folder))

    async def _uidnext(self, name: bytes) -> int | None:
        """UIDNEXT of a folder whose STATUS does not tell (163.com): of SELECT, else from its last message."""
        async with self._session.folder(name, fresh=True) as state:
            if state.uidnext is not None or not state.exists:
                return state.uidnext or 1
            last: list[int] = []

            def hear(response: Response) -> None:
                if response.name == "FETCH":
                    with suppress(Misbehaved):
                        last.append(read_fetch(response).uid)

            await self._sending.run("UID FETCH", b"*", b"(UID)", sink=hear)
            return max(last) + 1 if last else None

    async def move(self, batch: Batch, target: Target) -> None:
        """MOVE (RFC 6851); where the server has none COPY, mark as deleted, then UID EXPUNGE of just these."""
        moves = self._sending.connection.capabilities.move
        async for words, items in self._sending.each(batch, besides=len(target.name), probe_uidnext=target.uidnext):
            if moves:
                await self._move_at_once(words, items, target)
            else:
                await self._move_in_steps(items, target)

    async def _move_at_once(self, words: bytes, items: dict[int, Item], target: Target) -> None:
        codes: list[Code] = []
        try:
            tagged = await self._into(target, "UID MOVE", words, codes)
        except (Refused, Misbehaved):  # what a MOVE did before it was refused is done (RFC 6851 section 3.3)
            done = {uid: items[uid] for uid in _places(codes, target) if uid in items}
            await self._moved(done, target, codes)
            raise
        await self._moved(items, target, [tagged.code, *codes])

    async def _move_in_steps(self, items: dict[int, Item], target: Target) -> None:
        """Copy, then remove: only what was surely copied, since a tagged OK is no proof that anything was."""
        shown = await survey.present(self._sending.connection, items)
        await self._sending.gone(item for uid, item in items.items() if uid not in shown)
        for words in compress(shown):
            await self._copy_and_remove(words, {uid: items[uid] for uid in expand(words)}, target)

    async def _copy_and_remove(self, words: bytes, items: dict[int, Item], target: Target) -> None:
        codes: list[Code] = []
        tagged = await self._into(target, "UID COPY", words, codes)
        codes.append(tagged.code)
        copied = _places(codes, target).keys() & items.keys() or items.keys()
        removed = True
        try:
            for some in compress(copied):
                removed &= await self._sending.remove(some, set(expand(some)))
        except Throttled:  # copied for sure: look, before anything is copied again
            await self._doubt(items.values())
            raise
        except (Refused, Misbehaved) as error:  # sent again it would be copied again
            if self._session.closed:
                raise
            await self._sending.refuse(items.values(), getattr(error, "text", "") or error.title)
            return
        await self._moved(items, target, codes, removed=removed)

    async def copy(self, batch: Batch, target: Target) -> None:
        """COPY; the copy has a row at once where the server tells its UID, else after the target's next sync."""
        async for words, items in self._sending.each(batch, besides=len(target.name), probe_uidnext=target.uidnext):
            codes: list[Code] = []
            tagged = await self._into(target, "UID COPY", words, codes)
            places = _places([tagged.code, *codes], target)
            untold = items.keys() - places.keys()
            there = await survey.present(self._sending.connection, untold) if untold else set()
            made: list[tuple[OperationId, int | None]] = [
                (items[uid].last, place) for uid, place in places.items() if uid in items
            ]
            if not places:  # no UIDPLUS
                made += [(items[uid].last, None) for uid in there]
            await self._copied(made, target.folder, target.uidvalidity)
            await self._sending.gone(items[uid] for uid in untold - there)
            await self._sending.refuse((items[uid] for uid in there if places), _NOT_COPIED)

    async def look_for(self, batch: Batch, source: bytes) -> bool:
        """The answer never came: look where each message is; what was not done waits again, the rest is settled.

        False, and nothing is settled, when the UIDs mean other messages now: the sync of the folder matches them first.
        """
        target = await self._store.read(lambda c: folders.wire_name(c, batch.folder))
        generation = await self._uidvalidity(batch.folder)
        there: set[int] | None = set()
        if batch.kind is Kind.MOVE or target is None:
            there = await self._left_in(batch, source)
        if there is None:
            return False
        found = await self._find(batch, target) if target is not None else {}
        if batch.kind is Kind.MOVE:
            return await self._settle_moves(batch, source, there, found, generation)
        await self._settle_copies(batch, found, generation)
        return True

    async def _left_in(self, batch: Batch, source: bytes) -> set[int] | None:
        """The UIDs that are still in their folder: none when it is gone; None when UIDs mean other messages now."""
        uids = [item.uid for item in batch.items]
        try:
            async with self._session.folder(source, fresh=True) as state:
                if not await self._is_as_planned(batch, state.uidvalidity):
                    return None
                return await survey.present(self._sending.connection, uids)
        except Refused:
            async with self._session.turn() as connection:
                if await exists(connection, source):
                    raise
            return set()

    async def _is_as_planned(self, batch: Batch, uidvalidity: int) -> bool:
        return len((await self._store.read(lambda c: still(c, batch, uidvalidity))).items) == len(batch.items)

    async def _settle_moves(
        self, batch: Batch, source: bytes, there: set[int], found: dict[MessageId, Found], generation: int | None
    ) -> bool:
        left = [item for item in batch.items if item.uid in there]
        # without MOVE: copied, but not yet removed.  A size of its own means that it may be another message.
        copied = {item.uid: item for item in left if item.message in found and found[item.message].exact}
        if self._sending.connection.capabilities.move:
            copied = {}
        if copied:
            async with self._session.folder(source, speaks_of=copied) as state:
                if not await self._is_as_planned(batch, state.uidvalidity):
                    return False
                for words in compress(copied):
                    await self._sending.remove(words, set(expand(words)))
        again = [item for item in left if item.uid not in copied]
        moved = [item for item in batch.items if item.uid in copied or item.uid not in there]
        # neither here nor there by its Message-ID: the next full listing of the target decides
        places = {item.uid: found[item.message].uid for item in moved if item.message in found}
        await self._finish({item.uid: item for item in moved}, batch.folder, generation, places)
        await self._store.write(lambda tx: journal.absent(tx, operations(again)), durable=True)
        return True

    async def _settle_copies(self, batch: Batch, found: dict[MessageId, Found], generation: int | None) -> None:
        made = [(item.last, found[item.message].uid) for item in batch.items if item.message in found]
        again = operations(item for item in batch.items if item.message not in found)
        await self._copied(made, batch.folder, generation)
        await self._store.write(lambda tx: journal.absent(tx, again), durable=True)

    async def _find(self, batch: Batch, target: bytes) -> dict[MessageId, Found]:
        known = await self._store.read(lambda c: relocation.identities(c, [item.message for item in batch.items]))
        # without a UIDNEXT to look from, an older equal message would be no proof
        wanted = [
            Missing(item.message, known[item.message], item.probe)
            for item in sorted(batch.items, key=lambda item: item.uid)
            if item.probe is not None and item.message in known
        ]
        async with self._session.turn() as connection:
            if not await exists(connection, target):
                return {}  # removed meanwhile, with whatever came into it
        async with self._session.folder(target, fresh=True) as state:
            found = await trace.find(self._sending.connection, state, wanted)
        if await self._uidvalidity(batch.folder) in (None, state.uidvalidity):
            return found
        return {message: replace(one, uid=None) for message, one in found.items()}

    async def find_lost(self, folder: FolderId, messages: Iterable[MessageId]) -> bool:
        """Learn the UIDs of messages that a move without COPYUID brought into a folder; whether any was found."""
        wanted = list(messages)
        lowest = await self._store.read(lambda c: relocation.probes(c, wanted))
        known = await self._store.read(lambda c: relocation.identities(c, lowest))
        name = await self._store.read(lambda c: folders.wire_name(c, folder))
        missing = [Missing(one, known[one], lowest[one]) for one in wanted if one in lowest and one in known]
        if name is None or not missing:
            return False
        try:
            async with self._session.folder(name, fresh=True) as state:
                found = await trace.find(self._sending.connection, state, missing)
        except Refused:
            async with self._session.turn() as connection:
                if not await exists(connection, name):  # removed, with what had come into it
                    await self._store.write(lambda tx: journal.finish_lost(tx, list(lowest)), durable=True)
            return False
        if await self._uidvalidity(folder) != state.uidvalidity:
            return False
        places = {message: one.uid for message, one in found.items() if one.uid is not None}
        generation = state.uidvalidity
        await self._store.write(
            lambda tx: relocation.learn(tx, folder, places if _generation(tx.connection, folder) == generation else {}),
            durable=True,
        )
        return bool(found)

    async def _into(self, target: Target, command: str, words: bytes, codes: list[Code]) -> Tagged:
        """MOVE or COPY; a target that went away since it was looked at is made again, once."""
        name = astring(target.name)
        try:
            return await self._sending.run(command, words, name, sink=_codes_into(codes))
        except Refused as error:
            if error.code != "TRYCREATE":
                raise
        await create_again(self._sending.connection, target.name)
        return await self._sending.run(command, words, name, sink=_codes_into(codes))

    async def _doubt(self, items: Iterable[Item]) -> None:
        doubtful = operations(items)
        await self._store.write(lambda tx: journal.unsure(tx, doubtful), durable=True)

    async def _moved(
        self, items: dict[int, Item], target: Target, codes: Iterable[Code], *, removed: bool = True
    ) -> None:
        """Settle a move by what the server proved: COPYUID first, else whether the source is still there.

        `removed` False: the source had to stay, marked as deleted, and proves nothing.
        """
        places = _places(codes, target)
        untold = items.keys() - places.keys()
        there = await survey.present(self._sending.connection, untold) if untold and removed else set()
        # no COPYUID at all: the server has no UIDPLUS, and where they are is found by Message-ID
        moved = items.keys() - there if not places else items.keys() & places.keys()
        await self._finish({uid: items[uid] for uid in moved}, target.folder, target.uidvalidity, places)
        await self._sending.gone(items[uid] for uid in untold - there - moved)
        await self._sending.refuse((items[uid] for uid in there), _LEFT)

    async def _finish(
        self, items: dict[int, Item], folder: FolderId, generation: int | None, places: Mapping[int, int | None]
    ) -> None:
        """Record moves; `places` mean nothing when UIDVALIDITY is no longer `generation`: a sync was quicker."""
        along = [operation for item in items.values() for operation in item.operations if operation != item.last]

        def finish(tx: Transaction) -> None:
            proven = places if _generation(tx.connection, folder) == generation else {}
            journal.finish_move(tx, [(item.last, proven.get(uid)) for uid, item in items.items()], folder, along)

        if items:
            await self._store.write(finish, durable=True)

    async def _copied(
        self, made: list[tuple[OperationId, int | None]], folder: FolderId, generation: int | None
    ) -> None:
        """Record copies, in the same way."""

        def finish(tx: Transaction) -> None:
            proven = _generation(tx.connection, folder) == generation
            journal.finish_copy(tx, [(operation, uid if proven else None) for operation, uid in made], folder)

        await self._store.write(finish, durable=True)


def _generation(connection: sqlite3.Connection, folder: FolderId) -> int | None:
    """UIDVALIDITY as the store knows it, in the transaction that is to write a UID."""
    cursor = folders.cursor(connection, folder)
    return None if cursor is None else cursor.uidvalidity


def _codes_into(codes: list[Code]) -> Callable[[Response], None]:
    """Collect COPYUID from untagged OK, where MOVE has it (RFC 6851 section 4.3)."""

    def hear(response: Response) -> None:
        if response.name == "OK" and (code := response_code(response.text)).name == "COPYUID":
            codes.append(code)

    return hear


def _places(codes: Iterable[Code], target: Target) -> dict[int, int | None]:
    """Source UID -> destination UID, from wherever the server said it (Gmail: in the tagged answer).

    A destination of None is in the target for sure, under a UID that means nothing here yet.
    """
    places: dict[int, int | None] = {}
    for code in codes:
        if code.name == "COPYUID":
            with suppress(Misbehaved):  # the messages have moved all the same; where to is asked in another way
                uidvalidity, pairs = read_copied(code)
                known = target.uidvalidity in (None, uidvalidity)
                places.update((source, place if known else None) for source, place in pairs)
    return places

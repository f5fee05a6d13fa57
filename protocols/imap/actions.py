"""What one batch of equal operations means on the wire: flags, moves, removals, each with proof of it."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from protocols.errors import Misbehaved, Refused
from protocols.imap import survey
from protocols.imap.answers import Code, Tagged, read_copied, response_code
from protocols.imap.arguments import Argument, astring
from protocols.imap.fetch import read_fetch
from protocols.imap.folder_changes import create_again, create_folder
from protocols.imap.folder_list import count
from protocols.imap.framing import Response
from protocols.imap.parse import read_search, read_status
from protocols.imap.sequence import MAX_UID, compress, expand
from protocols.imap.session import Session
from store import folders, journal, listing
from store.mailstore import MailStore
from store.model import AccountId, Flag, FolderId, OperationId
from store.operations import JournalEntry, Kind, State

_WIRE_FLAGS = (
    (Flag.SEEN, b"\\Seen"),
    (Flag.ANSWERED, b"\\Answered"),
    (Flag.FLAGGED, b"\\Flagged"),
    (Flag.DRAFT, b"\\Draft"),
    (Flag.DELETED, b"\\Deleted"),
)


@dataclass(frozen=True, slots=True)
class Item:
    """An operation, and where its message is on the server now."""

    entry: JournalEntry
    source: FolderId
    uid: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Equal operations on messages of one folder."""

    items: tuple[Item, ...]

    @property
    def kind(self) -> Kind:
        """What all of them ask for."""
        return self.items[0].entry.kind

    @property
    def source(self) -> FolderId:
        """The folder that all the messages are in."""
        return self.items[0].source

    @property
    def unknown(self) -> bool:
        """Whether they were sent once and the answer never came."""
        return self.items[0].entry.state is State.UNKNOWN

    @property
    def operations(self) -> list[OperationId]:
        """Their rows in the journal."""
        return [item.entry.id for item in self.items]

    def sets(self) -> Iterator[dict[int, Item]]:
        """The items by UID, as many at a time as one command can name."""
        by_uid = {item.uid: item for item in self.items}
        for words in compress(by_uid):
            yield {uid: by_uid[uid] for uid in expand(words)}


class Actions:
    """Carries batches out over a session; the caller has selected the source folder where one is needed."""

    def __init__(self, store: MailStore, account: AccountId, session: Session) -> None:
        self._store = store
        self._account = account
        self._session = session

    async def set_flags(self, batch: Batch) -> None:
        """STORE; a message the server does not answer for is asked for, and dropped when it is gone."""
        entry = batch.items[0].entry
        async for words, items in self._sending(batch, durable=False):
            echoed: set[int] = set()
            for sign, flags in ((b"+FLAGS", entry.change.add), (b"-FLAGS", entry.change.remove)):
                if flags:
                    await self._run("UID STORE", words, sign, _wire(flags), sink=_uids_into(echoed))
            silent = items.keys() - echoed
            gone = silent - await survey.present(self._session.connection, silent) if silent else set()
            await self._settle(items, gone)

    async def move(self, batch: Batch, target: bytes) -> None:
        """MOVE (RFC 6851); where the server has none COPY, mark as deleted, then UID EXPUNGE of just these."""
        folder = batch.items[0].entry.folder
        assert folder is not None
        probe = await self._uidnext(target)
        removed = True
        async for words, items in self._sending(batch, probe_uidnext=probe):
            moves = self._session.connection.capabilities.move
            codes: list[Code] = []
            tagged = await self._run(
                "UID MOVE" if moves else "UID COPY", words, astring(target), sink=_codes_into(codes)
            )
            places = _copied(tagged, codes)
            if not moves:
                try:
                    removed = await self._remove(words, set(items))
                except Refused as error:  # copied, but it cannot be removed: sent again it would be copied again
                    operations, reason = _ids(items.values()), error.text
                    await self._store.write(partial(journal.refuse, operations=operations, reason=reason))
                    continue
            await self._moved(items, folder, places, removed=removed)

    async def expunge(self, batch: Batch) -> None:
        """Remove for good, these messages only."""
        async for words, items in self._sending(batch):
            await self._remove(words, set(items))
            operations = _ids(items.values())
            await self._store.write(partial(journal.finish_expunge, operations=operations), durable=True)

    async def _sending(
        self, batch: Batch, *, probe_uidnext: int | None = None, durable: bool = True
    ) -> AsyncIterator[tuple[bytes, dict[int, Item]]]:
        """Sequence sets to send, each with its items by UID, journalled as running; what was taken back is left out."""
        for items in batch.sets():
            start = partial(journal.start, operations=_ids(items.values()), probe_uidnext=probe_uidnext)
            started = set(await self._store.write(start, durable=durable))
            left = {uid: item for uid, item in items.items() if item.entry.id in started}
            for words in compress(left):
                yield words, {uid: left[uid] for uid in expand(words)}

    async def look_for_moved(self, batch: Batch, source: bytes) -> Batch:
        """The answer to a move never came: look where each message is, and answer what still has to be moved.

        The destination is searched above the UIDNEXT that was journalled before the command: an older message with
        the same Message-ID proves nothing.
        """
        folder = batch.items[0].entry.folder
        target = await self._store.read(lambda c: folders.wire_name(c, folder)) if folder is not None else None
        if target is None or folder is None:
            return batch
        async with self._session.folder(source, fresh=True):
            there = await survey.present(self._session.connection, [item.uid for item in batch.items])
        copies: dict[OperationId, int] = {}
        async with self._session.folder(target, fresh=True):
            for item in batch.items:
                # without a UIDNEXT to search from, an older copy is no proof: what is still there is moved again
                if item.entry.probe_uidnext is None and item.uid in there:
                    continue
                if (uid := await self._find(item, set(copies.values()))) is not None:
                    copies[item.entry.id] = uid
        stranded = [item for item in batch.items if item.uid in there and item.entry.id in copies]
        if stranded:  # copied but not yet removed from the source
            async with self._session.folder(source):
                uids = {item.uid for item in stranded}
                for words in compress(uids):
                    await self._remove(words, uids & set(expand(words)))
        found = list(copies.items())
        lost = [item.entry.id for item in batch.items if item.uid not in there and item.entry.id not in copies]
        await self._store.write(lambda tx: journal.finish_move(tx, found, folder), durable=True)
        # not here, not there by its Message-ID: the next full listing of the target decides
        await self._store.write(lambda tx: journal.finish_move(tx, [(o, None) for o in lost], folder), durable=True)
        return Batch(tuple(item for item in batch.items if item.uid in there and item.entry.id not in copies))

    async def target(self, batch: Batch) -> bytes:
        """The wire name of the folder that messages are moved to; it is created where it does not exist (any more).

        Raises Refused.
        """
        folder = batch.items[0].entry.folder
        assert folder is not None
        name = await self._store.read(lambda c: folders.wire_name(c, folder))
        if name is None:
            place = await self._store.read(lambda c: folders.get(c, folder))
            async with self._session.turn() as connection:
                name = await create_folder(connection, place.path)
            await self._store.write(lambda tx: folders.set_wire_name(tx, folder, name))
            return name
        async with self._session.turn() as connection:
            if await count(connection, name) is None:
                await create_again(connection, name)
        return name

    async def _find(self, item: Item, taken: set[int]) -> int | None:
        """The UID that a message has in the selected target; by Message-ID, or by its size when it has none."""
        message = item.entry.message
        summary = (await self._store.read(lambda c: listing.summaries(c, [message]))).get(message)
        if summary is None:
            return None
        found: set[int] = set()

        def hear(response: Response) -> None:
            if response.name == "SEARCH":
                found.update(read_search(response))

        size = summary.size
        keys: list[Argument] = ["LARGER", b"%d" % max(0, size - 1), "SMALLER", b"%d" % (size + 1)]
        if summary.message_id:
            keys = ["HEADER", "MESSAGE-ID", astring(summary.message_id)]
        lowest = item.entry.probe_uidnext or 1
        await self._run("UID SEARCH", "UID", b"%d:%d" % (lowest, MAX_UID), *keys, sink=hear)
        return min((uid for uid in found - taken if uid >= lowest), default=None)

    async def _moved(self, items: dict[int, Item], folder: FolderId, places: dict[int, int], *, removed: bool) -> None:
        """Settle a move by what the server proved: COPYUID first, else whether the source is still there.

        `removed` False: the source had to stay, marked as deleted, and proves nothing.
        """
        untold = items.keys() - places.keys()
        there = await survey.present(self._session.connection, untold) if untold and removed else set()
        moved: list[tuple[OperationId, int | None]] = [
            (items[uid].entry.id, place) for uid, place in places.items() if uid in items
        ]
        # no COPYUID at all: the server has no UIDPLUS, and the next sync of the target finds them by Message-ID
        vanished = [items[uid].entry.id for uid in untold - there]
        moved += [(operation, None) for operation in vanished] if not places else []
        await self._store.write(lambda tx: journal.finish_move(tx, moved, folder), durable=True)
        if places and vanished:
            await self._store.write(lambda tx: journal.finish_gone(tx, vanished), durable=True)
        if there:
            refused = [items[uid].entry.id for uid in there]
            reason = "The server said yes, but left the message where it was."
            await self._store.write(lambda tx: journal.refuse(tx, refused, reason), durable=True)

    async def _settle(self, items: dict[int, Item], gone: set[int]) -> None:
        done = _ids(item for uid, item in items.items() if uid not in gone)
        lost = _ids(items[uid] for uid in gone)
        await self._store.write(lambda tx: journal.finish_flags(tx, done))
        if lost:
            await self._store.write(lambda tx: journal.finish_gone(tx, lost))

    async def _remove(self, words: bytes, uids: set[int]) -> bool:
        """Remove exactly these from the selected folder, never what another client has marked as deleted.

        False when they could only be marked: without UIDPLUS, EXPUNGE would take the other client's mail with it.
        """
        await self._run("UID STORE", words, b"+FLAGS.SILENT", b"(\\Deleted)")
        if self._session.connection.capabilities.uidplus:
            await self._run("UID EXPUNGE", words)
            return True
        marked: set[int] = set()

        def hear(response: Response) -> None:
            if response.name == "SEARCH":
                marked.update(read_search(response))

        await self._run("UID SEARCH", "DELETED", sink=hear)
        if marked <= uids:
            await self._run("EXPUNGE")
        return marked <= uids

    async def _uidnext(self, name: bytes) -> int | None:
        told: list[int] = []

        def hear(response: Response) -> None:
            if response.name == "STATUS":
                with suppress(Misbehaved):
                    told.extend(value for item, value in read_status(response)[1].items() if item == "UIDNEXT")

        await self._run("STATUS", astring(name), b"(UIDNEXT)", sink=hear)
        return told[0] if told else None

    async def _run(self, name: str, *args: Argument, sink: Callable[[Response], None] | None = None) -> Tagged:
        return await self._session.connection.run(name, *args, sink=sink)


def _ids(items: Iterable[Item]) -> list[OperationId]:
    return [item.entry.id for item in items]


def _wire(flags: Flag) -> bytes:
    return b"(" + b" ".join(word for flag, word in _WIRE_FLAGS if flag in flags) + b")"


def _uids_into(echoed: set[int]) -> Callable[[Response], None]:
    """Collect the UIDs of the FETCH responses that echo a STORE."""

    def hear(response: Response) -> None:
        if response.name == "FETCH":
            with suppress(Misbehaved):  # one without UID: the verification asks for it
                echoed.add(read_fetch(response).uid)

    return hear


def _codes_into(codes: list[Code]) -> Callable[[Response], None]:
    """Collect COPYUID from untagged OK, where MOVE has it (RFC 6851 section 4.3)."""

    def hear(response: Response) -> None:
        if response.name == "OK" and (code := response_code(response.text)).name == "COPYUID":
            codes.append(code)

    return hear


def _copied(tagged: Tagged, codes: Iterable[Code]) -> dict[int, int]:
    """Source UID -> destination UID, from wherever the server said it (Gmail: in the tagged answer)."""
    places: dict[int, int] = {}
    for code in (tagged.code, *codes):
        if code.name == "COPYUID":
            with suppress(Misbehaved):  # the messages have moved all the same; where to is asked in another way
                places.update(read_copied(code)[1])
    return places

"""What the journal comes to on the wire: the next step of every message, equal ones of a folder together."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from protocols.imap.sequence import compress, expand
from store import appending, folders, journal, locations
from store.collapse import Step, next_step
from store.model import AccountId, FolderId, MessageId, OperationId
from store.operations import FlagChange, JournalEntry, Kind, State

_LINE = 1000
"""Characters of a command line: some servers cut or refuse longer ones."""
_COMMAND = 40
"""Of these, what tag, command and blanks take at most."""

_AT_ONCE = 1000
"""Messages of one command: what it did is one transaction, and an act of the user must not wait long for that."""
_ORDER = (Kind.FLAGS, Kind.COPY, Kind.MOVE, Kind.EXPUNGE)


@dataclass(frozen=True, slots=True)
class Item:
    """The next step of one message, and where the message is on the server now."""

    step: Step
    source: FolderId
    uid: int

    @property
    def message(self) -> MessageId:
        """Whose step it is."""
        return self.step.entries[-1].message

    @property
    def last(self) -> OperationId:
        """The operation that says what is sent; the others are done with it."""
        return self.step.entries[-1].id

    @property
    def operations(self) -> tuple[OperationId, ...]:
        """All operations that are done with this step."""
        return tuple(entry.id for entry in self.step.entries)

    @property
    def probe(self) -> int | None:
        """UIDNEXT of the target before the step was sent, None before that."""
        return self.step.entries[-1].probe_uidnext


@dataclass(frozen=True, slots=True)
class Batch:
    """Equal steps of messages of one folder."""

    items: tuple[Item, ...]

    @property
    def kind(self) -> Kind:
        """What all of them ask for."""
        return self.items[0].step.kind

    @property
    def change(self) -> FlagChange:
        """The flags and labels that all of them change."""
        return self.items[0].step.change

    @property
    def source(self) -> FolderId:
        """The folder that all the messages are in."""
        return self.items[0].source

    @property
    def folder(self) -> FolderId:
        """The target of a move or a copy."""
        folder = self.items[0].step.folder
        assert folder is not None, "only moves and copies have a target"
        return folder

    @property
    def unknown(self) -> bool:
        """Whether they were sent once and the answer never came."""
        return self.items[0].step.unknown

    @property
    def operations(self) -> list[OperationId]:
        """All their rows in the journal."""
        return operations(self.items)

    def sets(self, besides: int = 0) -> Iterator[dict[int, Item]]:
        """The items by UID, as many at a time as one command can name; `besides`: characters of its other arguments."""
        by_uid = {item.uid: item for item in self.items}
        for words in compress(by_uid, max(_LINE // 5, _LINE - _COMMAND - besides)):
            uids = expand(words)
            for first in range(0, len(uids), _AT_ONCE):
                yield {uid: by_uid[uid] for uid in uids[first : first + _AT_ONCE]}


@dataclass(slots=True)
class Plan:
    """What there is to do for an account now."""

    batches: list[Batch] = field(default_factory=list)
    needless: list[OperationId] = field(default_factory=list)
    """They cancel each other: nothing has to be sent."""
    gone: list[OperationId] = field(default_factory=list)
    """Their message is not in the store any more."""
    lost: dict[FolderId, list[MessageId]] = field(default_factory=dict)
    """Messages with steps that wait for their UID, which is not known, by the folder they are in."""
    appends: list[JournalEntry] = field(default_factory=list)
    """Messages that the server is to get, whole ones; first those that it may have already."""

    def __bool__(self) -> bool:
        return bool(self.batches or self.needless or self.gone or self.appends)


def operations(items: Iterable[Item]) -> list[OperationId]:
    """The rows in the journal of these items."""
    return [operation for item in items for operation in item.operations]


def plan(connection: sqlite3.Connection, account: AccountId, tried: Collection[OperationId]) -> Plan:
    """The next steps, those of one kind, in the order of the acts; without those of which an operation was `tried`."""
    waiting: dict[MessageId, list[JournalEntry]] = {}
    for entry in journal.waiting(connection, account):
        waiting.setdefault(entry.message, []).append(entry)
    truths = journal.truths(connection, waiting)
    lent = {message for message, _ in appending.wanted(connection, account)}
    found = Plan()
    groups: dict[tuple[object, ...], list[Item]] = {}
    for message, entries in waiting.items():
        truth = truths.get(message)
        if truth is None:
            found.gone += [entry.id for entry in entries]
            continue
        step = next_step(entries, truth)
        if any(entry.id in tried for entry in step.entries):
            continue
        if step.kind is Kind.APPEND:
            found.appends += step.entries if truth.whole else ()
        elif step.kind is Kind.EXPUNGE and message in lent:
            continue  # a copy for another account is still to be made of it
        elif step.needless:
            found.needless += [entry.id for entry in step.entries]
        elif truth.folder is None:
            continue  # what was to be appended was refused
        elif truth.uid is None:
            found.lost.setdefault(truth.folder, []).append(message)
        else:
            key = (truth.folder, step.kind, step.folder, step.change, step.unknown)
            groups.setdefault(key, []).append(Item(step, truth.folder, truth.uid))
    found.appends.sort(key=lambda entry: entry.state is State.QUEUED)
    batches = [Batch(tuple(items)) for items in groups.values()]
    first = min(map(_rank, batches), default=0)
    found.batches = [batch for batch in batches if _rank(batch) == first]
    return found


def _rank(batch: Batch) -> int:
    """What comes before what: messages of which some wait for a flag first can be moved together afterwards."""
    return -1 if batch.unknown else _ORDER.index(batch.kind)


def still(connection: sqlite3.Connection, batch: Batch, uidvalidity: int) -> Batch:
    """What of a batch is still where it was found: a sync may have learnt of other UIDs, or an undo was faster."""
    cursor = folders.cursor(connection, batch.source)
    if cursor is None or cursor.uidvalidity != uidvalidity:
        return Batch(())
    known = locations.uid_map(connection, batch.source, [item.uid for item in batch.items])
    return Batch(tuple(item for item in batch.items if known.get(item.uid) == item.message))

"""What a person can do to mail, as values: the operations that `MailStore.do` writes into the journal."""

from dataclasses import dataclass
from enum import StrEnum

from store.model import AccountId, ActId, Flag, FolderId, MessageId, OperationId


@dataclass(frozen=True, slots=True)
class SetFlags:
    """Add and remove flags: read, unread, star, unstar."""

    messages: tuple[MessageId, ...]
    add: Flag = Flag.NONE
    remove: Flag = Flag.NONE


@dataclass(frozen=True, slots=True)
class SetLabels:
    """Add and remove labels, which are keywords on an IMAP server; case does not matter."""

    messages: tuple[MessageId, ...]
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """Move messages into a folder, of their own account or of another one."""

    messages: tuple[MessageId, ...]
    folder: FolderId


@dataclass(frozen=True, slots=True)
class Copy:
    """Copy messages into a folder, of their own account or of another one."""

    messages: tuple[MessageId, ...]
    folder: FolderId


@dataclass(frozen=True, slots=True)
class Archive:
    """Move each message into its account's archive folder, which is made when there is none."""

    messages: tuple[MessageId, ...]


@dataclass(frozen=True, slots=True)
class Delete:
    """Move each message into its account's trash; what is in the trash already is removed for good."""

    messages: tuple[MessageId, ...]


@dataclass(frozen=True, slots=True)
class Junk:
    """Move each message into its account's junk folder, made when there is none, and call it junk; or the opposite."""

    messages: tuple[MessageId, ...]
    junk: bool | None = None
    """None: what is in a junk folder is no junk and goes back to the inbox, when all of them are; else all are junk."""


@dataclass(frozen=True, slots=True)
class Mute:
    """Mute the threads of these messages: what is in an inbox is archived, and so is what comes later, as read."""

    messages: tuple[MessageId, ...]
    muted: bool | None = None
    """None: they are muted no longer when all of them are muted already; what was archived stays there."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep messages on this disk, whole, whatever their account keeps; or no longer."""

    messages: tuple[MessageId, ...]
    kept: bool = True


Operation = SetFlags | SetLabels | Move | Copy | Archive | Delete | Junk | Mute | Keep


class Kind(StrEnum):
    """What a journal row asks the server to do."""

    FLAGS = "flags"
    """Flags, labels, or both."""
    MOVE = "move"
    COPY = "copy"
    EXPUNGE = "expunge"
    APPEND = "append"
    """Of a message that no server has yet: put it into a folder with its raw bytes."""
    TRANSFER = "transfer"
    """Of a message that goes to another account: it is hidden while its copy waits to be appended there, and then
    removed.  No server is told of it: it becomes an expunge, or ends, with the fate of the copy."""
    KEEP = "keep"
    """Of this disk alone, so done at once: whether a message is kept by hand."""
    MUTE = "mute"
    """Of this disk alone, so done at once: whether the thread of a message is muted."""


class State(StrEnum):
    """Where a journal row stands.

    queued -> running -> done, or running -> unknown (the connection broke: look before sending again),
    or running -> refused (the server said no: parked, the others go on).  undone: taken back by the user
    before it was sent; dropped: given up by the user, or the message is gone from the server.
    """

    QUEUED = "queued"
    RUNNING = "running"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    DONE = "done"
    UNDONE = "undone"
    DROPPED = "dropped"


HERE = (Kind.KEEP, Kind.MUTE)
"""The kinds that no server is told of."""

PENDING = (State.QUEUED, State.RUNNING, State.UNKNOWN)
"""The states that count in fold(pending operations, server truth)."""


@dataclass(frozen=True, slots=True)
class Act:
    """What `do` did: the unit of undo, with a sentence for the status line."""

    id: ActId
    """0 when there was nothing to do: nothing was written then."""
    title: str
    """"Archived 3", "Marked 1 as read": past tense, own words only, safe to show."""
    messages: tuple[MessageId, ...]
    """Each once; empty when there was nothing to do."""
    lasting: bool = False
    """Whether it cannot be taken back: the only copy was removed."""


@dataclass(frozen=True, slots=True)
class FlagChange:
    """Flags and labels that are added to a message, and those that are taken off; false when there are none."""

    add: Flag = Flag.NONE
    remove: Flag = Flag.NONE
    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.add or self.remove or self.add_labels or self.remove_labels)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One row of the journal: one operation on one message."""

    id: OperationId
    act: ActId
    account: AccountId
    message: MessageId
    kind: Kind
    change: FlagChange
    """Of flags and labels; nothing for the other kinds."""
    folder: FolderId | None
    """The target of a move, a copy or an append."""
    state: State
    attempts: int
    created: int
    """Unix seconds."""
    error: str
    """The server's reason or ours, raw; empty when none.  Clean it before it is shown."""
    probe_uidnext: int | None
    """UIDNEXT of the target recorded before anything was sent there: where to look when its answer never came."""
    source: MessageId | None = None
    """Of an append: the message of another account that it copies, None for one that came from elsewhere."""
    copy: MessageId | None = None
    """The message that a copy, or a move to another account, has made."""

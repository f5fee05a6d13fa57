"""The values that every room shares: ids, flags, addresses, folders, summaries."""

from dataclasses import dataclass, field
from enum import IntFlag, StrEnum
from typing import Any, NewType

AccountId = NewType("AccountId", int)
FolderId = NewType("FolderId", int)
MessageId = NewType("MessageId", int)
"""Our own row id, stable for the life of a message in the store; never a UID, never a Message-ID."""
ThreadId = NewType("ThreadId", int)
ActId = NewType("ActId", int)
"""One thing a person did, to any number of messages: the unit of undo."""
OperationId = NewType("OperationId", int)
"""One operation of the journal: one act on one message."""


class Flag(IntFlag):
    """System flags (RFC 9051 section 2.3.2) as bits, as they stand in the store."""

    NONE = 0
    SEEN = 1
    ANSWERED = 2
    FLAGGED = 4
    DRAFT = 8
    DELETED = 16

    @property
    def words(self) -> tuple[str, ...]:
        """The names of the contract, in its order; `deleted` is not part of it."""
        return tuple(word for word, flag in FLAG_WORDS if flag in self)


FLAG_WORDS: tuple[tuple[str, Flag], ...] = (
    ("seen", Flag.SEEN),
    ("answered", Flag.ANSWERED),
    ("flagged", Flag.FLAGGED),
    ("draft", Flag.DRAFT),
)


class Role(StrEnum):
    """What a folder is for (RFC 6154 special use, and the inbox)."""

    INBOX = "inbox"
    SENT = "sent"
    DRAFTS = "drafts"
    TRASH = "trash"
    JUNK = "junk"
    ARCHIVE = "archive"
    ALL = "all"


class Protocol(StrEnum):
    """How an account's mail comes here."""

    IMAP = "imap"
    POP3 = "pop3"


class Cached(StrEnum):
    """How much of a message is on this disk."""

    NONE = "none"
    TEXT = "text"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox of RFC 5322 section 3.4: a decoded display name (may be empty) and an address."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the store knows it; everything else about it stands in the configuration."""

    id: AccountId
    name: str
    protocol: Protocol
    unified: bool
    """Whether its inbox shows in the unified inbox."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with its stored counters."""

    id: FolderId
    account: AccountId
    path: str
    """Decoded, `/` between levels, not cleaned for display."""
    role: Role | None
    selectable: bool
    total: int
    unread: int
    synced_at: int | None
    """Unix seconds of the last complete sync, None before the first."""
    subscribed: bool = True
    """Whether other programs are asked to show it (RFC 9051 section 6.3.7)."""
    notice: str = ""
    """Why it is not synchronised, not cleaned for display; empty when all is well."""


@dataclass(frozen=True, slots=True)
class Double:
    """One of the messages that are the same in several accounts and one row of a list (store/unified.py)."""

    id: MessageId
    account: AccountId
    folder: FolderId
    is_member: bool = False
    """Whether it is another message, of the same thread, which is folded into one row (store/thread_lists.py)."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The row of a list: the effective state of one message in one folder."""

    id: MessageId
    account: AccountId
    folder: FolderId
    thread: ThreadId
    uid: int | None
    uidl: str | None
    message_id: str
    """The Message-ID with its angle brackets, empty when the message has none."""
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    date: int | None
    """Unix seconds of the Date header, None when absent or unreadable."""
    received: int
    """Unix seconds of INTERNALDATE (IMAP) or of the retrieval (POP3): lists sort by (received, id)."""
    flags: Flag
    labels: tuple[str, ...]
    size: int
    attachments: int
    preview: str
    cached: Cached
    pending: int
    """Operations of the journal that wait for the server."""
    doubles: tuple[Double, ...] = ()
    """What else this row of a list stands for, the oldest first: it is unread, starred or answered as one of all is."""
    kept: bool = False
    """Whether it stays on this disk, whole, because somebody said so (store/keeping.py)."""

    @property
    def ids(self) -> tuple[MessageId, ...]:
        """Every message that this row stands for, its own first."""
        return tuple(one.id for one in self.everywhere)

    @property
    def is_folded(self) -> bool:
        """Whether it is the row of a folded thread, and stands for other messages too."""
        return any(one.is_member for one in self.doubles)

    @property
    def own(self) -> tuple[MessageId, ...]:
        """The message itself, wherever it is: `ids` without the others of a folded thread."""
        return tuple(one.id for one in self.everywhere if not one.is_member)

    @property
    def everywhere(self) -> tuple[Double, ...]:
        """Where the message is, as far as this row stands for it: its own place first."""
        return (Double(self.id, self.account, self.folder), *self.doubles)


@dataclass(frozen=True, slots=True)
class Digest:
    """What indexing learns from a message's bytes: the parsed part of its row, and the text to search.

    All strings are decoded but not cleaned for display; NUL and lone surrogates are already gone.
    """

    message_id: str
    references: tuple[str, ...]
    """Message-IDs of References, then In-Reply-To, oldest first, without repetition."""
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    date: int | None
    attachments: int
    filenames: tuple[str, ...]
    preview: str
    """At most 160 characters of the text, white space folded; empty when only headers are known."""
    text: str | None
    """The readable text for the search index, None when only headers are known."""
    prepared: tuple[Any, ...] | None = field(default=None, compare=False, repr=False)
    """What store.search.prepared worked out already, where somebody did."""

    def ready(self, text: str | None, prepared: tuple[Any, ...] | None) -> "Digest":
        """The same with another form of the text and what was worked out: `replace` in a quarter of its time."""
        return Digest(
            self.message_id, self.references, self.sender, self.to, self.cc, self.subject, self.date,
            self.attachments, self.filenames, self.preview, text, prepared,
        )  # fmt: skip

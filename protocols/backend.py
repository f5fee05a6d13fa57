"""What every protocol can do for one account; the supervisor drives it and knows nothing of IMAP or POP3."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from store.mailstore import MailStore
from store.model import AccountId, FolderId, MessageId
from store.settings import AccountSettings

if TYPE_CHECKING:
    from store.folder_changes import FolderChange
    from store.search.tree import Node


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of synchronising covers."""

    folders: tuple[str, ...] = ()
    """Decoded paths; empty: all that the account's patterns allow."""
    summaries: bool = False
    """Stop when every summary is here, without contents."""
    full: bool = False
    """Compare every flag and every UID, not only what a quick look would show."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What a backend works for: the account's configuration, its row in the store, and the store."""

    settings: AccountSettings
    account: AccountId
    store: MailStore
    password: str
    """Never shown: this value has no readable repr."""
    renew: Callable[[], Awaitable[str]] | None = None
    """Asks for the password again: an access token is only good for a while."""

    def __repr__(self) -> str:
        return f"Mailbox({self.settings.name!r})"


class Backend(Protocol):
    """One account's side of the wire.  After a ProtocolError: `close`, and build a new one."""

    async def open(self) -> None:
        """Connect and sign in.  POP3 only notes that a session may start: it connects for each round."""

    async def sync(self, what: Round) -> None:
        """One round: the journal is sent first, then what is new is fetched.  Progress goes to the status."""

    async def send_journal(self) -> None:
        """Send what waits in the journal, at once, beside a running sync; bring what is to go to other accounts."""

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        """Bring one message to this disk, beside a running sync: all of it, or `part`.

        That is the number of a part (`Part.index`), or store.parts.READABLE for what the reader shows.  A protocol that
        stores messages whole has nothing to bring.
        """

    async def search(self, query: "Node") -> list[MessageId]:
        """Let the server search what is not on this disk as text; what matches besides, newest first.

        Summaries of hits that are not here are brought.  A protocol without a search finds nothing.
        """

    async def change_folder(self, change: "FolderChange") -> None:
        """Create, rename, delete or subscribe a folder, on the server and here, beside a running sync."""

    def focus(self, folders: tuple[FolderId, ...]) -> None:
        """The user looks at these folders, some of which may be other accounts'; may be called at any time."""

    async def watch(self, notice: Callable[[], None]) -> None:
        """Run until cancelled or failed: call `notice` when the server has something new, or it is time to poll.

        Runs beside the first round already, which may be long.
        """

    async def close(self) -> None:
        """Say good-bye within seconds, or just go.  Never raises."""


Open = Callable[[Mailbox], Backend]
"""How the engine makes a backend: one entry for each protocol."""

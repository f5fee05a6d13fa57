"""What the screens need from the engine and from the first set-up, without knowing either."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from store.model import FolderId, MessageId
from store.settings import AccountSettings

if TYPE_CHECKING:
    from protocols.searching import ServerHits
    from store.folder_changes import FolderChange


class EngineLike(Protocol):
    """The part of the engine that a person can ask for something."""

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        """Bring a message to this disk: whole, a part by its number, or what is to be read (READABLE).

        Raises an error with `title` and `hint` when it cannot.
        """

    async def change_folder(self, account: str, change: "FolderChange") -> None:
        """Create, rename, delete or subscribe a folder.  Raises an error with `title` and `hint` when it cannot."""

    async def search(self, text: str) -> "ServerHits":
        """Let the servers search what is not here as text.  Raises an error with `title` and `hint` when none can."""

    def refresh(self, account: str | None) -> None:
        """Synchronise one account, or all (None), now; returns at once."""

    async def pause(self, account: str, on: bool) -> None:
        """Keep an account offline, or no longer.  Raises an error with `title` and `hint` when it cannot."""

    def focus(self, folders: Sequence[FolderId]) -> None:
        """These folders are on the screen: they come first, and what is new in them comes at once."""


class SetupLike(Protocol):
    """What the form for a new account needs done."""

    @property
    def keyring(self) -> bool:
        """Whether this system can keep a password; without, the form asks for a command that prints it."""

    async def check(self, account: AccountSettings, password: str) -> Sequence[str]:
        """Connect and sign in; the steps that went well, as sentences.  Raises an error with `title` and `hint`."""

    async def renew_password(self, account: AccountSettings, password: str) -> None:
        """Keep another password for an account, and sign in with it.  Raises an error with `title` and `hint`."""

    async def ask_at_terminal(self, account: AccountSettings, terminal: int) -> None:
        """Let the account's password command ask at the terminal, an open file that is lent to it, and sign in.

        Raises an error with `title` and `hint`.
        """

    async def add(self, account: AccountSettings, values: Mapping[str, object], password: str | None) -> None:
        """Write the account into the configuration, keep its password, and start it.

        `values` are those of the file (store.config.add_account); `password` is None when a command prints it.
        Raises an error with `title` and `hint`; nothing is half-written then.
        """


class TerminalLike(Protocol):
    """The terminal, as far as commands act on it."""

    @property
    def mouse(self) -> bool:
        """Whether clicks come to us; if not, the terminal selects text with them."""

    def set_mouse(self, on: bool) -> None:
        """Take the mouse, or leave it to the terminal."""

    def write(self, data: str) -> None:
        """Say something to the terminal itself; returns at once."""

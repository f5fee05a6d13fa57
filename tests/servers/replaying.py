"""What tests of the replay share: an account with some letters, and what the server was told of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from protocols.auth.sasl import Credentials
from protocols.endpoint import Endpoint
from protocols.imap.doubts import Touched
from protocols.imap.replay import Replay
from protocols.imap.session import Session
from store.mailstore import MailStore
from store.model import AccountId
from store.operations import State
from store.settings import AccountSettings
from tests.servers.fake_imap import FULL, FakeImap, serving
from tests.servers.imap_account import Account, connected, letter

CHANGES = ("UID STORE", "UID MOVE", "UID COPY", "UID EXPUNGE", "EXPUNGE", "CREATE")
"""Commands that change something."""


@asynccontextmanager
async def at_fake(place: Path, count: int, capability: str = FULL) -> AsyncIterator[tuple[FakeImap, Account]]:
    """A fake server with Archive, Trash and Work and `count` letters in INBOX, and a synchronised account on it."""
    fake = FakeImap(capability)
    fake.folder("Archive", "\\Archive")
    fake.folder("Trash", "\\Trash")
    fake.folder("Work")
    for number in range(1, count + 1):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", place) as account:
        await account.sync()
        fake.log.clear()
        yield fake, account


def changes(fake: FakeImap) -> list[str]:
    """The commands that changed something, in order."""
    return [command for command in fake.log if command.startswith(CHANGES)]


async def states(account: Account) -> list[str]:
    """The states of all operations, in the order of the acts."""
    rows = await account.store.read(lambda c: c.execute("SELECT state FROM journal ORDER BY id").fetchall())
    return [State(row[0]).value for row in rows]


async def replay(store: MailStore, account: AccountId, settings: AccountSettings, password: str) -> None:
    """Send the journal over a connection of its own.  Raises ProtocolError, also when the connection is cut."""
    credentials = Credentials(settings.user, password)
    session = await Session.open(Endpoint.of(settings), credentials, lambda response: None)
    try:
        await Replay(store, account, session, Touched()).run()
    finally:
        await session.close()

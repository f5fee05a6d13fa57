"""What tests of the replay share: an account with some letters, and what the server was told of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from store.operations import State
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

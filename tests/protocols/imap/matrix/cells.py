"""The columns of the matrix: which servers a scenario runs on, and how both ends of a cell are compared."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from bench import comparison
from bench.second_client import Held
from protocols.errors import ProtocolError
from tests.servers.far_end import FarEnd
from tests.servers.imap_account import Account

DOVECOT, CONDSTORE, PLAIN = "dovecot", "dovecot-condstore", "dovecot-plain"
PYMAP, FAKE, BARE = "pymap", "fake", "fake-bare"
CYRUS, COURIER = "cyrus", "courier"
DOVECOTS = (DOVECOT, CONDSTORE, PLAIN)
FOREIGN = (CYRUS, COURIER)
EVERY = (*DOVECOTS, PYMAP, FAKE, BARE, *FOREIGN)


def on(*servers: str) -> pytest.MarkDecorator:
    """Run a scenario on these servers, each a cell of its own; what is not named cannot do it."""
    cells = [pytest.param(server, marks=_marks(server)) for server in servers]
    return pytest.mark.parametrize("cell", cells, indirect=True)


def _marks(server: str) -> list[pytest.MarkDecorator]:
    if server in FOREIGN:
        return [pytest.mark.foreign]
    return [pytest.mark.dovecot] if server in DOVECOTS else []


def on_all_but(*servers: str) -> pytest.MarkDecorator:
    """Run a scenario on every server but these."""
    return on(*(server for server in EVERY if server not in servers))


@dataclass
class Cell:
    """One scenario on one server: the mailbox there, and an account with an empty store here."""

    far: FarEnd
    account: Account
    place: Path

    async def rounds(self, count: int = 1, *, full: bool = False) -> None:
        """Ordinary rounds as the supervisor runs them: over a new connection when a server ended the old one."""
        for _ in range(count):
            try:
                await self.account.sync(full=full)
            except ProtocolError:
                await self.account.reconnect()
                await self.account.sync(full=full)

    async def differences(self, *, contents: bool = True) -> list[str]:
        """What the two ends do not agree on."""
        here = await self.here()
        there = await self.far.contents()
        return comparison.differences(here, there, hides_deleted=self.far.hides_deleted, contents=contents)

    async def here(self) -> dict[str, list[Held]]:
        """What the store shows."""
        return await self.account.store.read(lambda c: comparison.in_store(c, self.account.id))

    async def assert_same(self, *, contents: bool = True) -> None:
        """Store and server are identical, and the store's own counters agree with its rows."""
        found = await self.differences(contents=contents)
        found += await self.account.store.read(lambda c: comparison.counters(c, self.account.id))
        assert found == [], "\n".join(found)

    async def there(self, folder: str = "INBOX") -> dict[str, Held]:
        r"""Subject -> message on the server; what is only left behind, marked as \Deleted, is left out."""
        left = self.far.hides_deleted
        return {one.subject: one for one in (await self.far.contents())[folder] if not (left and one.deleted)}

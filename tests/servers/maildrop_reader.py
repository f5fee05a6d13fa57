"""A store with one POP3 account, whose sessions and whose time the test decides."""

import pytest

from protocols.backend import Mailbox, Round
from protocols.clock import Clock
from protocols.errors import ProtocolError
from protocols.pop3.backend import Pop3Backend
from store import bodies, folders, listing, maildrop
from store.maildrop import Drop
from store.mailstore import MailStore
from store.model import AccountId, Role, Summary
from store.settings import AccountSettings
from tests.servers.accounts import pop3_account
from tests.servers.pop3 import PopServer

NOW = 1_760_000_000
DAY = 86_400


def letter(number: int, padding: int = 0) -> tuple[str, bytes]:
    head = b"From: a@example.com\r\nSubject: letter %d\r\nMessage-ID: <%d@example.com>\r\n\r\n" % (number, number)
    return f"uid{number}", head + b"body\r\n.\r\n" + b"x" * padding + b"\r\n"


def letters(count: int) -> list[tuple[str, bytes]]:
    return [letter(number) for number in range(1, count + 1)]


class Reader:
    """One store with one POP3 account, whose time the test sets."""

    def __init__(self, store: MailStore, account: AccountId) -> None:
        self.store, self.account, self.time = store, account, float(NOW)

    def backend(self, settings: AccountSettings, password: str = "right") -> Pop3Backend:
        clock = Clock(now=lambda: self.time, monotonic=lambda: self.time)
        return Pop3Backend(Mailbox(settings, self.account, self.store, password), clock=clock)

    async def round(self, server: PopServer, after: str = "delete") -> None:
        await self.backend(pop3_account(server.port, after=after)).sync(Round())

    async def broken_round(self, server: PopServer, after: str = "delete") -> ProtocolError:
        with pytest.raises(ProtocolError) as caught:
            await self.round(server, after)
        return caught.value

    async def summaries(self) -> list[Summary]:
        inbox = await self.store.read(lambda c: folders.by_role(c, self.account, Role.INBOX))
        assert inbox is not None
        return await self.store.read(lambda c: listing.page(c, [inbox.id], None, 10_000))

    async def uidls(self) -> list[str]:
        return sorted(summary.uidl or "" for summary in await self.summaries())

    async def raws(self) -> dict[str, bytes | None]:
        rows = await self.summaries()
        return {row.uidl or "": await self.store.read(lambda c, i=row.id: bodies.raw(c, i)) for row in rows}

    async def every_raw(self) -> list[bytes]:
        """The bytes of every message of the account, in whatever folder."""
        rows = await self.store.read(
            lambda c: c.execute(
                "SELECT raw FROM bodies b JOIN messages m ON m.id = b.message_id WHERE account_id = ?", (self.account,)
            ).fetchall()
        )
        return [row[0] for row in rows]

    async def states(self) -> dict[str, Drop]:
        known = await self.store.read(lambda c: maildrop.known(c, self.account))
        return {key: row.state for key, row in known.items()}

"""The far end of a test: a server, one mailbox on it, and another mail program that changes it."""

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from imapclient import imap_utf7

from bench import comparison
from bench.dovecot import PASSWORD
from bench.second_client import Held, SecondClient, held
from protocols.demo.imap_server import DemoImapServer
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import Box, FakeImap, Mail

T = TypeVar("T")
FOLDERS = ("Archive", "Junk", "Trash")
"""What every far end has besides INBOX (Dovecot has Drafts and Sent too)."""


MAILDIR = {"\\Seen": "S", "\\Answered": "R", "\\Flagged": "F", "\\Draft": "D", "\\Deleted": "T"}
"""Flags as letters in a file name."""


class FarEnd(Protocol):
    """Letters are named by their numbers: the subject of each is "letter N"."""

    port: int
    user: str
    password: str
    hides_deleted: bool
    r"""Whether a move leaves its source behind, marked as \Deleted: there is no UIDPLUS."""

    async def deliver(self, *raws: bytes, folder: str = "INBOX", flags: Sequence[str] = ()) -> None:
        """Put messages into a folder."""

    async def mark(self, folder: str, *numbers: int, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """Change flags and keywords."""

    async def expunge(self, folder: str, *numbers: int) -> None:
        """Remove letters for good."""

    async def move(self, folder: str, target: str, *numbers: int) -> None:
        """Move letters."""

    async def copy(self, folder: str, target: str, *numbers: int) -> None:
        """Copy letters."""

    async def create(self, folder: str) -> None:
        """Make a folder."""

    async def rename(self, folder: str, name: str) -> None:
        """Give a folder another path."""

    async def remove(self, folder: str) -> None:
        """Remove a folder and what is in it."""

    async def renumber(self, folder: str) -> None:
        """Give a folder, not INBOX, another UIDVALIDITY."""

    async def contents(self) -> dict[str, list[Held]]:
        """Everything in every folder."""

    async def close(self) -> None:
        """Leave the server."""


class RealServer:
    """A server that another program reaches over a connection of its own."""

    def __init__(
        self, port: int, user: str, password: str = PASSWORD, *, hides_deleted: bool = False, unannounced: bool = False
    ) -> None:
        self.port, self.user, self.password, self.hides_deleted = port, user, password, hides_deleted
        self._client = SecondClient(port, user, password, unannounced=unannounced)

    async def deliver(self, *raws: bytes, folder: str = "INBOX", flags: Sequence[str] = ()) -> None:
        for raw in raws:
            await self._run(lambda c, raw=raw: c.deliver(raw, folder, flags))  # type: ignore[misc]

    async def mark(self, folder: str, *numbers: int, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        await self._run(lambda c: c.mark(folder, _uids(c, folder, numbers), add=add, remove=remove))

    async def expunge(self, folder: str, *numbers: int) -> None:
        await self._run(lambda c: c.expunge(folder, _uids(c, folder, numbers)))

    async def move(self, folder: str, target: str, *numbers: int) -> None:
        await self._run(lambda c: c.move(folder, _uids(c, folder, numbers), target))

    async def copy(self, folder: str, target: str, *numbers: int) -> None:
        await self._run(lambda c: c.copy(folder, _uids(c, folder, numbers), target))

    async def create(self, folder: str) -> None:
        await self._run(lambda c: c.create(folder))

    async def rename(self, folder: str, name: str) -> None:
        await self._run(lambda c: c.rename(folder, name))

    async def remove(self, folder: str) -> None:
        await self._run(lambda c: c.remove(folder))

    async def renumber(self, folder: str) -> None:
        await self._run(lambda c: c.renumber(folder))

    async def contents(self) -> dict[str, list[Held]]:
        return await self._run(comparison.on_server)

    async def close(self) -> None:
        await self._run(SecondClient.close)

    async def empty(self) -> None:
        """Make the mailbox as new: for servers whose users are not made for each test."""
        await self._run(SecondClient.empty)
        for folder in FOLDERS:
            if folder not in await self._run(SecondClient.folders):
                await self.create(folder)

    async def _run(self, ask: Callable[[SecondClient], T]) -> T:
        # in a thread: the server may live on this loop
        return await asyncio.to_thread(ask, self._client)


class DovecotServer(RealServer):
    """A fresh user of a Dovecot; mail comes straight into the Maildir, UIDVALIDITY changes where it stands."""

    def __init__(self, server: Dovecot, *, hides_deleted: bool = False) -> None:
        # Dovecot does what it hides: the other program needs no plain EXPUNGE, which would take too much
        user = server.user()
        super().__init__(server.imap, user, server.password, hides_deleted=hides_deleted, unannounced=True)
        self._server = server

    async def deliver(self, *raws: bytes, folder: str = "INBOX", flags: Sequence[str] = ()) -> None:
        letters = "".join(MAILDIR[flag] for flag in flags)
        await asyncio.to_thread(lambda: [self._server.deliver(self.user, raw, folder, letters) for raw in raws])

    async def renumber(self, folder: str) -> None:
        await self.close()
        arguments = ("mailbox", "update", "--uid-validity", "777", "-u", self.user, folder)
        await asyncio.to_thread(self._server.doveadm, *arguments)


class PymapServer(RealServer):
    """A pymap of its own in this process."""

    def __init__(self, server: DemoImapServer) -> None:
        super().__init__(server.port, "anna")
        self._server = server

    async def deliver(self, *raws: bytes, folder: str = "INBOX", flags: Sequence[str] = ()) -> None:
        for raw in raws:
            await self._server.append(folder, raw, 1_721_124_000, frozenset(flags))


class FakeServer:
    """The scripted fake, whose boxes are changed by hand."""

    user, password = "anna", PASSWORD

    def __init__(self, fake: FakeImap) -> None:
        self._fake = fake
        self.port = fake.port
        self.hides_deleted = "UIDPLUS" not in fake.capability

    async def deliver(self, *raws: bytes, folder: str = "INBOX", flags: Sequence[str] = ()) -> None:
        for raw in raws:
            self._box(folder).add(raw, *flags)

    async def mark(self, folder: str, *numbers: int, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        for mail in self._mails(folder, numbers):
            mail.flags = (mail.flags | set(add)) - set(remove)

    async def expunge(self, folder: str, *numbers: int) -> None:
        gone = {mail.uid for mail in self._mails(folder, numbers)}
        box = self._box(folder)
        box.mails[:] = [mail for mail in box.mails if mail.uid not in gone]

    async def move(self, folder: str, target: str, *numbers: int) -> None:
        await self.copy(folder, target, *numbers)
        await self.expunge(folder, *numbers)

    async def copy(self, folder: str, target: str, *numbers: int) -> None:
        for mail in self._mails(folder, numbers):
            self._box(target).add(mail.raw, *mail.flags, date=mail.date)

    async def create(self, folder: str) -> None:
        self._fake.folder(_wire(folder))

    async def rename(self, folder: str, name: str) -> None:
        box = self._fake.boxes.pop(_wire(folder))
        box.name = _wire(name)
        self._fake.boxes[box.name] = box

    async def remove(self, folder: str) -> None:
        del self._fake.boxes[_wire(folder)]

    async def renumber(self, folder: str) -> None:
        old = self._box(folder)
        new = self._fake.boxes[old.name] = Box(old.name, old.attributes, uidvalidity=old.uidvalidity + 1, uidnext=100)
        for mail in old.mails:
            new.add(mail.raw, *mail.flags, date=mail.date)

    async def contents(self) -> dict[str, list[Held]]:
        boxes = {imap_utf7.decode(name.encode()): box for name, box in self._fake.boxes.items()}
        return {path: [held(mail.uid, mail.flags, mail.raw) for mail in box.mails] for path, box in boxes.items()}

    async def close(self) -> None:
        """Nothing is open."""

    def _mails(self, folder: str, numbers: Iterable[int]) -> list[Mail]:
        wanted = set(numbers)
        return [mail for mail in self._box(folder).mails if _number(mail.raw) in wanted]

    def _box(self, folder: str) -> Box:
        return self._fake.boxes[_wire(folder)]


def _wire(folder: str) -> str:
    name: str = imap_utf7.encode(folder).decode("ascii")
    return name


def _number(raw: bytes) -> int | None:
    found = re.search(rb"^Subject: letter (\d+)\r$", raw, re.M)
    return int(found[1]) if found else None


def _uids(client: SecondClient, folder: str, numbers: Iterable[int]) -> list[int]:
    subjects = {f"letter {number}" for number in numbers}
    found = [one for one in client.messages(folder) if one.subject in subjects]
    # where a move left one behind, the other one is meant
    return [one.uid for one in found if not one.deleted] or [one.uid for one in found]

"""Damages real databases page by page, and fills stores that are worth salvaging."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from store import folders, maildrop, messages
from store.database import Transaction
from store.mailstore import FILE_NAME, MailStore
from store.messages import Arrival
from store.model import MessageId
from store.operations import Archive
from store.salvage.pages import opened
from store.salvage.records import child, layout
from tests.store.mail import NOON, Seeded, add, arrival, digest, seed

PAGE = 4096


@dataclass(frozen=True, slots=True)
class Filled:
    """A closed store: `raws` are the bytes of the POP3 messages by id, `imap` those of the IMAP account."""

    data: Path
    at: Seeded
    raws: dict[MessageId, bytes]
    imap: dict[MessageId, bytes]

    @property
    def path(self) -> Path:
        """The database."""
        return self.data / FILE_NAME


def letter(number: int, length: int = 1500) -> bytes:
    """One message; longer ones have overflow pages."""
    head = f"From: anna@example.org\r\nSubject: Letter {number}\r\nMessage-ID: <letter-{number}@example.org>\r\n\r\n"
    return head.encode() + (f"Dear Binh, this is number {number}. ".encode() * (length // 30 + 1))[:length] + b"\r\n"


def posted(number: int, length: int = 1500) -> Arrival:
    """A POP3 message."""
    raw = letter(number, length)
    made = digest(f"letter-{number}", subject=f"Letter {number}", text=f"dear binh number{number}")
    return Arrival(made, received=NOON + number, size=len(raw), uidl=f"uidl-{number}", raw=raw)


async def fill(data: Path, count: int = 200) -> Filled:
    """A store with so many messages in a POP3 account, as many in an IMAP account, and acts that wait."""
    async with await MailStore.open(data) as store:
        at = await store.write(seed)
        lengths = [300, 1500, 9000]
        letters = [posted(number, lengths[number % 3]) for number in range(count)]
        copies = [
            arrival(number + 1, raw=letter(10_000 + number), text=f"copy{number}", subject=f"Copy {number}")
            for number in range(count)
        ]

        def write(tx: Transaction) -> tuple[list[MessageId], list[MessageId]]:
            ours = messages.add(tx, at.pop3, at.pop3_inbox, letters)
            identities = {one.uidl: maildrop.NOBODY for one in letters if one.uidl}
            maildrop.stored(tx, at.pop3, identities, NOON)
            theirs = add(tx, at, *copies)
            folders.set_cursor(tx, at.inbox, folders.Cursor(1, count + 1, 1, 77))
            return ours, theirs

        ours, theirs = await store.write(write)
        await store.do(Archive(tuple(theirs[:3])))
    raws = {id: one.raw or b"" for id, one in zip(ours, letters, strict=True)}
    return Filled(data, at, raws, {id: one.raw or b"" for id, one in zip(theirs, copies, strict=True)})


def root(path: Path, name: str) -> int:
    """The root page of a table or an index."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).fetchone()[0])


def tree(path: Path, name: str) -> tuple[list[int], list[int]]:
    """(interior pages, leaves) of a table or an index."""
    interior: list[int] = []
    leaves: list[int] = []
    waiting = [root(path, name)]
    with opened(path, None) as pages:
        while waiting:
            number = waiting.pop(0)
            page = pages.page(number)
            head = layout(page, number)
            if head.is_interior:
                interior.append(number)
                waiting += [*(child(page, cell) for cell in head.cells), head.right]
            else:
                leaves.append(number)
    return interior, leaves


def overwrite(path: Path, numbers: Iterable[int], content: bytes = b"\xff" * PAGE) -> None:
    """Overwrite pages."""
    with path.open("r+b") as file:
        for number in numbers:
            file.seek((number - 1) * PAGE)
            file.write(content)

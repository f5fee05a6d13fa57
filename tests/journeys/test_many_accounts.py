"""Twenty accounts at work at once, and a person who goes on reading."""

import asyncio
import sqlite3
from pathlib import Path

from tests.journeys.home import Home
from tests.servers.fake_imap import FakeImap, serving
from tests.servers.imap_account import letter

ACCOUNTS, FOLDERS, LETTERS = 20, 3, 10


def counted(connection: sqlite3.Connection) -> dict[str, int]:
    """How many messages each account has."""
    query = "SELECT name, count(*) FROM messages JOIN accounts ON accounts.id = account_id GROUP BY name"
    return dict(connection.execute(query).fetchall())


async def test_keys_are_answered_while_twenty_accounts_synchronise(tmp_path: Path):
    """R01: how fast is for the bench to say; here each key moves the cursor by one, and all mail comes."""
    fake, home, names = FakeImap(), Home(tmp_path), [f"a{number}" for number in range(ACCOUNTS)]
    boxes = [fake.inbox, *(fake.folder(f"Folder {number}") for number in range(FOLDERS))]
    for number, box in enumerate(boxes):
        for count in range(LETTERS):
            box.add(letter(1 + number * LETTERS + count))
    async with serving(fake):
        for name in names:
            home.account(name, "imap", fake.port, name)
        async with home.reading() as person:
            await person.until(lambda: person.mail.messages.count > 8)
            await person.press("g", "g")
            before = person.mail.messages.message
            for _ in range(5):
                await person.press("j")
                assert person.mail.messages.message != before
                before = person.mail.messages.message
            with person.store.changes.subscribe() as feed:
                async with asyncio.timeout(40):
                    while await person.store.read(counted) != dict.fromkeys(names, (FOLDERS + 1) * LETTERS):
                        await feed.next()

"""What is not on this disk as text is searched by the server, and its hits are known by their summaries."""

import asyncio
from datetime import date
from pathlib import Path

import pytest

from protocols.errors import Refused
from store import folders
from store.search import absent, sql
from store.search.query import parse
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import FakeImap, serving
from tests.servers.imap_account import Account, connected, deliver, letter

TODAY = date(2026, 11, 23)


async def found(account: Account, text: str) -> list[str]:
    """The subjects that the server finds and this disk does not."""
    ids = await account.backend.search(parse(text, TODAY))
    rows = {row.id: row.subject for row in await account.rows()}
    return [rows[id] for id in ids]


async def test_the_text_of_mail_that_is_not_here_is_found_by_the_server(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await asyncio.to_thread(dovecot.deliver, user, letter(1, text="A pigeon"))
    await asyncio.to_thread(dovecot.deliver, user, letter(2, text="An owl"))
    await asyncio.to_thread(dovecot.deliver, user, letter(3, text="Two pigeons"), "INBOX", "S")
    async with connected(dovecot.imap, user, tmp_path, keep="summaries") as account:
        await account.sync()
        assert await account.store.read(lambda c: sql.find(c, parse("pigeon", TODAY), 10)) == []
        assert await found(account, "pigeon") == ["letter 3", "letter 1"]
        assert await found(account, "pigeon is:unread") == ["letter 1"]
        assert await found(account, "pigeon -two") == ["letter 1"]
        assert await found(account, "pigeon or owl") == ["letter 3", "letter 2", "letter 1"]
        assert await found(account, "pigeon after:2025") == []
        assert await found(account, "pigeon on:2024-07") == ["letter 3", "letter 1"]
        assert await found(account, "subject:letter") == []  # summaries are here: nothing that the disk does not know


async def test_letters_beyond_ascii_are_asked_for_in_utf_8(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    raw = letter(1, text="Hóa đơn tháng mười").replace(
        b"Subject:", b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nSubject:"
    )
    await asyncio.to_thread(dovecot.deliver, user, raw)
    async with connected(dovecot.imap, user, tmp_path, keep="summaries") as account:
        await account.sync()
        assert await found(account, '"hóa đơn"') == ["letter 1"]


async def test_what_is_here_as_text_is_not_asked_for(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 4))
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        query = parse("hello", TODAY)
        assert await account.store.read(lambda c: absent.places(c, account.id, query)) == []
        assert await account.backend.search(query) == []


async def test_a_hit_whose_summary_is_not_here_is_brought(tmp_path: Path):
    fake = FakeImap()
    for number in range(1, 6):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="summaries") as account:
        await account.sync()
        inbox = await account.folder()
        cursor = await account.cursor()
        assert cursor is not None

        def forget(tx) -> None:  # as if the first sync had only come so far
            tx.execute("DELETE FROM messages WHERE uid < 4")
            folders.set_cursor(tx, inbox.id, folders.Cursor(cursor.uidvalidity, cursor.uidnext, 4, None))

        await account.store.write(forget)
        fake.on(r"UID SEARCH .*TEXT", "* SEARCH 2 5 77", "$ OK done")
        assert sorted(await found(account, "hello")) == ["letter 2", "letter 5"]
        assert fake.said("UID SEARCH")[-1] == "UID SEARCH UID 1:3,4:5 TEXT hello"
        assert await account.known_uids() == [2, 4, 5]
        await account.sync()
        assert await account.numbers() == [1, 2, 3, 4, 5]


async def test_where_utf_8_is_unknown_plain_letters_are_asked_for(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="summaries") as account:
        await account.sync()
        fake.on(r"UID SEARCH CHARSET", "$ NO [BADCHARSET (US-ASCII)] not that")
        fake.on(r"UID SEARCH UID 1 TEXT", "* SEARCH 1", "$ OK done")
        assert await found(account, '"hóa đơn"') == ["letter 1"]
        assert fake.said("UID SEARCH")[-1] == 'UID SEARCH UID 1 TEXT "hoa don"'


async def test_a_server_that_refuses_says_so_and_the_account_stays_connected(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="summaries") as account:
        await account.sync()
        fake.on(r"UID SEARCH", "$ NO [INUSE] later", times=1)
        with pytest.raises(Refused):
            await account.backend.search(parse("hello", TODAY))
        fake.on(r"UID SEARCH", "$ BAD what is that", times=1)
        with pytest.raises(Refused):
            await account.backend.search(parse("hello", TODAY))
        fake.on(r"UID SEARCH", "* BYE too long", times=1)
        with pytest.raises(Refused):
            await account.backend.search(parse("hello", TODAY))
        fake.forget_quirks()
        assert await found(account, "hello") == ["letter 1"]
        await account.sync()


async def test_where_there_is_room_for_one_connection_the_search_shares_it(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(letter(1))
    fake.refuses_after = 1
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="summaries") as account:
        await account.sync()
        assert await found(account, "hello") == ["letter 1"]
        await account.sync()


async def test_a_folder_that_was_rebuilt_is_passed_over(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="summaries") as account:
        await account.sync()
        fake.inbox.uidvalidity = 99
        assert await account.backend.search(parse("hello", TODAY)) == []
        assert not [line for line in fake.said("UID SEARCH") if "TEXT" in line]

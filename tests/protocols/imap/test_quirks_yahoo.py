"""Yahoo and AOL: so many messages a command and no more, one poisoned message for a whole batch, "Inbox"."""

import asyncio
from pathlib import Path

import pytest

from protocols.errors import Refused
from protocols.imap import push
from protocols.imap.answers import Tagged, refusal
from protocols.imap.reach import unreached
from store import folders
from store.model import Flag, Role
from tests.servers.fake_imap import serving
from tests.servers.imap_account import connected, letter
from tests.servers.providers import FakeYahoo


async def test_an_inbox_in_other_letters_is_the_inbox(tmp_path: Path):
    fake = FakeYahoo()
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        inbox = await account.store.read(lambda c: folders.by_role(c, account.id, Role.INBOX))
        assert inbox is not None and inbox.path == "INBOX"
        assert await account.store.read(lambda c: folders.wire_name(c, inbox.id)) == b"Inbox"
        assert await account.numbers() == [1]


async def test_what_a_command_does_not_come_to_is_asked_for_again(tmp_path: Path):
    """I21."""
    fake = FakeYahoo(limit=7)
    for number in range(1, 31):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        assert await account.numbers() == list(range(1, 31))
        assert all(row.subject for row in await account.rows())
        assert len(await account.hashes()) == 30
        fake.inbox.mails[0].flags.add("\\Flagged")
        del fake.inbox.mails[10:12]
        for _ in range(2):
            await account.sync(full=True)
        assert await account.numbers() == [*range(1, 11), *range(13, 31)]
        assert (await account.row(1)).flags == Flag.FLAGGED


async def test_one_poisoned_message_is_left_out_and_the_rest_comes(tmp_path: Path):
    fake = FakeYahoo()
    for number in range(1, 21):
        fake.inbox.add(letter(number))
    fake.poisoned = {7}
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        rows = await account.rows()
        assert sorted(row.uid or 0 for row in rows) == list(range(1, 21))
        assert [row.uid for row in rows if not row.subject] == [7]
        assert len(await account.hashes()) == 19


@pytest.mark.parametrize("code", ["[UNAVAILABLE] ", "[SERVERBUG] ", ""])
@pytest.mark.parametrize("text", ["Server error while fetching messages", "Server error - Please try again later"])
def test_a_refused_fetch_is_about_messages_and_not_about_patience(code: str, text: str):
    answer = Tagged.read(b"NO", f"{code}UID FETCH {text}".encode())
    assert isinstance(refusal(answer, "FETCH"), Refused)


@pytest.mark.parametrize(
    ("text", "asked", "left"),
    [
        (b"[MESSAGELIMIT 1000 23221] done", b"20000:40000", b"20000:23220"),
        (b"[MESSAGELIMIT 1000 23221] done", b"1,5:9,20000:40000", b"1:1,5:9,20000:23220"),
        (b"[MESSAGELIMIT 1000 23221] done", b"23221:40000", None),
        (b"[MESSAGELIMIT 1000 99999] done", b"1:40000", None),
        (b"[MESSAGELIMIT 1000] done", b"1:40000", None),
        (b"done", b"1:40000", None),
    ],
)
def test_what_is_left_is_below_the_last_message(text: bytes, asked: bytes, left: bytes | None):
    assert unreached(Tagged.read(b"OK", text), asked) == left


async def test_an_idle_is_renewed_before_it_dies_without_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(push, "RENEW_YAHOO", 0.01)
    fake = FakeYahoo()
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        watching = asyncio.create_task(account.backend.watch(lambda: None))
        for _ in range(3):
            fake.idling.clear()
            await fake.idling.wait()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

"""Outlook, Exchange and DavMail: UIDNEXT stands still, messages are not given out, patience is asked for."""

from pathlib import Path

import pytest

from protocols.errors import Misbehaved, ProtocolError, Throttled
from protocols.imap.answers import Tagged, refusal, throttled
from store import folders
from store.model import Flag, Role
from store.operations import Archive, Delete, SetFlags
from tests.servers.fake_imap import serving
from tests.servers.imap_account import connected, letter
from tests.servers.providers import FakeDavMail, FakeExchange


async def test_new_mail_is_found_though_uidnext_stands_still(tmp_path: Path):
    """I21."""
    fake = FakeExchange()
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.inbox.add(letter(2))
        await account.sync()
        assert await account.numbers() == [1, 2]
        assert len(await account.hashes()) == 2
        fake.inbox.add(letter(3))
        del fake.inbox.mails[0]
        await account.sync(full=True)
        assert await account.numbers() == [2, 3]


async def test_sizes_before_uids_are_read(tmp_path: Path):
    fake = FakeExchange()
    fake.inbox.add(letter(1), "\\Seen")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        row = await account.row(1)
        assert (row.flags, row.size, row.uid) == (Flag.SEEN, len(letter(1)), 1)


async def test_a_calendar_item_that_is_not_given_out_holds_nothing_up(tmp_path: Path):
    fake = FakeExchange()
    for number in range(1, 6):
        fake.inbox.add(letter(number))
    fake.calendar = {3}
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        rows = await account.rows()
        assert len(rows) == 5
        assert [row.uid for row in rows if not row.subject] == [3]
        assert len(await account.hashes()) == 4
        fake.inbox.add(letter(6))
        await account.sync()
        assert len(await account.hashes()) == 5


async def test_its_folders_have_roles_by_their_names(tmp_path: Path):
    fake = FakeExchange()
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        roles = {one.role: one.path for one in await account.store.read(folders.every) if one.role}
        assert roles == {
            Role.INBOX: "INBOX",
            Role.ARCHIVE: "Archive",
            Role.TRASH: "Deleted Items",
            Role.DRAFTS: "Drafts",
            Role.JUNK: "Junk Email",
            Role.SENT: "Sent Items",
        }


async def test_acts_reach_it(tmp_path: Path):
    fake = FakeExchange()
    for number in (1, 2, 3):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        await account.store.do(SetFlags(await account.ids(1), add=Flag.SEEN))
        await account.store.do(Archive(await account.ids(2)))
        await account.store.do(Delete(await account.ids(3)))
        for _ in range(2):
            await account.sync(full=True)
        assert await account.waiting() == []
        assert await account.numbers() == [1]
        assert await account.numbers("Archive") == [2]
        assert await account.numbers("Deleted Items") == [3]
        assert fake.inbox.mails[0].flags == {"\\Seen"}


@pytest.mark.parametrize(
    ("answer", "delay"),
    [
        ("BAD User is authenticated but not connected.", 60.0),
        ("NO User is authenticated but not connected.", 60.0),
        ("BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds", 92.415),
        ("NO [UNAVAILABLE] Server busy, retry after 5 minutes", 300.0),
        ("NO Too busy. Please try again in 30 seconds.", 30.0),
        ("NO [LIMIT] try again after 1500 ms", 1.5),
        ("BAD Request is throttled. Suggested Backoff Time: 999999999 milliseconds", 86_400.0),
    ],
)
async def test_a_delay_that_is_named_is_the_delay_of_the_round(tmp_path: Path, answer: str, delay: float):
    fake = FakeExchange()
    fake.inbox.add(letter(1))
    fake.on("SELECT", f"$ {answer}", times=1)
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        with pytest.raises(Throttled) as raised:
            await account.sync()
        assert raised.value.delay == delay
        await account.reconnect()
        await account.sync()
        assert await account.numbers() == [1]


async def test_an_act_that_is_throttled_waits_and_is_not_refused(tmp_path: Path):
    fake = FakeExchange()
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.on("UID STORE", "$ BAD User is authenticated but not connected.", times=1)
        await account.store.do(SetFlags(await account.ids(1), add=Flag.FLAGGED))
        with pytest.raises(ProtocolError):
            await account.backend.send_journal()
        (waiting,) = await account.waiting()
        assert waiting.state == "queued"
        await account.reconnect()
        await account.backend.send_journal()
        assert await account.waiting() == []
        assert fake.inbox.mails[0].flags == {"\\Flagged"}


def test_what_only_sounds_like_a_delay_is_an_answer_like_any_other():
    assert throttled(b"Retry with another name", command="CREATE") is None
    assert isinstance(refusal(Tagged.read(b"BAD", b"Command Argument Error. 11"), "SEARCH"), Misbehaved)


async def test_a_search_in_several_lines_is_one_answer(tmp_path: Path):
    fake = FakeDavMail()
    for number in range(1, 8):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        assert await account.numbers() == list(range(1, 8))
        del fake.inbox.mails[2:4]
        await account.sync(full=True)
        assert await account.numbers() == [1, 2, 5, 6, 7]

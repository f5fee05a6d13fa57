"""163.com, 126.com and QQ: they want to be introduced to, leave counts out, and put blanks where none belong."""

from pathlib import Path

from store.model import Flag
from store.operations import Archive, SetFlags
from tests.servers.fake_imap import serving
from tests.servers.imap_account import connected, letter
from tests.servers.providers import FakeNetEase, FakeQQ


async def test_we_say_who_we_are_before_a_folder_is_opened(tmp_path: Path):
    fake = FakeNetEase()
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        assert await account.numbers() == [1]
        (said,) = set(fake.said("ID"))
        assert said == 'ID ("name" "bocau")'


async def test_a_status_without_a_word_means_maybe(tmp_path: Path):
    fake = FakeNetEase()
    fake.folder("Archive", "\\Archive")
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.inbox.add(letter(2))
        fake.inbox.mails[0].flags.add("\\Seen")
        await account.sync()
        assert await account.numbers() == [1, 2]
        assert (await account.row(1)).flags == Flag.SEEN
        await account.store.do(Archive(await account.ids(1)))
        for _ in range(2):
            await account.sync()
        assert await account.numbers() == [2]
        assert await account.numbers("Archive") == [1]
        assert await account.waiting() == []


async def test_a_blank_before_the_last_parenthesis_is_no_harm(tmp_path: Path):
    fake = FakeQQ()
    fake.inbox.add(letter(1), "\\Seen")
    fake.inbox.add(letter(2))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        assert await account.numbers() == [1, 2]
        assert (await account.row(1)).flags == Flag.SEEN
        assert len(await account.hashes()) == 2
        await account.store.do(SetFlags(await account.ids(2), add=Flag.FLAGGED))
        await account.sync(full=True)
        assert await account.waiting() == []
        assert fake.inbox.mails[1].flags == {"\\Flagged"}

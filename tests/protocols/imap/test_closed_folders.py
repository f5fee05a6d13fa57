r"""A folder that another client deleted while it had folders inside stays as a place for them (\Noselect)."""

from pathlib import Path

from store.model import Flag
from store.operations import SetFlags
from tests.servers.fake_imap import FakeImap, serving
from tests.servers.imap_account import connected, letter


async def test_its_mail_goes_when_two_lists_say_so_and_what_was_to_be_done_is_refused(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(letter(9))
    work = fake.folder("Work")
    work.add(letter(1))
    work.add(letter(2))
    fake.folder("Work/Plans").add(letter(3))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        assert await account.numbers("Work") == [1, 2]
        await account.store.do(SetFlags(await account.ids(1, path="Work"), Flag.FLAGGED))
        work.attributes = "\\Noselect"
        await account.reconnect()
        await account.sync()
        assert await account.numbers("Work") == [1, 2]
        for _ in range(3):
            await account.sync()
        assert await account.numbers("Work") == []
        assert (await account.folder("Work")).notice == ""
        assert await account.waiting() == []
        assert await account.numbers("Work/Plans") == [3]
        work.attributes = ""
        work.uidvalidity += 1
        await account.sync()
        await account.sync()
        assert await account.numbers("Work") == [1, 2]

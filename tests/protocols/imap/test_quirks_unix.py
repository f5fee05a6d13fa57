"""Courier, Cyrus, Zimbra, GreenMail, Purelymail and Zoho, where they differ from the book or from each other."""

from pathlib import Path

from store import folders
from store.model import Flag
from store.operations import Archive, Delete, SetFlags
from tests.servers.fake_imap import FULL, FakeImap, serving
from tests.servers.imap_account import Account, connected, letter
from tests.servers.providers import FakeCourier, FakeCyrus, FakeGreenMail, FakePurelymail, FakeZimbra


async def roles(account: Account) -> dict[str, str]:
    return {one.role.value: one.path for one in await account.store.read(folders.every) if one.role}


async def test_courier_is_followed_without_uidnext(tmp_path: Path):
    fake = FakeCourier()
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        await account.sync()
        fake.inbox.add(letter(2))
        fake.inbox.mails[0].flags.add("\\Flagged")
        await account.sync()
        assert await account.numbers() == [1, 2]
        assert (await account.row(1)).flags == Flag.FLAGGED
        del fake.inbox.mails[1]
        await account.sync()
        assert await account.numbers() == [1]


async def test_couriers_folders_stand_below_the_inbox_and_new_ones_too(tmp_path: Path):
    fake = FakeCourier()
    for number in (1, 2, 3):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        assert (await roles(account)).keys() == {"inbox", "drafts", "sent", "trash"}
        await account.store.do(Delete(await account.ids(1)))
        await account.store.do(Archive(await account.ids(2)))
        for _ in range(2):
            await account.sync(full=True)
        assert await account.waiting() == []
        assert len(fake.boxes["INBOX.Trash"].mails) == len(fake.boxes["INBOX.Archive"].mails) == 1
        assert await account.numbers() == [3]
        assert fake.said("UID MOVE") == []


async def test_cyrus_is_read_in_its_own_order_and_never_asked_for_a_star(tmp_path: Path):
    """I21."""
    fake = FakeCyrus()
    fake.inbox.highestmodseq = 5
    fake.inbox.add(letter(1), "\\Seen")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        assert await roles(account) == {"inbox": "INBOX", "drafts": "Concepts", "sent": "Sent", "trash": "Trash"}
        assert (await account.row(1)).flags == Flag.SEEN
        fake.inbox.mails[0].flags = {"\\Answered"}
        fake.inbox.add(letter(2))
        fake.inbox.highestmodseq = 9
        await account.sync()
        assert await account.numbers() == [1, 2]
        assert (await account.row(1)).flags == Flag.ANSWERED
        assert not [command for command in fake.said("UID FETCH") if "*" in command.split()[2]]


async def test_a_uidvalidity_of_more_than_32_bits_is_kept_and_any_order_is_read(tmp_path: Path):
    fake = FakeGreenMail()
    for number in range(1, 12):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        assert [row.uid for row in await account.rows()] == list(range(11, 0, -1))
        cursor = await account.cursor()
        assert cursor is not None and cursor.uidvalidity == fake.inbox.uidvalidity
        before = await account.ids(1, 11)
        await account.store.do(SetFlags(before, add=Flag.SEEN))
        await account.sync(full=True)
        assert await account.waiting() == []
        assert await account.ids(1, 11) == before
        assert fake.inbox.mails[0].flags == fake.inbox.mails[10].flags == {"\\Seen"}


async def test_a_count_that_is_told_several_times_empties_no_folder(tmp_path: Path):
    """I04."""
    fake = FakeZimbra()
    for number in (1, 2):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        for _ in range(2):
            await account.sync(full=True)
            assert await account.numbers() == [1, 2]


async def test_a_highestmodseq_of_zero_is_none(tmp_path: Path):
    fake = FakePurelymail()
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.inbox.add(letter(1))
        fake.inbox.highestmodseq = 1
        await account.sync()
        fake.inbox.mails[0].flags.add("\\Flagged")
        fake.inbox.highestmodseq = 2
        await account.sync()
        assert (await account.row(1)).flags == Flag.FLAGGED
        assert not [command for command in fake.log if "CHANGEDSINCE 0" in command]


async def test_a_list_that_tells_no_counts_is_completed(tmp_path: Path):
    fake = FakeImap(FULL + " LIST-STATUS")  # Zoho
    fake.folder("Work").add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.boxes["Work"].add(letter(2))
        await account.sync()
        assert await account.numbers("Work") == [1, 2]

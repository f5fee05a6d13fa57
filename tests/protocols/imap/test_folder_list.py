"""Folders are listed with their roles, counted, created, and none of them keeps the others waiting."""

from pathlib import Path

import pytest

from protocols.errors import Refused
from protocols.imap.folder_changes import create_folder
from protocols.imap.folder_list import Counts, count, list_with_counts
from store import folders
from store.folder_list import Listed
from store.model import Role
from store.operations import Move
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import BARE, FakeImap, serving
from tests.servers.greeted import greeted
from tests.servers.imap_account import Account, connected, deliver, letter
from tests.servers.script import Peer


async def paths(account: Account) -> dict[str, Role | None]:
    return {folder.path: folder.role for folder in await account.store.read(lambda c: folders.every(c))}


async def test_the_folders_of_a_server_come_with_their_roles(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, [1], folder="Khách hàng/Đà Nẵng")
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        found = await paths(account)
        assert found["INBOX"] is Role.INBOX
        assert {role for role in found.values() if role} >= {Role.TRASH, Role.ARCHIVE, Role.SENT, Role.JUNK}
        assert found["Khách hàng/Đà Nẵng"] is None
        assert await account.numbers("Khách hàng/Đà Nẵng") == [1]


async def test_below_a_prefix_mail_comes_moves_and_makes_its_folders(dovecot_prefixed: Dovecot, tmp_path: Path):
    user = dovecot_prefixed.user()
    await deliver(dovecot_prefixed, user, [1, 2], folder="Work/2026")
    async with connected(dovecot_prefixed.imap, user, tmp_path) as account:
        await account.sync()
        assert await account.numbers("Work/2026") == [1, 2]
        later = await account.store.write(lambda tx: folders.add_local(tx, account.id, "Later/on", None))
        await account.store.do(Move(await account.ids(1, path="Work/2026"), later))
        await account.sync()
        await account.sync()
        assert await account.numbers("Later/on") == [1]
        assert [one.id for one in await account.store.read(lambda c: folders.every(c)) if "Later" in one.path] == [
            later
        ]
        assert [one.subject for one in dovecot_prefixed.messages(user, "INBOX.Later.on")] == ["letter 1"]


async def test_a_folder_that_is_gone_goes_and_a_new_one_comes(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, [1], folder="Old")
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        dovecot.doveadm("mailbox", "delete", "-u", user, "Old")
        dovecot.doveadm("mailbox", "create", "-u", user, "New")
        await account.sync()
        found = await paths(account)
        assert "New" in found
        assert "Old" not in found


async def test_an_empty_list_changes_nothing(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(letter(1))
    fake.folder("Work").add(letter(2))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.on("LIST", "$ OK nothing")
        await account.sync()
        assert await account.numbers() == [1]
        assert await account.numbers("Work") == [2]


@pytest.mark.parametrize("answer", ["$ NO [NOPERM] not for you", "$ BAD no idea", "$ OK but no uidvalidity"])
async def test_a_folder_that_cannot_be_opened_does_not_block_the_others(tmp_path: Path, answer: str):
    fake = FakeImap()
    fake.folder("Locked").add(letter(1))
    fake.folder("Work").add(letter(2))
    fake.on('SELECT "?Locked', answer)
    fake.on('STATUS "?Locked', "$ NO [NOPERM] not for you")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        for _ in range(2):
            await account.sync()
        assert await account.rows("Locked") == []
        assert await account.numbers("Work") == [2]


async def test_a_folder_that_holds_only_folders_is_listed_and_not_opened(tmp_path: Path):
    fake = FakeImap()
    fake.folder("Parent", "\\Noselect")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        assert not (await account.folder("Parent")).selectable
        assert not [line for line in fake.log if "Parent" in line]


async def test_only_the_folders_of_a_round_are_opened(tmp_path: Path):
    fake = FakeImap()
    fake.folder("Trash", "\\Trash").add(letter(1))
    fake.folder("Work").add(letter(2))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync(folders=("trash",))
        assert [line for line in fake.log if line.startswith("SELECT")] == [fake.said("SELECT")[0]]
        assert await account.numbers("Trash") == [1]


async def test_what_cannot_be_read_of_a_list_is_left_out():
    async def script(peer: Peer) -> None:
        await peer.ok(
            "LIST", '* LIST (\\HasNoChildren) "/" INBOX', "* LIST what", '* LIST () "/" "A&-B"', '* LIST () "/" "A&-B"'
        )

    async with greeted(script) as connection:
        assert (await list_with_counts(connection))[0] == [
            Listed("INBOX", b"INBOX", Role.INBOX, True),
            Listed("A&B", b"A&-B", None, True),
        ]


async def test_a_status_that_is_refused_or_cannot_be_read_is_no_count():
    async def script(peer: Peer) -> None:
        await peer.expect("STATUS")
        await peer.say("$ NO not there")
        await peer.ok("STATUS", "* STATUS ???")
        await peer.ok("STATUS", '* STATUS "A" (MESSAGES 3 UIDNEXT 4)')

    async with greeted(script) as connection:
        assert await count(connection, b"A") is None
        assert await count(connection, b"A") == Counts(None, None, None, None)
        assert await count(connection, b"A") == Counts(3, 4, None, None)


async def test_a_folder_is_created_in_the_personal_namespace():
    async def script(peer: Peer) -> None:
        await peer.ok("NAMESPACE", '* NAMESPACE (("INBOX." ".")) NIL NIL')
        assert await peer.ok("CREATE") in (b"CREATE INBOX.Archive", b'CREATE "INBOX.Archive"')
        await peer.expect("SUBSCRIBE")
        await peer.say("$ NO no subscriptions here")

    async with greeted(script, capabilities="NAMESPACE") as connection:
        assert await create_folder(connection, "Archive") == b"INBOX.Archive"


async def test_a_folder_that_is_there_already_needs_no_creation_and_a_bad_name_is_refused(tmp_path: Path):
    async def script(peer: Peer) -> None:
        await peer.ok("LIST", '* LIST (\\Noselect) "/" ""')
        await peer.expect("CREATE")
        await peer.say("$ NO [ALREADYEXISTS] it is there")
        await peer.ok("SUBSCRIBE")
        await peer.ok("LIST", '* LIST (\\Noselect) "/" ""')

    async with greeted(script, capabilities=BARE) as connection:
        assert await create_folder(connection, "Archive") == b"Archive"
        with pytest.raises(Refused, match="cannot be created"):
            await create_folder(connection, "a//b")

"""Several acts on one message: as few commands as they come to, in order, also while its UID is not known."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from protocols.errors import ProtocolError
from store import folders, journal, rematching
from store.model import Flag, MessageId
from store.operations import Archive, Copy, Delete, Move, SetFlags, SetLabels
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import FULL, FakeImap, serving
from tests.servers.imap_account import Account, assert_same, connected, deliver, letter
from tests.servers.proxy import Fault, Proxy
from tests.servers.replaying import at_fake, changes, replay, states

SILENT = "IMAP4rev1 MOVE IDLE SPECIAL-USE LIST-EXTENDED"
"""MOVE without UIDPLUS: the server does not say under which UID a message arrives."""


async def move(account: Account, path: str, *ids: MessageId) -> None:
    await account.store.do(Move(ids, (await account.folder(path)).id))


async def cut_replay(proxy: Proxy, account: Account, direction: str, words: bytes) -> None:
    """Send the journal over a connection that is cut at these words."""
    setattr(proxy, direction, Fault(cut_on=words))
    with pytest.raises(ProtocolError):
        await replay(account.store, account.id, account.settings, account.password)
    setattr(proxy, direction, Fault())


async def test_a_chain_of_moves_is_one_move(tmp_path: Path):
    async with at_fake(tmp_path, 2) as (fake, account):
        ids = await account.ids(1, 2)
        for path in ("Work", "Trash", "Archive"):
            await move(account, path, *ids)
        await account.backend.send_journal()
        assert changes(fake) == ["UID MOVE 1:2 Archive"]
        assert await states(account) == ["done"] * 6
        assert {row.id for row in await account.rows("Archive")} == set(ids)


async def test_there_and_back_is_nothing(tmp_path: Path):
    async with at_fake(tmp_path, 1) as (fake, account):
        (message,) = await account.ids(1)
        await move(account, "Work", message)
        await account.store.do(SetFlags((message,), add=Flag.FLAGGED))
        await move(account, "INBOX", message)
        await account.store.do(SetFlags((message,), remove=Flag.FLAGGED))
        await account.backend.send_journal()
        assert changes(fake) == []
        assert await states(account) == ["done"] * 4


async def test_what_came_to_less_is_undone_act_by_act(tmp_path: Path):
    async with at_fake(tmp_path, 1) as (fake, account):
        (message,) = await account.ids(1)
        await move(account, "Work", message)
        await move(account, "Archive", message)
        await account.store.do(SetFlags((message,), add=Flag.FLAGGED))
        await account.store.do(SetFlags((message,), remove=Flag.FLAGGED))
        await account.backend.send_journal()
        assert changes(fake) == ["UID MOVE 1 Archive"]
        await account.store.undo()
        assert (await account.row(1, "Archive")).flags == Flag.FLAGGED
        await account.store.undo()
        assert (await account.row(1, "Archive")).flags == Flag.NONE
        await account.store.undo()
        assert (await account.row(1, "Work")).id == message
        await account.backend.send_journal()
        assert changes(fake)[1:] == ["UID MOVE 1 Work"]
        await account.store.undo()
        await account.backend.send_journal()
        assert changes(fake)[2:] == ["UID MOVE 1 INBOX"]
        assert (await account.row(1)).id == message
        assert await account.waiting() == []


async def test_what_is_removed_for_good_gets_no_flags_before(tmp_path: Path):
    async with at_fake(tmp_path, 1) as (fake, account):
        (message,) = await account.ids(1)
        await account.store.do(SetFlags((message,), add=Flag.SEEN))
        await account.store.do(Delete((message,)))
        await account.store.do(SetLabels((message,), add=("x",)))
        await account.store.do(Delete((message,)))
        await account.backend.send_journal()
        assert changes(fake) == ["UID MOVE 1 Trash", "UID STORE 1 +FLAGS.SILENT (\\Deleted)", "UID EXPUNGE 1"]
        assert fake.boxes["Trash"].mails == []
        assert await states(account) == ["done"] * 4


async def test_when_a_removal_is_refused_the_flags_are_sent_after_all(tmp_path: Path):
    async with at_fake(tmp_path, 0) as (fake, account):
        fake.boxes["Trash"].add(b"Subject: letter 1\r\nMessage-ID: <1@x>\r\n\r\nx\r\n")
        await account.sync()
        (message,) = await account.ids(1, path="Trash")
        fake.on("UID STORE 1 .FLAGS.SILENT", "$ NO [NOPERM] never")
        await account.store.do(SetFlags((message,), add=Flag.FLAGGED))
        await account.store.do(Delete((message,)))
        await account.backend.send_journal()
        assert fake.boxes["Trash"].mails[0].flags == {"\\Flagged"}
        assert await states(account) == ["done", "refused"]
        assert (await account.row(1, "Trash")).flags == Flag.FLAGGED


async def test_when_the_end_of_a_chain_is_refused_the_message_goes_as_far_as_it_can(tmp_path: Path):
    async with at_fake(tmp_path, 1) as (fake, account):
        fake.on("UID MOVE 1 Archive", "$ NO [NOPERM] not there")
        (message,) = await account.ids(1)
        await move(account, "Work", message)
        await move(account, "Archive", message)
        await account.backend.send_journal()
        assert await states(account) == ["done", "refused"]
        assert (await account.row(1, "Work")).id == message
        assert len(fake.boxes["Work"].mails) == 1


@pytest.mark.parametrize("capability", [SILENT, FULL])
async def test_acts_on_a_message_that_was_just_moved_need_no_sync(tmp_path: Path, capability: str):
    async with at_fake(tmp_path, 3, capability) as (fake, account):
        for box in fake.boxes.values():
            box.uidnext += 10
        (message,) = await account.ids(2)
        await move(account, "Work", message)
        await account.backend.send_journal()
        await account.store.do(SetFlags((message,), add=Flag.FLAGGED))
        await move(account, "Archive", message)
        await account.backend.send_journal()
        await account.store.do(Delete((message,)))
        await account.store.undo()
        await account.store.do(SetLabels((message,), add=("kept",)))
        await account.store.do(Delete((message,)))
        await account.backend.send_journal()
        assert await account.waiting() == []
        (mail,) = fake.boxes["Trash"].mails
        assert mail.flags == {"\\Flagged", "kept"}
        assert fake.boxes["Work"].mails == fake.boxes["Archive"].mails == []
        await account.sync(full=True)
        row = await account.row(2, "Trash")
        assert (row.id, row.flags, row.labels) == (message, Flag.FLAGGED, ("kept",))
        assert await account.numbers() == [1, 3]


async def test_a_move_that_cannot_be_looked_for_is_parked_and_looked_for_when_it_is_tried_again(tmp_path: Path):
    async with at_fake(tmp_path, 1) as (fake, account):
        (message,) = await account.ids(1)
        await move(account, "Work", message)
        (entry,) = await account.waiting()
        await account.store.write(lambda tx: journal.start(tx, [entry.id], probe_uidnext=1))
        fake.boxes["Work"].add(fake.inbox.mails.pop().raw)  # it was done, and the process died
        fake.on("SELECT INBOX", "$ NO [NOPERM] not now", times=1)
        await account.backend.send_journal()
        assert await states(account) == ["refused"]
        await account.store.write(lambda tx: journal.retry(tx, entry.id))
        await account.reconnect()
        await account.backend.send_journal()
        assert await states(account) == ["done"]
        assert [(row.id, row.uid) for row in await account.rows("Work")] == [(message, 1)]
        assert changes(fake) == []


async def test_a_folder_that_cannot_be_searched_holds_nothing_else_up(tmp_path: Path):
    async with at_fake(tmp_path, 2, SILENT) as (fake, account):
        moved, other = await account.ids(1, 2)
        await move(account, "Work", moved)
        await account.backend.send_journal()
        await account.store.do(SetFlags((moved, other), add=Flag.SEEN))
        fake.on("SELECT Work", "$ NO [NOPERM] not now", times=1)
        await account.backend.send_journal()
        assert await states(account) == ["done", "queued", "done"]
        await account.backend.send_journal()
        assert await states(account) == ["done"] * 3


async def test_letters_that_look_alike_keep_their_rows_though_no_uid_is_told(tmp_path: Path):
    async with at_fake(tmp_path, 0, SILENT) as (fake, account):
        same = b"Subject: letter %d\r\nMessage-ID: <same@x>\r\n\r\nx\r\n"
        nameless = b"Subject: letter %d\r\n\r\nno name\r\n"
        for raw in (same % 1, same % 2, nameless % 3, nameless % 4):
            fake.inbox.add(raw)
        fake.boxes["Archive"].add(same % 9)
        await account.sync()
        ids = await account.ids(1, 2, 3, 4)
        await account.store.do(Archive(ids))
        await account.backend.send_journal()
        for number, message in enumerate(ids, 1):
            await account.store.do(SetLabels((message,), add=(f"n{number}",)))
        await account.backend.send_journal()
        assert await account.waiting() == []
        there = [(mail.raw[16:17].decode(), mail.flags) for mail in fake.boxes["Archive"].mails]
        assert there == [("9", set()), *((str(n), {f"n{n}"}) for n in (1, 2, 3, 4))]


async def test_acts_while_a_move_is_unknown_follow_once_it_was_looked_for(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, [1, 2, 3])
    async with Proxy(dovecot.imap) as proxy, connected(proxy.port, user, tmp_path) as account:
        await account.sync()
        (message,) = await account.ids(2)
        await move(account, "Junk", message)
        await cut_replay(proxy, account, "to_client", b"COPYUID")
        assert "unknown" in await states(account)
        await account.store.do(SetFlags((message,), add=Flag.FLAGGED))
        await move(account, "Trash", message)
        await account.store.do(Archive((message,)))
        await account.store.undo()
        await account.store.do(SetFlags((message,), add=Flag.SEEN))
        await account.backend.send_journal()
        assert await account.waiting() == []
        (there,) = dovecot.messages(user, "Trash")
        assert (there.subject, there.flags) == ("letter 2", {"\\Flagged", "\\Seen"})
        await account.sync(full=True)
        assert (await account.row(2, "Trash")).id == message
        await assert_same(account, dovecot, user, "INBOX", "Junk", "Trash", "Archive")


async def test_undo_while_a_move_is_unknown_brings_the_message_back(dovecot_plain: Dovecot, tmp_path: Path):
    user = dovecot_plain.user()
    await deliver(dovecot_plain, user, [1, 2])
    async with Proxy(dovecot_plain.imap) as proxy, connected(proxy.port, user, tmp_path) as account:
        await account.sync()
        await account.store.do(Archive(await account.ids(1)))
        await cut_replay(proxy, account, "to_server", b"STORE")
        await account.store.undo()
        await account.backend.send_journal()
        assert await account.waiting() == []
        assert sorted(m.subject for m in dovecot_plain.messages(user)) == ["letter 1", "letter 2"]
        await account.sync(full=True)
        assert await account.numbers() == [1, 2]
        assert await account.numbers("Archive") == []


@pytest.mark.parametrize("server", ["dovecot", "dovecot_plain"])
async def test_a_copy_is_made_once_and_leaves_the_original(request: pytest.FixtureRequest, tmp_path: Path, server: str):
    dovecot: Dovecot = request.getfixturevalue(server)
    user = dovecot.user()
    await deliver(dovecot, user, [1, 2])
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        ids = await account.ids(1, 2)
        await account.store.do(SetFlags(ids, add=Flag.FLAGGED))
        await account.store.do(Copy(ids, (await account.folder("Archive")).id))
        await account.store.do(SetFlags(ids, remove=Flag.FLAGGED))
        await account.sync()
        await account.sync()
        assert await account.waiting() == []
        assert {row.id for row in await account.rows()} == set(ids)
        assert [row.flags for row in await account.rows("Archive")] == [Flag.FLAGGED] * 2
        assert len(await account.hashes("Archive")) == 2
        await assert_same(account, dovecot, user, "INBOX", "Archive")


@pytest.mark.parametrize(("direction", "words"), [("to_server", b"UID COPY"), ("to_client", b"COPYUID")])
async def test_a_copy_that_is_cut_is_looked_for_before_it_is_made_again(
    dovecot: Dovecot, tmp_path: Path, direction: str, words: bytes
):
    user = dovecot.user()
    await deliver(dovecot, user, [1, 2])
    await deliver(dovecot, user, [1], folder="Archive")  # an older equal message proves nothing
    async with Proxy(dovecot.imap) as proxy, connected(proxy.port, user, tmp_path) as account:
        await account.sync()
        await account.store.do(Copy(await account.ids(1, 2), (await account.folder("Archive")).id))
        await cut_replay(proxy, account, direction, words)
        await account.sync()
        assert sorted(m.subject for m in dovecot.messages(user, "Archive")) == ["letter 1", "letter 1", "letter 2"]
        await assert_same(account, dovecot, user, "INBOX", "Archive")
        assert await states(account) == ["done", "done"]


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_move_of_which_no_answer_came_is_looked_for_at_its_target_when_the_source_is_gone(
    tmp_path: Path, arrived: bool
):
    fake = FakeImap()
    fake.folder("Archive", "\\Archive")
    fake.folder("Work").add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        (message,) = await account.ids(1, path="Work")
        await account.store.do(Archive((message,)))
        (entry,) = await account.waiting()
        await account.store.write(lambda tx: journal.start(tx, [entry.id], probe_uidnext=1))
        if arrived:
            fake.boxes["Archive"].add(letter(1))
        del fake.boxes["Work"]
        await account.reconnect()
        for _ in range(3):
            await account.sync()
        assert await account.waiting() == []
        assert await account.numbers("Archive") == [1] * arrived
        assert [row.id for row in await account.rows("Archive")] == [message] * arrived
        assert "Work" not in {one.path for one in await account.store.read(folders.every)}


async def test_what_waits_in_a_folder_that_went_before_its_new_uids_were_known_waits_no_longer(
    dovecot: Dovecot, tmp_path: Path
):
    user = dovecot.user()
    await deliver(dovecot, user, [1, 2], folder="Work")
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        work = (await account.folder("Work")).id
        await account.store.do(Archive(await account.ids(1, path="Work")))
        # what a sync does first when UIDVALIDITY has changed; then the connection broke
        await account.store.write(lambda tx: rematching.forget_uids(tx, work))
        dovecot.doveadm("mailbox", "delete", "-u", user, "Work")
        await account.reconnect()
        await account.sync()
        assert await account.waiting() == []
        assert "Work" not in {one.path for one in await account.store.read(folders.every)}
        assert (await account.folder("Archive")).total == 0


async def test_what_is_under_the_uids_of_another_generation_is_not_taken_for_what_was_to_be_moved(tmp_path: Path):
    plain = "IMAP4rev1 IDLE SPECIAL-USE LIST-EXTENDED"
    async with at_fake(tmp_path, 2, plain) as (fake, account):
        (message,) = await account.ids(1)
        await move(account, "Work", message)
        (entry,) = await account.waiting()
        await account.store.write(lambda tx: journal.start(tx, [entry.id], probe_uidnext=1))
        fake.boxes["Work"].add(letter(1))  # copied, and the connection broke before the source was removed
        fake.inbox.mails.reverse()
        fake.inbox.uidvalidity += 1
        for uid, mail in enumerate(fake.inbox.mails, 1):
            mail.uid = uid
        await account.reconnect()
        await account.backend.send_journal()
        assert (await states(account), len(fake.inbox.mails)) == (["unknown"], 2)
        for _ in range(3):
            await account.sync()
        assert [mail.raw for mail in fake.inbox.mails] == [letter(2)]
        assert await states(account) == ["done"]
        assert [row.id for row in await account.rows("Work")] == [message]


@pytest.mark.parametrize("act", [Move, Copy])
async def test_a_uid_that_is_told_while_a_sync_finds_another_generation_is_not_kept(tmp_path: Path, act: type):
    async with at_fake(tmp_path, 1) as (fake, account):
        (message,) = await account.ids(1)
        work, cursor = (await account.folder("Work")).id, await account.cursor("Work")
        assert cursor is not None
        renewed = replace(cursor, uidvalidity=cursor.uidvalidity + 1)
        syncing: list[asyncio.Task[None]] = []

        def sync(command: str) -> None:  # written before the answer is even sent
            written = account.store.write(lambda tx: folders.set_cursor(tx, work, renewed))
            syncing.append(asyncio.get_running_loop().create_task(written))

        fake.does("UID MOVE|UID COPY", sync)
        await account.store.do(act((message,), work))
        await account.backend.send_journal()
        await asyncio.gather(*syncing)
        assert await states(account) == ["done"]
        assert await account.known_uids("Work") == []

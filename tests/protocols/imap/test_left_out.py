"""Acts on mail in folders that the configuration leaves out are sent all the same."""

import asyncio
from pathlib import Path

import pytest

from store.model import Flag
from store.operations import Archive, SetFlags
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import BARE, FULL, FakeImap, serving
from tests.servers.imap_account import Account, connected, deliver, letter


def leave_out(account: Account, path: str) -> None:
    account.backend._agenda._patterns = ("*", f"!{path}")


@pytest.mark.parametrize("capability", [FULL, BARE, FULL.replace(" UIDPLUS", "")])
async def test_mail_that_went_into_a_folder_that_is_left_out_can_still_be_starred(tmp_path: Path, capability: str):
    fake = FakeImap(capability)
    fake.inbox.add(letter(1))
    archive = fake.folder("Archive", "\\Archive")
    archive.add(letter(7))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        leave_out(account, "Archive")
        await account.sync()
        (message,) = await account.ids(1)
        await account.store.do(Archive((message,)))
        await account.sync()
        await account.store.do(SetFlags((message,), Flag.FLAGGED))
        await account.sync()
        assert await account.waiting() == []
        assert {mail.uid: mail.flags - {"\\Seen"} for mail in archive.mails}[2] == {"\\Flagged"}
        assert await account.numbers("Archive") == [1]  # of the rest nothing is brought


async def test_uids_of_a_folder_that_is_left_out_are_proven_before_they_are_used(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(letter(1))
    archive = fake.folder("Archive", "\\Archive")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        leave_out(account, "Archive")
        await account.sync()
        (message,) = await account.ids(1)
        await account.store.do(Archive((message,)))
        await account.sync()
        archive.uidvalidity = 99  # built anew: the UID that the move was told means another message
        archive.mails[0].raw = letter(8)
        archive.add(letter(1))
        await account.store.do(SetFlags((message,), Flag.FLAGGED))
        await account.sync()
        await account.sync()
        assert archive.mails[0].flags == set()
        assert archive.mails[1].flags == {"\\Flagged"}
        assert await account.waiting() == []


async def test_a_folder_that_was_synchronised_once_and_built_anew_since_then(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await asyncio.to_thread(dovecot.doveadm, "mailbox", "create", "-u", user, "Old")
    await deliver(dovecot, user, [1, 2, 3], "Old")
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        leave_out(account, "Old")
        await asyncio.to_thread(dovecot.doveadm, "mailbox", "update", "--uid-validity", "777", "-u", user, "Old")
        await account.reconnect()
        leave_out(account, "Old")
        await account.store.do(SetFlags(await account.ids(2, path="Old"), Flag.FLAGGED))
        await account.sync()
        assert await account.waiting() == []
        there = {one.message_id: one.flags for one in await asyncio.to_thread(dovecot.messages, user, "Old")}
        assert "\\Flagged" in there["<2@example.com>"] and "\\Flagged" not in there["<1@example.com>"]

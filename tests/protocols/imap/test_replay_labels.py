"""Labels are keywords on the server: merged with what others do, spelt its way, and refused with a reason."""

import asyncio
from pathlib import Path

import pytest

from store.model import Flag
from store.operations import SetFlags, SetLabels, State
from tests.servers.dovecot import Dovecot
from tests.servers.imap_account import connected, deliver
from tests.servers.replaying import at_fake, changes


@pytest.mark.parametrize("server", ["dovecot", "dovecot_plain"])
async def test_labels_go_both_ways_and_are_merged(request: pytest.FixtureRequest, tmp_path: Path, server: str):
    dovecot: Dovecot = request.getfixturevalue(server)
    user = dovecot.user()
    await deliver(dovecot, user, [1, 2])

    def theirs(action: str, keyword: str) -> None:
        dovecot.doveadm("flags", action, "-u", user, keyword, "mailbox", "INBOX", "all")

    await asyncio.to_thread(theirs, "add", "Old")
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        assert (await account.row(1)).labels == ("old",)
        await account.store.do(SetLabels(await account.ids(1, 2), add=("Urgent", "$todo")))
        await account.store.do(SetLabels(await account.ids(2), remove=("OLD",)))
        await asyncio.to_thread(theirs, "add", "theirs")
        await account.sync(full=True)
        await account.sync(full=True)
        assert await account.waiting() == []
        there = {m.subject: {flag.lower() for flag in m.flags} for m in await asyncio.to_thread(dovecot.messages, user)}
        assert there == {
            "letter 1": {"old", "urgent", "$todo", "theirs"},
            "letter 2": {"urgent", "$todo", "theirs"},
        }
        assert {row.subject: {*row.labels} for row in await account.rows()} == there


async def test_flags_and_labels_of_several_acts_are_one_command(tmp_path: Path):
    async with at_fake(tmp_path, 2) as (fake, account):
        ids = await account.ids(1, 2)
        await account.store.do(SetLabels(ids, add=("b",)))
        await account.store.do(SetFlags(ids, add=Flag.FLAGGED))
        await account.store.do(SetLabels(ids, add=("a", "c")))
        await account.store.do(SetLabels(ids, remove=("c",)))
        await account.backend.send_journal()
        assert changes(fake) == ["UID STORE 1:2 +FLAGS (\\Flagged a b)"]
        assert [mail.flags for mail in fake.inbox.mails] == [{"\\Flagged", "a", "b"}] * 2
        assert await account.waiting() == []


async def test_a_label_is_spelt_as_the_server_spells_it(tmp_path: Path):
    async with at_fake(tmp_path, 1) as (fake, account):
        fake.inbox.mails[0].flags.add("Urgent")
        fake.inbox.permanent = "\\Seen Urgent \\*"
        await account.sync(full=True)
        assert (await account.row(1)).labels == ("urgent",)
        await account.store.do(SetLabels(await account.ids(1), remove=("urgent",)))
        await account.reconnect()
        await account.backend.send_journal()
        assert changes(fake) == ["UID STORE 1 -FLAGS (Urgent)"]


async def test_a_folder_that_takes_no_new_labels_says_so_while_flags_go_on(tmp_path: Path):
    """I12."""
    async with at_fake(tmp_path, 2) as (fake, account):
        fake.inbox.permanent = "\\Seen \\Flagged known"
        ids = await account.ids(1, 2)
        await account.store.do(SetFlags(ids[:1], add=Flag.FLAGGED))
        await account.store.do(SetLabels(ids[:1], add=("new",)))
        await account.store.do(SetLabels(ids, add=("known",)))
        await account.reconnect()
        await account.backend.send_journal()
        assert [mail.flags for mail in fake.inbox.mails] == [{"\\Flagged", "known"}, {"known"}]
        (parked,) = await account.waiting()
        assert parked.state is State.REFUSED
        assert parked.error == 'The server takes no new labels in this folder, so not "new".'
        assert (await account.row(1)).labels == ("known",)


@pytest.mark.parametrize(
    ("read_only", "permanent", "reason"),
    [
        (True, None, "The folder can only be read on this server."),
        (False, "", "The server keeps no flags in this folder."),
    ],
)
async def test_a_folder_that_keeps_no_flags_parks_them_with_a_reason(
    tmp_path: Path, read_only: bool, permanent: str | None, reason: str
):
    async with at_fake(tmp_path, 1) as (fake, account):
        fake.inbox.read_only, fake.inbox.permanent = read_only, permanent
        await account.store.do(SetFlags(await account.ids(1), add=Flag.SEEN))
        await account.reconnect()
        await account.backend.send_journal()
        (parked,) = await account.waiting()
        assert (parked.state, parked.error) == (State.REFUSED, reason)
        assert changes(fake) == []


async def test_a_yes_whose_echo_shows_that_nothing_was_kept_is_no_yes(tmp_path: Path):
    async with at_fake(tmp_path, 2) as (fake, account):
        fake.on("UID STORE", "* 1 FETCH (UID 1 FLAGS (work))", "* 2 FETCH (UID 2 FLAGS (\\Seen))", "$ OK done")
        await account.store.do(SetLabels(await account.ids(1, 2), add=("work",)))
        await account.backend.send_journal()
        (parked,) = await account.waiting()
        assert (parked.state, parked.error) == (State.REFUSED, "The server said yes, but did not do it.")
        assert [(await account.row(number)).labels for number in (1, 2)] == [("work",), ()]


async def test_gmails_labels_are_set_by_the_names_of_their_folders(tmp_path: Path):
    async with at_fake(tmp_path, 1) as (fake, account):
        fake.folder("My Project")
        await account.sync()
        fake.capability += " X-GM-EXT-1"
        fake.on("UID STORE", "$ OK done")
        await account.store.do(SetLabels(await account.ids(1), add=("my-project", "new")))
        await account.store.do(SetFlags(await account.ids(1), add=Flag.FLAGGED))
        await account.reconnect()
        await account.backend.send_journal()
        assert changes(fake) == [
            'UID STORE 1 +X-GM-LABELS ("My Project" "new")',
            "UID STORE 1 +FLAGS (\\Flagged)",
        ]


async def test_labels_on_many_messages_are_refused_at_once(tmp_path: Path):
    async with at_fake(tmp_path, 40) as (fake, account):
        fake.inbox.permanent = "\\Seen"
        await account.store.do(SetLabels(await account.ids(*range(1, 41)), add=("new",)))
        await account.reconnect()
        await account.backend.send_journal()
        assert {entry.state for entry in await account.waiting()} == {State.REFUSED}
        assert changes(fake) == []

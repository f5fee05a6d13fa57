"""Push in trouble: beside a long first sync, on connections that go silent, on servers without IDLE."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from protocols.errors import ConnectionLost
from protocols.imap import idle, pool, push
from protocols.imap.pool import Use
from store import folders
from store.errors import NotFound
from store.folder_changes import DeleteFolder, RenameFolder
from store.model import Flag
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import BARE, FakeImap, serving
from tests.servers.following import following, shown, watching
from tests.servers.imap_account import Account, connected, deliver, letter
from tests.servers.proxy import Fault, Proxy
from tests.servers.scripted import Time

PAGE = 60_000
"""Octets after which a first sync of 600 letters has shown its first page and is in the middle of the rest."""


@pytest.fixture
def fake() -> FakeImap:
    """A server with a large inbox and a small folder."""
    fake = FakeImap()
    for number in range(1, 601):
        fake.inbox.add(letter(number))
    work = fake.folder("Work")
    for number in range(1, 4):
        work.add(letter(number))
    return fake


async def first_page(account: Account) -> None:
    """Return when the inbox shows something."""
    with account.store.changes.subscribe() as feed:
        while not account.backend._agenda.ready.is_set() or not await account.rows():
            await feed.next()


async def test_mail_that_arrives_during_a_first_sync_does_not_wait_for_its_end(fake: FakeImap, tmp_path: Path):
    async with serving(fake), Proxy(fake.port) as proxy:
        proxy.to_client = Fault(stall_after=PAGE, connections=1)
        async with connected(proxy.port, "anna", tmp_path) as account, watching(account):
            syncing = asyncio.create_task(account.sync())
            await first_page(account)
            await fake.idling.wait()
            fake.inbox.add(letter(601))
            fake.push("* 601 EXISTS")
            with account.store.changes.subscribe() as feed:
                while 601 not in await account.numbers():
                    await feed.next()
            assert not syncing.done()
            assert len(await account.rows()) < 601
            syncing.cancel()
            await asyncio.gather(syncing, return_exceptions=True)


async def test_the_folder_that_the_user_turns_to_during_a_first_sync_shows_at_once(fake: FakeImap, tmp_path: Path):
    async with serving(fake), Proxy(fake.port) as proxy:
        proxy.to_client = Fault(stall_after=PAGE, connections=1)
        async with connected(proxy.port, "anna", tmp_path) as account, watching(account):
            syncing = asyncio.create_task(account.sync())
            await proxy.stalled.wait()
            account.backend.focus(((await account.folder("Work")).id,))
            await shown(account, 1, 2, 3, path="Work")
            assert not syncing.done()
            syncing.cancel()
            await asyncio.gather(syncing, return_exceptions=True)


async def test_what_happens_in_the_folder_on_the_screen_is_pushed_as_well(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, [1], folder="Archive")
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        async with following(account), asyncio.timeout(20):
            account.backend.focus(((await account.folder("Archive")).id,))
            await deliver(dovecot, user, [2], folder="Archive")
            await shown(account, 1, 2, path="Archive")
            await asyncio.to_thread(
                dovecot.doveadm, "flags", "add", "-u", user, "\\Flagged", "mailbox", "Archive", "uid", "1"
            )
            with account.store.changes.subscribe() as feed:
                while (await account.row(1, "Archive")).flags != Flag.FLAGGED:
                    await feed.next()
            account.backend.focus(((await account.folder("Trash")).id,))
            await deliver(dovecot, user, [3], folder="Trash")
            await shown(account, 3, path="Trash")


async def test_what_is_pushed_of_a_folder_that_is_another_one_by_now_is_not_taken_over(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        async with watching(account) as (noticed, _):
            await fake.idling.wait()
            inbox, cursor = await account.folder(), await account.cursor()
            assert cursor is not None
            rebuilt = replace(cursor, uidvalidity=8)  # a round has found it out on its own connection
            await account.store.write(lambda tx: folders.set_cursor(tx, inbox.id, rebuilt))
            fake.inbox.add(letter(2))
            fake.push("* 2 EXISTS")
            await noticed.wait()
            assert await account.numbers() == [1]


async def test_a_folder_that_is_listened_to_can_be_renamed_and_deleted(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(push, "GLANCE", 0.1)
    user = dovecot.user()
    await deliver(dovecot, user, [1], folder="Work")
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        async with following(account), asyncio.timeout(20):
            account.backend.focus(((await account.folder("Work")).id,))
            await deliver(dovecot, user, [2], folder="Work")
            await shown(account, 1, 2, path="Work")
            await account.backend.change_folder(RenameFolder("Work", "Play"))
            assert await account.numbers("Play") == [1, 2]
            await deliver(dovecot, user, [3], folder="Play")
            await shown(account, 1, 2, 3, path="Play")
            await account.backend.change_folder(DeleteFolder("Play", 3))
            with pytest.raises(NotFound):
                await account.folder("Play")


async def test_the_folder_on_the_screen_is_looked_at_often_where_it_cannot_have_its_own_connection(
    fake: FakeImap, tmp_path: Path
):
    time = Time()
    fake.refuses_after = 2
    async with serving(fake), connected(fake.port, "anna", tmp_path, clock=time.clock) as account:
        await account.sync(summaries=True)
        async with watching(account) as (noticed, _):
            await fake.idling.wait()
            account.backend.focus(((await account.folder("Work")).id,))
            await time.asleep(2)  # the poll of everything, and the pause between two glances
            fake.boxes["Work"].add(letter(4))
            time.pass_by(push.GLANCE)
            await noticed.wait()
            await shown(account, 1, 2, 3, 4, path="Work")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is taken for death sooner."""
    monkeypatch.setattr(idle, "BEGIN_DEADLINE", 1.0)
    monkeypatch.setattr(idle, "DONE_DEADLINE", 0.05)


@pytest.mark.usefixtures("impatient")
async def test_a_listener_that_went_silent_is_found_out_and_replaced(tmp_path: Path):
    """I17."""
    fake, time = FakeImap(), Time()
    async with (
        serving(fake),
        Proxy(fake.port) as proxy,
        connected(fake.port, "anna", tmp_path, clock=time.clock) as account,
    ):
        await account.sync()
        account.backend._pool._endpoint = replace(account.backend._pool._endpoint, port=proxy.port)
        async with watching(account) as (noticed, watch):
            await fake.idling.wait()
            proxy.silent = True
            fake.inbox.add(letter(1))
            fake.push("* 1 EXISTS")
            renew(account)
            await time.asleep(2)  # the poll, and the pause before the next try
            proxy.silent = False
            time.pass_by(2)
            await noticed.wait()
            assert await account.numbers() == [1]
            assert not watch.done()


@pytest.mark.usefixtures("impatient")
async def test_when_all_went_silent_the_account_connects_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pool, "PROBE", 0.05)
    fake = FakeImap()
    async with serving(fake), Proxy(fake.port) as proxy, connected(proxy.port, "anna", tmp_path) as account:
        await account.sync()
        async with watching(account) as (_, watch):
            await fake.idling.wait()
            proxy.silent = True
            renew(account)
            with pytest.raises(ConnectionLost):
                await watch


def renew(account: Account) -> None:
    """Let the time of the IDLE on the inbox be up."""
    account.backend._pool._sessions[Use.LISTEN].wanted.set()


async def test_a_server_that_refuses_the_idle_it_offers_is_polled(tmp_path: Path):
    """I18."""
    fake, time = FakeImap(), Time()
    fake.on("IDLE", "$ NO not today")
    async with serving(fake), connected(fake.port, "anna", tmp_path, clock=time.clock) as account:
        await account.sync()
        async with watching(account) as (noticed, _):
            await time.asleep(2)
            fake.inbox.add(letter(1))
            time.pass_by(push.LOOK)
            await noticed.wait()
            assert await account.numbers() == [1]
            assert len(fake.said("IDLE")) == 1


async def test_a_server_that_ends_every_idle_at_once_is_polled(tmp_path: Path):
    fake, time = FakeImap(), Time()
    fake.on("IDLE", "+ idling", "$ OK that was it")
    async with serving(fake), connected(fake.port, "anna", tmp_path, clock=time.clock) as account:
        await account.sync()
        async with watching(account) as (noticed, _):
            await time.asleep(2)
            fake.inbox.add(letter(1))
            time.pass_by(push.LOOK)
            await noticed.wait()
            assert await account.numbers() == [1]
            assert len(fake.said("IDLE")) == push.SHORT_IN_A_ROW


async def test_without_idle_the_inbox_is_looked_at_every_minute_and_the_rest_every_five(tmp_path: Path):
    fake, time = FakeImap(BARE), Time()
    async with serving(fake), connected(fake.port, "anna", tmp_path, clock=time.clock) as account:
        await account.sync()
        async with watching(account) as (noticed, _):
            await time.asleep(2)
            fake.inbox.add(letter(1))
            time.pass_by(push.LOOK)
            await noticed.wait()
            assert await account.numbers() == [1]
            await account.sync()
            noticed.clear()
            await time.asleep(3)
            time.pass_by(push.LOOK)
            await time.asleep(4)
            assert not noticed.is_set()
            time.pass_by(push.POLL - 2 * push.LOOK)
            await noticed.wait()
            assert fake.said("IDLE") == []


async def test_what_a_round_cannot_help_with_is_told_only_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(push, "RENEW", 0.02)
    fake = FakeImap()
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.on("UID FETCH", "$ NO broken")
        fake.on("UID SEARCH", "$ NO broken")
        fake.inbox.mails.clear()
        async with watching(account) as (noticed, _):
            await noticed.wait()
            noticed.clear()
            for _ in range(3):
                fake.idling.clear()
                await fake.idling.wait()
            assert not noticed.is_set()

"""The backend's connections: push by IDLE, polling without it, one connection where the server allows no second."""

import asyncio
from pathlib import Path

import pytest

from protocols.demo.imap_server import DemoImapServer
from protocols.errors import ConnectionLost, ProtocolError
from protocols.imap import push
from store.model import Flag
from store.operations import Archive, SetFlags
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import BARE, FakeImap, serving
from tests.servers.following import following, shown, watching
from tests.servers.imap_account import assert_same, connected, deliver, letter
from tests.servers.proxy import Proxy
from tests.servers.scripted import Time


async def test_new_mail_and_flags_show_soon_after_the_server_has_them(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, [1])
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        async with following(account), asyncio.timeout(20):
            await deliver(dovecot, user, [2])
            await shown(account, 1, 2)
            with account.store.changes.subscribe() as feed:
                await asyncio.to_thread(
                    dovecot.doveadm, "flags", "add", "-u", user, "\\Flagged", "mailbox", "INBOX", "uid", "1"
                )
                while (await account.row(1)).flags != Flag.FLAGGED:
                    await feed.next()
            await asyncio.to_thread(dovecot.doveadm, "expunge", "-u", user, "mailbox", "INBOX", "uid", "1")
            await shown(account, 2)


async def test_mail_that_came_between_the_sync_and_the_idle_is_noticed(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.inbox.add(letter(2))
        async with watching(account) as (noticed, _):
            await noticed.wait()
            await account.sync()
            assert await account.numbers() == [1, 2]


async def test_an_idle_is_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """I17."""
    monkeypatch.setattr(push, "RENEW", 0.01)
    fake = FakeImap()
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        async with watching(account) as (noticed, _):
            for _ in range(3):
                fake.idling.clear()
                await fake.idling.wait()
            assert not noticed.is_set()


async def test_after_a_bye_in_idle_it_listens_again_over_a_new_connection(tmp_path: Path):
    """I17."""
    fake, time = FakeImap(), Time()
    async with serving(fake), connected(fake.port, "anna", tmp_path, clock=time.clock) as account:
        await account.sync()
        async with watching(account) as (noticed, _):
            await fake.idling.wait()
            fake.idling.clear()
            fake.push("* BYE autologout")
            await time.asleep(2)  # the poll, and the pause before the next try
            fake.inbox.add(letter(1))
            time.pass_by(2)
            await fake.idling.wait()
            await noticed.wait()
            assert await account.numbers() == [1]


async def test_when_every_connection_is_gone_the_watch_ends(tmp_path: Path):
    fake = FakeImap()
    async with serving(fake), Proxy(fake.port) as proxy, connected(proxy.port, "anna", tmp_path) as account:
        await account.sync()
        async with watching(account) as (_, task):
            await fake.idling.wait()
            proxy.cut()
            with pytest.raises(ConnectionLost):
                await task


async def test_without_idle_the_server_is_asked_from_time_to_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(push, "POLL", 0.01)
    fake = FakeImap(BARE)
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        async with watching(account) as (noticed, _):
            for number in (1, 2):
                fake.inbox.add(letter(number))
                noticed.clear()
                await noticed.wait()
                await account.sync()
            assert await account.numbers() == [1, 2]
        assert fake.said("IDLE") == []


async def test_where_no_second_connection_is_allowed_the_first_does_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(push, "POLL", 0.01)
    fake = FakeImap()
    fake.folder("Archive", "\\Archive")
    fake.refuses_after = 1
    for number in range(1, 11):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        await account.store.do(SetFlags(await account.ids(1), add=Flag.SEEN))
        await account.store.do(Archive(await account.ids(2)))
        await asyncio.gather(account.backend.send_journal(), account.sync(full=True))
        assert await account.waiting() == []
        assert len(fake.boxes["Archive"].mails) == 1
        signed_in = len(fake.said("LOGIN"))
        await account.store.do(SetFlags(await account.ids(3), add=Flag.SEEN))
        await account.backend.send_journal()
        assert len(fake.said("LOGIN")) == signed_in == 2  # not asked again at once
        async with watching(account) as (noticed, _):
            await noticed.wait()


async def test_a_push_does_not_compare_every_flag_unless_flags_were_pushed(tmp_path: Path):
    fake = FakeImap()
    for number in range(1, 4):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        async with watching(account) as (noticed, _):
            await fake.idling.wait()
            fake.inbox.add(letter(4))
            fake.push("* 4 EXISTS")
            await noticed.wait()
            await account.sync()
            assert await account.numbers() == [1, 2, 3, 4]


async def test_a_lost_connection_is_an_error_of_the_round_and_what_is_committed_stays(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, [1, 2])
    async with Proxy(dovecot.imap) as proxy, connected(proxy.port, user, tmp_path) as account:
        await account.sync()
        proxy.cut()
        with pytest.raises(ProtocolError):
            await account.sync()
        assert await account.numbers() == [1, 2]
        with pytest.raises(ConnectionLost):
            await account.sync()
        await account.reconnect()
        await account.sync()
        await assert_same(account, dovecot, user)


async def test_a_closed_backend_leaves_no_connection_behind(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, [1])
    async with Proxy(dovecot.imap) as proxy, connected(proxy.port, user, tmp_path) as account:
        await account.sync()
        async with watching(account):
            await account.store.do(SetFlags(await account.ids(1), add=Flag.SEEN))
            await account.backend.send_journal()
            assert proxy.open >= 2
        await account.backend.close()
        await account.backend.close()
    assert proxy.open == 0


async def test_pymap_is_followed_as_well(tmp_path: Path):
    server = DemoImapServer("anna", Dovecot.password, ("Archive", "Trash"))
    await server.start()
    try:
        for number in range(1, 41):
            await server.append("INBOX", letter(number), 1_721_124_000 + number)
        async with connected(server.port, "anna", tmp_path) as account:
            await account.sync()
            assert await account.numbers() == list(range(1, 41))
            assert len(await account.hashes()) == 40
            await account.store.do(SetFlags(await account.ids(1, 2), add=Flag.SEEN))
            await account.store.do(Archive(await account.ids(3, 4)))
            await server.append("INBOX", letter(41), 1_721_124_041)
            for _ in range(2):
                await account.sync(full=True)
            assert await account.waiting() == []
            assert await account.numbers("Archive") == [3, 4]
            assert await account.numbers() == [1, 2, *range(5, 42)]
            assert (await account.row(1)).flags == Flag.SEEN
    finally:
        await server.close()

"""The connections of one account: as many as are needed, as few as the server allows, and none that is dead."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from protocols.backend import Mailbox
from protocols.errors import SignInRefused, Throttled
from protocols.imap.backend import ImapBackend
from protocols.imap.pool import LOWERED, Pool, Use
from store.model import Flag
from store.operations import SetFlags
from tests.servers.dovecot import Dovecot, why_not
from tests.servers.fake_imap import FULL, FakeImap, serving
from tests.servers.following import following, shown
from tests.servers.imap_account import connected, deliver, letter
from tests.servers.proxy import Fault, Proxy
from tests.servers.scripted import Time


@pytest.fixture(scope="module", params=[1, 2, 3])
def narrow(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    """A Dovecot that allows a user so many connections."""
    if why_not():
        pytest.skip(why_not() or "")
    with Dovecot(connections=request.param) as server:
        yield server


async def test_with_few_connections_everything_still_works(narrow: Dovecot, tmp_path: Path):
    user = narrow.user()
    await deliver(narrow, user, [1, 2])
    await deliver(narrow, user, [3], folder="Archive")
    async with connected(narrow.imap, user, tmp_path) as account:
        await account.sync()
        async with following(account), asyncio.timeout(20):
            account.backend.focus(((await account.folder("Archive")).id,))
            await deliver(narrow, user, [4])
            await shown(account, 1, 2, 4)
            await account.store.do(SetFlags(await account.ids(1), add=Flag.FLAGGED))
            await account.backend.send_journal()
            await deliver(narrow, user, [5])
            await shown(account, 1, 2, 4, 5)
            await account.backend.fetch((await account.row(2)).id)
        words = ("fetch", "-u", user, "flags", "mailbox", "INBOX", "uid", "1")  # another IMAP client finds no room
        assert "\\Flagged" in await asyncio.to_thread(narrow.doveadm, *words)


async def test_where_another_connection_is_not_allowed_it_is_tried_again_after_ten_minutes(tmp_path: Path):
    fake, time = FakeImap(), Time()
    fake.inbox.add(letter(1))
    fake.refuses_after = 1
    async with serving(fake), connected(fake.port, "anna", tmp_path, clock=time.clock) as account:
        pool = account.backend._pool
        assert await pool.session(Use.QUICK) is pool.worker
        fake.refuses_after = None
        time.pass_by(LOWERED - 1)
        assert await pool.session(Use.QUICK) is pool.worker
        assert len(fake.said("LOGIN")) == 2
        time.pass_by(2)
        assert await pool.session(Use.QUICK) is not pool.worker


async def test_of_two_connections_the_second_listens_and_makes_room_for_what_the_user_waits_for(tmp_path: Path):
    fake = FakeImap()
    fake.refuses_after = 2
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        pool = account.backend._pool
        listener = await pool.session(Use.LISTEN)
        assert listener is not pool.worker
        assert await pool.session(Use.QUICK) is listener
        assert await pool.own(Use.FOCUS) is None


async def test_the_folder_on_the_screen_gets_no_connection_before_the_inbox_has_one(tmp_path: Path):
    fake = FakeImap()
    fake.refuses_after = 3
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        pool = account.backend._pool
        assert await pool.own(Use.FOCUS) is None
        listener = await pool.own(Use.LISTEN)
        focus = await pool.own(Use.FOCUS)
        assert focus is not None and focus is not listener
        assert await pool.session(Use.QUICK) in (listener, focus)


async def test_two_listeners_never_share_a_connection(tmp_path: Path):
    fake = FakeImap()
    fake.refuses_after = 2
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        pool = account.backend._pool
        await pool.own(Use.LISTEN)
        focus = await pool.own(Use.FOCUS)
        assert focus is None


async def test_an_opened_message_comes_although_the_connection_for_it_had_died(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, [1])
    async with Proxy(dovecot.imap) as proxy, connected(proxy.port, user, tmp_path) as account:
        await account.sync(summaries=True)
        proxy.to_client = Fault(cut_on=b"Hello. 1", connections=1)
        message = (await account.row(1)).id
        await account.backend.fetch(message)
        assert proxy.was_cut.is_set()
        assert await account.raw(message) is not None


async def test_an_account_with_a_token_signs_in_with_it_and_asks_for_a_fresh_one_later(tmp_path: Path):
    """K04."""
    fake = FakeImap(f"{FULL} AUTH=XOAUTH2 AUTH=PLAIN SASL-IR")
    fake.on("AUTHENTICATE XOAUTH2", "$ OK in")
    tokens = iter(["second", "third"])

    async def fresh() -> str:
        return next(tokens)

    async with serving(fake), connected(fake.port, "anna", tmp_path, opened=False) as account:
        settings = replace(account.settings, auth="oauth2")
        mailbox = Mailbox(settings, account.id, account.store, "first", renew=fresh)
        pool = Pool(mailbox, Time().clock)
        await pool.open()
        await pool.session(Use.QUICK)
        assert len(set(fake.said("AUTHENTICATE XOAUTH2"))) == 2
        assert next(tokens) == "third"
        assert fake.said("LOGIN") == []
        await pool.close()


async def test_a_token_is_never_sent_as_a_password(tmp_path: Path):
    fake = FakeImap(f"{FULL} AUTH=PLAIN SASL-IR")
    async with serving(fake), connected(fake.port, "anna", tmp_path, opened=False) as account:
        settings = replace(account.settings, auth="oauth2")
        backend = ImapBackend(Mailbox(settings, account.id, account.store, "token"))
        with pytest.raises(SignInRefused):
            await backend.open()
        assert fake.said("AUTHENTICATE") == fake.said("LOGIN") == []


async def test_when_not_even_one_connection_is_allowed_the_account_waits(tmp_path: Path):
    fake = FakeImap()
    fake.refuses_after = 0
    async with serving(fake), connected(fake.port, "anna", tmp_path, opened=False) as account:
        with pytest.raises(Throttled):
            await account.backend.open()

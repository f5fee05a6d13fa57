"""All accounts of a store under one engine: lock, journal, one-shot rounds, isolation, clean stop."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from protocols.backend import Round
from protocols.engine import BACKENDS, Engine
from protocols.errors import ConnectionLost, SignInRefused, Unreachable
from store import accounts, folders, journal, listing, messages
from store.errors import EngineBusy, NotFound
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import Address, Digest, Flag, MessageId, Protocol, Role
from store.operations import Archive, SetFlags, State
from store.settings import AccountSettings, Settings
from store.status import Activity
from tests.servers.accounts import imap_account, pop3_account
from tests.servers.dovecot import Dovecot
from tests.servers.pop3 import Faults, PopServer
from tests.servers.scripted import Heard, Line, Time, secret

DIGEST = Digest("<1@x>", (), Address("", "a@x"), (), (), "one", None, 0, (), "", "text")


def configured(*settings: AccountSettings) -> Settings:
    return Settings(accounts=settings)


def scripted(store: MailStore, line: Line, *, settings: Settings | None = None, supervise: bool = True) -> Engine:
    return Engine(
        store,
        settings or configured(imap_account(1)),
        supervise=supervise,
        passwords=secret,
        backends={Protocol.IMAP: line.backend, Protocol.POP3: BACKENDS[Protocol.POP3]},
        clock=Time().clock,
    )


async def one_message(store: MailStore) -> MessageId:
    """A message in the inbox of the account `box`, which has one on its server too."""
    box = await store.read(lambda c: accounts.by_name(c, "box"))

    def write(tx) -> MessageId:
        folder = folders.add_local(tx, box.id, "INBOX", Role.INBOX)
        return messages.add(tx, box.id, folder, [Arrival(DIGEST, 1, 10, uid=7, raw=b"x")])[0]

    return await store.write(write)


async def until(store: MailStore, account: str, activity: Activity) -> None:
    with store.changes.subscribe() as feed:
        while store.status[account].activity is not activity:
            await feed.next()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[MailStore]:
    async with await MailStore.open(tmp_path / "data") as opened:
        yield opened


async def test_accounts_of_the_configuration_come_into_the_store_and_online(store: MailStore):
    line = Line()
    async with scripted(store, line) as engine:
        await until(store, "box", Activity.ONLINE)
        assert engine.accounts == ("box",)
    assert [account.name for account in await store.read(accounts.every)] == ["box"]
    assert line.asked[-1] == "close"


async def test_there_is_one_engine_a_store_and_its_end_makes_room(store: MailStore):
    """D04."""
    line = Line()
    async with scripted(store, line):
        await line.until("watch")
        with pytest.raises(EngineBusy):
            await scripted(store, line).__aenter__()
    async with scripted(store, line):
        await line.until("watch", 2)


async def test_what_the_user_does_is_sent_at_once(store: MailStore):
    line = Line()
    async with scripted(store, line):
        message = await one_message(store)
        await line.until("watch")
        await store.do(SetFlags((message,), add=Flag.SEEN))
        await line.until("journal")


async def test_what_was_being_sent_when_the_process_died_is_unknown(store: MailStore):
    line = Line()
    async with scripted(store, line):
        message = await one_message(store)
    await store.do(SetFlags((message,), add=Flag.SEEN))
    (entry,) = await store.read(journal.unfinished)
    await store.write(lambda tx: journal.start(tx, [entry.id]))
    async with scripted(store, line):
        (entry,) = await store.read(journal.unfinished)
        assert entry.state is State.UNKNOWN


async def test_a_failing_account_does_not_disturb_another(store: MailStore):
    """R03."""
    line = Line()
    line.opens.extend(Unreachable("no way") for _ in range(3))
    async with PopServer([("a", b"Subject: x\r\n\r\n.\r\n")]) as server:
        both = configured(imap_account(1), pop3_account(server.port), pop3_account(1, name="dead"))
        async with scripted(store, line, settings=both) as engine:
            await until(store, "drop", Activity.ONLINE)
            await until(store, "box", Activity.WAITING)
            await until(store, "dead", Activity.WAITING)
            outcome = await engine.sync()
    assert outcome["drop"] is None
    assert isinstance(outcome["box"], Unreachable)
    assert isinstance(outcome["dead"], Unreachable)


async def test_a_paused_account_stays_offline_until_it_is_told_otherwise(store: MailStore):
    line = Line()
    async with scripted(store, line) as engine:
        message = await one_message(store)
        await line.until("watch")
        await engine.pause("box", True)
        assert line.asked[-1] == "close"
        assert store.status["box"].paused and store.status["box"].activity is Activity.OFFLINE
        await store.do(SetFlags((message,), add=Flag.SEEN))
        engine.refresh()
        with pytest.raises(Unreachable, match="stays offline"):
            await engine.fetch(message)
        await engine.configure(configured(imap_account(1)))
        assert line.asked[-1] == "close"
        await engine.pause("box", False)
        await line.until("synced", 2)
        await until(store, "box", Activity.ONLINE)
        assert not store.status["box"].paused
        with pytest.raises(NotFound):
            await engine.pause("nobody", True)


async def test_after_a_long_stop_of_the_process_everybody_connects_anew(store: MailStore):
    line, time = Line(), Time()
    backends = {Protocol.IMAP: line.backend}
    settings = configured(imap_account(1))
    async with Engine(store, settings, passwords=secret, backends=backends, clock=time.clock):
        await line.until("watch")
        await until(store, "box", Activity.ONLINE)
        time.pass_by(600)
        await line.until("watch", 2)
        assert line.asked.count("close") == 1


async def test_a_refresh_reaches_one_account_or_all(store: MailStore):
    line = Line()
    async with scripted(store, line) as engine:
        await line.until("watch")
        engine.refresh()
        await line.until("synced", 2)
        engine.refresh("box")
        await line.until("synced", 3)
        with pytest.raises(NotFound):
            engine.refresh("bx")


async def test_a_message_is_fetched_by_its_account(store: MailStore):
    line = Line()
    async with scripted(store, line) as engine:
        message = await one_message(store)
        await engine.fetch(message)
        assert "fetch" in line.asked
        with pytest.raises(NotFound):
            await engine.fetch(MessageId(4711))


async def test_one_shot_rounds_connect_only_when_asked(store: MailStore):
    line = Line()
    async with scripted(store, line, supervise=False) as engine:
        assert line.asked == []
        assert await engine.sync(folders=["Work"], summaries=True) == {"box": None}
        assert line.rounds == [Round(("Work",), summaries=True, full=True)]
        assert line.asked == ["open", "sync", "synced", "close"]
        line.opens.append(SignInRefused("no"))
        outcome = await engine.sync(["box"])
        assert outcome["box"] is not None
        assert outcome["box"].exit_code == 5
        assert store.status["box"].activity is Activity.OFFLINE
        message = await one_message(store)
        await engine.fetch(message)
        with pytest.raises(NotFound, match="bux"):
            await engine.sync(["bux"])


async def test_a_bug_in_one_account_is_an_outcome_not_the_end(store: MailStore):
    """R03."""
    line = Line()
    line.syncs.append(RuntimeError("a bug"))
    async with scripted(store, line, supervise=False) as engine:
        outcome = await engine.sync()
    assert outcome["box"] is not None
    assert outcome["box"].exit_code == 1


async def test_new_settings_start_change_and_stop_accounts(store: MailStore):
    line = Line()
    idle = scripted(store, line, settings=configured())
    async with PopServer([("a", b"Subject: x\r\n\r\n.\r\n")]) as server, idle as engine:
        assert engine.accounts == ()
        await engine.configure(configured(pop3_account(server.port), imap_account(1)))
        await until(store, "drop", Activity.ONLINE)
        await line.until("watch")
        await engine.configure(configured(pop3_account(server.port), imap_account(1, user="other")))
        await line.until("watch", 2)
        await engine.configure(configured(imap_account(1, user="other")))
        assert engine.accounts == ("box",)
        assert "drop" not in store.status.accounts


async def test_stopping_in_the_middle_keeps_what_is_committed(store: MailStore):
    """R04."""
    big = [(f"u{n}", b"Subject: %d\r\n\r\n%s\r\n" % (n, b"x" * 3000)) for n in range(200)]
    async with PopServer(big) as server:
        settings = replace(pop3_account(server.port))
        with store.changes.subscribe() as feed:
            async with scripted(store, Line(), settings=configured(settings)):
                while not (await feed.next()).messages:
                    continue
        inbox = await store.read(lambda c: folders.unified(c))
        count = len(await store.read(lambda c: listing.page(c, inbox, None, 1000)))
        assert count >= 25  # the first batch
        async with scripted(store, Line(), settings=configured(settings)) as engine:
            assert await engine.sync() == {"drop": None}
        assert server.maildrop == []
    assert len(await store.read(lambda c: listing.page(c, inbox, None, 1000))) == 200


async def test_a_connection_that_breaks_comes_back_and_doubles_nothing(store: MailStore):
    line = Line()
    time = Time()
    engine = Engine(
        store, configured(imap_account(1)), passwords=secret, backends={Protocol.IMAP: line.backend}, clock=time.clock
    )
    async with engine:
        await line.until("watch")
        line.break_off(ConnectionLost("gone"))
        await time.asleep(2)  # the look around, and the pause before the next try
        time.pass_by(5)
        await line.until("watch", 2)
        await asyncio.wait_for(until(store, "box", Activity.ONLINE), 5)
    assert line.connections == 2


async def test_after_sleep_everybody_connects_again_as_soon_as_somebody_looks(store: MailStore):
    line, time, slept = Line(), Time(), 0.0
    clock = replace(time.clock, now=lambda: time.value + slept)
    settings = configured(imap_account(1))
    async with Engine(store, settings, passwords=secret, backends={Protocol.IMAP: line.backend}, clock=clock):
        await line.until("watch")
        slept = 3600.0
        time.pass_by(30)
        await line.until("watch", 2)
    assert line.connections == 2


async def test_a_server_that_went_silent_does_not_hold_up_the_end(store: MailStore, caplog: pytest.LogCaptureFixture):
    async with PopServer([("a", b"Subject: x\r\n\r\n.\r\n")], Faults(silent=frozenset({"RETR", "QUIT"}))) as server:
        server.commands = heard = Heard(b"RETR")
        async with scripted(store, Line(), settings=configured(pop3_account(server.port))):
            await heard.event.wait()
        (session,) = server.sessions
        await session.over.wait()
    assert "did not stop" not in caplog.text


async def test_both_protocols_of_a_real_server_work_side_by_side(store: MailStore, dovecot: Dovecot):
    async def password(account: AccountSettings) -> str:
        return dovecot.password

    one, two = dovecot.user(), dovecot.user()
    letter = b"From: a@example.com\r\nSubject: %s\r\nMessage-ID: <%s@example.com>\r\n\r\nbody\r\n"
    for user in (one, two):
        dovecot.deliver(user, letter % (b"first", user.encode()))
    settings = configured(imap_account(dovecot.imap, user=one), pop3_account(dovecot.pop3, user=two))
    async with Engine(store, settings, passwords=password) as engine:
        assert await engine.sync() == {"box": None, "drop": None}
        inbox = await store.read(lambda c: folders.unified(c))
        rows = await store.read(lambda c: listing.page(c, inbox, None, 10))
        assert [row.subject for row in rows] == ["first", "first"]
        await store.do(Archive(tuple(row.id for row in rows)))
        with store.changes.subscribe() as feed:
            while await store.read(journal.waiting_counts):
                await feed.next()
        dovecot.deliver(one, letter % (b"second", b"2"))
        with store.changes.subscribe() as feed:
            while not (rows := await store.read(lambda c: listing.page(c, inbox, None, 10))):
                await feed.next()
        assert [row.subject for row in rows] == ["second"]
    assert [message.subject for message in dovecot.messages(one, "Archive")] == ["first"]
    assert dovecot.messages(two) == []

"""What an account keeps is what is here: after a round, when the setting changes, when a message is read."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from protocols.clock import Clock
from protocols.engine import HOUR, Engine
from protocols.errors import ProtocolError
from protocols.evictor import Evictor
from store import accounts, bodies, folders, keeping, listing, messages, parts, shrinking, usage
from store.database import Transaction
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import Address, Cached, Digest, Flag, MessageId, Protocol, Role
from store.operations import SetFlags
from store.settings import AccountSettings, Keep, Settings
from tests.servers.accounts import imap_account
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import FakeImap, serving
from tests.servers.imap_account import Account, connected, deliver, letter
from tests.servers.scripted import Line, Time, secret

OLD = "17-Jul-2001 02:44:25 +0000"


def month(number: int) -> str:
    """A time of arrival so many months ago."""
    return time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(time.time() - number * keeping.MONTH - 600))


async def evict(account: Account, keep: str) -> int:
    return await Evictor(account.store).evict(account.id, Keep.parse(keep))


async def whole(account: Account) -> list[int]:
    """The numbers of the letters that are here whole."""
    return sorted(int(row.subject[7:]) for row in await account.rows() if row.cached is Cached.FULL)


async def keep(account: Account, words: str) -> None:
    """Another setting, and a new connection, as the engine makes one for it."""
    account.settings = replace(account.settings, keep=Keep.parse(words))
    await account.reconnect()


async def forget_use(account: Account) -> None:
    """As if two weeks had passed since anything was opened."""
    await account.store.write(lambda tx: tx.execute("UPDATE messages SET used_at = used_at - ?", (keeping.RECENT + 1,)))


async def test_an_evicted_message_is_fetched_again_when_it_is_opened_and_stays_a_while(
    dovecot: Dovecot, tmp_path: Path
):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 4))
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        assert await evict(account, "summaries") == 3
        assert await whole(account) == []
        [message] = await account.ids(2)
        await account.backend.fetch(message)
        assert await account.raw(message) == letter(2)
        assert await evict(account, "summaries") == 0
        await forget_use(account)
        assert await evict(account, "summaries") == 1
        assert await account.raw(message) is None


async def test_what_came_is_not_evicted_and_what_was_evicted_does_not_come_again(tmp_path: Path):
    fake = FakeImap()
    for number in range(1, 9):
        fake.inbox.add(letter(number, text="x" * 900), date=month(9 - number))
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="5 kB") as account:
        await account.sync()
        for _ in range(3):
            assert await whole(account) == [5, 6, 7, 8]
            assert await evict(account, "5 kB") == 0
            await account.sync(full=True)


async def test_new_mail_makes_the_oldest_go_and_the_size_is_never_exceeded(tmp_path: Path):
    fake = FakeImap()
    for number in range(1, 5):
        fake.inbox.add(letter(number, text="x" * 900), date=month(9 - number))
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="5 kB") as account:
        await account.sync()
        assert await whole(account) == [1, 2, 3, 4]
        for number in range(5, 8):
            fake.inbox.add(letter(number, text="x" * 900), date=month(9 - number))
            await account.sync()
            assert await whole(account) == [number - 3, number - 2, number - 1, number]
            assert (await account.store.read(lambda c: usage.of_account(c, account.id))).octets <= 5000


async def test_a_setting_that_keeps_more_fetches_and_one_that_keeps_less_evicts(tmp_path: Path):
    fake = FakeImap()
    for number in range(1, 5):
        fake.inbox.add(letter(number), date=OLD if number < 3 else month(1))
    large = letter(5, text="hay and straw\r\n" * 30_000)
    fake.inbox.add(large, date=OLD)
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="summaries") as account:
        await account.sync()
        for words, expected in (
            ("summaries", []),
            ("90 days", [3, 4]),
            ("full", [1, 2, 3, 4, 5]),
            ("text", [1, 2, 3, 4]),
            ("90 days", [3, 4]),
            ("10 MB", [1, 2, 3, 4, 5]),
            ("1 kB", [1, 2, 3, 4]),
            ("summaries", []),
        ):
            await keep(account, words)
            await account.sync()
            await evict(account, words)
            assert await whole(account) == expected, words


async def test_of_a_large_message_the_text_is_still_read_without_a_server(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(letter(1, text="Needle in the beginning\r\n" + "hay and straw\r\n" * 30_000), date=OLD)
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        [message] = await account.ids(1)
        await account.backend.close()
        assert await evict(account, "text") == 1
        held = await account.store.read(lambda c: parts.readable(c, message))
        assert held is not None and held.texts["1"].startswith(b"Needle")
        assert (await account.row(1)).cached is Cached.TEXT
        assert await evict(account, "text") == 0
        await account.reconnect()
        await account.backend.fetch(message)
        raw = await account.raw(message)
        assert raw is not None and raw.endswith(b"straw\r\n 1\r\n")


async def test_what_is_kept_by_hand_comes_whole_whatever_the_account_keeps(tmp_path: Path):
    fake = FakeImap()
    for number in range(1, 4):
        fake.inbox.add(letter(number), date=OLD)
    fake.inbox.add(letter(4, text="hay and straw\r\n" * 30_000), date=OLD)
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="summaries") as account:
        await account.sync()
        kept = await account.ids(2, 4)
        await account.store.write(lambda tx: keeping.keep_messages(tx, kept, True))
        for words in ("summaries", "90 days", "1 kB", "text"):
            await keep(account, words)
            await account.sync()
            await evict(account, words)
            assert set(await whole(account)) >= {2, 4}, words
        await keep(account, "summaries")
        inbox = await account.folder()
        await account.store.write(lambda tx: keeping.keep_folder(tx, inbox.id, True))
        await account.sync()
        assert await evict(account, "summaries") == 0
        assert await whole(account) == [1, 2, 3, 4]


async def test_an_eviction_that_is_interrupted_leaves_every_message_whole_or_evicted(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 9))
    slept = asyncio.Event()

    async def sleep(_seconds: float) -> None:
        slept.set()
        await asyncio.Event().wait()

    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()

        def large(tx: Transaction) -> None:
            tx.execute("UPDATE messages SET size = ?", (3 << 20,))

        await account.store.write(large)
        running = asyncio.create_task(
            Evictor(account.store, Clock(sleep=sleep)).evict(account.id, Keep.parse("summaries"))
        )
        await slept.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        here = await whole(account)
        assert len(here) == 7
        for row in await account.rows():
            assert (await account.raw(row.id) is not None) == (row.cached is Cached.FULL)
        assert await evict(account, "summaries") == 7


async def test_what_was_taken_away_goes_back_to_the_disk_when_it_is_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shrinking, "WORTH", 1 << 20)
    monkeypatch.setattr(shrinking, "SPARE", 64 << 10)
    fake = FakeImap()
    for number in range(1, 5):
        fake.inbox.add(letter(number, text="hay and straw\r\n" * 60_000), date=OLD)
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()

        async def pages() -> int:
            found: int = await account.store.read(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
            return found

        before = await pages()
        assert await evict(account, "summaries") == 4
        assert await pages() < before - 700
        free = await account.store.read(usage.free_octets)
        assert free <= 64 << 10
        assert await account.store.read(lambda c: c.execute("PRAGMA quick_check").fetchone()) == ("ok",)


def configured(settings: AccountSettings, words: str) -> Settings:
    return Settings(accounts=(replace(settings, keep=Keep.parse(words)),))


async def gone(store: MailStore, message: MessageId) -> None:
    """Wait until the contents of a message are gone."""
    with store.changes.subscribe() as feed:
        while await store.read(lambda c: bodies.raw(c, message)) is not None:
            await feed.next()


async def test_the_engine_evicts_after_a_round_and_when_the_setting_changes(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 4))
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        ids = await account.ids(1, 2, 3)
        await account.store.do(SetFlags((ids[2],), Flag.FLAGGED))
        await account.backend.close()
        engine = Engine(account.store, configured(account.settings, "full"), passwords=secret_of(account))
        async with asyncio.timeout(60), engine:
            await engine.sync()
            assert await whole(account) == [1, 2, 3]
            await engine.configure(configured(account.settings, "summaries"))
            for message in ids[:2]:
                await gone(account.store, message)
            assert await whole(account) == [3]


async def test_mail_grows_old_without_a_server_too(tmp_path: Path):
    line, clock = Line(), Time()
    line.hold.clear()  # no round ever ends
    settings = replace(imap_account(1), keep=Keep.parse("90 days"))
    async with await MailStore.open(tmp_path / "data") as store:
        engine = Engine(
            store, Settings(accounts=(settings,)), passwords=secret, backends={Protocol.IMAP: line.backend},
            clock=clock.clock,
        )  # fmt: skip
        async with asyncio.timeout(60), engine:
            await line.until("sync")

            def write(tx: Transaction) -> MessageId:
                box = accounts.by_name(tx.connection, settings.name)
                folder = folders.add_local(tx, box.id, "INBOX", Role.INBOX)
                digest = Digest("<1@x>", (), Address("", "a@x"), (), (), "one", None, 0, (), "", "text")
                return messages.add(tx, box.id, folder, [Arrival(digest, 1, 10, uid=7, raw=b"x")])[0]

            message = await store.write(write)
            await clock.asleep(1)
            clock.pass_by(HOUR)
            await gone(store, message)


async def test_a_round_from_the_command_line_evicts_before_it_ends(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 4))
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        await account.backend.close()
        settings = configured(account.settings, "summaries")
        async with Engine(account.store, settings, supervise=False, passwords=secret_of(account)) as engine:
            assert await engine.sync() == {account.settings.name: None}
        assert await whole(account) == []


async def test_without_a_server_an_evicted_message_says_that_it_cannot_be_reached(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 2))
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        await evict(account, "summaries")
        [message] = await account.ids(1)
        await account.backend.close()
        unreachable = configured(replace(account.settings, port=1), "summaries")
        async with Engine(account.store, unreachable, supervise=False, passwords=secret_of(account)) as engine:
            with pytest.raises(ProtocolError) as caught:
                await engine.fetch(message)
        assert caught.value.exit_code == 4
        [summary] = (await account.store.read(lambda c: listing.summaries(c, [message]))).values()
        assert summary.preview.startswith("Hello")


def secret_of(account: Account):
    """The password of the account on its server."""

    async def password(_settings: object) -> str:
        return account.password

    return password

"""The engine carries mail from account to account: fetched here, put there, removed here, whoever is offline."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from protocols.engine import Engine
from store import appending, bodies, folders, journal, listing
from store.mailstore import MailStore
from store.model import Folder, MessageId, Summary
from store.operations import Copy, Delete, Move, State
from store.settings import Keep, Settings
from tests.servers.accounts import imap_account, pop3_account
from tests.servers.dovecot import Dovecot
from tests.servers.imap_account import deliver, letter


@dataclass
class Household:
    """Two IMAP accounts, of which nothing but summaries is kept, and a local one, in one store."""

    dovecot: Dovecot
    store: MailStore
    settings: Settings
    near: str
    """The IMAP user of account `near`, whose inbox has letters 1 to 3."""
    far: str

    def engine(self, *, supervise: bool, settings: Settings | None = None) -> Engine:
        async def password(account: object) -> str:
            return self.dovecot.password

        return Engine(self.store, settings or self.settings, supervise=supervise, passwords=password)

    def unplugged(self, name: str) -> Settings:
        accounts = (replace(one, port=1) if one.name == name else one for one in self.settings.accounts)
        return replace(self.settings, accounts=tuple(accounts))

    async def folder(self, account: str, path: str) -> Folder:
        names = dict(await self.store.read(lambda c: c.execute("SELECT name, id FROM accounts").fetchall()))
        return await self.store.read(lambda c: folders.by_path(c, names[account], path))

    async def rows(self, account: str, path: str) -> list[Summary]:
        folder = await self.folder(account, path)
        return await self.store.read(lambda c: listing.page(c, [folder.id], None, 100))

    async def letters(self, account: str, path: str) -> list[str]:
        return sorted(row.subject for row in await self.rows(account, path))

    async def there(self, user: str, path: str = "INBOX") -> list[str]:
        return sorted(one.subject for one in await asyncio.to_thread(self.dovecot.messages, user, path))

    async def all_done(self) -> None:
        """Return when nothing waits any more, told by the change feed."""
        with self.store.changes.subscribe() as feed:
            while await self.store.read(journal.unfinished) or await self.store.read(appending.ready):
                await feed.next()

    async def raws(self, account: str, path: str) -> list[bytes | None]:
        return [await self.store.read(lambda c, m=row.id: bodies.raw(c, m)) for row in await self.rows(account, path)]


@asynccontextmanager
async def household(dovecot: Dovecot, place: Path) -> AsyncIterator[Household]:
    near, far = dovecot.user(), dovecot.user()
    await deliver(dovecot, near, [1, 2, 3])
    settings = Settings(
        accounts=(
            replace(imap_account(dovecot.imap, name="near", user=near), keep=Keep.parse("summaries")),
            replace(imap_account(dovecot.imap, name="far", user=far), keep=Keep.parse("summaries")),
            pop3_account(dovecot.pop3, name="old", user=dovecot.user()),
        )
    )
    async with await MailStore.open(place / "data") as store:
        home = Household(dovecot, store, settings, near, far)
        async with home.engine(supervise=False) as engine:
            assert set((await engine.sync()).values()) == {None}
        yield home


async def inbox(home: Household) -> tuple[MessageId, ...]:
    return tuple(sorted(row.id for row in await home.rows("near", "INBOX")))


@pytest.mark.parametrize("supervise", [True, False])
async def test_mail_goes_from_one_server_to_another(dovecot: Dovecot, tmp_path: Path, supervise: bool):
    async with household(dovecot, tmp_path) as home:
        one, two, _ = await inbox(home)
        await home.store.do(Move((one, two), (await home.folder("far", "Archive")).id))
        async with home.engine(supervise=supervise) as engine:
            if not supervise:
                await engine.sync()
            await home.all_done()
            copies = {row.id for row in await home.rows("far", "Archive")}
        async with home.engine(supervise=False) as engine:
            await engine.sync()
        assert {row.id for row in await home.rows("far", "Archive")} == copies
        assert await home.there(home.near) == ["letter 3"]
        assert await home.there(home.far, "Archive") == await home.letters("far", "Archive") == ["letter 1", "letter 2"]
        assert await home.letters("near", "INBOX") == ["letter 3"]


@pytest.mark.parametrize("supervise", [True, False])
async def test_mail_goes_to_this_disk_and_back(dovecot: Dovecot, tmp_path: Path, supervise: bool):
    async with household(dovecot, tmp_path) as home:
        one, two, three = await inbox(home)
        async with home.engine(supervise=supervise) as engine:
            await home.store.do(Move((one, two), (await home.folder("old", "Archive")).id))
            await home.store.do(Copy((three,), (await home.folder("old", "Archive")).id))
            if not supervise:
                await engine.sync(["near"])
            await home.all_done()
            assert await home.there(home.near) == ["letter 3"]
            assert sorted(raw or b"" for raw in await home.raws("old", "Archive")) == [letter(n) for n in (1, 2, 3)]
            back = [row.id for row in await home.rows("old", "Archive") if row.subject != "letter 3"]
            await home.store.do(Move(tuple(back), (await home.folder("far", "INBOX")).id))
            if not supervise:
                await engine.sync(["far"])
            await home.all_done()
        assert await home.there(home.far) == ["letter 1", "letter 2"]
        assert await home.letters("old", "Archive") == ["letter 3"]


async def test_a_copy_that_is_opened_on_its_way_brings_the_message(dovecot: Dovecot, tmp_path: Path):
    async with household(dovecot, tmp_path) as home:
        one, *_ = await inbox(home)
        await home.store.do(Copy((one,), (await home.folder("far", "Archive")).id))
        [copy] = await home.rows("far", "Archive")
        async with home.engine(supervise=False) as engine:
            await engine.fetch(copy.id)
        assert await home.raws("far", "Archive") == [letter(1)]
        assert await home.there(home.far, "Archive") == []


@pytest.mark.parametrize("offline", ["near", "far"])
async def test_while_one_of_the_servers_is_out_of_reach_the_message_is_on_the_other(
    dovecot: Dovecot, tmp_path: Path, offline: str
):
    async with household(dovecot, tmp_path) as home:
        one, *_ = await inbox(home)
        await home.store.do(Move((one,), (await home.folder("far", "Archive")).id))
        async with home.engine(supervise=False, settings=home.unplugged(offline)) as engine:
            outcome = await engine.sync()
            assert [name for name, error in outcome.items() if error is not None] == [offline]
        assert len(await home.there(home.near)) == 3 and await home.there(home.far, "Archive") == []
        assert await home.letters("far", "Archive") == ["letter 1"]  # where people look for it
        [entry] = await home.store.read(journal.unfinished)
        assert entry.state is State.QUEUED
        async with home.engine(supervise=False) as engine:
            assert set((await engine.sync()).values()) == {None}
        assert await home.there(home.near) == ["letter 2", "letter 3"]
        assert await home.there(home.far, "Archive") == ["letter 1"]
        assert await home.store.read(journal.unfinished) == []


async def test_undo_after_everything_was_done_brings_the_message_back(dovecot: Dovecot, tmp_path: Path):
    async with household(dovecot, tmp_path) as home:
        one, *_ = await inbox(home)
        async with home.engine(supervise=False) as engine:
            await home.store.do(Move((one,), (await home.folder("far", "Archive")).id))
            await engine.sync()
            assert await home.there(home.far, "Archive") == ["letter 1"]
            await home.store.undo()
            await engine.sync()
        assert await home.there(home.near) == ["letter 1", "letter 2", "letter 3"]
        assert await home.there(home.far, "Archive") == [] and await home.there(home.far, "Trash") == []
        assert await home.store.read(journal.unfinished) == []


@pytest.mark.parametrize("supervise", [True, False])
async def test_what_is_removed_for_good_right_after_it_was_copied_is_copied_first(
    dovecot: Dovecot, tmp_path: Path, supervise: bool
):
    async with household(dovecot, tmp_path) as home:
        one, *_ = await inbox(home)
        await home.store.do(Delete((one,)))
        await home.store.do(Copy((one,), (await home.folder("far", "Archive")).id))
        await home.store.do(Delete((one,)))
        async with home.engine(supervise=supervise) as engine:
            if not supervise:
                await engine.sync()
            await home.all_done()
        assert await home.there(home.far, "Archive") == await home.letters("far", "Archive") == ["letter 1"]
        assert await home.there(home.near) == ["letter 2", "letter 3"]
        assert await home.there(home.near, "Trash") == []

"""What stays on this disk is said by key, seen in list and folder pane, and told by account."""

import asyncio
import re
import time
from collections.abc import Sequence

from textual.pilot import Pilot

from protocols.errors import Unreachable
from store import accounts, bodies, eviction, keeping, listing
from store.database import Transaction
from store.folder_changes import FolderChange
from store.mailstore import MailStore
from store.model import Cached, FolderId, MessageId
from store.settings import Keep
from tests.tui.conftest import NOW, Run, folder_of
from tests.tui.mail_facts import mail
from tests.tui.screen_text import screen_text, until
from tui.place import of_folder


class Server:
    """The engine as the screens see it, with the bytes that it gives out; none: it cannot be reached."""

    def __init__(self, store: MailStore, raw: bytes | None = None) -> None:
        self.store = store
        self.raw = raw
        self.fetched: list[MessageId] = []
        self.refreshed: list[str | None] = []

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        self.fetched.append(message)
        raw = self.raw
        if raw is None:
            raise Unreachable("imap.example.com does not answer.", "Try again later.")

        def put(tx: Transaction) -> None:
            tx.execute("INSERT INTO bodies (message_id, raw) VALUES (?, ?)", (message, raw))
            tx.execute("UPDATE messages SET cached = 2 WHERE id = ?", (message,))
            tx.changed(messages=[message])

        await self.store.write(put)

    async def change_folder(self, account: str, change: FolderChange) -> None:
        """Nobody asks for that here."""

    def refresh(self, account: str | None) -> None:
        self.refreshed.append(account)

    def focus(self, folders: Sequence[FolderId]) -> None:
        """All the same to it."""


async def inbox(pilot: Pilot[None], store: MailStore) -> None:
    folder = await folder_of(store, "work", "INBOX")
    owner = await store.read(lambda c: accounts.by_name(c, "work"))
    mail(pilot).visit(of_folder(folder, owner))
    await until(pilot, lambda: mail(pilot).place.folders == (folder.id,))


async def evict(store: MailStore) -> list[MessageId]:
    """Take away what an account that keeps only summaries would not have."""
    owner = await store.read(lambda c: accounts.by_name(c, "work"))

    def work(tx: Transaction) -> list[MessageId]:
        choice = keeping.choice(tx.connection, owner.id, Keep.parse("summaries"), NOW)
        return eviction.evict(tx, eviction.doomed(tx.connection, owner.id, choice), NOW)

    return await store.write(work)


def line_of(pilot: Pilot[None], words: str) -> str:
    return next((line for line in screen_text(pilot.app).splitlines() if words in line), "")


async def test_a_message_is_kept_by_key_marked_in_the_list_and_let_go(run: Run, store: MailStore):
    async with run((120, 40), engine=Server(store)) as pilot:
        await inbox(pilot, store)
        await pilot.press("P")
        await until(pilot, lambda: "Kept 1 on this disk" in screen_text(pilot.app))
        await until(pilot, lambda: "●+" in line_of(pilot, "Anna Keller"))
        assert await store.read(lambda c: c.execute("SELECT count(*) FROM messages WHERE kept").fetchone()) == (1,)
        await pilot.press("P")
        await until(pilot, lambda: "Kept 1 no longer" in screen_text(pilot.app))
        await until(pilot, lambda: "●+" not in line_of(pilot, "Anna Keller"))


async def test_what_is_kept_and_not_here_is_fetched_at_once(run: Run, store: MailStore):
    gone = await evict(store)
    server = Server(store, b"Subject: x\r\n\r\nFetched again.\r\n")
    async with run((80, 24), engine=server) as pilot:
        await inbox(pilot, store)
        message = mail(pilot).messages.message
        assert message in gone
        await pilot.press("P")
        await until(pilot, lambda: server.fetched == [message])


async def test_without_a_connection_it_is_said_when_the_rest_comes(run: Run, store: MailStore):
    await evict(store)
    async with run((120, 24), engine=Server(store)) as pilot:
        await inbox(pilot, store)
        await pilot.press("P")
        await until(pilot, lambda: "Kept; the rest of it comes with the next connection." in screen_text(pilot.app))


async def test_an_evicted_message_is_fetched_when_it_is_opened_and_that_is_written_down(run: Run, store: MailStore):
    await evict(store)
    async with run((80, 24), engine=Server(store, b"Subject: x\r\n\r\nFetched again.\r\n")) as pilot:
        await inbox(pilot, store)
        message = mail(pilot).messages.message
        assert message is not None
        await pilot.press("enter")
        await until(pilot, lambda: "Fetched again." in screen_text(pilot.app))
        assert (await store.read(lambda c: listing.summaries(c, [message])))[message].cached is Cached.FULL
        async with asyncio.timeout(10):
            while await store.read(lambda c: not keeping.is_noted(c, message, time.time())):
                await pilot.pause()


async def test_an_evicted_message_says_that_it_is_not_here_when_there_is_no_connection(run: Run, store: MailStore):
    [message, *_] = await evict(store)
    assert await store.read(lambda c: bodies.raw(c, message)) is None
    async with run((120, 24), engine=Server(store)) as pilot:
        await inbox(pilot, store)
        await pilot.press("enter")
        sentence = "Not on this disk yet. imap.example.com does not answer. Try again later."
        await until(pilot, lambda: sentence in screen_text(pilot.app))


async def test_a_folder_is_kept_from_the_folder_pane_and_marked_there(run: Run, store: MailStore):
    server = Server(store)
    async with run((120, 40), engine=server) as pilot:
        await inbox(pilot, store)
        archive = await folder_of(store, "work", "Archive")
        mail(pilot).switch("folders")
        tree = mail(pilot).folders
        tree.move_to(next(n for n, one in enumerate(tree._entries) if one.place and one.place.folders == (archive.id,)))
        await pilot.press("P")
        await until(pilot, lambda: "Everything in Archive stays on this disk." in screen_text(pilot.app))
        await until(pilot, lambda: "Archive +" in screen_text(pilot.app))
        assert server.refreshed == ["work"]
        mail(pilot).command("keep-folder")
        await until(pilot, lambda: "Archive is kept no longer" in screen_text(pilot.app))
        await until(pilot, lambda: "Archive +" not in screen_text(pilot.app))


async def test_what_each_account_uses_stands_beside_its_name_for_who_goes_to_the_folders(run: Run, store: MailStore):
    async with run((120, 40), engine=Server(store)) as pilot:
        mail(pilot).switch("folders")
        shown = re.compile(r"^ work +\d+ B │", re.MULTILINE)
        await until(pilot, lambda: shown.search(screen_text(pilot.app)))


async def test_what_is_on_this_disk_is_told_by_account(run: Run, store: MailStore):
    await evict(store)
    async with run((120, 40), engine=Server(store)) as pilot:
        mail(pilot).command("usage")
        await until(pilot, lambda: "1 message whole, 5 as summary only" in screen_text(pilot.app))

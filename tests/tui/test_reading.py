"""The reader: mail that is not here yet, long mail, and where it came from."""

import asyncio
from collections.abc import Sequence

from textual.pilot import Pilot

from protocols.errors import Unreachable
from store import messages
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import FolderId, MessageId
from store.operations import SetLabels
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.screen_text import screen_text, until
from tui.app import BocauApp
from tui.widgets.message_view import MessageView


class Engine:
    """Fetches when it is told to, or fails."""

    def __init__(self, store: MailStore, text: str = "", error: Exception | None = None) -> None:
        self.store, self.text, self.error = store, text, error
        self.go = asyncio.Event()
        self.refreshed: list[str | None] = []
        self.focused: tuple[FolderId, ...] = ()

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        await self.go.wait()
        if self.error is not None:
            raise self.error
        made = arrival("Anna", "x", self.text, 5)
        assert made.raw is not None
        raw = made.raw
        await self.store.write(lambda tx: messages.store_bodies(tx, [(message, raw, made.digest)]))

    def refresh(self, account: str | None) -> None:
        self.refreshed.append(account)

    def focus(self, folders: Sequence[FolderId]) -> None:
        self.focused = tuple(folders)


def view(pilot: Pilot[None]) -> MessageView:
    assert isinstance(pilot.app, BocauApp)
    assert pilot.app.mail is not None
    return pilot.app.mail.view


async def without_body(store: MailStore) -> None:
    made = arrival("Anna", "Far away", "", 1, uid=900)
    bare = Arrival(made.digest, made.received, made.size, uid=900)
    await deliver(store, await folder_of(store, "work", "INBOX"), bare)


async def test_a_message_that_is_not_here_is_fetched_and_shown(run: Run, store: MailStore):
    await without_body(store)
    engine = Engine(store, "It has come.")
    async with run(engine=engine) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Not on this disk yet. Fetching it …" in screen_text(pilot.app))
        engine.go.set()
        await until(pilot, lambda: "It has come." in screen_text(pilot.app))


async def test_a_fetch_that_fails_says_why(run: Run, store: MailStore):
    await without_body(store)
    engine = Engine(
        store, error=Unreachable("No answer from imap.example.org.", "Check the network, and what is in between.")
    )
    engine.go.set()
    async with run(engine=engine) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Not on this disk yet. No answer from imap.example.org." in screen_text(pilot.app))
        assert "what is in between." in " ".join(screen_text(pilot.app).split()), "it is wrapped, not cut"


async def test_without_an_engine_the_reader_waits_for_whoever_fetches(run: Run, store: MailStore):
    await without_body(store)
    async with run() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "It comes with the next connection." in screen_text(pilot.app))
        other = Engine(store, "Another process brought it.")
        other.go.set()
        assert view(pilot).reading is not None
        await other.fetch(view(pilot).reading.summary.id)
        await until(pilot, lambda: "Another process brought it." in screen_text(pilot.app))


async def test_space_reads_on_and_goes_to_the_next_unread_message(run: Run, store: MailStore):
    long = "\n\n".join(f"Paragraph {number}." for number in range(30))
    await deliver(store, await folder_of(store, "work", "INBOX"), arrival("Anna", "Long", long, 1, uid=900))
    async with run() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Paragraph 0." in screen_text(pilot.app))
        for _ in range(10):
            if "Paragraph 29." in screen_text(pilot.app):
                break
            await pilot.press("space")
        await pilot.press("space")
        await until(pilot, lambda: "the rent is due on Monday" in screen_text(pilot.app))


async def test_the_reader_scrolls_by_lines_and_pages(run: Run, store: MailStore):
    long = "\n\n".join(f"Paragraph {number}." for number in range(300))
    await deliver(store, await folder_of(store, "work", "INBOX"), arrival("Anna", "Long", long, 1, uid=900))
    async with run() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Paragraph 0." in screen_text(pilot.app))
        await pilot.press("j", "j")
        assert view(pilot).scroll_offset.y == 2
        await pilot.press("G")
        await until(pilot, lambda: "Paragraph 299." in screen_text(pilot.app))
        await pilot.press("g", "g")
        await until(pilot, lambda: "Subject  Long" in screen_text(pilot.app))


async def test_mail_is_asked_for_where_one_looks(run: Run, store: MailStore):
    engine = Engine(store)
    async with run(engine=engine) as pilot:
        await pilot.press("dollar_sign")
        await until(pilot, lambda: engine.refreshed == [None])
        await pilot.press("h", "j", "j", "j", "j", "j", "enter")
        await until(pilot, lambda: "Inbox · work" in screen_text(pilot.app))
        await pilot.press("dollar_sign")
        await until(pilot, lambda: engine.refreshed == [None, "work"])


async def test_the_engine_hears_what_is_on_the_screen(run: Run, store: MailStore):
    engine = Engine(store)
    async with run(engine=engine) as pilot:
        assert isinstance(pilot.app, BocauApp)
        mail = pilot.app.mail
        assert mail is not None
        await until(pilot, lambda: bool(mail.place.folders))
        assert engine.focused == mail.place.folders
        inbox = mail.place.folders
        await pilot.press("g", "s")
        await until(pilot, lambda: mail.place.folders != inbox)
        assert engine.focused == mail.place.folders


async def test_labels_stand_under_the_headers(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    (message,) = await deliver(store, inbox, arrival("Bob", "Labelled", "Text.", 1, uid=900))
    await store.do(SetLabels((message,), ("urgent", "work"), ()))
    async with run((120, 40)) as pilot:
        await until(pilot, lambda: "[urgent] [work] Labelled" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "Labels   [urgent] [work]" in screen_text(pilot.app))

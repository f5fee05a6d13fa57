"""What is not on this disk is searched by the server, and its hits stand among the others, marked."""

from collections.abc import Sequence

import pytest
from textual.pilot import Pilot

from protocols.errors import ProtocolError, Unreachable
from protocols.searching import ServerHits
from store.errors import StoreError
from store.folder_changes import FolderChange
from store.mailstore import MailStore
from store.model import FolderId, MessageId
from store.search import saved
from tests.tui.conftest import DAY, Run, arrival, deliver, folder_of
from tests.tui.mail_facts import mail
from tests.tui.screen_text import screen_text, until


class Searched:
    """An engine whose server finds what the test says."""

    def __init__(self, *messages: MessageId, errors: dict[str, ProtocolError | StoreError] | None = None) -> None:
        self.asked: list[str] = []
        self.messages = messages
        self.errors = errors or {}

    async def search(self, text: str) -> ServerHits:
        self.asked.append(text)
        return ServerHits(self.messages, ("work",), self.errors)

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        raise Unreachable("Not now.", "")

    async def change_folder(self, account: str, change: FolderChange) -> None:
        raise Unreachable("Not now.", "")

    async def pause(self, account: str, on: bool) -> None:
        raise Unreachable("Not now.", "")

    def refresh(self, account: str | None) -> None:
        pass

    def focus(self, folders: Sequence[FolderId]) -> None:
        pass


@pytest.fixture
async def old(store: MailStore) -> MessageId:
    """Mail between others of which only the summary is here."""
    archive = await folder_of(store, "work", "Archive")
    (message,) = await deliver(store, archive, arrival("Old friend", "Far away", "", 2 * DAY, uid=9))
    await store.write(lambda tx: tx.execute("UPDATE messages SET cached = 0 WHERE id = ?", (message,)) and None)
    return message


async def searched(pilot: Pilot[None], text: str, count: int) -> None:
    await pilot.press("slash", *text)
    await until(pilot, lambda: mail(pilot).messages.count == count and mail(pilot).place.query == text)
    await pilot.press("enter")
    await until(pilot, lambda: not mail(pilot).bar.is_open)


async def test_hits_of_the_server_join_in_the_order_of_time_and_are_marked(run: Run, old: MessageId):
    engine = Searched(old)
    async with run((100, 30), engine=engine) as pilot:
        await searched(pilot, "sunday", 2)
        await until(pilot, lambda: mail(pilot).messages.count == 3)
        assert engine.asked == ["sunday"]
        window = mail(pilot).messages.window
        assert window is not None
        assert window.id_at(1) == old
        assert mail(pilot).messages.cursor == 0
        await until(pilot, lambda: "1 on the server" in screen_text(pilot.app))
        assert "⇣ Old friend" in screen_text(pilot.app)


async def test_nobody_is_asked_while_one_types(run: Run, old: MessageId):
    engine = Searched(old)
    async with run((100, 30), engine=engine) as pilot:
        await pilot.press("slash", *"sunday")
        await until(pilot, lambda: mail(pilot).messages.count == 2)
        await pilot.press("escape")
        await until(pilot, lambda: mail(pilot).messages.count == 7)
        assert engine.asked == []


async def test_what_is_here_already_is_not_shown_twice(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    (known,) = await deliver(store, inbox, arrival("A", "Sunday", "", DAY, uid=70))
    async with run((100, 30), engine=Searched(known)) as pilot:
        await searched(pilot, "sunday", 3)
        await until(pilot, lambda: "asking the server" not in screen_text(pilot.app))
        assert mail(pilot).messages.count == 3
        assert "⇣" not in screen_text(pilot.app)


async def test_offline_it_is_said_that_only_what_is_here_was_searched(run: Run, old: MessageId):
    offline: dict[str, ProtocolError | StoreError] = {"work": Unreachable("No network.", "")}
    async with run((120, 30), engine=Searched(errors=offline)) as pilot:
        await searched(pilot, "sunday", 2)
        await until(pilot, lambda: "only what is here was searched" in screen_text(pilot.app))
        assert mail(pilot).messages.count == 2


async def test_hits_of_the_server_stay_when_the_store_changes(run: Run, store: MailStore, old: MessageId):
    inbox = await folder_of(store, "work", "INBOX")
    async with run((100, 30), engine=Searched(old)) as pilot:
        await searched(pilot, "sunday", 2)
        await until(pilot, lambda: mail(pilot).messages.count == 3)
        letters = [arrival("A", f"Sunday {n}", "", 5 * DAY + n, uid=700 + n) for n in range(30)]
        await deliver(store, inbox, *letters)
        await until(pilot, lambda: mail(pilot).messages.count == 33)
        window = mail(pilot).messages.window
        assert window is not None
        assert window.row_of(old) == 1


async def test_a_saved_search_asks_the_servers_when_it_is_opened(run: Run, store: MailStore, old: MessageId):
    await store.write(lambda tx: saved.save(tx, "Weekend", "sunday"))
    engine = Searched(old)
    async with run((100, 30), engine=engine) as pilot:
        place, _ = mail(pilot).saved_searches()[0]
        mail(pilot).visit(place)
        await until(pilot, lambda: mail(pilot).messages.count == 3)
        assert engine.asked == ["sunday"]
        await until(pilot, lambda: "1 on the server" in screen_text(pilot.app))

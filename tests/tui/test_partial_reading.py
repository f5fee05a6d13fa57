"""The reader of messages that are not here whole: their text, and what is missing of them."""

import pytest

from protocols.errors import Refused
from store import messages, parked, parts
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import MessageId
from store.parts import READABLE, WHOLE, Place
from store.status import AccountStatus, Activity
from store.structure import Structure
from tests.tui.conftest import NOW, Run, arrival, deliver, folder_of
from tests.tui.screen_text import screen_text, until
from tests.tui.test_reading import Engine

TREE = Structure(
    "TEXT",
    "multipart/mixed",
    children=(
        Structure("1", "text/plain", size=30, encoding="8bit", charset="utf-8"),
        Structure("2", "application/pdf", name="hóa đơn\x1b[2J.pdf", size=8_000_000, disposition="attachment"),
        Structure("3", "text/csv", name="sum.csv", size=900, disposition="attachment"),
    ),
)


class Asked(Engine):
    """Remembers what it was asked for."""

    def __init__(self, store: MailStore, error: Exception | None = None) -> None:
        super().__init__(store, error=error)
        self.wanted: list[str | None] = []
        self.go.set()

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        self.wanted.append(part)
        await super().fetch(message, part)


async def large(store: MailStore) -> tuple[MessageId, Place]:
    """The newest letter of the inbox, of which only the summary is here."""
    made = arrival("Anna", "Large", "", 1, uid=900)
    folder = await folder_of(store, "work", "INBOX")
    (message,) = await deliver(store, folder, Arrival(made.digest, made.received, 8_001_000, uid=900))
    return message, Place(folder.id, 7, 900)


async def partial(store: MailStore) -> tuple[MessageId, Place]:
    """The same with its text."""
    message, place = await large(store)
    sections = {
        "HEADER": (b"From: anna@example.org\r\nSubject: Large\r\n\r\n", True),
        "1": ("Đây là thư lớn.".encode(), True),
    }

    def keep(tx) -> None:  # type: ignore[no-untyped-def]
        parts.keep_structure(tx, message, place, TREE)
        parts.keep_sections(tx, message, sections)
        messages.store_texts(tx, [(message, arrival("Anna", "Large", "Đây là thư lớn.", 1, attachments=2).digest)])

    await store.write(keep)
    return message, place


async def test_the_text_is_shown_without_the_network_and_attachments_say_what_is_missing(run: Run, store: MailStore):
    message, place = await partial(store)
    engine = Asked(store)
    async with run((80, 30), engine=engine) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Đây là thư lớn." in screen_text(pilot.app))
        shown = screen_text(pilot.app)
        assert "(8.0 MB, not here yet)" in shown and "sum.csv (900 B, not here yet)" in shown
        assert "\x1b" not in shown and engine.wanted == []

        await store.write(lambda tx: parts.add_slice(tx, message, "2", place, 0, b"x" * 4_000_000))
        await until(pilot, lambda: "(4.0 of 8.0 MB here)" in screen_text(pilot.app))
        await store.write(lambda tx: parts.add_slice(tx, message, "2", place, 4_000_000, b"x" * 4_000_000))
        await store.write(lambda tx: parts.join(tx, message, "2", place))
        await until(pilot, lambda: "(8.0 MB)" in screen_text(pilot.app))

        raw = b"From: anna@example.org\r\nSubject: Large\r\n\r\nNow it is here whole.\r\n"
        await store.write(lambda tx: parts.add_slice(tx, message, WHOLE, place, 0, raw))
        await store.write(lambda tx: parts.join(tx, message, WHOLE, place))
        await until(pilot, lambda: "Now it is here whole." in screen_text(pilot.app))
        assert "not here yet" not in screen_text(pilot.app)


async def test_of_a_message_that_is_opened_only_what_is_read_is_asked_for(run: Run, store: MailStore):
    await large(store)
    engine = Asked(store)
    engine.text = "It has come."
    async with run(engine=engine) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "It has come." in screen_text(pilot.app))
        assert engine.wanted == [READABLE]


@pytest.mark.parametrize("here", [True, False])
async def test_what_the_server_does_not_give_out_is_said_with_its_reason(run: Run, store: MailStore, here: bool):
    message, _ = await (partial if here else large)(store)
    await store.write(lambda tx: parked.park(tx, {message: "Server \x1b[2Jerror"}, NOW))
    refused = Refused("The server does not give this message out: Server error", "Opening it asks again.")
    async with run((100, 30), engine=Asked(store, error=refused)) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "The server does not give this message out: Server" in screen_text(pilot.app))
        assert "\x1b" not in screen_text(pilot.app)
        assert ("Đây là thư lớn." in screen_text(pilot.app)) is here


async def test_the_status_line_tells_messages_and_octets_at_80_columns(run: Run, store: MailStore):
    syncing = AccountStatus(Activity.SYNCING, done=312, total=9000, done_bytes=12_400_000, total_bytes=147_000_000)
    store.status.set("work", syncing)
    async with run((80, 24)) as pilot:
        await until(pilot, lambda: "fetching 312 of 9,000 · 12 of 147 MB" in screen_text(pilot.app))
        opened = AccountStatus(Activity.ONLINE, done_bytes=3_100_000, total_bytes=8_200_000)
        store.status.set("work", opened)
        await until(pilot, lambda: "work fetching 3.1 of 8.2 MB" in screen_text(pilot.app))

"""A message in its other form, with all its headers, and as it was received."""

from textual.pilot import Pilot

from store.mailstore import MailStore
from store.messages import Arrival
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.screen_text import screen_text, until
from tests.tui.test_thread_reading import reading
from tests.tui.test_threads import screen
from tests.tui.thread_mail import garden

RAW = b"""\
From: someone@example.org
To: me@example.com
Subject: Two forms
X-Mailer: =?utf-8?q?b=E1=BB=93_c=C3=A2u?=
X-Evil: \x1b[2J\x9b31m gone
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

The plain words.

--b
Content-Type: text/html; charset=utf-8

<p>The <b>marked-up</b> words.</p>

--b--
""".replace(b"\n", b"\r\n")


async def put(store: MailStore, raw: bytes = RAW) -> None:
    made = arrival("Anna", "Two forms", "x", 1, uid=900)
    inbox = await folder_of(store, "work", "INBOX")
    await deliver(store, inbox, Arrival(made.digest, made.received, len(raw), uid=900, raw=raw))


def view_text(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app)


async def test_the_other_form_is_named_and_shown_by_a_key(run: Run, store: MailStore):
    await put(store)
    async with run() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "The plain words." in view_text(pilot))
        assert "plain text, gh HTML" in view_text(pilot)
        await pilot.press("g", "h")
        await until(pilot, lambda: "The marked-up words." in view_text(pilot))
        assert "HTML, gh plain text" in view_text(pilot)
        assert "The plain words." not in view_text(pilot)
        await pilot.press("g", "h")
        await until(pilot, lambda: "The plain words." in view_text(pilot))


async def test_a_message_of_one_form_says_so(run: Run, store: MailStore):
    async with run() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "the rent is due on Monday" in view_text(pilot))
        await pilot.press("g", "h")
        await until(pilot, lambda: "This message has one form only." in view_text(pilot))


async def test_the_next_message_is_shown_in_its_usual_form_and_so_is_the_first_one_again(run: Run, store: MailStore):
    await put(store)
    async with run() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "The plain words." in view_text(pilot))
        await pilot.press("g", "h")
        await until(pilot, lambda: "The marked-up words." in view_text(pilot))
        await pilot.press("n")
        await until(pilot, lambda: "the rent is due on Monday" in view_text(pilot))
        await pilot.press("p")
        await until(pilot, lambda: "The plain words." in view_text(pilot))


async def test_every_header_is_shown_decoded_and_clean(run: Run, store: MailStore):
    await put(store)
    async with run() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "The plain words." in view_text(pilot))
        await pilot.press("H")
        await until(pilot, lambda: "X-Mailer: bồ câu" in view_text(pilot))
        assert "\x1b" not in view_text(pilot)
        assert "gone" in view_text(pilot)
        assert "Labels" not in view_text(pilot)
        await pilot.press("H")
        await until(pilot, lambda: "X-Mailer" not in view_text(pilot))


async def test_the_source_is_shown_as_it_was_received_and_clean(run: Run, store: MailStore):
    await put(store)
    async with run((100, 50)) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "The plain words." in view_text(pilot))
        await pilot.press("g", "r")
        await until(pilot, lambda: "X-Mailer: =?utf-8?q?b=E1=BB=93_c=C3=A2u?=" in view_text(pilot))
        assert "<p>The <b>marked-up</b> words.</p>" in view_text(pilot)
        assert "\x1b" not in view_text(pilot)
        assert "\x9b" not in view_text(pilot)
        await pilot.press("g", "r")
        await until(pilot, lambda: "X-Mailer" not in view_text(pilot) and "The plain words." in view_text(pilot))


async def test_in_a_conversation_the_current_message_is_meant(run: Run, store: MailStore):
    ids = await garden(store)
    async with run((100, 60)) as pilot:
        await reading(pilot, ids["yes"])
        view = screen(pilot).view
        assert view.reading is not None
        await pilot.press("g", "r")
        await until(pilot, lambda: "Content-Type: text/plain" in view_text(pilot))
        assert view.conversation is not None
        assert view.reading is not None
        assert (view.reading.form, view.reading.summary.id) == ("source", ids["yes"])
        await pilot.press("g", "r")
        await until(pilot, lambda: view.reading is not None and view.reading.form != "source")
        await pilot.press("H")
        await until(pilot, lambda: "Content-Type: text/plain" in view_text(pilot))

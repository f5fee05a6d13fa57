"""`]` and `[` go from part to part of the message that is read, and say which one it is."""

import pytest
from textual.pilot import Pilot

from store.mailstore import MailStore
from store.messages import Arrival
from store.settings import General, Settings
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.mail_facts import mail
from tests.tui.screen_text import screen_text, until
from tests.tui.test_thread_reading import reading
from tests.tui.thread_mail import garden
from tui.widgets.made_rows import Landmark, MadeRows

LONG = "".join(f"line {number}\r\n" for number in range(60))
RAW = f"""From: someone@example.org\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
\r
See this \x1b[31mand more.\r
{LONG}\r
--b\r
Content-Type: message/rfc822\r
\r
From: Eve <eve@example.org>\r
Subject: The \x1b]0;plan\r
\r
Inside.\r
{LONG}\r
--b\r
Content-Type: text/plain\r
\r
The end of it.\r
--b--\r
""".encode()


async def put(store: MailStore, raw: bytes = RAW) -> None:
    made = arrival("Anna", "Parts", "Hello.", 1, uid=900)
    await deliver(
        store,
        await folder_of(store, "work", "INBOX"),
        Arrival(made.digest, made.received, len(raw), uid=900, raw=raw),
    )


async def opened(pilot: Pilot[None], words: str = "more.") -> None:
    await pilot.press("enter")
    await until(pilot, lambda: words in screen_text(pilot.app))


async def told(pilot: Pilot[None], key: str, text: str) -> str:
    await pilot.press(key)
    await until(pilot, lambda: text in screen_text(pilot.app))
    return screen_text(pilot.app)


async def test_keys_go_from_part_to_part_and_back(run: Run, store: MailStore):
    await put(store)
    async with run((80, 24)) as pilot:
        await opened(pilot)
        await told(pilot, "]", "Part 1 of 3: the text")
        shown = await told(pilot, "]", "Part 2 of 3: message: The")
        assert "Subject: The" in shown.splitlines()[2] + shown.splitlines()[3]
        assert "\x1b" not in shown
        shown = await told(pilot, "]", "Part 3 of 3: plain text")
        assert "The end of it." in shown
        await told(pilot, "]", "This is the last part.")
        await told(pilot, "[", "Part 2 of 3")
        await told(pilot, "[", "Part 1 of 3")
        await told(pilot, "[", "This is the first part.")


async def test_a_number_goes_over_some_parts(run: Run, store: MailStore):
    await put(store)
    async with run((80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("3")
        await told(pilot, "]", "Part 3 of 3: plain text")


async def test_the_line_that_is_heard_goes_along(run: Run, store: MailStore):
    await put(store)
    async with run((80, 24), settings=Settings(General(accessible=True))) as pilot:
        await opened(pilot)
        await pilot.press("]")
        await told(pilot, "]", "Part 2 of 3")
        view = mail(pilot).view
        assert view.line == view._lines.landmarks[1][0]


async def test_a_message_of_one_part_says_so(run: Run, store: MailStore):
    await put(store, b"From: someone@example.org\r\n\r\nHello.\r\n")
    async with run((80, 24)) as pilot:
        await opened(pilot, "Hello.")
        await told(pilot, "]", "Part 1 of 1: the text")
        await told(pilot, "]", "This message has one part.")


@pytest.mark.parametrize("asked", [None, 1, 3])
def test_a_landmark_takes_no_row(asked: int | None):
    made = MadeRows([[], Landmark("a"), [], Landmark("b"), []])  # type: ignore[arg-type]
    made.ensure(asked)
    assert len(made) == (asked or 3)
    assert made.landmarks == [(1, "a"), (2, "b")][: 0 if asked == 1 else 2]


async def test_in_a_conversation_they_go_over_the_open_messages(run: Run, store: MailStore):
    ids = await garden(store)
    async with run((100, 24)) as pilot:
        await reading(pilot, ids["late"])
        await until(pilot, lambda: "This is new." in screen_text(pilot.app))
        await told(pilot, "[", "This is the first part.")
        await told(pilot, "]", "Part 1 of 2: the text")
        await told(pilot, "]", "Part 2 of 2: the text")
        await pilot.press("V", "v", "e")
        await until(pilot, lambda: mail(pilot).situation == "selecting")
        assert pilot.app.screen.get_selected_text()
        await pilot.press("escape")
        assert mail(pilot).situation == "conversation"

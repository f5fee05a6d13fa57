"""What the bottom line says of an account."""

import time

from store.mailstore import MailStore
from store.status import AccountStatus, Activity
from tests.tui.conftest import Run
from tests.tui.screen_text import screen_text, until
from tui.widgets.status_line import describe, status_text

TWELVE = time.mktime((2026, 11, 12, 12, 5, 0, 0, 0, -1))


def test_an_account_without_a_connection_says_when_it_is_tried_again_and_why():
    dead = AccountStatus(Activity.WAITING, error="imap.example.com refused the \x1bconnection.", retry_at=TWELVE)
    sentence, look = describe("work", dead)
    assert sentence.startswith("▲ work no connection, again at 12:05: imap.example.com refused the ")
    assert look == "warning" and "\x1b" not in sentence


async def test_a_long_reason_leaves_room_for_what_waits_and_for_help(run: Run, store: MailStore):
    reason = "imap.example.com closed the connection before it had said a single word to us."
    store.status.set("work", AccountStatus(Activity.WAITING, error=reason, retry_at=TWELVE))

    def last() -> str:
        return screen_text(pilot.app).splitlines()[-1].rstrip()

    async with run((100, 24)) as pilot:
        await until(pilot, lambda: last().endswith("? keys"))
        assert "again at 12:05: imap.example.com" in last() and "…  ○ home offline" in last()
        await pilot.press("s")
        await until(pilot, lambda: "1 change to send" in last())
        assert "▲ work no connection  ○ home offline" in last()


async def test_an_account_that_is_well_is_its_name_where_there_is_no_room(run: Run, store: MailStore):
    for name in ("work", "home"):
        store.status.set(name, AccountStatus(Activity.ONLINE))
    async with run((80, 24)) as pilot:
        assert pilot.app.mail is not None
        await until(pilot, lambda: "● work online  ● home online" in screen_text(pilot.app))
        pilot.app.mail.say("x" * 55)
        await until(pilot, lambda: f"{'x' * 55}  ● work  ● home " in screen_text(pilot.app))


def test_how_far_a_part_has_come_is_said_once():
    opened = AccountStatus(Activity.ONLINE, done_bytes=1_000_000, total_bytes=5_000_000)
    assert status_text(["work"], {"work": opened}, 0, "", []).accounts[0][0] == "● work fetching 1.0 of 5.0 MB"
    assert status_text(["work"], {"work": opened}, 0, "", [], told=True).accounts[0][0] == "● work online"


def test_a_refused_sign_in_says_what_to_do_first():
    refused = AccountStatus(Activity.REFUSED, error="The server refused the password.", exit_code=5)
    assert describe("work", refused)[0] == "✗ work sign in again: The server refused the password."
    assert describe("work", AccountStatus(paused=True))[0] == "○ work stays offline"


async def test_the_most_important_stays_in_sight_in_a_narrow_line(run: Run, store: MailStore):
    store.status.set("work", AccountStatus(Activity.REFUSED, error="The password is wrong.", exit_code=5))
    async with run((60, 20)) as pilot:
        assert pilot.app.mail is not None
        pilot.app.mail.say("Moved 1,234 messages to Projects/[bold]Kiến trúc/2026 · z undo")

        def last() -> str:
            return screen_text(pilot.app).splitlines()[-1]

        await until(pilot, lambda: last().startswith(" Moved 1,234 messages to Projects/[bold]"))
        assert "✗ work" in last()
        assert len(screen_text(pilot.app).splitlines()) <= 20


async def test_nothing_is_drawn_while_nothing_happens(run: Run, store: MailStore):
    store.status.set("work", AccountStatus(Activity.WAITING, error="no way", retry_at=TWELVE))
    async with run((80, 24)) as pilot:
        assert pilot.app.mail is not None
        line = pilot.app.mail.status
        before, drawn = line.text, []
        line.refresh = lambda *a, **k: drawn.append(a)  # type: ignore[method-assign,assignment]
        pilot.app.mail.tell()
        store.status.set("work", AccountStatus(Activity.WAITING, error="no way", retry_at=TWELVE))
        pilot.app.mail.tell()
        assert line.text == before and not drawn

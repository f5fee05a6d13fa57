"""Reading a message sends no receipt and no answer, takes nothing in and loads nothing."""

import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from protocols.mime.digest import digest
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import Flag
from store.notice_settings import Notices
from store.settings import Settings
from tests.tui.conftest import NOW, Run, deliver, folder_of
from tests.tui.screen_text import screen_text, until

RECEIPTS = (
    b"Disposition-Notification-To: <spy@evil.example>\nReturn-Receipt-To: <spy@evil.example>\n"
    b"X-Confirm-Reading-To: <spy@evil.example>\nX-MSMail-Priority: High\n"
)
AUTOCRYPT = b"Autocrypt: addr=evil@evil.example; prefer-encrypt=mutual; keydata=AAAA\nX-Auto-Config: evil.example\n"
INVITATION = (
    b"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1\n"
    b"SUMMARY:Come at once\nDTSTART:20261124T100000Z\nORGANIZER:mailto:spy@evil.example\n"
    b"ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:me@example.com\nEND:VEVENT\nEND:VCALENDAR\n"
)
CARD = b"Content-Type: text/vcard\n\nBEGIN:VCARD\nFN:Come at once\nEMAIL:spy@evil.example\nEND:VCARD\n"
REMOTE = b"Content-Type: text/html\n\n<img src=http://evil.example/a.png><p>Come at once</p>\n"

ANSWERS = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.posix_spawn", "os.exec", "webbrowser.open")
_watched: list[list[str]] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook stays for good: it tells whoever listens at the moment."""
    if _watched and event.startswith(ANSWERS):
        _watched[-1].append(f"{event} {arguments!r}"[:200])


sys.addaudithook(_watch)


def _acts(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM journal WHERE kind <> 'flags'").fetchone()[0])


def _files(place: Path) -> set[str]:
    return {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(RECEIPTS + b"\nCome at once", id="L02-receipts"),
        pytest.param(INVITATION, id="L07-invitation"),
        pytest.param(CARD, id="L07-card"),
        pytest.param(AUTOCRYPT + b"\nCome at once", id="L07-key"),
        pytest.param(REMOTE, id="H05-picture"),
    ],
)
async def test_reading_does_nothing_that_the_message_asks_for(run: Run, store: MailStore, rest: bytes):
    raw = b"From: spy@evil.example\nTo: me@example.com\nSubject: Read this\n" + rest
    letter = Arrival(digest(raw), NOW, len(raw), Flag.NONE, uid=900, raw=raw)
    await deliver(store, await folder_of(store, "work", "INBOX"), letter)
    acts = await store.read(_acts)
    async with run((100, 30)) as pilot:
        files = _files(store.data)
        _watched.append([])
        try:
            await pilot.press("enter")
            await until(pilot, lambda: "Come at once" in screen_text(pilot.app))
        finally:
            asked = _watched.pop()
    assert asked == []
    assert await store.read(_acts) == acts
    assert {name for name in _files(store.data) - files if not name.endswith((".log", "-wal", "-shm"))} == set()


def test_l08_notices_titles_and_subjects_are_told_to_nobody_unless_asked_for():
    silent = Settings().notices
    assert silent == Notices()
    assert (silent.bell, silent.terminal, silent.title, silent.subject) == (False, "off", False, False)


async def test_l08_the_title_of_the_window_says_nothing_of_what_is_read(run: Run, store: MailStore):
    async with run() as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.title == "bocau"
        assert pilot.app.sub_title == ""

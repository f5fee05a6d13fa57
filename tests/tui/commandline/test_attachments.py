"""Parts inside parts, links and lists on the command line."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest

from protocols.mime.digest import digest
from store import accounts, folder_list, messages
from store.folder_list import Listed
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import Flag, MessageId, Protocol, Role
from tests.tui.attached_mail import letter, png
from tests.tui.commandline.conftest import Call
from tui.commandline import unsubscribe

UUENCODED = "Here it is:\n\nbegin 644 ../../notes.txt\n%:&5L;&\\\n`\nend\n"


@pytest.fixture
def put(tmp_path: Path) -> Iterator[object]:
    """Puts a message into the store of `call`; its id."""

    async def deliver(raw: bytes) -> MessageId:
        async with await MailStore.open(tmp_path / "data") as store:
            ids = await store.write(lambda tx: accounts.reconcile(tx, [("work", Protocol.IMAP, True)]))
            listed = [Listed("INBOX", b"INBOX", Role.INBOX, True)]
            await store.write(lambda tx: folder_list.reconcile(tx, ids["work"], listed))
            from store import folders

            folder = await store.read(lambda c: folders.by_path(c, ids["work"], "INBOX"))
            arrived = Arrival(digest(raw), 1_794_578_700, len(raw), Flag.NONE, uid=crc32(raw), raw=raw)
            (message,) = await store.write(lambda tx: messages.add(tx, ids["work"], folder.id, [arrived]))
            return message

    yield lambda raw: asyncio.run(deliver(raw))


def test_a_file_inside_a_text_is_written(call: Call, put, tmp_path: Path):
    """P16, A01: its number is its parent's and its own; the name in it decides nothing."""
    message = put(letter(text=UUENCODED))
    parts = call("show", "--json", message).objects[0]["parts"]
    (inside,) = [one for one in parts if one["disposition"] == "attachment"]
    assert inside["index"].endswith("+2")
    file = tmp_path / "out.bin"
    assert call("show", message, "--part", inside["index"], "-o", file).code == 0
    assert file.read_bytes() == b"hello"


def test_parts_tell_what_they_really_are(call: Call, put):
    """A06"""
    message = put(letter(("a.pdf", "application/pdf", png())))
    parts = call("show", "--json", message).objects[0]["parts"]
    assert [one["real_type"] for one in parts] == ["text/plain", "image/png"]


def test_links_are_listed_with_what_is_wrong_with_them(call: Call, put):
    """H07"""
    html = "<a href='https://a.example/'>one</a> <a href='https://evil.example/'>https://bank.example</a>"
    lines = call("show", "--links", put(letter(text="\n", html=html))).out.splitlines()
    assert lines[0] == "[1] https://a.example/"
    assert lines[1].startswith("[2] https://evil.example/  (beware: A link reads “https://bank.example”")


def test_a_list_is_left_only_when_that_is_said(call: Call, put, monkeypatch: pytest.MonkeyPatch):
    """L01"""
    asked: list[str] = []

    async def answer(target: str) -> None:
        asked.append(target)

    monkeypatch.setattr(unsubscribe, "post", answer)
    message = put(
        letter(
            List_Unsubscribe="<https://lists.example/u>, <mailto:leave@lists.example>",
            List_Unsubscribe_Post="List-Unsubscribe=One-Click",
        )
    )
    told = call("unsubscribe", message)
    assert told.code == 0
    assert told.out.splitlines() == [
        "post  https://lists.example/u", "mail  mailto:leave@lists.example", "page  https://lists.example/u",
    ]  # fmt: skip
    assert "Nothing was sent" in told.err and not asked
    assert call("unsubscribe", message, "--yes").code == 0
    assert asked == ["https://lists.example/u"]


def test_a_message_that_names_no_way_says_so(call: Call, put):
    """L01"""
    found = call("unsubscribe", put(letter(List_Unsubscribe="<file:///etc/passwd>")), "--yes")
    assert found.code != 0
    assert "names no way to unsubscribe" in found.err


def test_an_invitation_says_on_the_command_line_too_what_it_changes(call: Call, put):
    def invited(sequence: int, day: int) -> bytes:
        event = f"UID:1@x\nSEQUENCE:{sequence}\nDTSTART;VALUE=DATE:202611{day}\nORGANIZER:mailto:anna@example.org\n"
        calendar = f"BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\n{event}END:VEVENT\nEND:VCALENDAR\n"
        return letter(("a.ics", "text/calendar", calendar.encode()))

    put(invited(0, 23))
    assert "Changed: time (was Mon 23 Nov 2026, all day)" in call("show", put(invited(1, 24))).out

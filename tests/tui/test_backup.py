"""Folders are exported and mail is imported from the screen, with progress, and can be stopped."""

import asyncio
from pathlib import Path

import pytest
from textual.pilot import Pilot

from protocols.backup import export as exporting
from protocols.backup.saved import Saved
from protocols.backup.sources import Source
from protocols.errors import Unreachable
from store.mailstore import MailStore
from store.model import MessageId
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.mail_facts import mail
from tests.tui.screen_text import screen_text, until
from tests.tui.test_folder_commands import Server, go_to

LETTER = b"From: a@example.org\nSubject: An old letter\n\ntext\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def raws(place: Path) -> list[bytes]:
    return [one.raw for one in Source(place).messages() if isinstance(one, Saved)]


async def ask(pilot: Pilot[None], command: str, title: str) -> None:
    mail(pilot).command(command)
    await until(pilot, lambda: title in screen_text(pilot.app))


async def type_path(pilot: Pilot[None], path: str) -> None:
    await pilot.press("ctrl+u", *path)


async def test_a_folder_is_exported_as_an_mbox_when_nothing_else_is_said(run: Run, store: MailStore, home: Path):
    async with run((120, 40)) as pilot:
        await go_to(pilot, store, "INBOX")
        await ask(pilot, "export-folder", "Export Inbox to")
        await pilot.press("enter")
        await until(pilot, lambda: "Exported 6 messages to ~/Inbox.mbox" in screen_text(pilot.app))
    assert len(raws(home / "Inbox.mbox")) == 6


@pytest.mark.parametrize(
    ("steps", "inside", "typed"), [(1, "cur", "~/out/"), (1, "cur", "~/out"), (2, "INBOX", "~/out")]
)
async def test_the_form_is_chosen(run: Run, store: MailStore, home: Path, steps: int, inside: str, typed: str):
    (home / "out").mkdir()
    async with run((120, 40)) as pilot:
        await go_to(pilot, store, "INBOX")
        await ask(pilot, "export-folder", "Export Inbox to")
        await type_path(pilot, typed)
        await pilot.press("tab", *["down"] * steps, "enter")
        await until(pilot, lambda: pilot.app.focused is not None and pilot.app.focused.id != "list")
        await pilot.press("enter")
        await until(pilot, lambda: "Exported 6 messages to ~/out" in screen_text(pilot.app))
    assert len(list((home / "out" / inside).iterdir())) == 6


async def test_the_name_that_is_proposed_suits_the_form(run: Run, store: MailStore, home: Path):
    async with run((120, 40)) as pilot:
        await go_to(pilot, store, "INBOX")
        await ask(pilot, "export-folder", "Export Inbox to")
        await pilot.press("tab", "down", "enter")
        await until(pilot, lambda: "~/Inbox" in screen_text(pilot.app) and "~/Inbox.mbox" not in screen_text(pilot.app))
        await pilot.press("tab", "up", "enter")
        await until(pilot, lambda: "~/Inbox.mbox" in screen_text(pilot.app))


async def test_what_cannot_be_written_is_told(run: Run, store: MailStore, home: Path):
    (home / "there.mbox").write_text("precious")
    async with run((160, 40)) as pilot:
        await go_to(pilot, store, "INBOX")
        for path, told in (("~/there.mbox", "is there already"), ("~/no/such/x.mbox", "no such file or directory")):
            await ask(pilot, "export-folder", "Export Inbox to")
            await type_path(pilot, path)
            await pilot.press("enter")
            # asked of the notices themselves: on the screen a long path breaks their lines anywhere
            await until(pilot, lambda t=told: any(t in one.message for one in pilot.app._notifications))
    assert (home / "there.mbox").read_text() == "precious"


class Slow(Server):
    """Fetches when the test says so, or never."""

    def __init__(self, store: MailStore) -> None:
        super().__init__(store)
        self.asked_for = asyncio.Event()
        self.wrong: Exception | None = None

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        self.asked_for.set()
        if self.wrong is not None:
            raise self.wrong
        await asyncio.Event().wait()


async def without_body(store: MailStore) -> None:
    await store.write(lambda tx: tx.execute("DELETE FROM bodies WHERE message_id = (SELECT max(id) FROM messages)"))
    await store.write(lambda tx: tx.execute("UPDATE messages SET cached = 0 WHERE id = (SELECT max(id) FROM messages)"))


async def test_an_export_is_stopped_and_leaves_no_file(run: Run, store: MailStore, home: Path):
    server = Slow(store)
    folder = await folder_of(store, "work", "Archive")
    await deliver(store, folder, arrival("Anna", "Old", "text", 1, uid=1))
    await without_body(store)
    async with run((120, 40), engine=server) as pilot:
        await go_to(pilot, store, "Archive")
        await ask(pilot, "export-folder", "Export Archive to")
        await pilot.press("enter")
        await server.asked_for.wait()
        mail(pilot).command("export-folder")
        await until(pilot, lambda: "Export Archive to" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "An export or import is running; X stops it." in screen_text(pilot.app))
        await pilot.press("X")
        await until(pilot, lambda: "Stopped exporting Archive; no file was written." in screen_text(pilot.app))
        assert not (home / "Archive.mbox").exists()
        await until(pilot, lambda: list(home.glob(".*.part")) == [])
        server.wrong = Unreachable("No connection to mail.example.", "Try later.")
        await ask(pilot, "export-folder", "Export Archive to")
        await pilot.press("enter")
        await until(pilot, lambda: "Left out, since not on this disk: 1 message." in screen_text(pilot.app))


async def test_progress_is_told(run: Run, store: MailStore, home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exporting, "SLICE", 1)
    monkeypatch.setattr("tui.backup.PACE", 0.0)
    said: list[str] = []
    async with run((120, 40)) as pilot:
        await go_to(pilot, store, "INBOX")
        screen = mail(pilot)
        monkeypatch.setattr(screen.backup, "_say", said.append)
        await ask(pilot, "export-folder", "Export Inbox to")
        await pilot.press("enter")
        await until(pilot, lambda: any("Exported" in one for one in said))
    assert "Exporting Inbox: ━━━━━───── 3 of 6 · X stops" in said


async def test_mail_is_imported_where_it_was_or_into_the_folder_in_front(run: Run, store: MailStore, home: Path):
    (home / "old").mkdir()
    (home / "old" / "1.eml").write_bytes(LETTER)
    (home / "old" / "2.eml").write_bytes(b"")
    async with run((160, 40)) as pilot:
        await go_to(pilot, store, "Inbox", "home")
        await ask(pilot, "import-mail", "Import an mbox, a Maildir or eml files into home")
        await type_path(pilot, "~/old")
        await pilot.press("enter")
        await until(pilot, lambda: "Imported 1 message into Imported" in screen_text(pilot.app))
        await until(pilot, lambda: "2.eml is empty" in screen_text(pilot.app).replace("\n", " "))
        await ask(pilot, "import-mail", "Import an mbox, a Maildir or eml files into home")
        await type_path(pilot, "~/old/1.eml")
        await pilot.press("tab", "down", "enter", "enter")
        await until(pilot, lambda: "Imported 1 message into Inbox" in screen_text(pilot.app))
        await until(pilot, lambda: "An old letter" in screen_text(pilot.app))
        await ask(pilot, "import-mail", "Import an mbox")
        await type_path(pilot, "~/nowhere")
        await pilot.press("enter")
        await until(pilot, lambda: "There is nothing at" in screen_text(pilot.app))


async def test_where_no_account_or_folder_is_in_front_none_is_guessed(run: Run):
    async with run((120, 40)) as pilot:
        mail(pilot).command("import-mail")
        await until(pilot, lambda: "Import mail into" in screen_text(pilot.app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "Import an mbox, a Maildir or eml files into" in screen_text(pilot.app))
        await pilot.press("escape")
        await ask(pilot, "export-folder", "Export All inboxes to")
        await pilot.press("escape")
        await until(pilot, lambda: "Export All inboxes to" not in screen_text(pilot.app))

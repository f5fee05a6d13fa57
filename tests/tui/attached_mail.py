"""Mail with attachments and links of every kind, and programs that only write down what they are given."""

import io
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from PIL import Image

from protocols.mime.digest import digest
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import Flag, MessageId
from tests.tui.conftest import NOW, deliver, folder_of
from tui.app import BocauApp


def png(size: tuple[int, int] = (60, 40), colour: tuple[int, int, int] = (200, 30, 30)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, "PNG")
    return made.getvalue()


def zipped(**files: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return made.getvalue()


def letter(*attached: tuple[str, str, bytes], text: str = "See below.\n", html: str = "", **headers: str) -> bytes:
    """The bytes of a message; `attached` are (name, type, content)."""
    made = EmailMessage()
    made["From"] = "Anna <anna@example.org>"
    made["To"] = "me@example.com"
    made["Subject"] = "Files"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    if html:
        made.add_alternative(html, subtype="html")
    for name, kind, content in attached:
        main, _, sub = kind.partition("/")
        made.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return made.as_bytes()


async def put(store: MailStore, raw: bytes) -> MessageId:
    """Deliver a message as the newest of the inbox, here whole."""
    found = digest(raw)
    arrived = Arrival(found, NOW - 1, len(raw), Flag.SEEN, uid=901, raw=raw)
    (message,) = await deliver(store, await folder_of(store, "work", "INBOX"), arrived)
    return message


class Programs:
    """Programs in a folder that PATH names alone: each writes its arguments down and ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "started"

    def add(self, name: str, code: int = 0) -> None:
        file = self.folder / name
        copy = 'for one; do [ -f "$one" ] && /bin/cp "$one" "$0.file"; done'
        file.write_text(
            f'#!/bin/sh\n{copy}\nprintf "%s\\n" "$0" "$@" >> "{self.log}.part"\n'
            f'/bin/mv "{self.log}.part" "{self.log}"\nexit {code}\n'
        )
        file.chmod(0o700)

    @property
    def started(self) -> list[str]:
        """The program and its arguments, empty when none was started."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def given(self, name: str) -> bytes:
        """The file that a program was started with."""
        return (self.folder / f"{name}.file").read_bytes()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """A desktop on which xdg-open opens everything."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.delenv("BROWSER", raising=False)
    found = Programs(folder)
    found.add("xdg-open")
    return found


@pytest.fixture
def no_display(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """The same machine over SSH."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    return programs


class Written:
    """In place of a terminal: what was sent to it."""

    mouse = True

    def __init__(self) -> None:
        self.said: list[str] = []
        self.write = self.said.append

    def set_mouse(self, on: bool) -> None:
        """Nobody has one here."""


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Written:
    """One that takes copies."""
    written = Written()
    monkeypatch.setattr(BocauApp, "terminal", property(lambda self: written))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)
    return written

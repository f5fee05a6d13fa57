"""The whole way of a picture: a key, a question to the terminal, its pixels, and nothing left behind."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from protocols.mime.digest import digest
from store import accounts
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import Flag, Protocol
from store.settings import General, Settings
from tests.servers.graphic_terminal import GraphicTerminal
from tests.servers.pseudo_terminal import PseudoTerminal
from tests.tui.attached_mail import letter, png, put
from tests.tui.conftest import NOW, Run, deliver, folder_of
from tests.tui.screen_text import screen_text, until

ROOT = Path(__file__).parents[2]
MAIL = letter(("a.png", "image/png", png((60, 40))), ("b.png", "image/png", png((90, 70), (1, 2, 3))))
QUESTION = b"\x1b[16t\x1b[c"
PATIENT = (
    "import sys; sys.argv[0] = 'bocau'; from tui import terminal_input, terminal_pictures;"
    "terminal_input._SOON, terminal_pictures.PATIENCE = 1.0, 20.0; from tui.cli import main; main()"
)
"""The reader, which waits for the answers of a terminal as long as a busy machine needs to send them."""


async def write_store(home: Path) -> None:
    """One account, one message with two pictures."""
    async with await MailStore.open(home / "data") as store:
        await store.write(lambda tx: accounts.reconcile(tx, [("old", Protocol.POP3, True)]))
        arrived = Arrival(digest(MAIL), NOW, len(MAIL), Flag.SEEN, raw=MAIL)
        await deliver(store, await folder_of(store, "old", "Inbox"), arrived)
    (home / "config.toml").write_text(
        '[accounts.old]\nprotocol = "pop3"\naddress = "a@b.example"\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\n'
        'password_command = "echo x"\nafter_download = "keep"\n'
    )


@contextmanager
def reader(home: Path) -> Iterator[PseudoTerminal]:
    command = [sys.executable, "-c", PATIENT, "--config", str(home / "config.toml"), "--data", str(home / "data")]
    with PseudoTerminal(command, {"PYTHONPATH": str(ROOT), "TERM_PROGRAM": ""}) as terminal:
        terminal.wait_for("Files")
        terminal.wait_for(r"old .*again at")
        yield terminal


def shown(terminal: PseudoTerminal) -> GraphicTerminal:
    """What a terminal with pictures would show by now."""
    other = GraphicTerminal(80, 24)
    known = re.sub(rb"\x1b\[[<>=?][0-9;:]*\$?[@-~]|\x1b\][^\x1b]*\x1b\\|\x1b\[[0-9;]*\$?[tp]", b"", terminal.raw)
    known = re.sub(rb"\x1b(?:[P_](?:(?!\x1b\\).)*)?\Z", b"", known, flags=re.S)  # what a read has cut
    asked = b"\x1b_Gi=1644167165,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"
    other.write(known.replace(asked, b"").decode(errors="ignore"))
    return other


async def test_sixels_come_on_a_key_and_go(tmp_path: Path):
    await write_store(tmp_path)
    with reader(tmp_path) as terminal:
        assert QUESTION not in terminal.raw and b"\x1bP" not in terminal.raw
        terminal.send("gv")
        terminal.wait_for_bytes(QUESTION)
        for answer in ("\x1b[6;20;10t\x1b[?62", ";4c"):
            terminal.send(answer)
        terminal.wait_for("1 of 2: a.png")
        terminal.wait_for_bytes(b"\x1bP0;1q")
        terminal.wait_for_bytes(b"\x1b\\", len(terminal.raw.partition(b"\x1bP0;1q")[0]))
        cells = set(shown(terminal).sixels)
        assert len(cells) == 6 * 2
        before = len(terminal.raw)
        terminal.send("\x0c")
        terminal.wait_for_bytes(b"\x1bP0;1q", before)
        before = len(terminal.raw)
        terminal.send("n")
        terminal.wait_for("2 of 2: b.png")
        terminal.wait_until(lambda: len(shown(terminal).sixels) == 9 * 4)
        assert terminal.raw.count(QUESTION) == 1
        terminal.send("\x1b")
        terminal.wait_until(lambda: "b.png" not in terminal.text)
        assert not shown(terminal).sixels
        terminal.send("\x11")
        assert terminal.wait_for_end() == 0


async def test_the_kitty_protocol_is_given_back_clean(tmp_path: Path):
    """K07: it ends while a picture is on the screen."""
    await write_store(tmp_path)
    with reader(tmp_path) as terminal:
        terminal.send("gv")
        terminal.wait_for_bytes(QUESTION)
        terminal.send("\x1b_Gi=1644167165;OK\x1b\\\x1b[6;20;10t\x1b[?62;4c")
        terminal.wait_for_bytes(b"a=p,")
        terminal.wait_until(lambda: [len(cells) for cells in shown(terminal).placed.values()] == [12])
        assert b"\x1bP" not in terminal.raw
        terminal.send("\x11")
        assert terminal.wait_for_end() == 0
        assert not shown(terminal).placed and not shown(terminal).pictures
        assert terminal.raw.rindex(b"\x1b_Ga=d,d=A") < terminal.raw.rindex(b"\x1b[?1049l")


async def test_the_pictures_of_a_message_are_shown_one_by_one(run: Run, store: MailStore):
    await put(store, MAIL)
    async with run((100, 40)) as pilot:
        await pilot.press("g", "v")
        await until(pilot, lambda: "1 of 2: a.png" in screen_text(pilot.app) and "▀" in screen_text(pilot.app))
        await pilot.press("p")
        await until(pilot, lambda: "2 of 2: b.png" in screen_text(pilot.app) and "▀" in screen_text(pilot.app))
        await pilot.press("n")
        await until(pilot, lambda: "1 of 2: a.png" in screen_text(pilot.app))


async def test_pictures_inside_the_text_are_among_them(run: Run, store: MailStore):
    """Those that HTML shows by their Content-ID (RFC 2392)."""
    html = b'<p>Look: <img src="cid:one@x" alt="a tree"></p>'
    raw = (
        b"From: a@example.org\r\nSubject: Inside\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n" + html + b"\r\n--b\r\nContent-Type: image/png\r\n"
        b"Content-ID: <one@x>\r\nContent-Transfer-Encoding: binary\r\n\r\n" + png((50, 30)) + b"\r\n--b--\r\n"
    )
    await put(store, raw)
    async with run((100, 40)) as pilot:
        await pilot.press("g", "v")
        await until(pilot, lambda: "▀" * 20 in screen_text(pilot.app))
        assert "image/png, 50 × 30 pixels" in screen_text(pilot.app)


async def test_a_picture_is_made_anew_for_another_size(run: Run, store: MailStore):
    await put(store, letter(("a.png", "image/png", png((600, 400)))))
    async with run((120, 40)) as pilot:
        await pilot.press("g", "v")
        await until(pilot, lambda: "▀" * 80 in screen_text(pilot.app))
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: "▀" * 20 in screen_text(pilot.app) and "▀" * 50 not in screen_text(pilot.app))
        assert "600 × 400 pixels" in screen_text(pilot.app)


async def test_without_pictures_it_is_said(run: Run, store: MailStore):
    async with run((100, 40)) as pilot:
        await pilot.press("g", "v")
        await until(pilot, lambda: "There are no pictures in this message." in screen_text(pilot.app))


async def test_none_is_drawn_when_the_configuration_says_so(run: Run, store: MailStore):
    await put(store, MAIL)
    async with run((100, 40), settings=Settings(General(pictures="none"))) as pilot:
        await pilot.press("g", "v")
        await until(pilot, lambda: "Pictures are not drawn" in screen_text(pilot.app))
        assert "▀" not in screen_text(pilot.app)

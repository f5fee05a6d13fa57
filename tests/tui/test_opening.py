"""Attachments are opened by what they are, after a question, without a shell; viewed and piped in the terminal."""

import asyncio
import os
import shutil
import stat
from pathlib import Path

import pytest
from textual.pilot import Pilot

from store import parts
from store.mailstore import MailStore
from store.messages import Arrival
from store.parts import Place
from store.settings import General, Settings
from store.structure import Structure
from tests.protocols.mime.test_unfold import PACKED
from tests.tui.attached_mail import Programs, letter, no_display, png, programs, put, zipped
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.screen_text import screen_text, segments, until
from tui import opening
from tui.private_folder import PrivateFolder

__all__ = ["no_display", "programs"]

BILL = ("bill.pdf", "application/pdf", b"%PDF-1.4 the bill")


def mode_of(path: str) -> int:
    return stat.S_IMODE(Path(path).stat().st_mode)


async def act(pilot: Pilot[None], *keys: str) -> None:
    """Do something with the attachment under the cursor."""
    await pilot.press("A")
    await until(pilot, lambda: "Parts of: " in screen_text(pilot.app))
    await pilot.press(*keys)


def says(pilot: Pilot[None], *words: str) -> bool:
    """Whether the screen says all of this, perhaps on several lines."""
    lines = (line.partition("▌")[2] or line for line in screen_text(pilot.app).splitlines())
    shown = " ".join(" ".join(lines).replace("│", " ").split())
    return all(one in shown for one in words)


async def test_a_file_is_opened_by_its_real_type_after_a_question(run: Run, store: MailStore, programs: Programs):
    """A05, A06, A10: a private file whose name ends as its content does, one argument, no shell."""
    name = "$(touch x) ; rm -rf ~ `id` bill.dat"
    await put(store, letter((name, "application/x-desktop", BILL[2])))
    async with run((100, 30)) as pilot:
        await act(pilot, "o")
        await until(pilot, lambda: says(pilot, "It is application/pdf", "This will run: xdg-open"))
        assert not programs.started
        await pilot.press("y")
        await until(pilot, lambda: programs.started)
        program, file = programs.started
        assert program.endswith("/xdg-open")
        assert Path(file).name.endswith("bill.pdf") and Path(file).is_relative_to(store.data / "opened")
        assert not set(Path(file).name) & set("$`|/")
        assert programs.given("xdg-open") == BILL[2]
        assert (mode_of(file), mode_of(str(Path(file).parent))) == (0o600, 0o700)
    assert not list((store.data / "opened").glob("*"))


async def test_nothing_is_opened_without_a_yes(run: Run, store: MailStore, programs: Programs):
    """A06"""
    await put(store, letter(BILL))
    async with run((100, 30)) as pilot:
        for key in ("enter", "n", "escape"):
            await act(pilot, "o")
            await until(pilot, lambda: says(pilot, "Open bill.pdf?"))
            await pilot.press(key)
            await until(pilot, lambda: not says(pilot, "Open bill.pdf?"))
        assert not programs.started
        assert not (store.data / "opened").exists()


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        pytest.param("bill.pdf", "application/pdf", b"MZ\x90\0\x03\0\0\0" + bytes(64), id="A06-exe"),
        pytest.param("bill.pdf", "application/pdf", b"#!/bin/sh\nreboot\n", id="A06-script"),
        pytest.param("readme.txt", "text/plain", b"[Desktop Entry]\nExec=reboot\n", id="A06-desktop"),
        pytest.param("a.pdf", "application/pdf", b"L\0\0\0\x01\x14\x02\0" + bytes(64), id="A06-lnk"),
        pytest.param("a.zip", "application/zip", zipped(**{"META-INF/MANIFEST.MF": "x"}), id="A06-jar"),
    ],
)
async def test_what_would_run_is_not_opened(
    run: Run, store: MailStore, programs: Programs, name: str, kind: str, content: bytes
):
    await put(store, letter((name, kind, content)))
    async with run((100, 30)) as pilot:
        await act(pilot, "o")
        await until(pilot, lambda: says(pilot, "is not opened: It is", "s saves it"))
        assert not programs.started


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        pytest.param("photo.png", "image/png", b"<!DOCTYPE html><script>x</script>", id="A06-html"),
        pytest.param("photo.png", "image/png", b"<svg onload='x'></svg>", id="A06-svg"),
        pytest.param("bill.pdf.js", "text/plain", b"alert(1)\n", id="A06-js"),
    ],
)
async def test_what_is_dangerous_needs_a_word(
    run: Run, store: MailStore, programs: Programs, name: str, kind: str, content: bytes
):
    await put(store, letter((name, kind, content)))
    async with run((100, 30)) as pilot:
        for typed, opens in (("y", False), ("open", True)):
            await act(pilot, "o")
            await until(pilot, lambda: "type open to do it" in screen_text(pilot.app))
            await pilot.press(*typed, "enter")
            await until(pilot, lambda: "type open" not in screen_text(pilot.app) and len(pilot.app.screen_stack) == 1)
            assert opens or not programs.started
        await until(pilot, lambda: programs.started)


async def test_without_a_display_it_is_said(run: Run, store: MailStore, no_display: Programs):
    """A06: over SSH."""
    await put(store, letter(BILL))
    async with run((100, 30)) as pilot:
        await act(pilot, "o")
        await until(pilot, lambda: says(pilot, "There is no display here.", "v shows it here"))
        assert not no_display.started


async def test_the_configuration_chooses_by_the_real_type(run: Run, store: MailStore, no_display: Programs):
    """A06, A07: mailcap is nowhere read."""
    no_display.add("mine")
    await put(store, letter(("bill.txt", "text/plain", BILL[2])))
    settings = Settings(General(open_with={"application/pdf": ("mine", "-x", "%s", "a b")}))
    async with run((100, 30), settings=settings) as pilot:
        await act(pilot, "o")
        await until(pilot, lambda: says(pilot, "This will run: mine -x bill.pdf 'a b'"))
        await pilot.press("y")
        await until(pilot, lambda: no_display.started)
        assert no_display.started[1] == "-x" and no_display.started[3] == "a b"


async def test_a_program_that_fails_is_named(run: Run, store: MailStore, programs: Programs):
    programs.add("xdg-open", code=3)
    await put(store, letter(BILL))
    async with run((100, 30)) as pilot:
        await act(pilot, "o")
        await until(pilot, lambda: says(pilot, "Open bill.pdf?"))
        await pilot.press("y")
        await until(pilot, lambda: says(pilot, "xdg-open did not open bill.pdf (it ended with 3)."))


async def test_the_list_says_what_a_part_really_is(run: Run, store: MailStore):
    """A06: beside what it calls itself."""
    await put(store, letter(("a.pdf", "application/pdf", png()), ("b\x1b[2J.txt", "text/csv", b"a,b\n")))
    async with run((110, 30)) as pilot:
        await act(pilot)
        assert says(pilot, "! image/png, not application/pdf", "It calls itself application/pdf, but it is image/png.")
        assert not any("\x1b" in text for text in segments(pilot.app))


async def test_the_list_names_a_program(run: Run, store: MailStore):
    """A06"""
    await put(store, letter(("bill.pdf", "application/pdf", b"\x7fELF" + bytes(60))))
    async with run((110, 30)) as pilot:
        await act(pilot)
        assert says(pilot, "! a program, not application/pdf", "It calls itself application/pdf, but it is a program.")


async def test_a_picture_is_drawn_on_a_key(run: Run, store: MailStore):
    """A08: and not before."""
    await put(store, letter(("a.pdf", "application/pdf", png((60, 40)))))
    async with run((100, 40)) as pilot:
        await act(pilot)
        assert "▀" not in screen_text(pilot.app)
        await pilot.press("v")
        await until(pilot, lambda: "▀" * 20 in screen_text(pilot.app))
        assert says(pilot, "image/png, 60 × 40 pixels")
        await pilot.press("escape")
        await until(pilot, lambda: "Parts of: " in screen_text(pilot.app))


async def test_without_colours_a_picture_is_drawn_with_signs(run: Run, store: MailStore):
    await put(store, letter(("a.png", "image/png", png((60, 40), (255, 255, 255)))))
    async with run((100, 40), settings=Settings(General(ascii=True))) as pilot:
        await act(pilot, "v")
        await until(pilot, lambda: "@" * 20 in screen_text(pilot.app))


async def test_an_archive_is_listed_and_not_unpacked(run: Run, store: MailStore, tmp_path: Path):
    """A08, A01: names with paths are only shown."""
    await put(store, letter(("a.zip", "application/zip", zipped(**{"../../x\x1b[2J.txt": "12345", "b/c": "x"}))))
    async with run((100, 30)) as pilot:
        await act(pilot, "v")
        await until(pilot, lambda: says(pilot, "5 B ../../x", "b/c"))
        assert not any("\x1b" in text for text in segments(pilot.app))


@pytest.mark.parametrize(
    ("attached", "shown"),
    [
        pytest.param(("a.csv", "text/csv", b"left,\x1b]52;c;x\x1b\\right\n"), "left,", id="T21-text"),
        pytest.param(("a.bin", "application/octet-stream", b"only words\n"), "only words", id="text-of-no-type"),
        pytest.param(("a.html", "image/png", b"<html><b>bold words</b><script>bad</script>"), "bold words", id="html"),
        pytest.param(("a.txt", "text/plain", b"BEGIN:VCARD\nVERSION:3.0\nFN:Anna Keller\nEND:VCARD\n"), "Anna Keller"),
    ],
)
async def test_texts_are_shown_clean(run: Run, store: MailStore, attached: tuple[str, str, bytes], shown: str):
    await put(store, letter(attached))
    async with run((100, 30)) as pilot:
        await act(pilot, "v")
        await until(pilot, lambda: "Esc close" in screen_text(pilot.app) and shown in screen_text(pilot.app))
        assert not any("\x1b" in text for text in segments(pilot.app))
        assert "bad" not in screen_text(pilot.app)


async def test_an_enclosed_message_is_shown_with_its_headers(run: Run, store: MailStore):
    inside = b"From: Bob <bob@example.org>\r\nSubject: Inner words\r\n\r\nInner text.\r\n"
    raw = (
        b"From: a@example.org\r\nSubject: Fwd\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\nOuter.\r\n--b\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n"
        + inside
        + b"\r\n--b--\r\n"
    )
    await put(store, raw)
    async with run((100, 30)) as pilot:
        await act(pilot, "v")
        await until(pilot, lambda: says(pilot, "Subject: Inner words", "Inner text.", "bob@example.org"))


async def test_what_cannot_be_shown_is_said(run: Run, store: MailStore):
    await put(store, letter(BILL))
    async with run((100, 30)) as pilot:
        await act(pilot, "v")
        await until(pilot, lambda: says(pilot, "bill.pdf is not shown: It is application/pdf, nothing for a terminal."))
        await until(pilot, lambda: "Parts of: " in screen_text(pilot.app))  # it can still be saved


async def test_all_are_saved_and_two_of_one_name_are_both_kept(run: Run, store: MailStore, tmp_path: Path):
    """A04, A01, A05: into the folder that was typed, and nowhere else."""
    target = tmp_path / "saved"
    target.mkdir()
    files = (("../../a.txt", "text/plain", b"one"), ("a.txt", "text/plain", b"two"), (".profile", "text/x", b"three"))
    await put(store, letter(*files))
    async with run((120, 30)) as pilot:
        await act(pilot, "a")
        await until(pilot, lambda: "Save 3 files into the folder" in screen_text(pilot.app))
        await pilot.press("ctrl+u", *str(target), "enter")
        await until(pilot, lambda: "Saved 3 files into" in screen_text(pilot.app))
    assert sorted(one.name for one in target.iterdir()) == ["a (2).txt", "a.txt", "profile"]
    assert {one.read_bytes().strip() for one in target.iterdir()} == {b"one", b"two", b"three"}
    assert {stat.S_IMODE(one.stat().st_mode) for one in target.iterdir()} == {0o600}


async def test_what_a_winmail_dat_holds_is_listed_when_it_came_alone(run: Run, store: MailStore):
    """P18: of a message that is not here whole."""
    made = arrival("Anna", "Packed", "", 1, uid=902)
    folder = await folder_of(store, "work", "INBOX")
    (message,) = await deliver(store, folder, Arrival(made.digest, made.received, 9000, uid=902))
    place = Place(folder.id, 7, 902)
    children = (
        Structure("1", "text/plain", size=5, encoding="8bit", charset="utf-8"),
        Structure("2", "application/ms-tnef", name="winmail.dat", size=len(PACKED), disposition="attachment"),
    )
    tree = Structure("TEXT", "multipart/mixed", children=children)
    sections = {"HEADER": (b"From: anna@example.org\r\nSubject: Packed\r\n\r\n", True), "1": (b"Text.", True)}

    def keep(tx) -> None:  # type: ignore[no-untyped-def]
        parts.keep_structure(tx, message, place, tree)
        parts.keep_sections(tx, message, sections)
        parts.add_slice(tx, message, "2", place, 0, PACKED)
        parts.join(tx, message, "2", place)

    await store.write(keep)
    async with run((100, 30)) as pilot:
        await act(pilot)
        assert "plan.pdf" in screen_text(pilot.app)


async def ask_command(pilot: Pilot[None], typed: str) -> None:
    await until(pilot, lambda: "no shell takes part" in screen_text(pilot.app))
    for char in typed:
        await pilot.press({" ": "space", "|": "vertical_line"}.get(char, char))
    await pilot.press("enter")


async def test_content_is_given_to_a_command_and_its_output_shown_clean(run: Run, store: MailStore):
    """T21, A07: no shell, the content on its standard input."""
    await put(store, letter(("a.txt", "application/octet-stream", b"one\x1b[2Jtwo\n$(reboot)\n")))
    async with run((100, 30)) as pilot:
        await act(pilot, "vertical_line")
        await ask_command(pilot, f"{shutil.which('cat')} -")
        await until(pilot, lambda: says(pilot, "[2Jtwo", "$(reboot)", "Esc close"))
        assert not any("\x1b" in text for text in segments(pilot.app))


async def test_a_whole_message_is_given_to_a_command(run: Run, store: MailStore):
    raw = letter(BILL)
    await put(store, raw)
    async with run((100, 30)) as pilot:
        await pilot.press("vertical_line")
        await ask_command(pilot, f"{shutil.which('wc')} -c")
        await until(pilot, lambda: says(pilot, str(len(raw)), "Esc close"))
        await pilot.press("escape", "vertical_line")
        await ask_command(pilot, f"{shutil.which('false')}")
        await until(pilot, lambda: says(pilot, "false ended with 1, and printed nothing."))
        await pilot.press("vertical_line")
        await ask_command(pilot, "wc | cat")
        await until(pilot, lambda: says(pilot, "| is for a shell, and none runs the command."))
        await pilot.press("vertical_line")
        await ask_command(pilot, "no-such-program")
        await until(pilot, lambda: says(pilot, "no-such-program cannot be run: no such file"))


async def test_a_command_that_does_not_end_is_stopped(
    run: Run, store: MailStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)  # by its name: a long path is cut in the bottom line
    await put(store, letter(BILL))
    endless = tmp_path / "endless"
    endless.write_text("#!/bin/sh\nexec sleep 600\n")
    endless.chmod(0o700)
    async with run((100, 30)) as pilot:
        await pilot.press("vertical_line")
        await ask_command(pilot, "endless")
        await until(pilot, lambda: says(pilot, "gets", "X stops"))
        await pilot.press("X")
        await until(pilot, lambda: says(pilot, "Stopped"))
        await until(pilot, lambda: not running_pipes(pilot))


def running_pipes(pilot: Pilot[None]) -> list[object]:
    return [one for one in pilot.app.workers if one.group == "piping" and one.is_running]


def test_what_a_crash_left_is_removed_and_what_runs_is_not(tmp_path: Path):
    """A06: a folder whose program is gone, and one of a program that runs."""
    running, crashed = PrivateFolder(tmp_path / "opened"), tmp_path / "opened" / "crashed"
    file = running.write("a.txt", b"x")
    (crashed / "1").mkdir(parents=True)
    (crashed / "1" / "secret.pdf").write_bytes(b"x")
    again = PrivateFolder(tmp_path / "opened")
    again.sweep()
    assert file.exists() and not crashed.exists()
    other = again.write("a.txt", b"y")
    running.end()
    assert not file.exists() and other.exists()
    again.end()
    assert not (tmp_path / "opened").exists()


def test_a_browser_that_draws_in_the_terminal_is_not_started(programs: Programs, no_display: Programs):
    no_display.add("w3m")
    no_display.add("firefox")
    path = str(no_display.folder)
    assert opening.browser({}, {"PATH": path, "BROWSER": "w3m"}) is None
    assert opening.browser({}, {"PATH": path, "BROWSER": "w3m:firefox --new-tab %s"}) == ("firefox", "--new-tab", "%s")
    assert opening.browser({}, {"PATH": path, "DISPLAY": ":0"}) == ("xdg-open",)
    assert opening.browser({"links": ("mine",)}, {"PATH": path}) == ("mine",)
    assert opening.with_argument(("x", "--to=%s"), "a b") == ("x", "--to=a b")


async def test_a_program_that_cannot_be_started_is_an_error(tmp_path: Path):
    with pytest.raises(OSError):
        await opening.run((str(tmp_path / "none"),))
    async with asyncio.timeout(10):
        assert await opening.run((shutil.which("true") or "true",)) == 0

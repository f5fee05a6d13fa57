"""What really reaches a terminal while hostile mail is read: our own sequences, clean links, nothing else."""

import os
import re
import subprocess
from base64 import b64decode
from pathlib import Path

from tests.servers.pseudo_terminal import PseudoTerminal
from tests.tui.test_terminal_driver import ROOT, command

LETTER = (
    "From: =?utf-8?q?Eve=1B]0;pwned=07?= <eve@example.org>\n"
    "Subject: =?utf-8?q?Look=1B]52;c;cm0gLXJmIC8K=1B=5C=C2=9B31m=0Anow?=\n"
    "Message-ID: <one@example.org>\n"
    "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"
    "<p>\x1b[2J\x1b]8;;https://evil.example\x1b\\ &#27;]52;c;eA==&#7;\n"
    '<a href="https://good.example/a b&#27;\\">good</a>\n'
    '<a href="https://evil.example/">https://bank.example/</a> <a href="javascript:alert(1)">run</a>'
    '<a href="https://bücher.example/x\x07y">books</a> The end.</p>\n'
)
# What the driver and the glass send: modes, the cursor, colours, and links that are clean.
OWN = re.compile(
    rb"\x1b\[[?<>=]?[0-9;:]*\$?[A-Za-z@`]"
    rb"|\x1b\]8;(?:id=[0-9a-f]+)?;(?:(?:https?://|mailto:)[!-~]+)?\x1b\\"
    rb"|\x1b\]52;c;[A-Za-z0-9+/=]*\x07"
)
LINKS = re.compile(rb"\x1b\]8;id=[0-9a-f]+;([!-~]+)\x1b\\")
CLIPS = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


def bocau(home: Path, *arguments: str) -> list[str]:
    """A command over the same home."""
    started = command(home)
    return [*started[:3], *arguments, *started[3:]]


def test_of_a_hostile_letter_only_clean_text_and_clean_links_get_out(tmp_path: Path):
    """T21, T24."""
    (tmp_path / "letter.eml").write_text(LETTER)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    bring = bocau(tmp_path, "import", str(tmp_path / "letter.eml"), "--account", "old", "--folder", "Inbox")
    subprocess.run(bring, env=environment, cwd=ROOT, check=True, capture_output=True, timeout=60)
    with PseudoTerminal(command(tmp_path), {"PYTHONPATH": str(ROOT)}, columns=100, rows=40) as terminal:
        terminal.wait_for("Eve")
        terminal.send("\r")
        terminal.wait_for("The end")
        terminal.send("yy")
        terminal.wait_for_bytes(b"\x1b]52;c;")
        terminal.wait_for("if it allows that")
        terminal.send("yt")
        terminal.wait_until(lambda: len(CLIPS.findall(terminal.raw)) == 2, "the text among what was copied")
        terminal.send("\x11")
        assert terminal.wait_for_end() == 0
    rest = OWN.sub(b"", terminal.raw).replace(b"\r\n", b"").decode()
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", rest), rest[:500]
    assert b"\x1b]0;" not in terminal.raw and b"pwned" not in b"".join(OWN.findall(terminal.raw))
    links = {link.decode() for link in LINKS.findall(terminal.raw)}
    assert links == {"https://good.example/a%20b%1B%5C"}  # the others name one host and lead to another, or are none
    copied = [b64decode(clip).decode() for clip in CLIPS.findall(terminal.raw)]
    assert copied[0].startswith("https://") and copied[0].isprintable()
    assert "The end." in copied[1] and "\x1b" not in copied[1] and "\x07" not in copied[1]
    assert terminal.raw.count(b"\x1b]52;") == len(copied) == 2

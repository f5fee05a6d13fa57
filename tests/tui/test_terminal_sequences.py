"""What is said to the terminal itself is whole, clean and no longer than it takes."""

import re
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.mime.safe import SafeText
from tui.copying import copy
from tui.terminal_abilities import Abilities
from tui.terminal_sequences import CLIPBOARD_LIMIT, clipboard_text, copied, noticed, passed

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
HOSTILE = "a\x1b]52;c;cm0gLXJmIC8K\x07b\x9d\x1b\\c\u202ed"


def unwrapped(sequence: str) -> str:
    """What tmux hands on of a wrapped sequence."""
    match = re.fullmatch(r"\x1bPtmux;(.*)\x1b\\", sequence, re.S)
    assert match is not None
    return match[1].replace("\x1b\x1b", "\x1b")


def test_a_text_goes_to_the_clipboard_of_the_terminal():
    sequence = copied(SafeText("hóa đơn"))
    assert sequence == "\x1b]52;c;aMOzYSDEkcahbg==\x07"
    assert b64decode("aMOzYSDEkcahbg==").decode() == "hóa đơn"


def test_tmux_is_asked_itself_and_asked_to_hand_it_on():
    plain = copied(SafeText("x"))
    both = copied(SafeText("x"), "tmux")
    assert both.startswith(plain)
    assert unwrapped(both.removeprefix(plain)) == plain


def test_screen_gets_it_in_pieces_that_it_passes_on():
    pieces = re.findall(r"\x1bP(.*?)\x1b\\", copied(SafeText("x" * 2000), "screen"), re.S)
    assert "".join(pieces) == copied(SafeText("x" * 2000))
    assert max(map(len, pieces)) <= 256


@given(st.text() | st.just(HOSTILE), st.sampled_from(["osc9", "osc777"]), st.sampled_from(["", "tmux"]))
def test_nothing_breaks_out_of_a_notice(text: str, kind: str, multiplexer: str):
    """T01, T03."""
    sequence = noticed(kind, text, "tmux" if multiplexer else "")
    bare = unwrapped(sequence) if multiplexer else sequence
    assert bare.startswith("\x1b]") and bare.endswith("\x07")
    assert not CONTROL.search(bare[2:-1])
    assert len(bare) < 300


def test_a_notice_has_two_fields_whatever_is_in_it():
    assert noticed("osc777", "4;1;80").split(";") == ["\x1b]777", "notify", "bocau", "4,1,80\x07"]
    assert not re.match(r"\x1b\]9;\d", noticed("osc9", "4;1;80"))


@given(st.text() | st.just(HOSTILE))
def test_what_is_copied_can_be_pasted_into_a_shell(text: str):
    """T21."""
    clean = clipboard_text(text)
    assert not CONTROL.search(clean.replace("\n", ""))
    if len(clean.encode("utf-8", "replace")) <= CLIPBOARD_LIMIT:
        assert re.fullmatch(r"\x1b\]52;c;[A-Za-z0-9+/=]*\x07", copied(clean))


def test_what_is_told_of_a_copy_is_no_more_than_is_known(monkeypatch: pytest.MonkeyPatch):
    sent: list[str] = []
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)
    assert "if it allows that" in copy("https://example.org", "the link", sent.append)
    assert sent == [copied(SafeText("https://example.org"))]
    assert "no text in the address" in copy("", "the address", sent.append)
    assert "terminals take 74" in copy("x" * 80_000, "the text", sent.append)
    monkeypatch.setenv("TERM", "linux")
    assert "no clipboard" in copy("x", "the text", sent.append)
    assert "no clipboard" in copy("x", "the text", None)
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("environ", "multiplexer", "strings", "links"),
    [
        ({"TERM": "xterm-256color"}, "", True, True),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0"}, "tmux", True, True),
        ({"TERM": "screen-256color", "TMUX": "/tmp/x,1,0"}, "tmux", True, True),
        ({"TERM": "screen-256color", "STY": "1.x"}, "screen", True, False),
        ({"TERM": "screen"}, "", True, False),
        ({"TERM": "linux"}, "", False, False),
        ({"TERM": "dumb"}, "", False, False),
        ({}, "", False, False),
    ],
)
def test_what_a_terminal_can_do_is_told_by_its_name(
    environ: dict[str, str], multiplexer: str, strings: bool, links: bool
):
    found = Abilities.of(environ)
    assert (found.multiplexer, found.strings, found.links) == (multiplexer, strings, links)
    assert found.usable is (environ.get("TERM", "dumb") != "dumb")


def test_without_tmux_and_screen_a_sequence_is_as_it_is():
    assert passed("\x1b]9;x\x07", "") == "\x1b]9;x\x07"

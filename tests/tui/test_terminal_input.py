"""Each key arrives once, whatever a terminal sends; what is no key does nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key

from tui.terminal_input import TerminalParser


def keys(*chunks: str) -> list[str]:
    parser = TerminalParser()
    return [message.key for chunk in chunks for message in parser.feed(chunk) if isinstance(message, Key)]


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        ("\x1b[97;5u", ["ctrl+a"]),
        ("\x1b[97;5:1u\x1b[97;5:3u", ["ctrl+a"]),  # pressed and let go
        ("\x1b[97;1:2u", ["a"]),  # held down
        ("\x1b[97:65;2:1;65u", ["A"]),  # with its alternate code
        ("\x1b[1;1:1A\x1b[1;1:3A", ["up"]),
        ("\x1b[57441;2u\x1b[57441;1:3ug", ["g"]),  # Shift alone
        ("\x1b[57358u", []),  # Caps Lock
        ("\x1b[27u", ["escape"]),
        ("\x1b[101;3u", ["alt+e"]),
        ("\x1b[9;2u", ["shift+tab"]),
        ("\x1b[99999999u", []),
        ("\x1b[;;99999999u", []),
        ("\x1b[57999u", []),
    ],
)
def test_keys_of_the_kitty_protocol_arrive_once(sent: str, wanted: list[str]):
    assert keys(sent) == wanted


@pytest.mark.parametrize(
    "answer",
    ["\x1b[?62;22c", "\x1b[>41;354;0c", "\x1b]11;rgb:1e1e/edde/dddd\x1b\\", "\x1b]52;c;ZWRk\x07", "\x1bP>|tmux 3\x1b\\",
     "\x1b[4;600;800t", "\x1b[34;9~", "\x1b[?1;2z", "\x1b_Gi=1;OK\x1b\\"],
)  # fmt: skip
def test_what_a_terminal_tells_of_itself_is_no_key(answer: str):
    """T05."""
    assert keys(f"{answer}j") == ["j"]


def test_the_console_and_old_terminals_keep_their_function_keys():
    assert keys("\x1b[[A\x1bOQ\x1b[13~\x1b[15~\x1b[3~\x1b[Z") == ["f1", "f2", "f3", "f5", "delete", "shift+tab"]


@given(st.lists(st.text("\x1b[]PO_;:?<>$0123456789abcuMmtRyn~\\\x07", min_size=1, max_size=12), max_size=6))
def test_nothing_that_is_sent_fails(chunks: list[str]):
    keys(*chunks)


def test_an_escape_that_may_begin_a_key_has_a_time_limit():
    parser = TerminalParser()
    assert parser.seconds_left() is None
    list(parser.feed("\x1b"))
    left = parser.seconds_left()
    assert left is not None and left >= 0

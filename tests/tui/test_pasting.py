"""Pasted text is text, whatever is in it and however it is split; keys stay keys."""

import pytest
from textual.events import Key, Paste
from textual.message import Message

from tui.pasting import PasteParser

HOSTILE = "first\x1b[31mred\x07 e\x1bd\x1b[20\r\nlast\x00"


def parsed(*chunks: str) -> list[Message]:
    parser = PasteParser()
    return [message for chunk in chunks for message in parser.feed(chunk)]


def told(messages: list[Message]) -> list[str]:
    return [m.key if isinstance(m, Key) else m.text for m in messages if isinstance(m, Key | Paste)]


@pytest.mark.parametrize("size", [1, 2, 5, 7, 1000])
def test_nothing_in_a_paste_is_a_key(size: int):
    """T25."""
    typed = f"j\x1b[200~{HOSTILE}\x1b[201~k\x1b[200~second\x1b[201~"
    chunks = [typed[i : i + size] for i in range(0, len(typed), size)]
    assert told(parsed(*chunks)) == ["j", "first[31mred ed[20\r\nlast", "k", "second"]


def test_the_end_of_a_paste_inside_a_paste_is_text():
    """T25: what comes in one piece up to the last end was pasted; keys between two pastes stay keys."""
    typed = "\x1b[200~good\x1b[201~ed\x1b[201~j\x1b[200~more\x1b[201~k"
    assert told(parsed(typed)) == ["good[201~ed", "j", "more", "k"]


@pytest.mark.parametrize("size", [1, 1000])
def test_keys_are_those_that_textual_knows(size: int):
    typed = "e\x1b[A\x1b[6~\t\rđ\x1bOP"
    chunks = [typed[i : i + size] for i in range(0, len(typed), size)]
    assert told(parsed(*chunks)) == ["e", "up", "pagedown", "tab", "enter", "đ", "f1"]


def test_the_end_of_the_input_is_passed_on():
    assert told(parsed("j", "")) == ["j"]

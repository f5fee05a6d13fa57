"""Turns what a terminal sends into keys: each key once, whatever protocol the terminal speaks."""

import re
from collections.abc import Iterable

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS, MODIFIER_FUNCTIONAL_KEYS
from textual._time import get_time
from textual.keys import Keys
from textual.message import Message

from tui.pasting import PasteParser

# CSI code:shifted:base ; modifiers:event ; text end (https://sw.kovidgoyal.net/kitty/keyboard-protocol/).
_KITTY = re.compile(r"\x1b\[(\d*)((?::\d*)*)(?:;(\d*)(?::(\d*))?(?:;([\d:]*))?)?([u~A-HP-S])")
# A whole control sequence, but neither the mouse's, nor an answer about a mode, nor F1 to F5 of the Linux console.
_SEQUENCE = re.compile(r"\x1b\[(?![\[<M])[0-?]*[ -/]*[@-~]")
_ANSWER = re.compile(r"\x1b[\]P_^][^\x1b\x07]*(?:\x07|\x1b\\)")
"""What a terminal tells of itself (OSC, DCS): to us, or late, to whoever had it before."""
_CSI_ANSWER = re.compile(r"\x1b\[(?:\?[\d;]*c|6;\d+;\d+t)")
"""What it is (DA1), longer than Textual thinks any key to be, and the size of its cells."""
_BEGUN = re.compile(r"\x1b(?:_[^\x1b\x07]*\x1b?|\[\??[\d;]*)?\Z")
"""The beginning of an answer that may be split between two reads."""
_SOON = 0.1
"""Seconds that the rest of such an answer is waited for."""
_RELEASED = "3"
_PRIVATE = range(0xE000, 0xF900)
"""Code points by which the protocol names keys that print nothing."""
_LOCKS = frozenset({"caps_lock", "scroll_lock", "num_lock"})


class TerminalParser(PasteParser):
    """Textual's parser fails on key releases, and takes an answer that it does not know for keys, letter by letter."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self.told: list[str] = []
        """Answers to what was asked, for whoever asked."""
        self._expects_until = 0.0
        self._begun = ""
        """What may be the beginning of an answer."""
        self._begun_until = 0.0

    def expect(self, seconds: float) -> None:
        """The terminal was asked something: for so many seconds its answers are kept, and put together."""
        self._expects_until = get_time() + seconds

    def seconds_left(self) -> float | None:
        """Until a lone Escape is a key and not the beginning of another one; None when nothing is pending."""
        if self._begun:
            return max(0.0, self._begun_until - get_time())
        return None if self._timeout_time is None else max(0.0, self._timeout_time - get_time())

    def tick(self) -> Iterable[Message]:
        """What did not become an answer was typed."""
        if self._begun and get_time() >= self._begun_until:
            begun, self._begun = self._begun, ""
            yield from self._typed(begun)
        yield from super().tick()

    def _typed(self, data: str) -> Iterable[Message]:
        return super(PasteParser, self).feed(data)

    def _cleaned(self, data: str) -> str:
        data, self._begun = self._begun + data, ""
        # an answer that nobody expects is split between two reads rarely enough; a paste is cleaned anyway
        if "\x1b" in data and not self._pasting and "\x1b[200~" not in data:
            data = _CSI_ANSWER.sub(self._note, _ANSWER.sub(self._note, data))
            if self._expects_until > get_time() and (found := _BEGUN.search(data)):
                self._begun, data = found[0], data[: found.start()]
                self._begun_until = get_time() + _SOON
        return super()._cleaned(data)

    def _note(self, answer: re.Match[str]) -> str:
        if self._expects_until > get_time():
            self.told.append(answer[0])
        return ""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        found = _KITTY.fullmatch(sequence)
        if found is not None and not _means_something(found):
            yield events.Key(Keys.Ignore, sequence)
            return
        if found is not None and (found[2] or found[4] is not None):
            sequence = _without_details(found)
        keys = list(super()._sequence_to_key_events(sequence, alt))
        yield from keys
        if not keys and _SEQUENCE.fullmatch(sequence) and not sequence.endswith("$y"):
            yield events.Key(Keys.Ignore, sequence)


def _means_something(found: re.Match[str]) -> bool:
    """Whether a sequence is a key that was pressed: not let go, not a modifier alone, not a code that no key has."""
    code, end = int(found[1] or "1"), found[6]
    name = FUNCTIONAL_KEYS.get(f"{code}{end}", "")
    if found[4] == _RELEASED or name in MODIFIER_FUNCTIONAL_KEYS or name in _LOCKS:
        return False
    if not name and end != "u":
        return found[0] in ANSI_SEQUENCES_KEYS
    codes = [code, *(int(one) for one in (found[5] or "").split(":") if one)]
    return max(codes) < 0x110000 and not (end == "u" and not name and code in _PRIVATE)


def _without_details(found: re.Match[str]) -> str:
    """The same key without alternate codes and the kind of event."""
    code, modifiers, text, end = found[1], found[3], found[5], found[6]
    return f"\x1b[{code};{modifiers or '1'}{f';{text}' if text else ''}{end}"

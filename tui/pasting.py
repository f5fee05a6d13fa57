"""What is pasted never acts as keys: control characters in it are dropped before Textual looks for sequences."""

import re
from collections.abc import Iterable

from textual._xterm_parser import XTermParser
from textual.message import Message

_START, _END = "\x1b[200~", "\x1b[201~"
"""What a terminal puts around text that is pasted (bracketed paste)."""
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class PasteParser(XTermParser):
    """Textual takes an escape character inside a paste for the beginning of a key, and what follows for keys.

    Most terminals take such characters out themselves; tmux does not, and `e` and `d` would change mail.
    """

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._pasting = False
        self._before = ""
        """The last characters that were passed on outside a paste: its beginning may be split."""
        self._held = ""
        """The last characters of a paste when they may be the beginning of its end."""

    def feed(self, data: str) -> Iterable[Message]:
        """Parse input, of any length and split anywhere; nothing at all is its end."""
        if not data:
            return super().feed(data)
        wanted = self._cleaned(data)
        return super().feed(wanted) if wanted else ()

    def _cleaned(self, data: str) -> str:
        text, self._held = self._held + data, ""
        passed: list[str] = []
        while text:
            if self._pasting:
                end = text.find(_END)
                if end < 0:
                    lengths = range(len(_END) - 1, 0, -1)
                    self._held = next((text[-n:] for n in lengths if _END.startswith(text[-n:])), "")
                    passed.append(_UNWANTED.sub("", text[: len(text) - len(self._held)]))
                    break
                # another end, and no beginning before it: the first one stood in what was pasted
                start = text.find(_START, end)
                end = text.rfind(_END, end, start if start >= 0 else len(text))
                passed += [_UNWANTED.sub("", text[:end]), _END]
                text, self._pasting = text[end + len(_END) :], False
            else:
                start = (self._before + text).find(_START)
                cut = len(text) if start < 0 else start + len(_START) - len(self._before)
                passed.append(text[:cut])
                self._before = (self._before + text)[1 - len(_START) :] if start < 0 else ""
                self._pasting, text = start >= 0, text[cut:]
        return "".join(passed)

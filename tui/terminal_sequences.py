"""What is said to the terminal itself: clipboard and notices; only clean text gets into it."""

from base64 import b64encode

from protocols.mime.safe import SafeText, block, line
from tui.terminal_abilities import Multiplexer

CLIPBOARD_LIMIT = 74_000
"""Bytes of text that terminals take: xterm's limit, 100,000 in its encoding."""
NOTICE_LIMIT = 200
"""Characters of a notice."""
_CHUNK = 240
"""Bytes that screen passes on in one piece."""
_BELL = "\x07"


def clipboard_text(text: str) -> SafeText:
    """A text as it may lie in a clipboard and be pasted into a shell: no control characters but line ends."""
    return block(text)


def copied(text: SafeText, multiplexer: Multiplexer = "") -> str:
    """The sequence that puts `text` into the clipboard of the terminal (OSC 52), through tmux and screen.

    tmux takes it for itself with `set-clipboard on`, and passes it on with `allow-passthrough on`: both are tried.
    Raises ValueError when it is longer than CLIPBOARD_LIMIT.
    """
    data = text.encode("utf-8", "replace")
    if len(data) > CLIPBOARD_LIMIT:
        raise ValueError(len(data))
    plain = f"\x1b]52;c;{b64encode(data).decode('ascii')}{_BELL}"
    return plain + passed(plain, multiplexer) if multiplexer == "tmux" else passed(plain, multiplexer)


def noticed(kind: str, text: str, multiplexer: Multiplexer = "") -> str:
    """The sequence for a notice of the terminal: `osc9` (a text) or `osc777` (a title and a text)."""
    told = line(text, NOTICE_LIMIT)
    if kind == "osc9":
        # "9;4" is a progress bar and "9;9" a folder in some terminals: a notice does not begin with a number
        sequence = f"\x1b]9;bocau: {told}{_BELL}"
    else:
        sequence = f"\x1b]777;notify;bocau;{told.replace(';', ',')}{_BELL}"
    return passed(sequence, multiplexer)


def passed(sequence: str, multiplexer: Multiplexer) -> str:
    """A sequence as tmux or screen hand it to the terminal around them; as it is without one."""
    if multiplexer == "tmux":
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    if multiplexer == "screen":
        pieces = (sequence[start : start + _CHUNK] for start in range(0, len(sequence), _CHUNK))
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return sequence

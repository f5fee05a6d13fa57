"""Copies into the clipboard of the terminal, and says no more of it than can be known."""

from collections.abc import Callable

from protocols.mime.safe import SafeText, line
from tui import format
from tui.terminal_abilities import Abilities
from tui.terminal_sequences import CLIPBOARD_LIMIT, clipboard_text, copied


def copy(text: str, what: str, write: Callable[[str], None] | None) -> SafeText:
    """Send a text to the terminal's clipboard; the words for the status line.  `what` names it: "the link"."""
    abilities = Abilities.of()
    clean = clipboard_text(text)
    if not clean:
        return line(f"There is no text in {what} to copy.")
    if write is None or not abilities.strings:
        return SafeText("This terminal has no clipboard that can be reached; the mouse can be given to it.")
    try:
        write(copied(clean, abilities.multiplexer))
    except ValueError:
        size, limit = format.size(len(clean.encode("utf-8", "replace"))), format.size(CLIPBOARD_LIMIT)
        return line(f"Not copied: {what} is {size}, and terminals take {limit}.")
    return line(f"Sent to the terminal's clipboard, if it allows that: {line(clean, 60)}", 200)

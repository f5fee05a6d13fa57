"""The last lines of the log, cleaned: what happened behind the screen, newest at the end."""

import asyncio
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from protocols.mime.safe import SafeText, block, line
from tui.new_file import shown
from tui.screens.dialog import Dialog

OCTETS = 64 * 1024
"""Of the end of the file that are read."""
LINES = 300


def last_lines(file: Path) -> SafeText:
    """The end of a log file; words of ours when there is nothing in it.  Raises OSError."""
    try:
        with file.open("rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - OCTETS))
            cut, text = log.tell() > 0, log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        text, cut = "", False
    rows = block(text).splitlines()[1 if cut else 0 :][-LINES:]
    return SafeText("\n".join(rows)) if rows else SafeText("Nothing was written down yet.")


class LogLines(Dialog[None]):
    """Read once: closing it and opening it again reads anew."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,l", "leave"),
        Binding("down,j", "scroll(1)"),
        Binding("up,k", "scroll(-1)"),
        Binding("pagedown,space,ctrl+d", "scroll(15)"),
        Binding("pageup,ctrl+u", "scroll(-15)"),
        Binding("home,g", "scroll(-100000)"),
        Binding("end,G", "scroll(100000)"),
    ]

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def compose(self) -> ComposeResult:
        """Where it is, its end, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(Content(line(shown(self._file), 200)), classes="dialog-title")
            with VerticalScroll(can_focus=False):
                yield Static("", id="lines")
            yield Static("j k scroll   Esc close", classes="dialog-keys")

    def on_mount(self) -> None:
        """Read it."""
        self.run_worker(self._read(), group="log")

    def on_resize(self) -> None:
        """Leave the keys in sight."""
        self.query_one(VerticalScroll).styles.max_height = max(3, self.size.height - 10)

    async def _read(self) -> None:
        try:
            text = await asyncio.to_thread(last_lines, self._file)
        except OSError as error:
            text = line(f"It cannot be read: {error.strerror}.")
        self.query_one("#lines", Static).update(Content(text))
        self.call_after_refresh(self.query_one(VerticalScroll).scroll_end, animate=False)

    def action_scroll(self, rows: int) -> None:
        """Up, or down."""
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)

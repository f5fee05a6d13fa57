"""Shows in the terminal what an attachment holds, or what a command printed; nothing of it can act."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from protocols.mime.safe import SafeText
from tui.screens.dialog import Dialog
from tui.viewing import View
from tui.widgets.document_lines import DocumentLines


class Viewer(Dialog[None]):
    """As large as the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,v,enter", "leave"),
        Binding("down,j", "scroll(1)"),
        Binding("up,k", "scroll(-1)"),
        Binding("pagedown,space", "page(1)"),
        Binding("pageup", "page(-1)"),
        Binding("ctrl+d", "scroll(10)"),
        Binding("ctrl+u", "scroll(-10)"),
        Binding("home,g", "scroll(-1000000)"),
        Binding("end,G", "scroll(1000000)"),
    ]

    def __init__(self, title: SafeText, view: View, *, coloured: bool) -> None:
        """`coloured`: whether pictures may be drawn with colours."""
        super().__init__()
        self._title = title
        self._lines = DocumentLines(view.document, view.picture, coloured=coloured)

    def compose(self) -> ComposeResult:
        """What it is, its lines, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="dialog-title")
            yield self._lines
            yield Static(Content("j k Space move   Esc close"), classes="dialog-keys")

    def on_resize(self, event: events.Resize) -> None:
        """Leave the keys in sight."""
        self._lines.styles.height = max(3, event.size.height * 98 // 100 - 8)

    def action_scroll(self, rows: int) -> None:
        """Some lines down, or up."""
        self._lines.scroll_to_row(self._lines.top_row + rows)

    def action_page(self, pages: int) -> None:
        """A page, two lines of it again."""
        self._lines.scroll_to_row(self._lines.top_row + pages * max(1, self._lines.rows_seen - 2))

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)

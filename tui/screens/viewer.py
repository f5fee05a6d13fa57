"""Shows in the terminal what an attachment holds, or what a command printed; nothing of it can act."""

import asyncio
from collections.abc import Callable
from typing import ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from protocols.errors import ProtocolError
from protocols.mime.safe import SafeText
from store.errors import StoreError
from tui.graphics import Graphics
from tui.screens.dialog import Dialog
from tui.viewing import View
from tui.widgets.document_lines import DocumentLines
from tui.widgets.picture_rows import PictureRows

Wish = Literal["next", "previous"]
"""What to show instead of it."""
Size = tuple[int, int]
"""Columns and rows of the screen."""


def inside(size: Size) -> Size:
    """Columns and rows that a viewer has for lines, on a screen of that size."""
    return min(122, size[0] * 98 // 100) - 7, max(3, size[1] * 98 // 100 - 8)


class Viewer(Dialog[Wish | None]):
    """As large as the screen; answers with the other one of several that is wanted."""

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
        Binding("n,right", "another('next')"),
        Binding("p,left", "another('previous')"),
    ]

    def __init__(
        self,
        title: SafeText,
        view: View,
        graphics: Graphics,
        *,
        coloured: bool,
        fit: Callable[[Size], View] | None = None,
        several: bool = False,
    ) -> None:
        """`coloured`: whether half blocks may have colours; `fit` makes the view for another size of the screen, in a
        thread; `several`: whether there is a next one.
        """
        super().__init__()
        self._title = title
        self._graphics = graphics
        self._coloured = coloured
        self._fit = fit
        self._several = several
        self._fitted: Size | None = None
        self._lines = DocumentLines(view.document, self._rows_of(view))

    def compose(self) -> ComposeResult:
        """What it is, its lines, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="dialog-title")
            yield self._lines
            keys = "j k Space move   Esc close"
            yield Static(Content(f"n p the others   {keys}" if self._several else keys), classes="dialog-keys")

    def _rows_of(self, view: View) -> PictureRows | None:
        if view.picture is None:
            return None
        return PictureRows(view.picture, self._graphics, coloured=self._coloured)

    def on_resize(self, event: events.Resize) -> None:
        """Leave the keys in sight; a picture is made anew for another size."""
        size = (event.size.width, event.size.height)
        self._lines.styles.height = inside(size)[1]
        if self._fit is not None and self._fitted not in (None, size):
            self.run_worker(self._make_fit(self._fit, size), group="fit", exclusive=True)
        self._fitted = size

    async def _make_fit(self, fit: Callable[[Size], View], size: Size) -> None:
        try:
            view = await asyncio.to_thread(fit, size)
        except (StoreError, ProtocolError, OSError):
            return  # it stays as it was
        self._lines.change(view.document, self._rows_of(view))

    def action_scroll(self, rows: int) -> None:
        """Some lines down, or up."""
        self._lines.scroll_to_row(self._lines.top_row + rows)

    def action_page(self, pages: int) -> None:
        """A page, two lines of it again."""
        self._lines.scroll_to_row(self._lines.top_row + pages * max(1, self._lines.rows_seen - 2))

    def action_another(self, wish: Wish) -> None:
        """The next of several, or the one before."""
        if self._several:
            self.dismiss(wish)

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)

"""Where the terminal's own cursor belongs: on the row that is read, for screen readers and braille lines."""

from textual.geometry import Offset
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static

from tui.widgets.caret_view import CaretView
from tui.widgets.message_view import MessageView
from tui.widgets.virtual_list import VirtualList


def place_on(screen: Screen[object]) -> Offset | None:
    """The cell that the keys act on: the list's row, the line that is read, a field's next letter.

    In a list beside a field the row counts as soon as keys have moved it; in a dialog without a field its list.
    """
    widget = screen.focused
    beside = next(iter(screen.query(VirtualList)), None) if isinstance(screen, ModalScreen) else None
    if beside is not None and beside.size and (widget is None or beside.leads):
        widget = beside
    if isinstance(widget, Input):
        # Textual counts one more behind the last letter
        return widget.cursor_screen_offset - Offset(1 if widget.cursor_at_end else 0, 0)
    if widget is None and isinstance(screen, ModalScreen):
        first = next(iter(screen.query(Static)), None)
        return first.content_region.offset if first is not None else Offset(0, 0)
    if widget is None or not widget.size:
        return None
    region = widget.content_region
    if isinstance(widget, VirtualList):
        line = widget.cursor * widget.tall - widget.scroll_offset.y
        return Offset(region.x, region.y + max(0, min(line, region.height - 1)))
    if isinstance(widget, MessageView):
        line = widget.line - widget.scroll_offset.y
        column = widget.caret_cell if isinstance(widget, CaretView) else 0
        return Offset(region.x + min(column, region.width - 1), region.y + max(0, min(line, region.height - 1)))
    return widget.region.offset

"""Where the terminal's own cursor belongs: on the row that is read, for screen readers and braille lines."""

from textual.geometry import Offset
from textual.screen import Screen
from textual.widgets import Input

from tui.widgets.message_view import MessageView
from tui.widgets.virtual_list import VirtualList


def place_on(screen: Screen[object]) -> Offset | None:
    """The cell that the keys act on: the list's row, the first line that is read, a field's next letter."""
    widget = screen.focused
    if isinstance(widget, Input):
        return widget.cursor_screen_offset
    if widget is None or not widget.size:
        return None
    region = widget.content_region
    if isinstance(widget, VirtualList):
        line = widget.cursor * widget.tall - widget.scroll_offset.y
        return Offset(region.x, region.y + max(0, min(line, region.height - 1)))
    if isinstance(widget, MessageView):
        return region.offset
    return widget.region.offset

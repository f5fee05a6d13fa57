"""Which panes of the mail screen are shown, and which one has the focus."""

from textual import events

from tui.commands import Pane
from tui.screens.mail_searching import MailSearching
from tui.widgets.message_view import MessageView
from tui.widgets.virtual_list import VirtualList

WIDE, STACKED, STACKED_HEIGHT = 160, 100, 24
"""Cells from which on the panes stand side by side, or list and message one above the other."""
PANES: tuple[Pane, ...] = ("folders", "list", "reader")


class MailLayout(MailSearching):
    """Mixed into MailScreen."""

    @property
    def is_narrow(self) -> bool:
        """Whether only one pane fits."""
        return self.size.width < STACKED

    def lay_out(self) -> None:
        """Show the panes that fit, and give the present one the focus."""
        width, height = self.size
        wide = width >= WIDE
        stacked = not wide and width >= STACKED and height >= STACKED_HEIGHT
        one = not wide and not stacked
        self.set_class(wide, "-wide")
        self.set_class(stacked, "-stacked")
        self.set_class(width < STACKED, "-narrow")
        self.folders.display = width >= STACKED or self.pane == "folders"
        mail = self.query_one("#mail")
        mail.display = width >= STACKED or self.pane != "folders"
        self.query_one("#listing").display = not one or self.pane != "reader"
        self.view.display = not one or self.pane == "reader"
        self.focused_pane().focus(scroll_visible=False)

    def focused_pane(self) -> VirtualList | MessageView:
        """The widget of the present pane."""
        panes: dict[Pane, VirtualList | MessageView] = {
            "folders": self.folders,
            "list": self.messages,
            "reader": self.view,
        }
        return panes[self.pane]

    def switch(self, pane: Pane) -> None:
        """Go to a pane."""
        if pane != self.pane:
            self.pane = pane
            self.lay_out()
            self.tell()
            if pane == "folders":
                self.measure()

    def on_resize(self, event: events.Resize) -> None:
        """Other panes may fit now."""
        if self.is_mounted:
            self.lay_out()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click into a pane makes it the present one."""
        for pane in PANES:
            if event.widget.id == pane and self.pane != pane:
                self.switch(pane)

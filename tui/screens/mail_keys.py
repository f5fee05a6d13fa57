"""How a key that reaches the mail screen becomes a command."""

import time

from textual import events

from tui.commands import Context
from tui.keymap import pressed
from tui.screens.mail_telling import MailTelling

HOLD = 0.15
"""Seconds after start and after getting the focus in which no key changes mail: it was meant for another window."""


class MailKeys(MailTelling):
    """Mixed into MailScreen."""

    def on_key(self, event: events.Key) -> None:
        """Every key comes by here once; what completes a command runs it."""
        if self.app.screen is not self:  # typed before a dialog stood: acting on it here would change mail unasked
            event.stop()
            event.prevent_default()
            self.bocau.typed_ahead(event)
            return
        context: Context = self.pane
        found = self.bocau.keymap.feed(pressed(event.key, event.character), context)
        if found is None and not self.bocau.keymap.waiting:
            return
        event.stop()
        event.prevent_default()
        if found is not None and not (found.destructive and time.monotonic() < self.held_until):
            self.command(found.id)

    def hold(self) -> None:
        """For a moment no key changes mail."""
        self.held_until = time.monotonic() + HOLD

    def on_screen_resume(self) -> None:
        """Another screen closed: its last key must not act here twice."""
        self.bocau.keymap.reset()

"""How a key that reaches the mail screen becomes a command."""

import time

from textual import events
from textual.timer import Timer

from protocols.mime.safe import SafeText
from tui.screens.mail_telling import MailTelling
from tui.strokes import pressed
from tui.widgets.key_hint import KeyHint

HOLD = 0.15
"""Seconds after start, focus, a paste or a dialog in which no key changes mail: it was meant for another window."""
HINT_AFTER = 0.6
"""Seconds after the beginning of a sequence until its possible continuations are shown, once."""


class MailKeys(MailTelling):
    """Mixed into MailScreen."""

    hold_seconds = HOLD
    _hint: KeyHint | None = None
    _hint_after: Timer | None = None

    def on_key(self, event: events.Key) -> None:
        """Every key comes by here once; what completes a command runs it."""
        if self.app.screen is not self or self.bocau.holds_keys:
            # typed before a dialog stood, or a line took the keys: acting on it here would change mail unasked
            event.stop()
            event.prevent_default()
            self.bocau.typed_ahead(event)
            return
        if self.bar.is_open:
            if not self.bar.has_keys:  # a click into the list, or a pane that was shown, took them away
                event.stop()
                event.prevent_default()
                self.bocau.hold_keys()
                self.bocau.typed_ahead(event)
                self.bar.take_keys()
                self.bocau.ready()
            return
        keymap = self.bocau.keymap
        found = keymap.feed(pressed(event.key, event.character), self.situation)
        self.tell_typed()
        if not keymap.used:
            self._tell_elsewhere(event)
            return
        event.stop()
        event.prevent_default()
        if found is not None and not (found.destructive and time.monotonic() < self.held_until):
            self.count, self.stroke = keymap.count, keymap.stroke
            try:
                self.command(found.id)
            finally:
                self.count, self.stroke = 0, ()

    def tell_typed(self) -> None:
        """Show what stands typed and waits for more; what may follow comes after a moment."""
        typed = self.bocau.keymap.typed
        self.status.show_typed(typed)
        if self._hint_after is not None:
            self._hint_after.stop()
            self._hint_after = None
        if not self.bocau.keymap.waiting:
            self._hide_hint()
        elif self._hint is not None and self._hint.display:
            self._show_hint()
        else:
            self._hint_after = self.set_timer(HINT_AFTER, self._show_hint)

    def _show_hint(self) -> None:
        following = self.bocau.keymap.continuations(self.situation)
        if self._hint is None:
            self._hint = KeyHint()
            self.mount(self._hint)
        self._hint.show(self.bocau.keymap.waiting, following)

    def _hide_hint(self) -> None:
        if self._hint is not None:
            self._hint.display = False

    def _tell_elsewhere(self, event: events.Key) -> None:
        """A key that means nothing among the folders may be meant for a message, which nobody looks at there."""
        if self.pane != "folders":
            return
        found = self.bocau.keymap.lookup((pressed(event.key, event.character),), "list")
        if found is not None and found.command.destructive:
            way = self.key_of("leave-folders")
            self.say(SafeText(f"{found.command.title}: go back to the list first{f' ({way})' if way else ''}."))

    def hold(self) -> None:
        """For a moment no key changes mail."""
        self.held_until = max(self.held_until, time.monotonic() + self.hold_seconds)

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted here runs nothing, nor do keys in the same moment: part of it may come as keys."""
        event.stop()
        self.bocau.keymap.reset()
        self.hold()

    def on_screen_resume(self) -> None:
        """Another screen closed: its last key must not act here twice."""
        self.bocau.keymap.reset()
        self.hold()
        self.tell_typed()

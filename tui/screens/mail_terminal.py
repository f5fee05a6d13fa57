"""Commands of the mail screen that act on the terminal: `do_` and the command's id."""

from itertools import islice

from protocols.mime.safe import SafeText, block, line
from store.model import Summary
from tui import copying
from tui.screens.mail_layout import MailLayout
from tui.terminal_sequences import CLIPBOARD_LIMIT


class MailTerminal(MailLayout):
    """Mixed into MailScreen."""

    def _copy(self, text: str, what: str) -> None:
        terminal = self.bocau.terminal
        self.say(copying.copy(text, what, None if terminal is None else terminal.write))

    def _target(self) -> Summary | None:
        summary = self.acting.target
        if summary is None:
            self.say(SafeText("There is no message here to copy from."))
        return summary

    def do_copy_link(self) -> None:
        """A link of the message that is read: the first, or the one of the number typed before; else its subject."""
        summary = self._target()
        if summary is None:
            return
        reading = self.view.reading
        document = reading.document if reading is not None and reading.summary.id == summary.id else None
        links = document.links if document is not None else ()
        if self.count > len(links):
            self.say(SafeText(f"There is no link {self.count} in this message."))
        elif links:
            self._copy(links[max(0, self.count - 1)].url, "the link")
        else:
            self._copy(line(summary.subject), "the subject")

    def do_copy_address(self) -> None:
        """The sender's address."""
        if (summary := self._target()) is not None:
            self._copy(line(summary.sender.address), "the address")

    def do_copy_message_id(self) -> None:
        """The Message-ID, with which others find the message too."""
        if (summary := self._target()) is not None:
            self._copy(line(summary.message_id), "the Message-ID")

    def do_copy_text(self) -> None:
        """What is selected on the screen, else the text of the message that is read."""
        selected = self.get_selected_text()
        if selected:
            self._copy(selected, "the selection")
            return
        document = self.view.reading.document if self.view.reading is not None else None
        if document is None:
            self.say(SafeText("Open the message first: what is shown is copied."))
        else:
            # of a text without an end no more is made than would be refused
            texts = (one.text for one in islice(document.blocks, CLIPBOARD_LIMIT))
            self._copy(block("\n".join(texts)), "the text")

    def do_mouse(self) -> None:
        """Give the mouse to the terminal, for its own selection, or take it back."""
        terminal = self.bocau.terminal
        if terminal is None:
            return
        terminal.set_mouse(not terminal.mouse)
        told = "The mouse acts in bocau." if terminal.mouse else "The mouse selects text in the terminal."
        self.say_for_now(SafeText(told))

    def do_suspend(self) -> None:
        """Go to sleep behind the shell."""
        self.bocau.suspend_job()

    def do_redraw(self) -> None:
        """Send the whole screen, whatever the terminal shows."""
        self.bocau.draw_again()

    def do_stop(self) -> None:
        """Copy what is selected, else stop what runs; when nothing does, tell how to leave."""
        if self.get_selected_text():
            self.do_copy_text()
        elif self.backup.is_running:
            self.backup.stop()
        elif self.saving.is_running:
            self.saving.stop()
        else:
            keys = self.bocau.keymap.keys("quit")
            self.say_for_now(line(f"Nothing is running that could be stopped. {keys[0] if keys else 'Ctrl+Q'} quits."))

    def do_status(self) -> None:
        """How every account is, in full."""
        from tui.screens.status import Status

        self.bocau.ask(Status())

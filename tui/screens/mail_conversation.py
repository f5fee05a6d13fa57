"""Commands of the mail screen inside a conversation: from message to message, folding, alone or together."""

from protocols.mime.safe import SafeText
from store.model import Summary
from tui.commands import Situation
from tui.screens.mail_threads import MailThreads


class MailConversation(MailThreads):
    """Mixed into MailScreen."""

    @property
    def situation(self) -> Situation:
        """Whose keys hold now: those of the present pane, and of what it shows."""
        if self.pane == "reader" and self.view.conversation is not None:
            return "conversation"
        return super().situation

    def in_reader(self) -> Summary | None:
        """The message that acts are for while the reader is in front: of a conversation the current one."""
        reading = self.view.reading
        if self.pane == "reader" and reading is not None and not self.is_opening:
            alone = self.view.origin == reading.summary.id and self.view.conversation is None
            if not alone:  # the row in the list may be a whole thread, or another message
                return None if self.messages.is_leaving(reading.summary.id) else reading.summary
        return super().in_reader()

    def _read_on(self) -> None:
        """What was in front goes away: on with the conversation while its row stays, else with the next row."""
        conversation, origin = self.view.conversation, self.view.origin
        if (
            self.pane == "reader"
            and conversation is not None
            and origin is not None
            and origin == self.messages.message
        ):
            current = self.view.current
            order = (*range(current + 1, len(conversation.entries)), *range(current - 1, -1, -1))
            for number in order:
                if not self.messages.is_leaving(conversation.entries[number].summary.id):
                    self.view.step(number - current)
                    return
        super()._read_on()

    def do_next_in_thread(self) -> None:
        """To the message below, after the last one to what follows in the list."""
        self._step(1)

    def do_previous_in_thread(self) -> None:
        """To the message above, before the first one to what comes before in the list."""
        self._step(-1)

    def do_next_conversation(self) -> None:
        """To what follows this thread in the list."""
        self._go_past(1)

    def do_previous_conversation(self) -> None:
        """To what comes before this thread in the list."""
        self._go_past(-1)

    def _step(self, step: int) -> None:
        for _ in range(self.count or 1):
            if not self.view.step(step):
                self._go_past(step)
                return

    def _go_past(self, step: int) -> None:
        """To the next row of the list that is not of this conversation."""
        conversation, window = self.view.conversation, self.messages.window
        row = self.messages.cursor + step
        while window is not None and conversation is not None and window.id_at(row) in conversation.messages:
            row += step
        if window is not None and window.id_at(row) is not None:
            self.messages.move_to(row)
            self._open()

    def do_fold_message(self) -> None:
        """Fold the current message to a line, or open it."""
        self.view.fold()

    def do_conversation(self) -> None:
        """The whole thread, or one message alone."""
        self._choose("conversation", not self.choices.conversation)
        self.say(
            SafeText("Whole threads are read together." if self.choices.conversation else "One message at a time.")
        )
        reading, window = self.view.reading, self.messages.window
        row = window.summary(self.view.origin) if window is not None else None
        if self.choices.conversation and row is not None:
            self.load(row)
        elif reading is not None:
            self.view.show(reading, self.view.origin)

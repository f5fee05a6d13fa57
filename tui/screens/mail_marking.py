"""Commands of the mail screen that select text of the message by keys, and copy it."""

from typing import TYPE_CHECKING

from protocols.mime.safe import SafeText, line
from tui.commands import COMMANDS, Situation
from tui.screens.mail_reading import MailReading
from tui.widgets.selecting_view import MOST

if TYPE_CHECKING:
    from tui.commands import Pane

_STAYS = frozenset(one.id for one in COMMANDS if one.context == "selecting") | {
    "down", "up", "page-down", "page-up", "half-page-down", "half-page-up", "top", "bottom", "redraw", "help", "stop",
    "copy-text", "palette", "what-key", "picture",
}  # fmt: skip
"""What can be done while text is selected; all else ends it first."""


class MailMarking(MailReading):
    """Mixed into MailScreen."""

    @property
    def situation(self) -> Situation:
        """Whose keys hold now: those of the selection while there is one."""
        return "selecting" if self._is_marking else super().situation

    @property
    def _is_marking(self) -> bool:
        return self.pane == "reader" and self.view.caret is not None

    def command(self, id: str) -> None:
        """Run a command; what has nothing to do with the selection ends it."""
        if self.view.caret is not None and id not in _STAYS:
            self.view.end()
        super().command(id)

    def switch(self, pane: "Pane") -> None:
        """Go to another pane, without the selection."""
        if pane != "reader" and self.view.caret is not None:
            self.view.end()
        super().switch(pane)

    def do_select_text(self) -> None:
        """Show the cursor, and say what it is for."""
        self.view.begin()
        if self._is_marking:
            here, lines, copy, leave = map(self.key_of, ("mark-here", "mark-lines", "copy-selected", "stop-selecting"))
            self.say_for_now(
                line(f"Move, then {here} selects from here, {lines} whole lines, {copy} copies, {leave} ends it.", 200)
            )

    def do_mark_here(self) -> None:
        """Select from here on; again: nothing."""
        self._mark(by_lines=False)

    def do_mark_lines(self) -> None:
        """Select whole lines from here on; again: nothing."""
        self._mark(by_lines=True)

    def _mark(self, *, by_lines: bool) -> None:
        if self._is_marking:
            is_on = self.view.mark(by_lines=by_lines)
            what = "lines" if by_lines else "text"
            self.say_for_now(SafeText(f"Selecting {what} from here." if is_on else "Nothing is selected."))

    def do_left(self) -> None:
        """Some characters to the left."""
        self.view.by_characters(-(self.count or 1))

    def do_right(self) -> None:
        """Some characters to the right."""
        self.view.by_characters(self.count or 1)

    def do_next_word(self) -> None:
        """To the next word."""
        self.view.by_words(self.count or 1)

    def do_previous_word(self) -> None:
        """To the word before."""
        self.view.by_words(-(self.count or 1))

    def do_word_end(self) -> None:
        """To the end of this word, or of the next one."""
        self.view.by_words(self.count or 1, to_end=True)

    def do_line_start(self) -> None:
        """To the first letter of the line."""
        self.view.to_line_start()

    def do_line_end(self) -> None:
        """To the last letter of the line."""
        self.view.to_line_end()

    def do_other_end(self) -> None:
        """Go on at the other end of what is selected."""
        self.view.other_end()

    def do_copy_selected(self) -> None:
        """Send what is selected to the terminal's clipboard, or the line of the cursor, and go on reading."""
        if not self._is_marking:
            return
        if not self.view.is_marked:
            self.view.mark(by_lines=True)
        if many := self.view.lines_too_many:
            self.say(SafeText(f"Not copied: {many:,} lines are selected, and {MOST:,} can be copied."))
            return
        self._copy(self.get_selected_text() or "", "the selection")
        self.view.end()

    def do_stop_selecting(self) -> None:
        """Go on reading."""
        if self._is_marking:
            self.view.end()
            self.say(SafeText(""))

"""The line that a query is typed into, with what is wrong with it, or what may follow, right under it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from protocols.mime.safe import SafeText, line
from tui import format, marks
from tui.wrap import folded

if TYPE_CHECKING:
    from tui.search_hints import Completion, Names

MOST = 100_000
"""Characters of a query that stands here already; more than anybody types."""

LONGEST = 1000
"""Characters of a query; a field that takes any number is drawn ever slower."""
OPERATORS = SafeText("from: to: subject: is:unread has:attachment after: larger: folder: label:  Tab completes")


class QueryInput(Input):
    """Tells its bar of the keys that are not text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "bar('leave')"),
        Binding("up", "bar('older')"),
        Binding("down", "bar('newer')"),
        Binding("tab", "bar('complete', 1)"),
        Binding("shift+tab", "bar('complete', -1)"),
    ]

    def action_bar(self, name: str, *arguments: int) -> None:
        """Let the bar do it."""
        bar = next(one for one in self.ancestors if isinstance(one, QueryBar))
        getattr(bar, name)(*arguments)

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted is one line without control characters, whatever it was."""
        event.stop()
        event.prevent_default()
        self.insert_text_at_cursor(line(event.text, LONGEST))


class QueryBar(Vertical):
    """Asks for a query; what is typed is told at once, and what becomes of it is shown."""

    DEFAULT_CSS = """
    QueryBar {
        dock: top;
        height: auto;
        display: none;
        background: $surface;
        & > Horizontal { height: 1; }
        & .query-sign { width: auto; padding: 0 1; color: $accent; text-style: bold; background: $surface; }
        & QueryInput { width: 1fr; height: 1; border: none; padding: 0; background: $surface; }
        & QueryInput:focus { border: none; background-tint: $foreground 0%; }
        & .query-note { height: auto; max-height: 3; color: $faint; background: $surface; }
        & .query-note.-wrong { color: $error; }
    }
    """

    class Typed(Message):
        """Something else stands in the line."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Kept(Typed):
        """Enter: what stands in the line is wanted."""

    class Left(Message):
        """Escape: nothing is wanted after all."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.is_open = False
        self.names: Names | None = None
        """What Tab completes."""
        self._sign = ""
        self._history: list[str] = []
        self._place = 0
        self._offered: Completion | None = None
        self._turn = -1
        self._told = ""
        self._noted = ("", False)
        """What stands under the line, and whether it says what is wrong."""

    def compose(self) -> ComposeResult:
        """A sign, the line, and a note under it."""
        with Horizontal():
            yield Static("", classes="query-sign", markup=False)
            yield QueryInput(compact=True, select_on_focus=False, max_length=LONGEST)
        yield Static("", classes="query-note", markup=False)

    @property
    def line(self) -> QueryInput:
        """Where one types."""
        return self.query_one(QueryInput)

    @property
    def text(self) -> str:
        """What stands in the line."""
        return self.line.value

    def ask(self, sign: str, text: str = "", placeholder: str = "") -> None:
        """Stand ready for a query."""
        self._sign, text = sign, line(text, MOST)
        self._history, self._place = [text], 0
        self.query_one(".query-sign", Static).update(sign)
        with self.prevent(Input.Changed):
            self.line.value = text
        self.line.placeholder = placeholder
        self.line.cursor_position = len(text)
        self._told, self._offered = text, None
        self.is_open = self.display = True
        self.note(OPERATORS if placeholder else SafeText(""))
        self.take_keys()
        self.app.call_later(self.take_keys)  # a pane that is just being shown asks for it too

    @property
    def has_keys(self) -> bool:
        """Whether what is typed comes here."""
        return self.screen.focused is self.line

    def take_keys(self) -> None:
        """Have what is typed come here, as long as the line is open."""
        if self.is_open:
            self.screen.set_focus(self.line, scroll_visible=False)

    def remember(self, history: Sequence[str]) -> None:
        """What was asked before, the latest last."""
        self._history = [*(line(one, MOST) for one in history), self.text]
        self._place = len(history)

    @property
    def earlier(self) -> tuple[str, ...]:
        """What was asked before, the latest last."""
        return tuple(self._history[:-1])

    def close(self) -> None:
        """Go away."""
        self.is_open = self.display = False

    def note(self, text: SafeText) -> None:
        """Say something under the line."""
        self._under(" " * (len(self._sign) + 2) + text, wrong=False)

    def wrong(self, column: int, text: SafeText, hint: SafeText) -> None:
        """Say what is wrong, under the character where it is, and what to do; `column` counts from 1."""
        before = cell_len(self.text[: column - 1]) - self.line.scroll_offset.x
        place = len(self._sign) + 2 + max(0, before)
        width = max(20, self.size.width or 80)
        room = width - place - 3
        sign = marks.now().pointer
        if cell_len(whole := f"{text} {hint}") <= room:
            text, hint = SafeText(whole), SafeText("")
        told = f"{' ' * place}{sign} {text}"
        if cell_len(text) > room and place > room:  # there is more room on its left
            told = format.clip(text, place - 1).rjust(place - 1) + f" {sign}"
        indent = " " * (len(self._sign) + 2)
        below = [indent + row for row in folded(hint, width - len(indent) - 1)[:2]] if hint else []
        self._under("\n".join([told, *below]), wrong=True)

    def hint(self) -> bool:
        """Show what may complete the word at the cursor; whether there is anything."""
        offered = self._complete()
        if offered is None:
            return False
        self.note(line("  ".join(offered.candidates[:40]), 400))
        return True

    def leave(self) -> None:
        """Escape."""
        self.post_message(self.Left())

    def older(self) -> None:
        """The query before this one in the history."""
        self._recall(self._place - 1)

    def newer(self) -> None:
        """The query after this one in the history."""
        self._recall(self._place + 1)

    def complete(self, step: int) -> None:
        """Put the next candidate in the place of the word at the cursor."""
        if self._offered is None:
            self._offered, self._turn = self._complete(), -1 if step > 0 else 0
        offered = self._offered
        if offered is None:
            return
        self._turn = (self._turn + step) % len(offered.candidates)
        chosen = offered.candidates[self._turn]
        rest = self.text[self.line.cursor_position :]
        value = self.text[: offered.start] + chosen
        self._told = value + rest
        self.line.value = self._told
        self.line.cursor_position = len(value)
        if len(offered.candidates) == 1:
            self._offered = None
        else:
            self.note(line("  ".join(offered.candidates[:40]), 400))
        self.post_message(self.Typed(self._told))

    def _complete(self) -> "Completion | None":
        from tui.search_hints import Names, completion

        return completion(self.text, self.line.cursor_position, self.names or Names())

    def _recall(self, place: int) -> None:
        if 0 <= place < len(self._history):
            if self._place == len(self._history) - 1:
                self._history[-1] = self.text
            self._place = place
            self.line.value = self._history[place]
            self.line.cursor_position = len(self.line.value)

    def _under(self, text: str, *, wrong: bool) -> None:
        if (text, wrong) == self._noted:  # with every key: the layout of the screen is not reckoned for nothing
            return
        self._noted = text, wrong
        note = self.query_one(".query-note", Static)
        note.set_class(wrong, "-wrong")
        note.update(Content(text))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_open and event.value != self._told:
            self._told, self._offered = event.value, None
            self.post_message(self.Typed(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Kept(event.value))

"""Commands of the mail screen that find words inside the message: `/` in the reader, `n` and `N`."""

from datetime import date

from protocols.mime.safe import SafeText, line
from store.search.errors import QueryError
from tui.place import Place
from tui.screens.mail_saved import MailSaved
from tui.widgets.query_bar import QueryBar

FIND_SIGN = "find"
_NEXT = ("next-message", "next-in-thread")


class MailFinding(MailSaved):
    """Mixed into MailScreen."""

    finding: bool = False
    """Whether the bar asks for a text of the message."""
    _found_text: str = ""
    """What was found in the message by hand; it is marked until Escape."""
    _top_before: int = 0

    def do_search(self) -> None:
        """In the reader find a text of the message; elsewhere search everything."""
        if self.pane != "reader":
            super().do_search()
            return
        self.finding, self._top_before = True, self.view.scroll_offset.y
        self.bocau.hold_keys()
        self.bar.ask(FIND_SIGN, self._found_text)
        self.tell()
        self.call_after_refresh(self.bocau.ready)

    def do_search_all(self) -> None:
        """Search everything, from wherever one is."""
        super().do_search()

    def command(self, id: str) -> None:
        """Run a command; what goes to the next message goes to the next hit in this one first."""
        if id not in _NEXT or self.pane != "reader" or not self._to_hit(1):
            super().command(id)

    def do_previous_hit(self) -> None:
        """The hit before this one in the message."""
        if self.view.sought is None:
            self.say(SafeText("Nothing is searched for: / finds a text in this message."))
        elif not self._to_hit(-1):
            self.say(SafeText("There is no hit before this one."))

    def do_next_hit(self) -> None:
        """In a list of results all are hits: one down."""
        self.messages.move_by(self.count or 1)

    def do_last_hit(self) -> None:
        """In a list of results all are hits: one up."""
        self.messages.move_by(-(self.count or 1))

    def do_back(self) -> None:
        """First out of what was found in the message, then out of the message."""
        if self._found_text:
            self._found_text = ""
            self.mark_words(self.place)
            self.say(SafeText(""))
        else:
            super().do_back()

    def on_query_bar_typed(self, event: QueryBar.Typed) -> None:
        """Mark what is typed, and go to where it stands."""
        if not self.finding:
            super().on_query_bar_typed(event)
            return
        from tui.finding import of_text

        self.view.seek(of_text(event.text))
        found = self.view.first_hit()
        self.bar.note(SafeText(_told(found) if found else "not in this message" if event.text else ""))

    def on_query_bar_kept(self, event: QueryBar.Kept) -> None:
        """Go on reading with the hits marked."""
        if not self.finding:
            super().on_query_bar_kept(event)
            return
        self._stop_finding()
        self._found_text = event.text.strip()
        if not self._found_text:
            self.mark_words(self.place)
        elif not self.view.has_hits:
            self.say(line(f"{self._found_text} is not in this message.", 200))
        else:
            self.say_for_now(SafeText("n next hit, N the one before, Esc ends it."))

    def on_query_bar_left(self, event: QueryBar.Left) -> None:
        """Back to where one read."""
        if not self.finding:
            super().on_query_bar_left(event)
            return
        self._stop_finding()
        if self._found_text:
            from tui.finding import of_text

            self.view.seek(of_text(self._found_text))
        else:
            self.mark_words(self.place)
        self.view.scroll_to(y=self._top_before, animate=False, force=True)

    def mark_words(self, place: Place) -> None:
        """In what is opened from results the words that were searched for are marked; from elsewhere nothing is."""
        self._found_text = ""
        pattern = None
        text = " ".join(f"({one})" for one in (place.query, place.filter) if one)
        if text:
            from store.search import query
            from tui import finding

            try:
                pattern = finding.of_query(query.parse(text, date.today()))
            except QueryError:  # of a saved search; it tells when it is opened
                pattern = None
        self.view.seek(pattern)

    def _stop_finding(self) -> None:
        self.finding = False
        self.bar.close()
        self.tell()
        self.set_focus(self.focused_pane(), scroll_visible=False)

    def _to_hit(self, step: int) -> bool:
        for _ in range(self.count or 1):
            found = self.view.next_hit(step)
            if found is None and self._found_text and step > 0:
                found = self.view.first_hit_of_all()
            if found is None:
                return False
            self.say_for_now(SafeText(f"Hit {_told(found)}"))
        return True


def _told(found: tuple[int, int]) -> str:
    return f"{found[0]} of {found[1]}" if found[1] else "in a long text"

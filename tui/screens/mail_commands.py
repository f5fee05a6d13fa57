"""Commands of the mail screen that search, fetch, and all the rest: `do_` and the command's id."""

from functools import partial
from typing import TYPE_CHECKING

from protocols.mime.safe import SafeText, line
from tui.place import Place
from tui.screens.mail_places import MailPlaces

if TYPE_CHECKING:
    from tui.window import MessageWindow


class MailCommands(MailPlaces):
    """Mixed into MailScreen."""

    def do_search(self) -> None:
        """Ask for a query."""
        from tui.screens.search import Search

        def answered(found: tuple[Place, "MessageWindow"] | None) -> None:
            if found is None:
                return
            if not self.place.query:
                self.bocau.before_search = self.place
            self.work(partial(self._results, *found), "place")

        self.bocau.ask(Search(self.place.query), answered)

    async def _results(self, place: Place, window: "MessageWindow") -> None:
        await self.go(place, window)
        self.switch("list")

    def do_sync(self) -> None:
        """Ask the servers now."""
        if self.bocau.engine is None:
            self.say(SafeText("Nothing here fetches mail now."))
            return
        self.bocau.engine.refresh(self.place.account or None)
        self.say_for_now(SafeText("Asking for new mail …"))

    def do_add_account(self) -> None:
        """Set up another account."""
        self.bocau.add_account()

    def do_theme(self) -> None:
        """The next theme."""
        self.say(SafeText(f"Colours: {self.bocau.next_theme()}"))

    def do_picture(self) -> None:
        """Write the screen as an SVG."""
        try:
            self.say(SafeText(f"Saved {self.bocau.save_picture()}"))
        except OSError as error:
            self.fail(line(f"The picture could not be written: {error.strerror}."))

    def do_palette(self) -> None:
        """Find a command."""
        self.app.action_command_palette()

    def do_help(self) -> None:
        """Show the keys of this pane."""
        from tui.screens.help import Help

        self.bocau.ask(Help(self.pane, self.bocau.keymap))

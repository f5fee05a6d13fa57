"""Commands of the mail screen that fetch, and all the rest: `do_` and the command's id."""

from protocols.mime.safe import SafeText, line
from tui.screens.mail_palette import MailPalette


class MailCommands(MailPalette):
    """Mixed into MailScreen."""

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

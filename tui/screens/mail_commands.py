"""Commands of the mail screen that fetch, and all the rest: `do_` and the command's id."""

from protocols.mime.safe import SafeText, line
from store.status import Activity
from tui.screens.mail_palette import MailPalette

_BUSY = (Activity.CONNECTING, Activity.SYNCING)


class MailCommands(MailPalette):
    """Mixed into MailScreen."""

    _asking = SafeText("")
    """What was said when the servers were asked for new mail."""
    _answered = False
    """Whether a server has begun to answer."""

    def do_sync(self) -> None:
        """Ask the servers now."""
        if self.bocau.engine is None:
            self.say(SafeText("Nothing here fetches mail now."))
            return
        self.bocau.engine.refresh(self.place.account or None)
        self._asking, self._answered = SafeText("Asking for new mail …"), False
        self.say_for_now(self._asking)

    def end_asking(self) -> None:
        """When every server that was asked has answered, it is said no longer that they are asked."""
        if not self._asking or self.act is not self._asking:
            return
        if any(one.activity in _BUSY for one in self.bocau.store.status.accounts.values()):
            self._answered = True
        elif self._answered:
            self.act = self._asking = SafeText("")

    def do_add_account(self) -> None:
        """Set up another account."""
        self.bocau.add_account()

    def do_picture(self) -> None:
        """Write the screen as an SVG."""
        try:
            self.say(SafeText(f"Saved {self.bocau.save_picture()}"))
        except OSError as error:
            self.fail(line(f"The picture could not be written: {error.strerror}."))

"""Commands of the mail screen for how a message is shown: its form, its headers, its source."""

from functools import partial

from protocols.mime.safe import SafeText, line
from store.model import AccountId
from tui.screens.mail_conversation import MailConversation


class MailReading(MailConversation):
    """Mixed into MailScreen."""

    def trusted(self, account: AccountId) -> tuple[str, ...]:
        """The servers that an account believes about senders."""
        from protocols.mime.authentication import trusted_by

        name = next((one.name for one in self.catalog.accounts if one.id == account), "")
        settings = next((one for one in self.bocau.settings.accounts if one.name == name), None)
        return () if settings is None else trusted_by(settings.authserv, settings.host)

    def do_form(self) -> None:
        """HTML in place of the plain text, or the other way round."""
        reading = self.view.reading
        form = reading.form if reading is not None else ""
        if form == "source":
            self.do_source()
        elif form:
            self._turn("html" if form == "plain" else "plain")
        else:
            self.say(SafeText("This message has one form only."))

    def do_source(self) -> None:
        """The message as it was received, or as a message again."""
        reading = self.view.reading
        if reading is not None:
            self._turn("auto" if reading.form == "source" else "source")

    def do_headers(self) -> None:
        """All headers, or the usual ones."""
        self.view.show_headers()

    def do_quotes(self) -> None:
        """Show all quotes, or fold those that nobody reads again."""
        self.view.show_quotes()

    def do_next_part(self) -> None:
        """To the next part of the message."""
        self._to_part(self.count or 1)

    def do_previous_part(self) -> None:
        """To the part before."""
        self._to_part(-(self.count or 1))

    def _to_part(self, step: int) -> None:
        if self.view.reading is None or self.view.reading.document is None:
            return
        arrived = self.view.to_part(step)
        if arrived is not None:
            self.say_for_now(line(f"Part {arrived.number} of {arrived.total}: {arrived.name}", 200))
        elif self.view.has_parts:
            self.say_for_now(SafeText("This is the last part." if step > 0 else "This is the first part."))
        else:
            self.say_for_now(SafeText("This message has one part."))

    def _turn(self, form: str) -> None:
        self.work(partial(self.reader.turn, form), "form")

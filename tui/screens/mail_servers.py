"""How the mail screen asks the servers for what is not on this disk, once results are kept."""

from functools import partial
from typing import TYPE_CHECKING

from protocols.errors import ProtocolError
from protocols.mime.safe import SafeText, line
from store.errors import StoreError
from tui.place import Place
from tui.reading import sentence
from tui.screens.mail_commands import MailCommands

if TYPE_CHECKING:
    from protocols.searching import ServerHits


class MailServers(MailCommands):
    """Mixed into MailScreen."""

    _said: tuple[Place, SafeText] | None = None

    @property
    def said_by_servers(self) -> SafeText:
        """What the servers answered to the search that is shown, for its heading."""
        return self._said[1] if self._said is not None and self._said[0] == self.place else SafeText("")

    def ask_servers(self, place: Place) -> None:
        """Let the servers search too, for as long as the results are shown."""
        if self.bocau.engine is not None and place.query:
            self.work(partial(self._ask_servers, place), "servers")

    async def _ask_servers(self, place: Place) -> None:
        engine = self.bocau.engine
        assert engine is not None
        self._say_of_servers(place, "asking the server …")
        try:
            hits = await engine.search(place.query)
        except (ProtocolError, StoreError, OSError) as error:
            self._say_of_servers(place, "")
            self.fail(sentence(error))
            return
        new = await self._join(place, hits)
        self._say_of_servers(place, _told(hits, new))

    async def _join(self, place: Place, hits: "ServerHits") -> int:
        """Let the hits join the results that are shown; how many are new."""
        window = self.messages.window
        from tui.search_window import SearchWindow

        if self.place != place or not isinstance(window, SearchWindow):
            return 0
        await window.add_from_server(hits.messages)
        if window is self.messages.window:
            self.messages.updated()
            await self.fill()
        return len(window.on_server)

    def _say_of_servers(self, place: Place, text: str) -> None:
        if self.place == place:
            self._said = place, line(text, 200)
            self.tell()


def _told(hits: "ServerHits", new: int) -> str:
    told = [f"{new:,} on the server"] if new else []
    if hits.errors:
        names = ", ".join(hits.errors)
        told.append(f"{names} did not answer: only what is here was searched")
    return "; ".join(told)

"""The command palette: every command of the table and every folder, found by name."""

from collections.abc import Callable
from functools import partial
from typing import cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui.commands import COMMANDS, LAYERS
from tui.host import Host


class CommandProvider(Provider):
    """Names are given as Content, never as markup: a folder may be called `[/b]`."""

    def _choices(self) -> list[tuple[str, str, Callable[[], None]]]:
        app = cast(Host, self.app)
        mail = app.mail
        if mail is None or not app.is_mail(self.screen):
            return []
        choices: list[tuple[str, str, Callable[[], None]]] = []
        for one in COMMANDS:
            if one.id != "palette" and one.context in LAYERS[mail.pane]:
                keys = app.keymap.keys(one.id)
                hint = f"{one.help}  {keys[0] if keys else ''}".rstrip()
                choices.append((one.title, hint, partial(mail.command, one.id)))
        for place in mail.places():
            where = f" · {place.account}" if place.account else ""
            choices.append((f"Go to {place.title}{where}", "", partial(mail.visit, place)))
        return choices

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for title, help, run in self._choices():
            yield DiscoveryHit(Content(title), run, text=title, help=help or None)

    async def search(self, query: str) -> Hits:
        """What fits the letters typed, best first."""
        matcher = self.matcher(query)
        for title, help, run in self._choices():
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, Content(title), run, text=title, help=help or None)

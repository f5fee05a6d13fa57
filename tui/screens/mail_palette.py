"""Commands of the mail screen that find commands and explain keys: `do_` and the command's id."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from protocols.mime.safe import SafeText, line
from store import labels
from store.errors import ConfigurationError
from store.model import FolderId, MessageId
from store.settings import DENSITIES, KEY_PRESETS, LAYOUTS
from tui import format
from tui.fuzzy import Choice, Finder
from tui.place import of_search
from tui.screens.mail_places import MailPlaces

if TYPE_CHECKING:
    from tui.palette import Run


class MailPalette(MailPlaces):
    """Mixed into MailScreen."""

    _chosen: tuple[str, ...] = ()
    """Commands that were chosen by name in this session, the last one first."""

    def do_palette(self) -> None:
        """Find a command, a place, a search or a setting by its name."""
        from tui import themes
        from tui.palette import Offer, Palette, Run
        from tui.screens.pick import Pick

        offer = Offer(
            self.situation,
            self.bocau.keymap,
            self._by_name,
            self.visit,
            self.catalog.destinations,
            used=self._chosen,
            values={
                "theme": ("Colours", [theme.name for theme in themes.OWN], partial(self.use_look, "theme")),
                "layout": ("Layout", LAYOUTS, partial(self.use_look, "layout")),
                "density": ("Density", DENSITIES, partial(self.use_look, "density")),
                "keys": ("Keys", KEY_PRESETS, self._use_keys),
            },
            searches=self.catalog.searched,
            search=lambda text: self.visit(of_search(text)),
            acts={
                "move": partial(self._aims, "Move to", self._move_to),
                "copy": partial(self._aims, "Copy to", self._copy_to),
            },
            line=self._to_line_number,
        )

        def picked(run: Run | None) -> None:
            if run is not None:
                run()

        asked = "a command, a folder, a setting; go inbox; 12"
        self.bocau.ask(Pick[Run]("", Palette(offer), asked, tells=True), picked)

    def _aims(self, title: str, act: Callable[[tuple[MessageId, ...], FolderId], None]) -> "Finder[Run]":
        """The folders that an act may aim at, for what it would be done to now."""
        messages = self.acting.targets()
        choices = self._choices(messages) if messages else []
        named = [(line(f"{title} {self._named(one)}", 300), one.id) for one in choices]
        return Finder([Choice(name, partial(act, messages, folder)) for name, folder in named])

    def _move_to(self, messages: tuple[MessageId, ...], folder: FolderId) -> None:
        self.acting.move(messages, folder)
        self._read_on()

    def _copy_to(self, messages: tuple[MessageId, ...], folder: FolderId) -> None:
        self.acting.copy(messages, folder)

    def _by_name(self, id: str) -> None:
        self._chosen = tuple(dict.fromkeys((id, *self._chosen)))
        self.command(id)

    def _to_line_number(self, number: int) -> None:
        self.count = number
        try:
            self.command("bottom")
        finally:
            self.count = 0

    def _use_keys(self, preset: str) -> None:
        """Take other keys, with the person's own over them, after a restart too."""
        try:
            self.take_keys_of(preset)
        except ConfigurationError as error:
            self.fail(line(f"{error.title} {error.hint}", 300))
            return
        self.use_look("keys", preset)

    def do_go_label(self) -> None:
        """Show what has a label: any that is in use."""
        self.bocau.hold_keys()
        self.work(self._ask_label, "label")

    async def _ask_label(self) -> None:
        from tui.screens.pick import Pick

        known = await self.bocau.store.study(labels.known)

        def picked(label: str | None) -> None:
            if label is not None:
                self.visit(of_search(f'label:"{label}"'))

        if not known:
            self.bocau.ready()
            self.say(SafeText("No message has a label."))
            return
        choices = [Choice(line(label, 100), label, format.count(number, "message")) for label, number in known]
        self.bocau.ask(Pick("Label", Finder(choices), "a few letters of the label"), picked)

    def do_keys(self) -> None:
        """Take other keys: the habit of another program."""
        from tui.screens.pick import Pick

        def picked(preset: str | None) -> None:
            if preset is not None:
                self._use_keys(preset)

        now = self.bocau.keymap.preset
        choices = [Choice(SafeText(one), one, "now" if one == now else "") for one in KEY_PRESETS]
        self.bocau.ask(Pick("The keys of", Finder(choices), "default, mutt, gmail, thunderbird"), picked)

    def do_help(self) -> None:
        """Show the keys of this pane."""
        from tui.screens.help import Help

        self.bocau.ask(Help(self.situation, self.bocau.keymap))

    def do_what_key(self) -> None:
        """Say of any key what it does."""
        from tui.screens.what_key import WhatKey

        self.bocau.ask(WhatKey(self.bocau.keymap))

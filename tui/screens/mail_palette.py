"""Commands of the mail screen that find commands and explain keys: `do_` and the command's id."""

from protocols.mime.safe import SafeText, line
from store.errors import ConfigurationError
from store.settings import KEY_PRESETS
from tui.keymap import Keymap
from tui.screens.mail_places import MailPlaces


class MailPalette(MailPlaces):
    """Mixed into MailScreen."""

    _chosen: tuple[str, ...] = ()
    """Commands that were chosen by name in this session, the last one first."""

    def do_palette(self) -> None:
        """Find a command, a place, a search or a setting by its name."""
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
                "theme": ("Colours", sorted(self.bocau.available_themes), self._use_theme),
                "keys": ("Keys", KEY_PRESETS, self._use_keys),
            },
            line=self._to_line_number,
        )

        def picked(run: Run | None) -> None:
            if run is not None:
                run()

        asked = "a command, a folder, a setting; or: go inbox, theme light, 12"
        self.bocau.ask(Pick[Run]("", Palette(offer), asked, tells=True), picked)

    def _by_name(self, id: str) -> None:
        self._chosen = tuple(dict.fromkeys((id, *self._chosen)))
        self.command(id)

    def _to_line_number(self, number: int) -> None:
        self.count = number
        try:
            self.command("bottom")
        finally:
            self.count = 0

    def _use_theme(self, name: str) -> None:
        self.bocau.theme = name
        self.say(line(f"Colours: {name}", 100))

    def _use_keys(self, preset: str) -> None:
        """Take other keys, with the person's own over them, until the program ends."""
        settings = self.bocau.settings
        try:
            self.bocau.keymap = Keymap(preset, settings.keys, letters=settings.general.letters)
        except ConfigurationError as error:
            self.fail(line(f"{error.title} {error.hint}", 300))
            return
        self.say(SafeText(f'Keys: {preset}. keys = "{preset}" in [general] keeps them.'))

    def do_keys(self) -> None:
        """Take other keys: the habit of another program."""
        from tui.fuzzy import Choice, Finder
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

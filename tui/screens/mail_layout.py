"""Which panes of the mail screen are shown, which one has the focus, and the commands that change how it looks."""

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, cast

from textual import events

from protocols.mime.safe import SafeText
from store.errors import ConfigurationError
from store.settings import DENSITIES, LAYOUTS, Layout
from tui.commands import Pane
from tui.keymap import Keymap
from tui.layout import TITLES, Choices, Panes, panes, remember
from tui.screens.mail_finding import MailFinding
from tui.widgets.message_view import MessageView
from tui.widgets.virtual_list import VirtualList

PANES: tuple[Pane, ...] = ("folders", "list", "reader")


class MailLayout(MailFinding):
    """Mixed into MailScreen."""

    looks = Choices()

    @property
    def is_narrow(self) -> bool:
        """Whether the folders hide the list."""
        return self._panes("folders").folders_alone

    def _panes(self, pane: Pane) -> Panes:
        return panes(*self.size, self.looks, pane, one=self.bocau.look.accessible)

    async def recall_look(self) -> None:
        """Let the screen look as it was left, before anything of it is drawn."""
        general = self.bocau.settings.general
        self.looks = await self.bocau.store.read(lambda c: Choices.read(c, general))
        if self.looks.theme:
            self.bocau.show_theme(self.looks.theme)
        if self.looks.keys:
            with suppress(ConfigurationError):  # the person's own keys fit those of the configuration only
                self.take_keys_of(self.looks.keys)
        self._arrange_rows()

    def take_keys_of(self, preset: str) -> None:
        """The keys of a preset, with the person's own over them.  Raises ConfigurationError when they clash."""
        settings = self.bocau.settings
        self.bocau.keymap = Keymap(preset, settings.keys, letters=settings.general.letters)

    def _arrange_rows(self) -> None:
        tall = 2 if self.looks.density == "comfortable" else 1
        columns, spoken = self.bocau.settings.general.columns, self.bocau.look.accessible
        self.messages.show_columns(columns, tall=tall, spoken=spoken)

    def lay_out(self, *, restyle: bool = True) -> None:
        """Show the panes that fit, and give the present one the focus.

        `restyle` False: before the first drawing, which finds out every style anyway.
        """
        shown = self._panes(self.pane)
        for form in ("wide", "stacked", "one"):
            self.set_class(shown.form == form, f"-{form}", update=restyle)
        self.set_class(shown.folders_alone, "-narrow", update=restyle)
        self.folders.display = shown.folders
        self.query_one("#mail").display = not shown.folders_alone
        self.query_one("#listing").display = shown.listing
        appears = shown.reader and not self.view.display
        self.view.display = shown.reader
        if appears and self.pane != "reader":
            self.rest()
        if not self.bar.is_open:  # else the keys stay with the line that is typed into
            # at once, not by `focus`, which comes later: keys may have gone on by then
            self.set_focus(self.focused_pane(), scroll_visible=False)

    def focused_pane(self) -> VirtualList | MessageView:
        """The widget of the present pane."""
        shown: dict[Pane, VirtualList | MessageView] = {
            "folders": self.folders,
            "list": self.messages,
            "reader": self.view,
        }
        return shown[self.pane]

    def switch(self, pane: Pane) -> None:
        """Go to a pane."""
        if pane != self.pane:
            self.pane = pane
            self.lay_out()
            self.tell()
            if pane == "folders":
                self.measure()

    def on_resize(self, event: events.Resize) -> None:
        """Other panes may fit now."""
        if self.is_mounted:
            self.lay_out()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click into a pane makes it the present one."""
        for pane in PANES:
            if event.widget.id == pane and self.pane != pane and event.widget is self.focused:
                self.switch(pane)

    # how it looks

    def do_layout(self) -> None:
        """The next layout: what fits, side by side, one above the other, one at a time."""
        self.use_look("layout", LAYOUTS[(LAYOUTS.index(self.looks.layout) + 1) % len(LAYOUTS)])

    def do_folder_pane(self) -> None:
        """Show the folders beside the list, or hide them."""
        if self.pane == "folders":
            self.switch("list")
        shown = not self._panes("list").folders
        self._look_like("folders", shown, "Folders beside the list" if shown else "Folders hidden")

    def do_density(self) -> None:
        """One line a message, or two."""
        self.use_look("density", DENSITIES[(DENSITIES.index(self.looks.density) + 1) % len(DENSITIES)])

    def do_theme(self) -> None:
        """The next theme."""
        self.use_look("theme", self.bocau.next_theme())

    def use_look(self, name: str, value: str) -> None:
        """Take a layout, a density or a theme, of those that there are; of keys, remember those that were taken."""
        if name == "layout":
            self._look_like(name, value, f"Layout: {TITLES[cast(Layout, value)]}")
        elif name == "density":
            self._look_like(name, value, "Two lines a message" if value == "comfortable" else "One line a message")
            self._arrange_rows()
        elif name == "keys":
            self._look_like(name, value, f"Keys: {value}")
        else:
            self.bocau.show_theme(value)
            self._look_like(name, value, f"Colours: {value}")

    def _look_like(self, name: str, choice: Any, said: str) -> None:
        """Let the screen look otherwise from now on, after a restart too."""
        self.looks = replace(self.looks, **{name: choice})
        self.lay_out()
        self.say(SafeText(said))
        self.work(partial(self._remember_look, name, choice), "choices", exclusive=False)

    async def _remember_look(self, name: str, choice: str | bool) -> None:
        general = self.bocau.settings.general
        await self.bocau.store.write(lambda tx: remember(tx, general, name, choice))

"""The application: opens on the store, rebroadcasts its changes, and keeps the terminal clean."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar, cast

from rich.console import RenderableType
from rich.segment import Segment, Segments
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.signal import Signal

from protocols.mime.safe import SafeText, line
from store.changes import ChangeSet
from store.errors import StoreError
from store.mailstore import MailStore
from store.notice_settings import Notices
from store.settings import AccountSettings, Settings
from tui import copying, later, themes
from tui.cursor import place_on
from tui.fault import places
from tui.glass import Difference, Glass
from tui.graphics import Graphics
from tui.host import Answer
from tui.keymap import Keymap
from tui.look import Look
from tui.ports import EngineLike, SetupLike
from tui.private_folder import PrivateFolder
from tui.screens.mail import MailScreen
from tui.showing import Showing
from tui.terminal_abilities import Abilities
from tui.terminal_driver import Returned, TerminalDriver, Torn
from tui.terminal_filter import TerminalFilter
from tui.terminal_pictures import TerminalPictures
from tui.terminal_sequences import noticed

_LAST_CALLS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""The terminal is given back before the program ends."""


class BocauApp(App[None]):
    """`settings` may raise ConfigurationError (keys, theme) in the constructor, before the terminal is touched."""

    TITLE = "bocau"
    CSS_PATH = "screens/mail.tcss"  # here, because Textual loads no sheet of a default screen
    ENABLE_COMMAND_PALETTE = False  # ours is tui.palette
    # every key of the mail screen comes from tui.commands; these are for the screens that ask
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "quit", "Quit", show=False, priority=True)]

    def __init__(
        self,
        store: MailStore,
        settings: Settings,
        *,
        engine: EngineLike | None = None,
        setup: SetupLike | None = None,
    ) -> None:
        """`engine` None: another process fetches mail, or none does; `setup` None: accounts cannot be added here."""
        look = Look.of(settings.general, os.environ)
        look.apply()
        # without colours the terminal's own palette is left alone, and the cursor is drawn in reverse
        super().__init__(ansi_color=None if look.colours else True)
        self.look = look
        self.set_class(look.accessible, "-accessible")
        self.store = store
        self.settings = settings
        self.engine = engine
        self.setup = setup
        self.showing = Showing()
        """Lays out messages; its process ends with the app."""
        self.private = PrivateFolder(store.data / "opened")
        """Where files are put that other programs open."""
        self.keymap = Keymap(settings.general.keys, settings.keys, letters=settings.general.letters)
        self.changed: Signal[ChangeSet] = Signal(self, "changed")
        """What was committed; a screen that listens reads the store again."""
        self.painted = asyncio.Event()
        self.failure: StoreError | None = None
        """Why it ended before anything was on the screen."""
        self.animation_level = "none"
        self._walls: list[LineFilter] = [TerminalFilter(), *look.filters()]
        self.glass = Glass()
        """What the terminal shows; whoever writes to it on another way tells it to forget."""
        self._is_watched = False
        """Whether the terminal has said that somebody looks at it; many never say anything."""
        self._told: dict[tuple[str, str], float] = {}
        """(title, sentence) of the boxes that stand on the screen -> until when."""
        self._ahead: list[events.Key] | None = None
        self._held: list[events.Key] | None = None
        """Keys for a dialog that does not stand yet: from the screen behind, and from the terminal."""
        for theme in themes.OWN:
            self.register_theme(theme)
        themes.check(settings.general.theme, self.available_themes)
        self.theme = themes.named(settings.general.theme, self.available_themes) if look.colours else "ansi-dark"

    @property
    def mail(self) -> MailScreen | None:
        """The mail screen, wherever it is in the stack."""
        return next((screen for screen in self.screen_stack if isinstance(screen, MailScreen)), None)

    @property
    def graphics(self) -> Graphics:
        """The pictures that the terminal shows in its own pixels."""
        return self.glass.graphics

    @cached_property
    def pictures(self) -> TerminalPictures:
        """How the terminal shows pictures; it is asked when the first one is wanted."""
        return TerminalPictures(self.settings.general.pictures, self.terminal)

    def get_driver_class(self) -> type[Driver]:
        """Our own: nothing that is pasted or answered acts as keys, and the terminal is given back at every end."""
        return TerminalDriver

    @property
    def links(self) -> bool:
        """Whether the terminal is told where links lead (OSC 8)."""
        return self.settings.general.links and Abilities.of().links

    @property
    def terminal(self) -> TerminalDriver | None:
        """The terminal, None in tests without one."""
        return self._driver if isinstance(self._driver, TerminalDriver) else None

    def get_default_screen(self) -> Screen[None]:
        """The mail screen is the first thing there is: nothing is drawn twice at start."""
        return MailScreen()

    def on_mount(self) -> None:
        """Listen to the store and to the system; without an account, ask for one."""
        if self.look.accessible and self.terminal is not None:
            self.terminal.show_cursor(True)
        self.run_worker(self._rebroadcast(), group="feed")
        self.run_worker(self._look_after_store(), group="mender")
        self.run_worker(self._herald(), group="herald")
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in _LAST_CALLS:
                loop.add_signal_handler(number, self.exit, None, 128 + number)
        if not self.settings.accounts and self.setup is not None:
            self.add_account()

    async def on_unmount(self) -> None:
        """Remove what was opened, end the layout process, and leave the signals to whoever comes next."""
        await asyncio.to_thread(self.showing.end)  # it may be at work
        await asyncio.to_thread(self.private.end)
        if not self.is_headless:
            for number in _LAST_CALLS:
                asyncio.get_running_loop().remove_signal_handler(number)

    async def _look_after_store(self) -> None:
        """When there is reason to doubt the store, have it checked and mended, behind the first list."""
        await self.store.soundness.doubt()
        await self.painted.wait()
        await asyncio.to_thread(later.load)
        await asyncio.to_thread(self.showing.warm)
        await asyncio.to_thread(self.private.sweep)
        from protocols.mender import Mender

        await Mender(self.store).run()

    async def _herald(self) -> None:
        """Tell of new mail beyond the screen, if somebody asked for it."""
        terminal, abilities = self.terminal, Abilities.of()
        if terminal is None or self.settings.notices == Notices():
            return
        await self.painted.wait()
        from tui.notices import Herald

        def show(text: SafeText) -> None:
            if abilities.strings:
                terminal.write(noticed(self.settings.notices.terminal, text, abilities.multiplexer))

        def name(text: SafeText) -> None:
            if abilities.strings:
                terminal.set_title(text)

        notices, watched = self.settings.notices, lambda: self._is_watched
        await Herald(self.store, notices, ring=self.bell, show=show, name=name, watched=watched).run()

    async def _rebroadcast(self) -> None:
        with self.store.changes.subscribe() as subscription:
            async for changes in subscription:
                self.changed.publish(changes)

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], None] | None = None) -> None:
        """Show a dialog; every key from now on is for it, also those that come before it can be seen."""
        self.hold_keys()
        self.push_screen(dialog, answered)

    def hold_keys(self) -> None:
        """A line to type into, or a dialog, is about to take the keys; until `ready` they wait."""
        self._ahead, self._held = [], []

    @property
    def holds_keys(self) -> bool:
        """Whether keys wait for whoever will take them."""
        return self._ahead is not None

    def typed_ahead(self, event: events.Key) -> None:
        """A key was on its way to the screen behind when the dialog was asked for."""
        if self._ahead is not None:
            self._ahead.append(event)

    def ready(self) -> None:
        """Give the dialog what was typed ahead, in order."""
        self.call_later(self._release)

    async def _release(self) -> None:
        """Runs when its turn comes among the messages: keys before it are held too, those behind it come later."""
        keys = [*(self._ahead or ()), *(self._held or ())]
        self._ahead = self._held = None
        for key in keys:
            await super().on_event(events.Key(key.key, key.character).set_sender(self))  # as the driver does

    async def on_event(self, event: events.Event) -> None:
        """Keys wait while a dialog is being built; all other events go their way."""
        if self._held is not None and isinstance(event, events.Key) and not event.is_forwarded:
            self._held.append(event)
            return
        await super().on_event(event)

    def cannot_begin(self, error: StoreError) -> None:
        """Not even the first list can be read: end; `failure` tells why."""
        self.failure = error
        self.exit()

    def add_account(self) -> None:
        """Show the form for a new account."""
        if self.setup is None:
            self.notify("Accounts are added with `bocau account add`.", markup=False)
            return
        from tui.screens.setup import Setup

        taken = [account.name for account in self.settings.accounts]
        self.push_screen(Setup(self.setup, taken))

    def account_added(self, account: AccountSettings, said: str) -> None:
        """The form has written an account: know its name, and say that mail is on its way."""
        self.settings = replace(self.settings, accounts=(*self.settings.accounts, account))
        if self.mail is not None:
            self.mail.reader.own = [one.address for one in self.settings.accounts]
            self.mail.say_for_now(line(f"{account.name}: {said or 'it works.'} Fetching mail …"))

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Send the terminal what differs from what it shows."""
        if self.look.accessible and (place := place_on(self.screen)) is not None:
            self.cursor_position = place
        if isinstance(renderable, LayoutUpdate | ChopsUpdate):
            renderable = cast(RenderableType, Difference(renderable, self.glass, self.size))  # as Textual does
        super()._display(screen, renderable)

    def notify(  # as Textual's own, which draws a box over the mail
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Tell something, once while it stands there: in a box, or in the status line where somebody listens."""
        if self.look.accessible and self.mail is not None:
            urgency = "" if severity == "information" else f"{severity}: "
            self.mail.say_for_now(line(f"{urgency}{f'{title}: ' if title else ''}{message}", 400))
            return
        now = time.monotonic()
        self._told = {told: until for told, until in self._told.items() if until > now}
        if (title, message) not in self._told:  # a key that is held down would cover the mail with one sentence
            self._told[title, message] = now + (timeout or self.NOTIFICATION_TIMEOUT)
            super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def on_resize(self, event: events.Resize) -> None:
        """What a terminal makes of its cells when its size changes is its own secret."""
        if self.glass.forget() and event.size == self.size:
            self.draw_again()  # there and back: Textual sees no difference, the terminal may

    def on_app_focus(self, event: events.AppFocus) -> None:
        """The terminal window got the focus: what is typed in this moment was meant for another."""
        self._is_watched = True
        if self.mail is not None:
            self.mail.hold()

    def on_app_blur(self, event: events.AppBlur) -> None:
        """Somebody looks elsewhere."""
        self._is_watched = False

    def on_returned(self, event: Returned) -> None:
        """The terminal is ours again: draw everything, and let no key that was meant for the shell change mail."""
        self.draw_again()
        if self.mail is not None:
            self.mail.hold()
            if not event.stopped:
                self.mail.say_for_now(line("There is no shell behind bocau to go to."))

    def on_torn(self, _: Torn) -> None:
        """What was drawn while the terminal took nothing is lost."""
        self.draw_again()

    def draw_again(self) -> None:
        """Send the whole screen: the terminal may show something else than we believe."""
        self.glass.forget()
        self.screen.refresh(layout=True)
        self.refresh(layout=True)

    def action_draw_again(self) -> None:
        """Ctrl+L in a dialog."""
        self.draw_again()

    def copy_to_clipboard(self, text: str) -> None:
        """Copy what is selected in a field; what lies in there is pasted as it is, and goes out cleaned."""
        self._clipboard = text
        copying.copy(text, "the selection", None if self.terminal is None else self.terminal.write)

    def _set_pointer_shape(self, shape: str) -> None:
        """Leave the pointer as it is: some terminals would print what asks for another shape."""

    def suspend_job(self) -> None:
        """Go to sleep, as with a shell's Ctrl+Z."""
        if self.terminal is not None:
            self.terminal.stop_process()

    def action_help_quit(self) -> None:
        """Ctrl+C where nothing is being typed: stop what runs, or tell how to leave."""
        if self.mail is not None and self.is_mail(self.screen):
            self.mail.command("stop")
            return
        self.notify("Esc closes this. Ctrl+Q leaves bocau.", markup=False)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colours in a theme that is not ours."""
        return {**super().get_theme_variable_defaults(), **themes.defaults(self.current_theme)}

    def is_mail(self, screen: Screen[object]) -> bool:
        """Whether `screen` is the mail screen."""
        return screen is self.mail

    def next_theme(self) -> str:
        """Change to the next theme, and answer its name; the configuration keeps what it says."""
        self.show_theme(themes.after(self.theme))
        return self.theme

    def show_theme(self, name: str) -> None:
        """Change to a theme of that name, where there is one and there are colours."""
        if self.look.colours and name in self.available_themes:
            self.theme = name

    def save_picture(self) -> str:
        """Write the screen into the current folder; the name of the file."""
        name = time.strftime("bocau-%Y%m%d-%H%M%S.svg")
        Path(name).write_text(self.export_screenshot(title="bocau"), encoding="utf-8")
        return name

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """The screen as SVG, in which columns stand in line in every viewer."""
        picture = super().export_screenshot(title=title, simplify=simplify)
        # librsvg takes blanks off both ends of a text, no-break spaces too
        return picture.replace("<text ", '<text xml:space="preserve" ')

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """None of Textual's own: they act on screens, not on mail."""
        return ()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every segment passes on its way to the terminal."""
        return [*self._walls, *super().get_line_filters()]

    def _fatal_error(self) -> None:
        """End with the places of the fault: its words and local variables may hold mail, or a password."""
        text = f"A fault inside bocau:\n{places(self._exception or sys.exception())}"
        self._exit_renderables.append(Segments([Segment(text)]))
        self._close_messages_no_wait()

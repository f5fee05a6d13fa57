"""What screens, palette and dialogs use of the application and of the mail screen, without importing either."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from textual import events
from textual.screen import Screen
from textual.signal import Signal

from store.changes import ChangeSet
from store.errors import StoreError
from store.mailstore import MailStore
from store.settings import AccountSettings, Settings
from tui.commands import Pane
from tui.graphics import Graphics
from tui.keymap import Keymap
from tui.look import Look
from tui.place import Place
from tui.ports import EngineLike, SetupLike, TerminalLike
from tui.private_folder import PrivateFolder
from tui.showing import Showing
from tui.terminal_pictures import TerminalPictures

Answer = TypeVar("Answer")


class MailLike(Protocol):
    """The mail screen, as the palette sees it."""

    pane: Pane

    def command(self, id: str) -> None:
        """Run a command by its id."""

    def visit(self, place: Place | None) -> None:
        """Show a place in the list."""

    def places(self) -> Iterator[Place]:
        """Every place of the folder pane."""


class Host(Protocol):
    """The application, as its screens see it."""

    store: MailStore
    settings: Settings
    engine: EngineLike | None
    setup: SetupLike | None
    showing: Showing
    private: PrivateFolder
    """Where files are put that other programs open."""
    keymap: Keymap
    look: Look
    theme: str
    changed: Signal[ChangeSet]
    painted: asyncio.Event
    """Set when the first list is on the screen: what can wait begins then."""

    @property
    def graphics(self) -> Graphics:
        """The pictures that the terminal shows in its own pixels."""

    @property
    def pictures(self) -> TerminalPictures:
        """How the terminal shows pictures."""

    @property
    def mail(self) -> MailLike | None:
        """The mail screen, None before it is made."""

    def is_mail(self, screen: Screen[object]) -> bool:
        """Whether `screen` is the mail screen."""

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], None] | None = None) -> None:
        """Show a dialog; every key from now on is for it."""

    def hold_keys(self) -> None:
        """A line to type into is about to take the keys; until `ready` they wait."""

    @property
    def holds_keys(self) -> bool:
        """Whether keys wait for whoever will take them."""

    def typed_ahead(self, event: events.Key) -> None:
        """A key reached a screen that stands behind a dialog: it is the dialog's."""

    def ready(self) -> None:
        """The dialog takes keys now: give it what was typed ahead."""

    def cannot_begin(self, error: StoreError) -> None:
        """Not even the first list can be read: end, and let whoever started the screen tell why."""

    def add_account(self) -> None:
        """Show the form for a new account."""

    def account_added(self, account: AccountSettings, said: str) -> None:
        """The form has written an account."""

    @property
    def links(self) -> bool:
        """Whether the terminal is told where links lead (OSC 8)."""

    @property
    def terminal(self) -> TerminalLike | None:
        """The terminal, None in tests without one."""

    def draw_again(self) -> None:
        """Send the whole screen: the terminal may show something else than we believe."""

    def suspend_job(self) -> None:
        """Go to sleep behind the shell, as with Ctrl+Z."""

    def next_theme(self) -> str:
        """Change to the next theme; its name."""

    def show_theme(self, name: str) -> None:
        """Change to a theme of that name, where there is one and there are colours."""

    def save_picture(self) -> str:
        """Write the screen as an SVG; the name of the file."""

"""The composition root: configuration, store, engine and screen become one running mail reader."""

import gc
import os
import sys
from dataclasses import replace

import click

from protocols.station import Station
from store.config import key_fault
from store.errors import ConfigurationError, StoreDamaged
from store.mailstore import MailStore
from store.settings import AccountSettings, Settings
from tui.app import BocauApp
from tui.commandline.session import Session, run, session
from tui.first_account import FirstAccount
from tui.passwords import Passwords
from tui.terminal_abilities import Abilities

SWITCH_SECONDS = 0.0005
"""The engine's threads parse mail while a key is handled: with Python's usual 5 ms the screen would wait that long for
the interpreter, several times a key; half a millisecond is not felt and costs the threads next to nothing."""


def check_terminal() -> None:
    """Raise UsageError where the screen cannot be drawn, or nobody could press a key."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("The reader needs a terminal; `bocau --help` names the commands that do not.")
    if not Abilities.of().usable:
        term = os.environ.get("TERM") or "not set"
        raise click.UsageError(
            f"This terminal cannot show the reader: TERM is {term}. "
            "The commands work (`bocau list`, `bocau show`); with a better TERM the reader does too."
        )


def open_reader() -> None:
    """Open the reader on the configured store until the person leaves it.  Raises UsageError without a terminal."""
    run(_read(session()))


def _as_asked(settings: Settings) -> Settings:
    """The settings with what the command line says: `--accessible`."""
    context = click.get_current_context(silent=True)
    if context is None or not context.find_root().meta.get("bocau.accessible"):
        return settings
    return replace(settings, general=replace(settings.general, accessible=True))


async def _read(here: Session) -> None:
    settings = here.settings()
    try:
        async with here.store(settings) as store:
            await read_mail(here, store, settings)
    except StoreDamaged as damage:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise
        from tui.commandline import salvaging

        if not await salvaging.offer(here, settings, damage):
            raise click.exceptions.Exit(damage.exit_code) from None
        async with here.store(settings) as store:
            await read_mail(here, store, settings)


def tune_interpreter() -> None:
    """Set the interpreter up for a loop that shares it with threads; call it when everything is imported."""
    sys.setswitchinterval(SWITCH_SECONDS)
    # What is loaded by now stays: a full collection that need not look at it takes 1 ms instead of 30.
    gc.freeze()
    # A first sync makes hundreds of thousands of values, none of them circles: looking for some took 4 % of its time.
    # No more at once, though: while it looks, no key is heard.
    gc.set_threshold(3_000, 5, 10)


async def read_mail(here: Session, store: MailStore, settings: Settings) -> None:
    """Run the screen over an open store, with the engine of this process or of another one behind it."""
    check_terminal()
    tune_interpreter()

    passwords = Passwords()

    async def password(account: AccountSettings) -> str:
        await app.painted.wait()  # what fetches mail is loaded then: beside the first list it would double its time
        return await passwords.of(account)

    station = Station(store, settings, passwords=password, reload=here.settings)
    setup = FirstAccount(here.paths.config, station, passwords)
    try:
        app = BocauApp(store, _as_asked(settings), engine=station, setup=setup)
    except ConfigurationError as error:
        raise _located(here, error) from None
    async with station:
        await app.run_async(mouse=settings.general.mouse)
    if app.failure is not None:
        raise app.failure
    if app.return_code:
        raise click.exceptions.Exit(app.return_code)


def _located(here: Session, error: ConfigurationError) -> ConfigurationError:
    """The same error with file and line: which commands and themes there are only the screen knows."""
    key, colon, problem = error.title.partition(": ")
    if not colon or not key.startswith(("keys.", "general.")):
        return error
    return key_fault(here.paths.config, tuple(key.split(".", 1)), problem, error.hint)

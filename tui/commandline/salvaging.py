"""Salvages a damaged store for a person: says what is wrong, asks where there is somebody, tells what was saved."""

import asyncio
import sys

import click

from protocols.mime.safe import line
from store.errors import StoreDamaged
from store.integrity import Check, aside
from store.mailstore import FILE_NAME
from store.preflight import inspect
from store.salvage.amends import Configured
from store.salvage.salvage import salvage
from store.settings import Settings
from tui.commandline import output
from tui.commandline.session import Session


async def offer(here: Session, settings: Settings, damage: StoreDamaged) -> bool:
    """At a terminal, before the reader opens: tell of the damage, and salvage when the person agrees.

    False when not: then nothing was changed.  Raises StoreError when it cannot be done.
    """
    output.note(f"bocau: {line(damage.title, 2000)}")
    output.note(
        "       What can be read of it can be saved now into a new store. The damaged file is kept under another name,"
        "\n       and needs as much room again. IMAP mail that is missing afterwards is fetched again."
    )
    if not click.confirm("Save what can be read?", default=True, err=True):
        output.note("Nothing was changed. `bocau doctor --salvage` does the same.")
        return False
    await run(here, settings)
    click.prompt("Press Enter to open the reader", default="", show_default=False, prompt_suffix=" ", err=True)
    return True


async def run(here: Session, settings: Settings) -> None:
    """Salvage, with the number of rows on a terminal meanwhile, and the outcome in sentences.  Raises StoreError."""

    def told(rows: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{rows:,} rows")
            sys.stderr.flush()

    report = await asyncio.to_thread(salvage, here.paths.data, configured(settings), told)
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    for sentence in report.sentences():
        output.note(sentence)
    output.note("The search index is made anew while the reader is open, or by `bocau doctor --repair`.")


async def is_needed(here: Session) -> bool:
    """Whether the store is damaged; looks at every page.  Raises StoreError when that cannot be told."""
    path = here.paths.data / FILE_NAME
    try:
        inspect(path, alone=False)
        if not path.exists():
            return False
        check = Check(path)
        return bool((await aside(check.quick, check.stop)).damage)
    except StoreDamaged:
        return True


def configured(settings: Settings) -> Configured:
    """The accounts of the configuration, as a salvage wants them."""
    return [(account.name, account.protocol, account.unified) for account in settings.accounts]

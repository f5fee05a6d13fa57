"""`import`: brings mail from mbox files, Maildirs and eml files into an account."""

from collections.abc import Callable
from pathlib import Path

import click

from protocols.backup.importing import Imported, import_mail
from protocols.backup.sources import Source
from protocols.bulk import READER
from store import accounts
from store.settings import Settings
from tui import format
from tui.commandline import output
from tui.commandline.failures import PARTLY
from tui.commandline.meter import meter
from tui.commandline.session import run, session


@click.command("import")
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
@click.option("--account", metavar="A", required=True, help="The account that gets it.")
@click.option("--folder", metavar="F", help="All into this folder; without it each message where it was.")
@click.option("--mboxo", is_flag=True, help="The mbox was written by a program that leaves >From lines as they are.")
def import_messages(path: Path, account: str, folder: str | None, mboxo: bool) -> None:
    """Bring mail into an account: an mbox, a Maildir with its folders, eml files, or folders of them.

    What the folder holds already is passed over, so that it can be interrupted, and done again.  Mail whose place is
    not known goes into the folder Imported.  Into an IMAP account it goes with the next sync.
    """
    here = session()

    async def work() -> Imported:
        settings: Settings = here.settings()
        settings.account(account)
        async with here.telling(settings) as store:
            owner = await store.read(lambda c: accounts.by_name(c, account))
            source = Source(path, doubled=not mboxo)
            try:
                with meter(_words) as told:
                    return await import_mail(store, owner, source, folder, told)
            finally:
                await READER.rest()

    done = run(work())
    for broken in done.broken:
        output.note(f"bocau: {broken.place} {broken.reason}; it was left out.")
    output.note(summary(done))
    if done.broken:
        raise click.exceptions.Exit(PARTLY)


def _words(done: int, total: int) -> str:
    return format.sizes(done, total)


def summary(done: Imported, shown: Callable[[str], str] = str) -> str:
    """`12 messages imported into Inbox, Work; 3 were there already.`"""
    where = f" into {', '.join(shown(path) for path in done.folders)}" if done.stored else ""
    known = f"; {done.known:,} {'was' if done.known == 1 else 'were'} there already" if done.known else ""
    return f"{format.count(done.stored, 'message')} imported{where}{known}."

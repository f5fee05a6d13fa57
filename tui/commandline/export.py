"""`export`: writes the messages that a query finds into an mbox, a Maildir or a tree of eml files."""

from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import date
from itertools import groupby
from pathlib import Path

import click

from protocols.backup.export import Exported, Missing, export
from protocols.backup.writing import Form
from protocols.engine import Engine
from store.errors import NotFound
from store.mailstore import MailStore
from store.model import MessageId
from store.search import query as language
from store.search import sql
from store.settings import Settings
from tui import format
from tui.commandline import output
from tui.commandline.failures import PARTLY, tell
from tui.commandline.meter import meter
from tui.commandline.session import Worker, run, session, worker


@click.command("export", context_settings={"ignore_unknown_options": True})
@click.argument("query", nargs=-1, type=click.UNPROCESSED)
@click.option("--mbox", metavar="FILE", type=click.Path(path_type=Path), help="One new file, mboxrd.")
@click.option(
    "--maildir", metavar="DIR", type=click.Path(path_type=Path), help="A Maildir; folders inside it, flags kept."
)
@click.option("--eml", metavar="DIR", type=click.Path(path_type=Path), help="A file for each message, in folders.")
def export_mail(query: Sequence[str], mbox: Path | None, maildir: Path | None, eml: Path | None) -> None:
    """Write the messages that QUERY finds, all without one, byte for byte as they were received.

    What is not on this disk is fetched.  A Maildir or a tree that is there already gets only what it has not; a file is
    never written over.  `bocau import` reads all three.
    """
    places = [(form, place) for form, place in zip(Form, (mbox, maildir, eml), strict=True) if place is not None]
    if len(places) != 1:
        raise click.UsageError("Say into what, one of them: --mbox FILE, --maildir DIR or --eml DIR.")
    (form, place), words = places[0], " ".join(query)
    tree = language.parse(words, date.today())
    here = session()

    async def work() -> Exported:
        settings = here.settings()
        async with here.store(settings) as store:
            newest_first = await store.read(lambda c: sql.find(c, tree, -1))
            if not newest_first:
                raise NotFound(
                    "No message is found, so nothing was written.", "`bocau search` tells what a query finds."
                )
            ids = [MessageId(found) for found in reversed(newest_first)]
            return await _export(store, settings, ids, form, place)

    code = _report(run(work()), place)
    if code:
        raise click.exceptions.Exit(code)


async def _export(store: MailStore, settings: Settings, ids: list[MessageId], form: Form, place: Path) -> Exported:
    online: list[Worker] = []

    def words(done: int, total: int) -> str:
        return f"{done:,} of {format.count(total, 'message')}"

    async with AsyncExitStack() as stack:

        async def fetch(message: MessageId) -> None:
            if not online:  # most backups need no server
                online.append(await stack.enter_async_context(worker(store, settings)))
                if isinstance(online[0], Engine):
                    await stack.enter_async_context(online[0].connections.staying())
            await online[0].fetch(message)

        with meter(words) as told:
            return await export(store, ids, form, place, fetch, told)


def _report(done: Exported, place: Path) -> int:
    """Say what was written, and name what was not; the exit code."""
    if done.written or done.there:
        before = f"; {done.there:,} {'was' if done.there == 1 else 'were'} there already" if done.there else ""
        output.note(f"{format.count(done.written, 'message')} written into {place}{before}.")
    if not done.missing:
        return 0
    codes = [_tell_missing(group) for group in _by_reason(done.missing)]
    return PARTLY if done.written or done.there else codes[0]


def _by_reason(missing: Sequence[Missing]) -> Iterator[list[Missing]]:
    def reason(one: Missing) -> tuple[str, str]:
        return one.account, one.error.title

    for _, group in groupby(sorted(missing, key=reason), key=reason):
        yield list(group)


def _tell_missing(group: Sequence[Missing]) -> int:
    ids = ", ".join(str(one.message) for one in group)
    output.note(f"{group[0].account}: not on this disk, and left out: {ids}")
    return tell(group[0].error)

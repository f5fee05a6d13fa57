"""Carries out an act of the command line: writes it into the journal, or sends it with `--now`; `undo`, `redo`."""

import sqlite3
from collections.abc import Callable, Coroutine
from typing import Any

import click

from protocols.mime.safe import line
from store import accounts, folders
from store import journal as entries
from store import listing as lists
from store.errors import NotFound
from store.mailstore import MailStore
from store.model import ActId, MessageId, Summary
from store.operations import PENDING, Act, JournalEntry, Operation, State
from store.settings import Settings
from tui.commandline import output
from tui.commandline.failures import PARTLY, tell
from tui.commandline.session import Worker, run, session, worker

Ids = tuple[MessageId, ...]
Make = Callable[[sqlite3.Connection, Ids], Operation]
"""What to do, from what is in the store and the messages that it is for."""

_TURNS = 4
"""Rounds that an act takes at most: what goes to another account is fetched, appended and removed, each in its turn."""


@click.command("undo")
@click.argument("act", metavar="[N]", type=int, required=False)
@click.option("--now", is_flag=True, help="Send it to the server at once.")
def undo(act: int | None, now: bool) -> None:
    """Take back act N of `bocau journal`, or the last one that can be taken back."""
    _again(lambda store: store.undo(None if act is None else ActId(act)), now)


@click.command("redo")
@click.argument("act", metavar="[N]", type=int, required=False)
@click.option("--now", is_flag=True, help="Send it to the server at once.")
def redo(act: int | None, now: bool) -> None:
    """Do again what was undone last, or act N of `bocau journal`."""
    _again(lambda store: store.redo(None if act is None else ActId(act)), now)


def _again(work_on: Callable[[MailStore], Coroutine[Any, Any, Act]], now: bool) -> None:
    here = session()

    async def work() -> int:
        settings = here.settings()
        async with here.telling(settings) as store:
            done = await work_on(store)
            output.text(f"{line(done.title, 1000)}.")
            return await _send(store, settings, done) if now else 0

    _leave(run(work()))


def perform(
    make: Make, ids: Ids, now: bool, reach: Callable[[sqlite3.Connection, Ids], Ids] = lambda connection, ids: ids
) -> None:
    """Do an operation on the messages that are meant by `ids`, and leave with the exit code."""
    here = session()

    def prepared(connection: sqlite3.Connection) -> Operation:
        summaries(connection, ids)
        return make(connection, reach(connection, ids))

    async def work() -> int:
        settings = here.settings()
        async with here.telling(settings) as store:
            act = await store.do(await store.read(prepared))
            output.text(f"{line(act.title, 1000)}." if act.messages else "Nothing to do: it is so already.")
            return await _send(store, settings, act) if now else 0

    _leave(run(work()))


def summaries(connection: sqlite3.Connection, ids: Ids) -> list[Summary]:
    """The messages.  Raises NotFound that names each one that is not there: nothing is done then."""
    found = lists.summaries(connection, ids)
    missing = [message for message in dict.fromkeys(ids) if message not in found]
    if missing:
        raise NotFound(f"No such message: {', '.join(map(str, missing))}.", "Nothing was done.")
    return [found[message] for message in ids]


async def _send(store: MailStore, settings: Settings, act: Act) -> int:
    """Send what waits for this act; the exit code, with what the servers said on standard error."""
    left = await store.read(lambda c: _waiting(c, act.id))
    code = 0
    async with worker(store, settings) as online:
        for _ in range(_TURNS):
            if not left or code:
                break
            before, code = left, await _round(store, online, act)
            left = await store.read(lambda c: _waiting(c, act.id))
            if left == before:
                break
    for entry in left:
        if entry.state is State.REFUSED:
            output.note(f"Message {entry.source or entry.message}: refused: {line(entry.error)}")
    if left and len(left) < len(act.messages):
        return PARTLY
    return code or (PARTLY if left else 0)


async def _round(store: MailStore, online: Worker, act: Act) -> int:
    """One round of the accounts that an act is about; the exit code."""
    names = await store.read(lambda c: {account.id: account.name for account in accounts.every(c)})
    wanted = await store.read(lambda c: entries.servers_of(c, act.id))
    places = await store.read(lambda c: [folder.path for folder in folders.every(c) if folder.role == "inbox"])
    outcome = await online.sync([names[account] for account in wanted], places)
    return max((tell(error) for error in outcome.values() if error is not None), default=0)


def _waiting(connection: sqlite3.Connection, act: ActId) -> list[JournalEntry]:
    return [e for e in entries.unfinished(connection) if e.act == act and e.state in (*PENDING, State.REFUSED)]


def _leave(code: int) -> None:
    if code:
        raise click.exceptions.Exit(code)

"""`mark`, `label`, `archive`, `delete`, `undo`: acts for the journal, or sent with `--now`."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import wraps

import click

from protocols.mime.safe import line
from store import accounts, folders
from store import journal as entries
from store import listing as lists
from store.errors import NotFound
from store.mailstore import MailStore
from store.model import ActId, Flag, MessageId, Summary
from store.operations import (
    PENDING,
    Act,
    Archive,
    Delete,
    JournalEntry,
    Operation,
    SetFlags,
    SetLabels,
    State,
)
from store.settings import Settings
from tui.commandline import output
from tui.commandline.failures import PARTLY, tell
from tui.commandline.session import Worker, run, session, worker

Ids = tuple[MessageId, ...]
Command = Callable[..., None]

_TURNS = 4
"""Rounds that an act takes at most: what goes to another account is fetched, appended and removed, each in its turn."""


def _on_messages(command: Command) -> Command:
    """Add the arguments that every act has."""

    @click.argument("ids", metavar="ID...", type=int, nargs=-1, required=True)
    @click.option("--now", is_flag=True, help="Send it to the server at once.")
    @wraps(command)
    def wrapped(ids: Sequence[int], **options: object) -> None:
        command(tuple(MessageId(number) for number in ids), **options)

    return wrapped


@click.command("mark")
@_on_messages
@click.option("--read", "how", flag_value="read", help="As read.")
@click.option("--unread", "how", flag_value="unread", help="As unread.")
@click.option("--star", "how", flag_value="star", help="With a star.")
@click.option("--unstar", "how", flag_value="unstar", help="Without star.")
def mark(ids: Ids, how: str | None, now: bool) -> None:
    """Mark messages: --read, --unread, --star or --unstar."""
    if how is None:
        raise click.UsageError("Say how: --read, --unread, --star or --unstar.")
    flag = Flag.SEEN if how.endswith("read") else Flag.FLAGGED
    none = Flag.NONE
    add, remove = (none, flag) if how.startswith("un") else (flag, none)
    perform(lambda _: SetFlags(ids, add, remove), ids, now)


@click.command("archive")
@_on_messages
def archive(ids: Ids, now: bool) -> None:
    """Move messages to the archive of their account."""
    perform(lambda _: Archive(ids), ids, now)


@click.command("delete")
@_on_messages
def delete(ids: Ids, now: bool) -> None:
    """Move messages to the trash; what is there already is removed for good."""
    perform(lambda _: Delete(ids), ids, now)


# a label may begin with any letter: here -h takes the label h off, and only --help helps
@click.command("label", context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("words", metavar="ID... [+LABEL] [-LABEL]...", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--now", is_flag=True, help="Send it to the server at once.")
def label(words: Sequence[str], now: bool) -> None:
    """Add labels to messages (+urgent) and take labels off (-todo); on a server they are keywords."""
    ids = tuple(MessageId(int(word)) for word in words if word.isascii() and word.isdigit())
    add = tuple(word[1:] for word in words if word[:1] == "+")
    remove = tuple(word[1:] for word in words if word[:1] == "-")
    if len(ids) + len(add) + len(remove) < len(words):
        raise click.UsageError("Numbers of messages, +LABEL to add, -LABEL to take off; nothing else.")
    if not ids or not (add or remove):
        raise click.UsageError("Say which messages, and +LABEL or -LABEL.")
    perform(lambda _: SetLabels(ids, add, remove), ids, now)


@click.command("undo")
@click.argument("act", metavar="[N]", type=int, required=False)
@click.option("--now", is_flag=True, help="Send it to the server at once.")
def undo(act: int | None, now: bool) -> None:
    """Take back act N of `bocau journal`, or the last one."""
    here = session()

    async def work() -> int:
        settings = here.settings()
        async with here.telling(settings) as store:
            undone = await store.undo(None if act is None else ActId(act))
            output.text(f"{undone.title}.")
            return await _send(store, settings, undone) if now else 0

    _leave(run(work()))


def perform(operation: Callable[[sqlite3.Connection], Operation], ids: Ids, now: bool) -> None:
    """Do an operation, made from what is in the store, and leave with the exit code."""
    here = session()

    async def work() -> int:
        settings = here.settings()
        async with here.telling(settings) as store:
            await store.read(lambda c: summaries(c, ids))
            act = await store.do(await store.read(operation))
            output.text(f"{act.title}." if act.messages else "Nothing to do: it is so already.")
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

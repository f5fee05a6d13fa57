"""`journal`: what was done, what waits for a server, what was refused and why; retry and drop."""

import sqlite3
import time
from contextlib import suppress

import click

from protocols.mime.safe import line
from store import history
from store import journal as entries
from store.database import Transaction
from store.errors import NotPossible
from store.history import PastAct, Standing
from store.model import AccountId, OperationId
from store.operations import JournalEntry, State
from tui import format, told_operations
from tui.commandline import output
from tui.commandline.objects import Names, Object, read_names
from tui.commandline.session import run, session

History = list[PastAct]


@click.group("journal", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Acts of the past.")
@click.pass_context
def journal(context: click.Context, as_json: bool, limit: int) -> None:
    """Show what was done, what waits for a server, and what was refused and why."""
    if context.invoked_subcommand is not None:
        return
    here = session()

    def read(connection: sqlite3.Connection) -> tuple[History, list[JournalEntry], Names]:
        return history.steps(connection, limit=limit), entries.unfinished(connection), read_names(connection)

    async def work() -> tuple[History, list[JournalEntry], Names]:
        async with here.store(here.settings()) as store:
            return await store.read(read)

    acts, unfinished, names = run(work())
    if as_json:
        for act in reversed(acts):
            output.json_line(_act_object(act))
        for entry in unfinished:
            output.json_line(_entry_object(entry, names))
        return
    _write(acts, unfinished, names)


@journal.command("retry")
@click.argument("operations", metavar="[N]...", type=int, nargs=-1)
@click.option("--all", "every", is_flag=True, help="Whatever was refused.")
def retry(operations: tuple[int, ...], every: bool) -> None:
    """Let refused operations N wait again, or all of them."""
    if every is bool(operations):
        raise click.UsageError("Name operations of `bocau journal`, or say --all.")
    here = session()

    def again(tx: Transaction) -> list[int]:
        if not every:
            for operation in operations:
                entries.retry(tx, OperationId(operation))
            return list(operations)
        done = []
        for entry in entries.unfinished(tx.connection):
            if entry.state is State.REFUSED:
                with suppress(NotPossible):  # of which the folder is gone; it stays in the list, with its reason
                    entries.retry(tx, entry.id)
                    done.append(int(entry.id))
        return done

    async def work() -> list[int]:
        async with here.telling(here.settings()) as store:
            return await store.write(again, durable=True)

    done = run(work())
    output.text(f"Operation {done[0]} waits again." if len(done) == 1 else f"{len(done)} operations wait again.")


@journal.command("drop")
@click.argument("operation", metavar="N", type=int)
def drop(operation: int) -> None:
    """Give up operation N, which was refused or has not been sent."""
    here = session()

    async def work() -> None:
        async with here.telling(here.settings()) as store:
            await store.write(lambda tx: entries.drop(tx, OperationId(operation)), durable=True)

    run(work())
    output.text(f"Gave up operation {operation}.")


def _write(acts: History, unfinished: list[JournalEntry], names: Names) -> None:
    now = time.time()
    rows = [
        (str(act.act), format.short_date(act.created, now), act.title, str(act.messages), _standing(act))
        for act in reversed(acts)
    ]
    if rows:
        output.table(rows, ("act", "when", "what was done", "messages", ""))
    else:
        output.note("Nothing was done yet.")
    if not unfinished:
        return
    output.text("")
    output.text("Waiting for a server, or refused by it:", output.BOLD)
    waiting = [
        (
            str(entry.id),
            entry.state.value,
            names.accounts.get(entry.account, ""),
            str(entry.source or entry.message),
            told_operations.told(entry, names.folders),
            line(entry.error),
        )
        for entry in unfinished
    ]
    output.table(waiting, ("operation", "state", "account", "message", "what", "why"))
    if any(entry.state is State.REFUSED for entry in unfinished):
        output.note(
            "`bocau journal retry N` (or --all) sends what was refused again, `bocau journal drop N` gives it up."
        )


def _standing(act: PastAct) -> str:
    """What became of an act; nothing for one that is done."""
    match act.standing:
        case Standing.UNDONE:
            return "taken back"
        case Standing.WAITING:
            return f"{act.waiting} waiting"
        case Standing.REFUSED:
            return f"{act.refused} refused"
    return ""


def _act_object(act: PastAct) -> Object:
    return {
        "type": "act",
        "act": act.act,
        "title": act.title,
        "time": output.time_of(act.created),
        "undone": act.standing is Standing.UNDONE,
        "messages": act.messages,
        "state": act.standing.value,
        "waiting": act.waiting,
        "refused": act.refused,
        "undoes": act.undoes,
        "redoes": act.redoes,
        "part_of": act.part_of,
        "aside": act.aside,
        "can_undo": act.can_undo,
        "can_redo": act.can_redo,
    }


def _entry_object(entry: JournalEntry, names: Names) -> Object:
    account: AccountId = entry.account
    return {
        "type": "operation",
        "operation": entry.id,
        "act": entry.act,
        "account": names.accounts.get(account),
        "message": entry.message,
        "source": entry.source,
        "copy": entry.copy,
        "kind": entry.kind.value,
        "add": list(entry.change.add.words),
        "remove": list(entry.change.remove.words),
        "add_labels": list(entry.change.add_labels),
        "remove_labels": list(entry.change.remove_labels),
        "folder": names.folders.get(entry.folder) if entry.folder is not None else None,
        "state": entry.state.value,
        "attempts": entry.attempts,
        "time": output.time_of(entry.created),
        "error": entry.error,
    }

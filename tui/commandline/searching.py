"""`search` and `searches`: find messages, on the servers too where that is asked for; searches with a name."""

import sqlite3
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from store.mailstore import MailStore
from store.model import MessageId, Summary
from store.search import found, query, rows, saved
from store.search.found import Found
from store.search.tree import Node
from tui.commandline import output
from tui.commandline.objects import Names, read_names
from tui.commandline.reading import json_option, limit_option, write_summaries
from tui.commandline.session import Session, run, session, worker

if TYPE_CHECKING:
    from protocols.searching import ServerHits

Listed = tuple[list[Summary], Names]


@click.command("search", context_settings={"ignore_unknown_options": True})
@click.argument("words", metavar="[QUERY]...", nargs=-1, type=click.UNPROCESSED)
@click.option("--saved", "name", metavar="NAME", help="What a saved search finds; QUERY narrows it.")
@click.option("--server", is_flag=True, help="Ask the servers too, for mail whose text is not on this disk.")
@limit_option(100)
@click.option("--count", is_flag=True, help="Only how many there are on this disk.")
@json_option
def search(words: Sequence[str], name: str | None, server: bool, limit: int, count: bool, as_json: bool) -> None:
    """Find messages.  Words are all required; "a phrase"; -word excludes; or; parentheses.

    \b
    from: to: cc: subject: body: folder: account: label: filename: id:
    has:attachment  is:unread|read|starred|answered|draft
    before: after: on:  2026-11-23, 2026-11, 7d, yesterday
    larger: smaller:    10k, 5M

    What several accounts received is found once; --json names the others in "also".
    """  # noqa: D301 (click takes the backspace itself)
    if not words and name is None:
        raise click.UsageError("Say what to search for, or --saved NAME.")
    if count and server:
        raise click.UsageError("--count is about this disk: leave out --server.")
    text = " ".join(words)
    query.parse(text, date.today())  # a wrong one is told before anything is opened
    here = session()
    if count:
        number = run(_how_many(here, name, text))
        if as_json:
            output.json_line({"count": number})
        else:
            output.text(str(number))
    elif server:
        _search_servers(here, name, text, limit, as_json=as_json)
    else:
        write_summaries(*run(_here(here, name, text, limit)), as_json=as_json)


async def _how_many(here: Session, name: str | None, text: str) -> int:
    async with here.store(here.settings()) as store:
        tree = query.parse(await _whole(store, name, text), date.today())
        return await store.read(lambda c: found.count(c, tree))


async def _here(here: Session, name: str | None, text: str, limit: int) -> Listed:
    async with here.store(here.settings()) as store:
        tree = query.parse(await _whole(store, name, text), date.today())
        return await store.read(lambda c: _listed(c, found.search(c, tree, limit=limit)))


def _search_servers(here: Session, name: str | None, text: str, limit: int, *, as_json: bool) -> None:
    from tui.commandline.sync import exit_code

    async def work() -> tuple[Listed, "ServerHits", set[MessageId]]:
        settings = here.settings()
        async with here.store(settings) as store, worker(store, settings) as online:
            whole = await _whole(store, name, text)
            tree = query.parse(whole, date.today())
            hits = await online.search(whole)
            listed, new = await store.read(lambda c: _merged(c, tree, limit, hits))
            return listed, hits, new

    listed, hits, new = run(work())
    write_summaries(*listed, as_json=as_json, on_server=new)
    outcome = {name: hits.errors.get(name) for name in hits.asked}
    if hits.errors:
        output.note(f"Only what is on this disk was searched of: {', '.join(hits.errors)}.")
    if code := exit_code(outcome):
        raise click.exceptions.Exit(code)


def _merged(
    connection: sqlite3.Connection, tree: Node, limit: int, hits: "ServerHits"
) -> tuple[Listed, set[MessageId]]:
    """The newest results, with what only the servers found in its place."""
    everything = found.search(connection, tree)
    known = set(everything.ids)
    joined = rows.joined(connection, everything, hits.messages)
    newest = Found(joined.ids[:limit], joined.others)
    return _listed(connection, newest), {MessageId(id) for id in newest.ids if id not in known}


def _listed(connection: sqlite3.Connection, results: Found) -> Listed:
    shown = rows.summaries(connection, results.ids, results.others)
    return [shown[MessageId(id)] for id in results.ids if id in shown], read_names(connection)


async def _whole(store: MailStore, name: str | None, text: str) -> str:
    """The query, within a saved one when it is named.  Raises NotFound."""
    if name is None:
        return text
    one = await store.read(lambda c: saved.by_name(c, name))
    return f"({one.query}) {f'({text})' if text else ''}"


@click.group("searches", invoke_without_command=True)
@json_option
@click.pass_context
def searches(context: click.Context, as_json: bool) -> None:
    """List the saved searches, with how many messages each finds; add and remove them."""
    if context.invoked_subcommand is not None:
        return
    here = session()

    def read(connection: sqlite3.Connection) -> list[tuple[saved.SavedSearch, tuple[int, int]]]:
        known = saved.every(connection)
        return [(one, found.counts(connection, query.parse(one.query, date.today()))) for one in known]

    async def work() -> list[tuple[saved.SavedSearch, tuple[int, int]]]:
        async with here.store(here.settings()) as store:
            return await store.read(read)

    listed = run(work())
    if as_json:
        for one, (total, unread) in listed:
            output.json_line({"name": one.name, "query": one.query, "total": total, "unread": unread})
        return
    if not listed:
        output.note("No saved search yet: `bocau searches add NAME QUERY`.")
    rows_of = [(one.name, one.query, str(total), str(unread)) for one, (total, unread) in listed]
    output.table(rows_of, ("name", "query", "total", "unread"))


@searches.command("add", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("words", metavar="QUERY...", nargs=-1, required=True, type=click.UNPROCESSED)
def add(name: str, words: Sequence[str]) -> None:
    """Save a query under a name, in place of what had it."""
    here = session()

    async def work() -> saved.SavedSearch:
        async with here.telling(here.settings()) as store:
            return await store.write(lambda tx: saved.save(tx, name, " ".join(words)), durable=True)

    output.note(f"Saved {run(work()).name}.")


@searches.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Forget a saved search; its mail stays."""
    here = session()

    async def work() -> saved.SavedSearch:
        async with here.telling(here.settings()) as store:
            one = await store.read(lambda c: saved.by_name(c, name))
            await store.write(lambda tx: saved.remove(tx, one.id), durable=True)
            return one

    output.note(f"Removed {run(work()).name}.")

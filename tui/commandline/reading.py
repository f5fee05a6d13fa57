"""`folders` and `list`: what is in the store, without any connection."""

import sqlite3
import time
from collections.abc import Callable, Collection, Sequence

import click

from protocols.mime.safe import line
from store import accounts, folders
from store import listing as lists
from store.errors import NotFound
from store.model import Flag, Folder, FolderId, MessageId, Role, Summary
from store.thread_lists import Place
from tui import format
from tui.commandline import output
from tui.commandline.objects import Names, folder_object, read_names, summary_object
from tui.commandline.session import run, session
from tui.commandline.thread_list import ThreadLine, read_threads, write_threads
from tui.place import standing

UNIFIED_ROLES = tuple(role for role in Role if role is not Role.ALL)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


def limit_option(number: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """`--limit`, with its default."""
    return click.option(
        "--limit", type=click.IntRange(min=1), default=number, show_default=True, help="At most so many."
    )


@click.command("folders")
@json_option
def list_folders(as_json: bool) -> None:
    """List the folders of every account with their counters."""
    here = session()

    async def read() -> tuple[list[Folder], Names]:
        async with here.store(here.settings()) as store:
            return await store.read(lambda c: (folders.every(c), read_names(c)))

    found, names = run(read())
    found.sort(key=lambda folder: (folder.account, standing(folder)))
    if as_json:
        for folder in found:
            output.json_line(folder_object(folder, names))
        return
    if not found:
        output.note("No folders yet: `bocau account add`, then `bocau sync`.")
    now = time.time()
    rows = [
        (
            names.accounts.get(folder.account, ""),
            folder.path,
            folder.role.value if folder.role else "",
            str(folder.total),
            str(folder.unread),
            format.short_date(folder.synced_at, now) if folder.synced_at else "never",
            folder.notice or ("kept on this disk" if folder.id in names.kept else ""),
        )
        for folder in found
    ]
    output.table(rows, ("account", "folder", "role", "total", "unread", "last sync", "notice"))


@click.command("list")
@click.option("--account", metavar="A", help="Only this account; its inbox unless --folder says otherwise.")
@click.option("--folder", metavar="F", help="A path, or a role such as archive.")
@click.option("--unified", is_flag=True, help="The unified inbox; it is the default.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in UNIFIED_ROLES]),
    help="The folders of this role, of every account that takes part in the unified inbox.",
)
@click.option("--starred", is_flag=True, help="What has a star: in all folders but trash and junk, or in those named.")
@click.option("--threads", is_flag=True, help="One line for each thread, with the number of its messages.")
@limit_option(50)
@click.option("--before", type=int, metavar="ID", help="Only what is older than this message: the next page.")
@json_option
def list_messages(
    account: str | None,
    folder: str | None,
    unified: bool,
    role: str | None,
    starred: bool,
    threads: bool,
    limit: int,
    before: int | None,
    as_json: bool,
) -> None:
    """List messages, newest first; without options those of the unified inbox.

    Where accounts are joined, what several of them received is listed once; --json names the others in "also".
    """
    if (unified or role) and (account or folder):
        raise click.UsageError("--unified and --role join all accounts: leave out --account and --folder.")
    if threads and before is not None:
        raise click.UsageError("--before is for messages: with --threads ask for more with --limit.")
    here = session()

    def read(connection: sqlite3.Connection) -> tuple[Sequence[Summary | ThreadLine], Names]:
        wanted = _wanted_folders(connection, account, folder, Role(role) if role else None, starred=starred)
        if threads:
            return read_threads(connection, Place(wanted, starred), limit), read_names(connection)
        position = None if before is None else _position(connection, MessageId(before))
        return lists.page(connection, wanted, position, limit, starred=starred), read_names(connection)

    async def work() -> tuple[Sequence[Summary | ThreadLine], Names]:
        async with here.store(here.settings()) as store:
            known = await store.read(accounts.every)
            if account is None and folder is None and not any(one.unified for one in known):
                output.note(
                    "No account takes part in the unified inbox: --account names one."
                    if known
                    else "No account yet: `bocau account add`."
                )
            return await store.read(read)

    found, names = run(work())
    if threads:
        write_threads([one for one in found if isinstance(one, ThreadLine)], names, as_json=as_json)
    else:
        write_summaries([one for one in found if isinstance(one, Summary)], names, as_json=as_json)


def write_summaries(
    found: Sequence[Summary], names: Names, *, as_json: bool, on_server: Collection[MessageId] | None = None
) -> None:
    """Write a list of messages; `on_server`: those that only a server found, where servers were asked."""
    if as_json:
        for summary in found:
            told = {} if on_server is None else {"on_server": summary.id in on_server}
            output.json_line({**summary_object(summary, names), **told})
        return
    now = time.time()
    several = len(names.accounts) > 1
    rows = [
        (
            str(summary.id),
            ("" if Flag.SEEN in summary.flags else "N")
            + ("*" if Flag.FLAGGED in summary.flags else "")
            + ("@" if summary.attachments else "")
            + ("s" if summary.id in (on_server or ()) else ""),
            format.short_date(summary.date or summary.received, now),
            *([_owners(summary, names)] if several else []),
            format.clip(format.name(summary.sender), 24),
            line(summary.subject) or "(no subject)",
        )
        for summary in found
    ]
    unread = [output.BOLD if Flag.SEEN not in summary.flags else "" for summary in found]
    headings = ("id", "", "date", *(("account",) if several else ()), "from", "subject")
    output.table(rows, headings, unread)


def _owners(summary: Summary, names: Names) -> str:
    """The accounts of a row, each once."""
    accounts = dict.fromkeys(names.accounts.get(one.account, "") for one in summary.everywhere)
    return format.clip(line("+".join(accounts)), 24)


def _wanted_folders(
    connection: sqlite3.Connection, account: str | None, folder: str | None, role: Role | None, *, starred: bool
) -> Sequence[FolderId]:
    """The folders to list.  Raises NotFound."""
    if account is not None:
        found = accounts.by_name(connection, account)
        if starred and folder is None:
            return folders.starrable(folders.every(connection, found.id))
        return (folders.by_path(connection, found.id, folder or Role.INBOX).id,)
    if folder is None:
        if starred and role is None:
            taking_part = {one.id for one in accounts.every(connection) if one.unified}
            return folders.starrable(one for one in folders.every(connection) if one.account in taking_part)
        return folders.unified(connection, role or Role.INBOX)
    matching: list[FolderId] = []
    missing: NotFound | None = None
    for one in accounts.every(connection):
        try:
            matching.append(folders.by_path(connection, one.id, folder).id)
        except NotFound as error:
            missing = error
    if not matching:
        raise missing or NotFound(f"No folder is called {folder!r}.", "There is no account yet: `bocau account add`.")
    return matching


def _position(connection: sqlite3.Connection, message: MessageId) -> lists.Position:
    summary = lists.summaries(connection, [message]).get(message)
    if summary is None:
        raise NotFound(f"There is no message {message}.", "--before needs the id of a message in the store.")
    return lists.Position(summary.received, summary.id)

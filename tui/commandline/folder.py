"""`folder`: create, rename, delete, subscribe and unsubscribe folders, on the server at once; keep them here."""

import sqlite3
import sys
from collections.abc import Callable

import click

from store import accounts, folders, keeping
from store.errors import NotFound, NotPossible
from store.folder_changes import (
    CreateFolder,
    DeleteFolder,
    Fate,
    FolderChange,
    RenameFolder,
    SubscribeFolder,
    check,
    fate,
    inside,
)
from store.model import AccountId, Folder
from tui import format
from tui.commandline import output
from tui.commandline.session import run, session, worker

Make = Callable[[sqlite3.Connection, AccountId], tuple[FolderChange, str]]
"""Makes a change from what is in the store, and the sentence that tells that it was done."""


@click.group("folder")
def folder() -> None:
    """Create, rename, delete, subscribe, unsubscribe and keep folders.  PATH has / between levels, or is a role."""


@folder.command("create")
@click.argument("account")
@click.argument("path")
def create(account: str, path: str) -> None:
    """Create a folder, with what is missing above it."""
    _change(account, lambda connection, owner: (CreateFolder(path), f"Created {path}."))


@folder.command("rename", short_help="Give a folder another name or another place.")
@click.argument("account")
@click.argument("path")
@click.argument("new")
def rename(account: str, path: str, new: str) -> None:
    """Give a folder, with all that is inside it, another name or another place."""

    def make(connection: sqlite3.Connection, owner: AccountId) -> tuple[FolderChange, str]:
        found = folders.by_path(connection, owner, path)
        return RenameFolder(found.path, new), f"Renamed {found.path} to {new}."

    _change(account, make)


@folder.command("delete")
@click.argument("account")
@click.argument("path")
@click.option("--with-mail", is_flag=True, help="Though there are messages in it, without a question.")
def delete(account: str, path: str, with_mail: bool) -> None:
    """Delete a folder; folders inside it stay.  What holds messages needs a yes, or --with-mail.

    On a server the messages in it are gone for good; those of a POP3 account go to its trash.
    """
    here = session()

    async def look() -> tuple[Folder, int, Fate]:
        async with here.store(here.settings()) as store:

            def read(connection: sqlite3.Connection) -> tuple[Folder, int, Fate]:
                owner = accounts.by_name(connection, account)
                found = folders.by_path(connection, owner.id, path)
                check(connection, owner.id, DeleteFolder(found.path, found.total))
                return found, len(inside(connection, found)), fate(connection, found)

            return await store.read(read)

    found, below, end = run(look())
    if found.total and not with_mail:
        _ask(found, below, end)
    _change(account, lambda connection, owner: (DeleteFolder(found.path, found.total), f"Deleted {found.path}."))


_FATES = {
    Fate.GONE: ("would be deleted with it", "they cannot come back", "Delete the folder and its mail?"),
    Fate.LABEL: ("would lose this label", "they stay in All Mail", "Delete the folder?"),
    Fate.TRASH: ("would go to the trash", "they go to the trash", "Delete the folder?"),
}


def _ask(found: Folder, below: int, end: Fate) -> None:
    """Go on only when the person at the terminal says yes.  Raises NotPossible when there is none."""
    holds = f"{found.path} holds {format.count(found.total, 'message')}"
    would, will, question = _FATES[end]
    if not sys.stdin.isatty():
        raise NotPossible(f"{holds}, which {would}.", "Say --with-mail when that is meant.")
    stay = f"  {format.count(below, 'folder')} inside it will stay." if below else ""
    output.note(f"{holds}; {will}.{stay}")
    click.confirm(question, abort=True, err=True)


@folder.command("subscribe", short_help="Let mail programs show a folder.")
@click.argument("account")
@click.argument("path")
def subscribe(account: str, path: str) -> None:
    """Let mail programs that show subscribed folders only show this one."""
    _subscription(account, path, subscribed=True)


@folder.command("unsubscribe", short_help="Let mail programs hide a folder.")
@click.argument("account")
@click.argument("path")
def unsubscribe(account: str, path: str) -> None:
    """Let mail programs that show subscribed folders only hide this one."""
    _subscription(account, path, subscribed=False)


@folder.command("keep", short_help="Keep everything in a folder on this disk.")
@click.argument("words", metavar="[ACCOUNT] PATH", nargs=-1, required=True)
@click.option("--off", is_flag=True, help="Keep what is in it no longer than other mail.")
def keep(words: tuple[str, ...], off: bool) -> None:
    """Keep everything in a folder on this disk, whole, now and later.  ACCOUNT only where several have such a PATH."""
    if len(words) > 2:
        raise click.UsageError("Say the folder's PATH, and the ACCOUNT before it where several have such a folder.")
    here = session()

    async def work() -> str:
        settings = here.settings()
        async with here.telling(settings) as store:
            owner, found = await store.read(lambda c: _one(c, words[-1], words[0] if len(words) == 2 else None))
            changed = await store.write(lambda tx: keeping.keep_folder(tx, found.id, not off), durable=True)
        if not changed:
            return "Nothing to do: it is so already."
        stays = "is no longer kept by hand" if off else "stays on this disk; what is missing comes with the next sync"
        return f"{found.path} of {owner} {stays}."

    output.text(run(work()))


def _one(connection: sqlite3.Connection, path: str, account: str | None) -> tuple[str, Folder]:
    """(account, folder) of that path or role.  Raises NotFound; NotPossible when several accounts have one."""
    owners = [accounts.by_name(connection, account)] if account else accounts.every(connection)
    found: list[tuple[str, Folder]] = []
    missing: NotFound | None = None
    for owner in owners:
        try:
            found.append((owner.name, folders.by_path(connection, owner.id, path)))
        except NotFound as error:
            missing = error
    if len(found) > 1:
        names = ", ".join(name for name, _ in found)
        raise NotPossible(f"Several accounts have a folder {path}: {names}.", "Say the account before the path.")
    if not found:
        raise missing or NotFound("There are no accounts yet.", "`bocau account add` adds one.")
    return found[0]


def _subscription(account: str, path: str, *, subscribed: bool) -> None:
    def make(connection: sqlite3.Connection, owner: AccountId) -> tuple[FolderChange, str]:
        found = folders.by_path(connection, owner, path)
        return SubscribeFolder(
            found.path, subscribed
        ), f"{'Subscribed' if subscribed else 'Unsubscribed'} {found.path}."

    _change(account, make)


def _change(account: str, make: Make) -> None:
    """Do one change through the app that is open, or over a connection of our own.  Raises what it raises."""
    here = session()

    async def work() -> str:
        settings = here.settings()
        settings.account(account)
        async with here.store(settings) as store:
            change, done = await store.read(lambda c: make(c, accounts.by_name(c, account).id))
            async with worker(store, settings) as online:
                await online.change_folder(account, change)
            return done

    output.text(run(work()))

"""`move` and `copy`: into a folder of the messages' own account, or of another one."""

import sqlite3
from collections.abc import Sequence
from functools import wraps

import click

from store import accounts, folders
from store.errors import NotPossible
from store.model import FolderId, MessageId
from store.operations import Copy, Move
from tui.commandline.acts import Ids, perform, summaries
from tui.commandline.triage import Command, Reach


def _into_folder(command: Command) -> Command:
    """Add the arguments of an act that has a folder to go to."""

    @click.argument("ids", metavar="ID...", type=int, nargs=-1, required=True)
    @click.argument("folder", metavar="FOLDER")
    @click.option("--thread", is_flag=True, help="Their whole threads.")
    @click.option("--account", metavar="NAME", help="The account that FOLDER is of; else the messages' own.")
    @click.option("--now", is_flag=True, help="Send it to the server at once.")
    @wraps(command)
    def wrapped(ids: Sequence[int], folder: str, **options: object) -> None:
        command(tuple(MessageId(number) for number in ids), folder, **options)

    return wrapped


@click.command("move")
@_into_folder
def move(ids: Ids, folder: str, account: str | None, thread: bool, now: bool) -> None:
    """Move messages to a folder: a path, or a role such as archive.

    With --account to a folder of that account: what is on a server goes once it has arrived there.
    """
    perform(
        lambda connection, those: Move(those, _folder_of(connection, those, folder, account)),
        ids,
        now,
        Reach(thread, only=True, sent=False),
    )


@click.command("copy")
@_into_folder
def copy(ids: Ids, folder: str, account: str | None, thread: bool, now: bool) -> None:
    """Copy messages into a folder, with --account of another account: a path, or a role such as archive."""
    perform(
        lambda connection, those: Copy(those, _folder_of(connection, those, folder, account)),
        ids,
        now,
        Reach(thread, only=True),
    )


def _folder_of(connection: sqlite3.Connection, ids: Ids, folder: str, account: str | None) -> FolderId:
    if account is not None:
        return folders.by_path(connection, accounts.by_name(connection, account).id, folder).id
    owners = {summary.account for summary in summaries(connection, ids)}
    if len(owners) > 1:
        raise NotPossible(
            "The messages are of several accounts, which have folders of their own.",
            "Name the account of the folder with --account, or one account's messages at a time.",
        )
    return folders.by_path(connection, owners.pop(), folder).id

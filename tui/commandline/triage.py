"""`mark`, `label`, `archive`, `delete`, `junk`, `mute`: acts on messages, their threads, and all their copies."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps

import click

from store import folders as places
from store import listing, reach
from store.model import Flag, MessageId, Role
from store.operations import Archive, Delete, Junk, Mute, SetFlags, SetLabels
from tui.commandline.acts import Ids, perform

Command = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Reach:
    """Which messages the named ones stand for."""

    thread: bool
    only: bool
    sent: bool = True
    """Whether one's own answers are part of a thread."""
    lasting: bool = False
    """Whether what is in the trash goes for good: then it goes alone."""

    def __call__(self, connection: sqlite3.Connection, ids: Ids) -> Ids:
        """The messages that an act is for."""
        everyone = reach.threads(connection, ids, sent=self.sent) if self.thread else list(ids)
        if self.only:
            return tuple(everyone)
        alone = _in_trash(connection, everyone) if self.lasting else set()
        together = reach.drawn_as_one(connection, [one for one in everyone if one not in alone])
        return tuple(dict.fromkeys([*together, *(one for one in everyone if one in alone)]))


def _in_trash(connection: sqlite3.Connection, messages: Sequence[MessageId]) -> set[MessageId]:
    trash = {folder.id for folder in places.every(connection) if folder.role is Role.TRASH}
    return {one for one, summary in listing.summaries(connection, messages).items() if summary.folder in trash}


_THREAD = click.option("--thread", is_flag=True, help="Their whole threads.")
_ONLY = click.option("--only", is_flag=True, help="These alone, not what other accounts have of the same mail.")
_NOW = click.option("--now", is_flag=True, help="Send it to the server at once.")


def _on_messages(command: Command) -> Command:
    """Add the arguments that acts on messages have."""

    @click.argument("ids", metavar="ID...", type=int, nargs=-1, required=True)
    @_THREAD
    @_ONLY
    @_NOW
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
def mark(ids: Ids, how: str | None, thread: bool, only: bool, now: bool) -> None:
    """Mark messages: --read, --unread, --star or --unstar."""
    if how is None:
        raise click.UsageError("Say how: --read, --unread, --star or --unstar.")
    flag = Flag.SEEN if how.endswith("read") else Flag.FLAGGED
    none = Flag.NONE
    add, remove = (none, flag) if how.startswith("un") else (flag, none)
    perform(lambda _, those: SetFlags(those, add, remove), ids, now, Reach(thread, only))


@click.command("archive")
@_on_messages
def archive(ids: Ids, thread: bool, only: bool, now: bool) -> None:
    """Move messages to the archive of their account."""
    perform(lambda _, those: Archive(those), ids, now, Reach(thread, only, sent=False))


@click.command("delete")
@_on_messages
def delete(ids: Ids, thread: bool, only: bool, now: bool) -> None:
    """Move messages to the trash; what is there already is removed for good."""
    perform(lambda _, those: Delete(those), ids, now, Reach(thread, only, sent=False, lasting=True))


@click.command("junk")
@_on_messages
@click.option("--not", "no_junk", is_flag=True, help="They are no junk: back to the inbox.")
def junk(ids: Ids, no_junk: bool, thread: bool, only: bool, now: bool) -> None:
    """Move messages to the junk folder of their account, and tell its server that they are junk."""
    perform(lambda _, those: Junk(those, not no_junk), ids, now, Reach(thread, only, sent=False))


@click.command("mute")
@click.argument("ids", metavar="ID...", type=int, nargs=-1, required=True)
@click.option("--off", is_flag=True, help="Mute them no longer; what was archived stays there.")
@_NOW
def mute(ids: Sequence[int], off: bool, now: bool) -> None:
    """Mute the threads of messages: they leave the inbox, and so does what comes later, as read."""
    wanted = tuple(MessageId(number) for number in ids)
    perform(lambda _, those: Mute(those, not off), wanted, now)


# a label may begin with any letter: with messages -h takes the label h off, alone it helps
@click.command("label", context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("words", metavar="ID... [+LABEL] [-LABEL]...", nargs=-1, required=True, type=click.UNPROCESSED)
@_THREAD
@_ONLY
@_NOW
def label(words: Sequence[str], thread: bool, only: bool, now: bool) -> None:
    """Add labels to messages (+urgent) and take labels off (-todo); on a server they are keywords."""
    if tuple(words) == ("-h",):  # of no message: somebody asks for help
        click.echo(click.get_current_context().get_help())
        return
    ids = tuple(MessageId(int(word)) for word in words if word.isascii() and word.isdigit())
    add = tuple(word[1:] for word in words if word[:1] == "+")
    remove = tuple(word[1:] for word in words if word[:1] == "-")
    if len(ids) + len(add) + len(remove) < len(words):
        raise click.UsageError("Numbers of messages, +LABEL to add, -LABEL to take off; nothing else.")
    if not ids or not (add or remove):
        raise click.UsageError("Say which messages, and +LABEL or -LABEL.")
    perform(lambda _, those: SetLabels(those, add, remove), ids, now, Reach(thread, only))

"""`list --threads`: one line for each thread, with its newest message and how many there are."""

import sqlite3
import time
from collections.abc import Sequence
from typing import NamedTuple

from protocols.mime.safe import line
from store import listing, thread_lists
from store.model import Summary, ThreadId
from store.thread_lists import Place
from tui import format
from tui.commandline import output
from tui.commandline.objects import Names, summary_object


class ThreadLine(NamedTuple):
    """A thread as some folders show it."""

    newest: Summary
    messages: int
    unread: int


def read_threads(connection: sqlite3.Connection, place: Place, limit: int) -> list[ThreadLine]:
    """The threads of a place, the one with the newest message there first."""
    threads = [ThreadId(thread) for thread in thread_lists.vector(connection, place, True).threads[:limit]]
    shown = thread_lists.shown(connection, place, threads)
    newest = [shown[thread].newest.id for thread in threads if thread in shown]
    found = listing.shown(connection, place.folders, newest, starred=place.starred)
    return [
        ThreadLine(found[one.newest.id], len(one.placed), one.unread)
        for one in (shown[thread] for thread in threads if thread in shown)
        if one.newest.id in found
    ]


def write_threads(threads: Sequence[ThreadLine], names: Names, *, as_json: bool) -> None:
    """Write them, newest first; in JSON the newest message with `messages` and `unread` of its thread."""
    if as_json:
        for one in threads:
            output.json_line(summary_object(one.newest, names) | {"messages": one.messages, "unread": one.unread})
        return
    now = time.time()
    rows = [
        (
            str(one.newest.thread),
            str(one.messages),
            str(one.unread) if one.unread else "",
            format.short_date(one.newest.received, now),
            format.clip(format.name(one.newest.sender), 24),
            line(one.newest.subject) or "(no subject)",
        )
        for one in threads
    ]
    unread = [output.BOLD if one.unread else "" for one in threads]
    output.table(rows, ("thread", "messages", "unread", "newest", "from", "subject"), unread)

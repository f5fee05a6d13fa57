"""The part of `doctor` that looks at the store itself: pages, counters, contents, the search index, the disk."""

import shutil
import sqlite3
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

from protocols.mender import Mender
from store.integrity import Check, Verdict, aside
from store.mailstore import FILE_NAME, MailStore
from store.preflight import SALVAGE
from tui import format
from tui.commandline.findings import Finding

REPAIR = "`bocau doctor --repair` mends it; so does the reader, by itself, while it is open."
LITTLE = 20_000_000
"""Free octets under which a fetch may end for want of room."""
ROUNDS = 3
"""So often a repair looks again: behind a damaged search index there may be more."""


async def checked(store: MailStore, *, repair: bool) -> AsyncGenerator[Finding, None]:
    """Check everything, and with `repair` mend what can be mended.  Raises StoreError."""
    check = Check(store.soundness.path)
    verdict = await aside(check.full, check.stop)
    mended = False
    if repair and not verdict.damage:
        mender = Mender(store)
        for _ in range(ROUNDS):
            if verdict.is_sound or verdict.damage:
                break
            mended = True
            await mender.mend(verdict)
            verdict = await aside(check.full, check.stop)
    if verdict.damage:
        store.soundness.condemn(verdict.damage)
    elif verdict.is_sound:
        store.soundness.expect()
        store.soundness.believe()
    messages = await store.read(_messages) if not verdict.damage else 0
    for finding in _told(verdict, messages, mended=mended):
        yield finding
    size = sum(file.stat().st_size for file in store.data.glob(f"{FILE_NAME}*"))
    yield room(store.data, size, shutil.disk_usage(store.data).free)
    for aside_file in sorted(store.data.glob(f"{FILE_NAME}.damaged-*")):
        if not aside_file.name.endswith("-wal"):
            size = aside_file.stat().st_size
            yield Finding(
                "kept", f"{aside_file}: {format.size(size)}, from before a salvage", "Delete it when you miss nothing."
            )


def room(data: Path, size: int, free: int) -> Finding:
    """What the store takes of the disk, and what is left; octets."""
    detail = f"{data}: {format.size(size)}, {format.size(free)} free"
    if free >= LITTLE:
        return Finding("disk", detail)
    return Finding("disk", detail, "New mail stays on its server: make room; fetching goes on by itself then.", 1)


def _messages(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM messages").fetchone()[0])


def _told(verdict: Verdict, messages: int, *, mended: bool) -> Iterator[Finding]:
    if verdict.damage:
        yield Finding("store", f"damaged: {verdict.damage}", SALVAGE, 1)
        return
    again = "mended; " if mended else ""
    wrong = []
    if verdict.indexes:
        wrong.append(f"indexes do not fit their tables: {verdict.indexes}")
    if verdict.references:
        wrong.append(f"{format.count(verdict.references, 'row')} refer to others that are not there")
    if wrong:
        report = "Keep a copy of the data folder, and report this, please."
        yield Finding("store", "; ".join(wrong), REPAIR if verdict.indexes else report, 1)
    else:
        yield Finding("store", f"{again}sound, {format.count(messages, 'message')}")
    yield _counters(verdict, again)
    if verdict.search:
        yield Finding("search", f"the index is damaged: {verdict.search}", REPAIR, 1)
    elif any(verdict.gaps):
        missing = format.count(max(verdict.gaps), "message")
        yield Finding("search", f"{missing} not in the index yet", REPAIR, 1)
    else:
        yield Finding("search", f"{again}every message can be found")


def _counters(verdict: Verdict, again: str) -> Finding:
    found = verdict.disagreements
    count = format.count
    told = [
        text
        for number, text in (
            (found.counters, f"{count(found.counters, 'folder')} with wrong counters"),
            (found.hollow, f"{count(found.hollow, 'IMAP message')} without the contents that should be here"),
            (found.lost, f"{count(found.lost, 'POP3 message')} without contents"),
            (found.untold, f"{count(found.untold, 'message')} said not to be here, though they are"),
            (found.aimless, f"{count(found.aimless, 'operation')} for messages that are gone"),
            (found.miscounted, f"{count(found.miscounted, 'message')} with a wrong count of operations"),
            (found.homeless, f"contents of {count(found.homeless, 'message')} whose summaries are lost"),
        )
        if number
    ]
    if told:
        return Finding("counters", "; ".join(told), REPAIR, 1)
    return Finding("counters", f"{again}agree with the messages")

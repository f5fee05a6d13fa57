"""The line on standard error that tells how far the engine is, for commands that wait for it."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from protocols.mime.safe import line
from store.mailstore import MailStore
from store.status import AccountStatus, Activity, StatusBoard
from tui.format import clip, sizes

BAR = 20
"""Cells of a progress bar."""


@asynccontextmanager
async def progress(store: MailStore) -> AsyncIterator[None]:
    """Draw what the engine does on standard error, when that is a terminal."""
    if not sys.stderr.isatty():
        yield
        return

    async def draw() -> None:
        with store.changes.subscribe() as feed:
            async for changes in feed:
                if changes.status:
                    _draw(progress_line(store.status))
                    await asyncio.sleep(0.05)

    task = asyncio.create_task(draw())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        _draw("")


def _draw(text: str) -> None:
    # Back to the first column and clear the line: there is one line, however many accounts.
    sys.stderr.write(f"\r\x1b[K{clip(text, shutil.get_terminal_size().columns - 1)}")
    sys.stderr.flush()


def progress_line(board: StatusBoard) -> str:
    """Every account that is at work, in one line of safe text."""
    parts = [_account_progress(name, status) for name, status in board.accounts.items()]
    return "  ".join(part for part in parts if part)


def _account_progress(name: str, status: AccountStatus) -> str:
    octets = sizes(status.done_bytes, status.total_bytes) if status.total_bytes else ""
    if status.activity not in (Activity.CONNECTING, Activity.SYNCING):
        return f"{line(name)}: {octets}" if octets else ""
    if not status.total:
        return f"{line(name)}: {status.activity.value} {line(status.folder)}".rstrip()
    done = min(BAR, BAR * status.done // status.total)
    bar = f"[{'#' * done}{'.' * (BAR - done)}]"
    return " ".join(filter(None, (line(name), bar, f"{status.done}/{status.total}", octets, line(status.folder))))

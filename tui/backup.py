"""Runs one export or import beside the screen: tells how far it is, and can be stopped."""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from protocols.errors import ProtocolError
from protocols.mime.safe import SafeText, line
from store.errors import StoreError
from store.mailstore import MailStore
from store.model import Account, MessageId
from tui import format
from tui.new_file import shown
from tui.ports import EngineLike
from tui.progress import BAR, bar
from tui.reading import sentence

if TYPE_CHECKING:
    from protocols.backup.export import Exported
    from protocols.backup.importing import Imported

PACE = 0.25
"""Seconds between two words on how far it is."""

Say = Callable[[SafeText], None]
Find = Callable[[sqlite3.Connection], Sequence[MessageId]]
"""Ids of messages, oldest first."""


class Backup:
    """One at a time; `say` tells what happens, `fail` what went wrong."""

    def __init__(self, store: MailStore, engine: EngineLike | None, say: Say, fail: Say) -> None:
        self._store = store
        self._engine = engine
        self._say = say
        self._fail = fail
        self._running: asyncio.Task[object] | None = None
        self._told = 0.0

    @property
    def is_running(self) -> bool:
        """Whether one is at work."""
        return self._running is not None

    def stop(self) -> None:
        """Stop it; what is whole stays."""
        if self._running is not None:
            self._running.cancel()

    async def export(self, name: SafeText, find: Find, form: str, place: Path) -> None:
        """Write the messages that `find` finds into `place`; `form` is mbox, maildir or eml."""
        # imported here: the list is painted long before anybody exports
        from protocols.backup.export import export
        from protocols.backup.writing import Form

        def tell(done: int, total: int) -> None:
            self._tell(f"Exporting {name}: {bar(done, total, BAR)} {done:,} of {total:,} · X stops")

        async def work() -> None:
            ids = await self._store.read(find)
            fetch = None if self._engine is None else self._engine.fetch
            self._exported(await export(self._store, ids, Form(form), place, fetch, tell), place)

        stopped = "no file was written" if form == "mbox" else "exporting there again goes on from there"
        await self._run(work, line(f"Exporting {name} …"), line(f"Stopped exporting {name}; {stopped}."))

    async def bring(self, account: Account, path: Path, folder: str | None) -> None:
        """Import mail; all into `folder`, when it is given."""
        from protocols.backup.importing import import_mail
        from protocols.backup.sources import Source

        name = line(path.name, 60)

        def tell(done: int, total: int) -> None:
            self._tell(f"Importing {name}: {bar(done, total, BAR)} {format.sizes(done, total)} · X stops")

        async def work() -> None:
            self._imported(await import_mail(self._store, account, Source(path), folder, tell))

        stopped = line(f"Stopped importing {name}; importing it again goes on from there.")
        await self._run(work, line(f"Importing {name} …"), stopped)

    async def _run(self, work: Callable[[], Awaitable[None]], begun: SafeText, stopped: SafeText) -> None:
        if self.is_running:
            self._say(SafeText("An export or import is running; X stops it."))
            return
        self._running = asyncio.current_task()
        self._told = time.monotonic()
        self._say(begun)
        try:
            await work()
        except asyncio.CancelledError:
            self._say(stopped)
            raise
        except (ProtocolError, StoreError, OSError) as error:
            self._say(SafeText(""))
            self._fail(sentence(error))
        finally:
            self._running = None

    def _tell(self, text: str) -> None:
        if time.monotonic() - self._told >= PACE:
            self._told = time.monotonic()
            self._say(line(text, 200))

    def _exported(self, done: "Exported", place: Path) -> None:
        if done.written or done.there:
            before = f" ({done.there:,} more were there)" if done.there else ""
            self._say(line(f"Exported {format.count(done.written, 'message')} to {shown(place)}{before}", 200))
        elif not done.missing:
            self._say(SafeText("There is nothing to export."))
        else:
            self._say(SafeText(""))
        if done.missing:
            count = format.count(len(done.missing), "message")
            self._fail(line(f"Left out, since not on this disk: {count}. {sentence(done.missing[0].error)}", 400))

    def _imported(self, done: "Imported") -> None:
        known = f" ({done.known:,} more were there)" if done.known else ""
        where = f" into {', '.join(done.folders[:3])}" if done.stored else ""
        self._say(line(f"Imported {format.count(done.stored, 'message')}{where}{known}", 200))
        if done.broken:
            first = "; ".join(f"{one.place} {one.reason}" for one in done.broken[:3])
            more = f"; and {len(done.broken) - 3:,} more" if len(done.broken) > 3 else ""
            self._fail(line(f"Left out: {first}{more}", 600))

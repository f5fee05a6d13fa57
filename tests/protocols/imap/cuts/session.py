"""Lives through a story on a Dovecot behind the fault proxy, and looks whether it ended as the model says."""

import contextlib
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from bench import comparison
from protocols.errors import ProtocolError
from store import journal
from store.mailstore import FILE_NAME
from store.model import Flag, MessageId
from store.operations import Archive, Delete, Move, Operation, SetFlags
from store.paths import make_private_folder
from tests.protocols.imap.cuts.story import OURS, START, TARGETS, Here, Model, Round, Story, There
from tests.servers.dovecot import Dovecot
from tests.servers.far_end import DovecotServer
from tests.servers.imap_account import Account, connected, letter
from tests.servers.proxy import PASS, Fault, Proxy

Sync = Callable[[Account], Awaitable[None]]
TRIES = 5
"""Connections for one round: the fault has struck long before."""
SETTLE = 3
MARKS = {
    "read": (Flag.SEEN, Flag.NONE), "unread": (Flag.NONE, Flag.SEEN),
    "star": (Flag.FLAGGED, Flag.NONE), "unstar": (Flag.NONE, Flag.FLAGGED),
}  # fmt: skip


class Session:
    """One mailbox, one store, and the proxy between them."""

    def __init__(self, far: DovecotServer, proxy: Proxy, account: Account, place: Path, stack: AsyncExitStack) -> None:
        self.far, self.proxy, self.account = far, proxy, account
        self._place, self._stack = place, stack
        self._ids: dict[int, MessageId] = {}
        self._theirs = dict(START)
        """Where the other program finds a letter."""
        self._snapshots = 0
        self._snapshot: Path | None = None

    async def begin(self, direction: str = "to_client", fault: Fault = PASS, *, killed: bool = False) -> None:
        """The letters of the stories come here without faults; from then on everything goes through the proxy.

        `killed`: where the fault cuts, the process dies as well, and another one goes on with what it had committed.
        """
        for folder in sorted(set(START.values())):
            await self.far.deliver(*(letter(n) for n, where in START.items() if where == folder), folder=folder)
        await self.account.sync()
        rows = [row for path in sorted(set(START.values())) for row in await self.account.rows(path)]
        self._ids = {int(row.subject.removeprefix("letter ")): row.id for row in rows}
        await self.account.backend.close()
        self.proxy.on_cut = self._kill if killed else None
        self.proxy.passed.update(to_server=0, to_client=0)
        setattr(self.proxy, direction, fault)
        await self._reconnect()

    async def live(self, story: Story, sync: Sync = Account.sync) -> None:
        """Every step in turn; a round that a fault ends begins again over a new connection."""
        for step in story:
            if isinstance(step, Round):
                await self._round(sync)
            else:
                await self._take(step)

    async def assert_ended_as(self, model: Model) -> None:
        """Both ends are as the model says, and nothing waits: no letter is lost, none is doubled."""
        self.proxy.to_client = self.proxy.to_server = PASS
        await self.account.reconnect(self.far.port)
        for _ in range(SETTLE):
            await self.account.sync()
        waiting = await self.account.waiting()
        assert waiting == [], waiting
        here = await self.account.store.read(lambda c: comparison.in_store(c, self.account.id))
        there = await self.far.contents()
        differences = comparison.differences(here, there, hides_deleted=self.far.hides_deleted)
        differences += await self.account.store.read(lambda c: comparison.counters(c, self.account.id))
        assert differences == [], "\n".join(differences)
        hidden = model.marked if self.far.hides_deleted else set()
        found = Counter(
            (int(one.subject.removeprefix("letter ")), (path, one.flags))
            for path, messages in there.items()
            for one in messages
            if not (self.far.hides_deleted and one.deleted)
        )
        expected = Counter(one for one in model.end().items() if one[0] not in hidden)
        assert found == expected, f"too many: {found - expected}, missing: {expected - found}"
        kept = {row.subject: row.id for path in here for row in await self.account.rows(path)}
        ours = {letter: id_ for letter, id_ in self._ids.items() if letter in OURS}
        changed = [n for n, id_ in ours.items() if kept.get(f"letter {n}", id_) != id_]
        assert changed == [], f"letters that lost their id: {changed}"

    async def _round(self, sync: Sync) -> None:
        self._snapshot = None
        for _ in range(TRIES):
            try:
                await sync(self.account)
                return
            except ProtocolError:
                await self._reconnect()
        raise AssertionError(f"no round in {TRIES} connections")

    async def _reconnect(self) -> None:
        if self._snapshot is not None:  # another process, with what the one that was killed had committed
            place, self._snapshot = self._snapshot, None
            await self.account.backend.close()
            opened = connected(self.proxy.port, self.far.user, place, opened=False)
            self.account = await self._stack.enter_async_context(opened)
            await self.account.store.write(lambda tx: journal.recover(tx, self.account.id))
        for _ in range(TRIES):
            with contextlib.suppress(ProtocolError):
                await self.account.reconnect(self.proxy.port)
                return
        raise AssertionError(f"no connection in {TRIES} attempts")

    def _kill(self) -> None:
        """The store as `kill -9` would leave it now: everything committed, nothing of what is under way."""
        self._snapshots += 1
        self._snapshot = self._place / f"after{self._snapshots}"
        make_private_folder(self._snapshot / "data")
        target = self._snapshot / "data" / FILE_NAME
        with (
            contextlib.closing(sqlite3.connect(self.account.store.data / FILE_NAME)) as old,
            contextlib.closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
        target.chmod(0o600)

    async def _take(self, step: Here | There | Round) -> None:
        match step:
            case Here("undo"):
                await self.account.store.undo()
            case Here(verb, letters):
                if (operation := await self._operation(verb, letters)) is not None:
                    await self.account.store.do(operation)
            case There("deliver", letters):
                await self.far.deliver(*(letter(number) for number in letters))
                self._theirs.update(dict.fromkeys(letters, "INBOX"))
            case There(verb, letters):
                for number in letters:
                    if number in self._theirs:
                        await self._change(verb, number, self._theirs[number])

    async def _operation(self, verb: str, letters: tuple[int, ...]) -> Operation | None:
        shown = await self.account.store.read(_shown)
        ids = tuple(self._ids[letter] for letter in letters if self._ids[letter] in shown)
        if not ids:
            return None
        if verb in MARKS:
            add, remove = MARKS[verb]
            return SetFlags(ids, add=add, remove=remove)
        if verb in ("archive", "delete"):
            return Archive(ids) if verb == "archive" else Delete(ids)
        return Move(ids, (await self.account.folder(TARGETS[verb])).id)

    async def _change(self, verb: str, number: int, folder: str) -> None:
        match verb:
            case "expunge":
                await self.far.expunge(folder, number)
                del self._theirs[number]
            case "archive" if folder != "Archive":
                await self.far.move(folder, "Archive", number)
                self._theirs[number] = "Archive"
            case "answer" | "mark":
                await self.far.mark(folder, number, add=["\\Answered" if verb == "answer" else "\\Deleted"])


def _shown(connection: sqlite3.Connection) -> set[MessageId]:
    rows = connection.execute("SELECT id FROM messages WHERE folder_id IS NOT NULL")
    return {MessageId(row[0]) for row in rows}


@contextlib.asynccontextmanager
async def session(dovecot: Dovecot, place: Path, *, plain: bool) -> AsyncIterator[Session]:
    """A fresh mailbox, a store in `place`, and a proxy between them."""
    async with contextlib.AsyncExitStack() as stack:
        far = DovecotServer(dovecot, hides_deleted=plain)
        stack.push_async_callback(far.close)
        proxy = await stack.enter_async_context(Proxy(far.port))
        account = await stack.enter_async_context(connected(far.port, far.user, place))
        yield Session(far, proxy, account, place, stack)

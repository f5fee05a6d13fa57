"""The person at random: reads, stars, labels, moves, copies, archives, deletes, undoes, and changes folders."""

import random
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable

from bench.churn.ledger import Ledger
from protocols.engine import Engine
from protocols.errors import ProtocolError
from store import folders, journal, listing
from store.errors import NotFound, StoreError
from store.folder_changes import CreateFolder, RenameFolder
from store.mailstore import MailStore
from store.model import Flag, Folder, Role, Summary
from store.operations import Archive, Copy, Delete, Move, SetFlags, SetLabels, State

LABELS = ("work", "later", "family")
PAGE = 60
"""Messages from the top of a list that are chosen from."""


class Person:
    """Acts on whatever store and engine run now; what it does is drawn from `rng`; `done` counts it by name."""

    def __init__(self, name: str, rng: random.Random, ledger: Ledger) -> None:
        """`name` is the account's."""
        self._name, self._rng, self._ledger = name, rng, ledger
        self._number = 0
        self.done: Counter[str] = Counter()
        self._verbs: dict[Callable[[MailStore, Engine], Awaitable[None]], int] = {
            self._flag: 30, self._label: 8, self._archive: 12, self._delete: 14, self._move: 14, self._copy: 4,
            self._undo: 12, self._create_folder: 1, self._rename_folder: 1, self._look_at_refused: 2,
        }  # fmt: skip

    async def act(self, store: MailStore, engine: Engine) -> None:
        """Do one thing; what the rules or the server do not allow is only counted."""
        (verb,) = self._rng.choices(list(self._verbs), list(self._verbs.values()))
        name = verb.__name__.strip("_")
        try:
            await verb(store, engine)
        except (StoreError, ProtocolError):
            name += " (refused)"
        self.done[name] += 1

    async def _flag(self, store: MailStore, engine: Engine) -> None:
        _, rows = await self._some(store)
        flag = self._rng.choice((Flag.SEEN, Flag.FLAGGED))
        ids = tuple(row.id for row in rows)
        add = self._rng.random() < 0.6
        await store.do(SetFlags(ids, add=flag if add else Flag.NONE, remove=Flag.NONE if add else flag))

    async def _label(self, store: MailStore, engine: Engine) -> None:
        _, rows = await self._some(store)
        first, second = self._rng.sample(LABELS, 2)
        await store.do(SetLabels(tuple(row.id for row in rows), add=(first,), remove=(second,)))

    async def _archive(self, store: MailStore, engine: Engine) -> None:
        _, rows = await self._some(store)
        self._ledger.note((row.message_id for row in rows), "archived")
        await store.do(Archive(tuple(row.id for row in rows)))

    async def _delete(self, store: MailStore, engine: Engine) -> None:
        folder, rows = await self._some(store)
        self._ledger.note((row.message_id for row in rows), f"deleted in {folder.path}")
        if folder.role is Role.TRASH:
            self._ledger.doom(row.message_id for row in rows)
        await store.do(Delete(tuple(row.id for row in rows)))

    async def _move(self, store: MailStore, engine: Engine) -> None:
        _, rows = await self._some(store)
        target = self._rng.choice(await store.read(_folders))
        self._ledger.sent((row.message_id for row in rows), target.path)
        self._ledger.note((row.message_id for row in rows), f"moved to {target.path}")
        await store.do(Move(tuple(row.id for row in rows), target.id))

    async def _copy(self, store: MailStore, engine: Engine) -> None:
        _, rows = await self._some(store)
        target = self._rng.choice(await store.read(_folders))
        self._ledger.sent((row.message_id for row in rows), target.path)
        self._ledger.copied(row.message_id for row in rows)
        self._ledger.note((row.message_id for row in rows), f"copied to {target.path}")
        await store.do(Copy(tuple(row.id for row in rows), target.id))

    async def _undo(self, store: MailStore, engine: Engine) -> None:
        act = await store.undo()
        shown = await store.read(lambda c: listing.summaries(c, act.messages))
        self._ledger.note((row.message_id for row in shown.values()), f"undone: {act.title}")

    async def _create_folder(self, store: MailStore, engine: Engine) -> None:
        self._number += 1
        await engine.change_folder(self._name, CreateFolder(f"Mine {self._number}"))

    async def _rename_folder(self, store: MailStore, engine: Engine) -> None:
        own = [folder.path for folder in await store.read(_folders) if folder.path.startswith("Mine ")]
        if own:
            self._number += 1
            folder, name = self._rng.choice(own), f"Mine {self._number}"
            self._ledger.renamed(folder, name)
            await engine.change_folder(self._name, RenameFolder(folder, name))

    async def _look_at_refused(self, store: MailStore, engine: Engine) -> None:
        for entry in await store.read(journal.unfinished):
            if entry.state is State.REFUSED:
                change = journal.retry if self._rng.random() < 0.5 else journal.drop
                await store.write(lambda tx, e=entry, c=change: c(tx, e.id))  # type: ignore[misc]

    async def _some(self, store: MailStore) -> tuple[Folder, list[Summary]]:
        """A folder, the inbox more often than others, and one to five of its newest messages: none when it is empty."""
        every = await store.read(_folders)
        if not every:
            raise NotFound("There is no folder yet.")
        inbox = [folder for folder in every if folder.role is Role.INBOX]
        folder = inbox[0] if inbox and self._rng.random() < 0.6 else self._rng.choice(every)
        page = await store.read(lambda c: listing.page(c, [folder.id], None, PAGE))
        return folder, self._rng.sample(page, min(len(page), self._rng.randint(1, 5)))


def _folders(connection: sqlite3.Connection) -> list[Folder]:
    return [folder for folder in folders.every(connection) if folder.selectable]

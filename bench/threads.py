"""Lists of threads beside flat lists of the same 100,000 messages: the first page, and all rows."""

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.table import Row, median
from store import accounts, folder_list, folders, messages
from store.folder_list import Listed
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import AccountId, Address, Digest, Flag, FolderId, Protocol, Role
from tui.thread_window import ThreadWindow
from tui.window import MessageWindow

MESSAGES = 100_000
BATCH = 1000
TIMES = 7
ANSWERS = 0.45
"""Of all messages so many answer another one."""
BACK = 3000
"""At most so many messages lie between an answer and what it answers."""
FIRST = 1_700_000_000
"""Unix seconds: when the oldest message was received."""
SCREEN = 40
BAR_MS = 50.0
"""The list of threads may take so much longer than the flat one."""

Figures = tuple[float, float]
"""Milliseconds until the first screen is there, and until all rows are."""


def measure() -> Iterator[Row]:
    """Fill a store, and open its inbox in each of the three ways."""
    with tempfile.TemporaryDirectory() as folder:
        flat, tree, folded = asyncio.run(_opened(Path(folder)))
    yield Row(
        f"first screen of {MESSAGES:,} messages as threads", tree[0], "ms", flat[0] + BAR_MS, f"flat {flat[0]:.0f} ms"
    )
    yield Row("  each thread folded to a row", folded[0], "ms", flat[0] + BAR_MS)
    yield Row("  all rows", tree[1], "ms", None, f"flat {flat[1]:.0f} ms")
    yield Row("  all rows, folded", folded[1], "ms")


async def _opened(folder: Path) -> tuple[Figures, Figures, Figures]:
    async with await MailStore.open(folder / "data") as store:
        ids = await store.write(lambda tx: accounts.reconcile(tx, [("work", Protocol.IMAP, True)]))
        listed = [Listed("INBOX", b"INBOX", Role.INBOX, True)]
        await store.write(lambda tx: folder_list.reconcile(tx, ids["work"], listed))
        shown = await store.read(folders.unified)
        await _fill(store, ids["work"], shown[0])
        windows: tuple[Callable[[], MessageWindow], ...] = (
            lambda: MessageWindow(store, shown),
            lambda: ThreadWindow(store, shown),
            lambda: ThreadWindow(store, shown, folded=True),
        )
        figures: list[list[Figures]] = [[], [], []]
        for _ in range(TIMES):
            for number, window in enumerate(windows):
                figures[number].append(await _time(window()))
    flat, tree, folded = ((median([one[0] for one in some]), median([one[1] for one in some])) for some in figures)
    return flat, tree, folded


async def _time(window: MessageWindow) -> Figures:
    started = time.perf_counter()
    await window.open()
    await window.ensure(0, SCREEN)
    painted = time.perf_counter()
    await window.load()
    return 1000 * (painted - started), 1000 * (time.perf_counter() - painted)


async def _fill(store: MailStore, account: AccountId, folder: FolderId) -> None:
    chance = random.Random(7)
    for start in range(0, MESSAGES, BATCH):
        arrivals = [_arrival(number, chance) for number in range(start, start + BATCH)]
        await store.write(lambda tx: messages.add(tx, account, folder, arrivals))  # noqa: B023


def _arrival(number: int, chance: random.Random) -> Arrival:
    answered = chance.randint(max(0, number - BACK), number - 1) if number and chance.random() < ANSWERS else None
    references = () if answered is None else (f"<{answered}@bench.example>",)
    subject = f"Letter {number}" if answered is None else f"Re: Letter {answered}"
    sender, to = Address("Anna", "anna@bench.example"), (Address("", "mai@bench.example"),)
    received = FIRST + 60 * number
    digest = Digest(
        f"<{number}@bench.example>", references, sender, to, (), subject, received, 0, (), "A letter.", None
    )
    return Arrival(digest, received, 1000, Flag.NONE if number % 5 == 0 else Flag.SEEN, uid=number + 1)

"""Which folders have waited longest for a comparison of all flags, and what one may write."""

from pathlib import Path

import pytest

from store import accounts, comparisons, folder_list, folders, journal, listing, messages
from store.comparisons import due, known, note, write
from store.folder_list import Listed
from store.folders import Cursor
from store.mailstore import MailStore
from store.model import AccountId, Flag, FolderId, Protocol
from tests.tui.conftest import arrival

DAY = 86_400
NOW = 1_800_000_000


async def synced(store: MailStore, *paths: str, highestmodseq: int | None = 5) -> tuple[AccountId, list[FolderId]]:
    """An account with folders of which everything is here."""
    ids = await store.write(lambda tx: accounts.reconcile(tx, [("work", Protocol.IMAP, True)]))
    listed = [Listed(path, path.encode(), None, True) for path in paths]
    await store.write(lambda tx: folder_list.reconcile(tx, ids["work"], listed))
    found = [await store.read(lambda c, p=path: folders.by_path(c, ids["work"], p).id) for path in paths]
    cursor = Cursor(7, 10, 1, highestmodseq)
    for folder in found:
        await store.write(lambda tx, f=folder: folders.set_cursor(tx, f, cursor, synced_at=NOW))
    return ids["work"], found


async def test_what_was_never_compared_comes_first_then_what_waits_longest(tmp_path: Path):
    async with await MailStore.open(tmp_path / "data") as store:
        account, (a, b, c, d) = await synced(store, "A", "B", "C", "D")
        for folder, at in ((a, NOW - DAY - 1), (b, NOW - 5 * DAY), (c, NOW - 100)):
            await store.write(lambda tx, f=folder, t=at: note(tx, f, t))
        assert await store.read(lambda c: due(c, account, NOW, DAY)) == [d, b, a]


async def test_a_clock_that_was_set_back_does_not_put_it_off_for_ever(tmp_path: Path):
    """R07."""
    async with await MailStore.open(tmp_path / "data") as store:
        account, (folder,) = await synced(store, "A")
        await store.write(lambda tx: note(tx, folder, NOW + 400 * DAY))
        assert await store.read(lambda c: due(c, account, NOW, DAY)) == [folder]


async def test_without_modseq_there_is_another_way(tmp_path: Path):
    async with await MailStore.open(tmp_path / "data") as store:
        account, _ = await synced(store, "A", highestmodseq=None)
        assert await store.read(lambda c: due(c, account, NOW, DAY)) == []


@pytest.mark.parametrize("meanwhile", [False, True])
async def test_what_was_heard_meanwhile_is_newer_than_the_listing(tmp_path: Path, meanwhile: bool):
    async with await MailStore.open(tmp_path / "data") as store:
        account, (folder,) = await synced(store, "A")
        (message,) = await store.write(
            lambda tx: messages.add(tx, account, folder, [arrival("Anna", "x", "text", 5, Flag.SEEN, uid=3)])
        )
        before = await store.read(lambda c: known(c, folder, [3]))
        if meanwhile:
            await store.write(lambda tx: messages.set_server_flags(tx, folder, [(3, Flag.SEEN | Flag.FLAGGED, None)]))
        told = {3: (Flag.ANSWERED, None), 4: (Flag.SEEN, None)}
        assert await store.write(lambda tx: write(tx, folder, before, told)) == (0 if meanwhile else 1)
        row = (await store.read(lambda c: listing.summaries(c, [message])))[message]
        assert row.flags == (Flag.SEEN | Flag.FLAGGED if meanwhile else Flag.ANSWERED)
        assert await store.read(journal.unfinished) == []
        assert await store.read(lambda c: comparisons.known(c, folder, [4])) == {}

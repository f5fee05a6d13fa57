"""Ids that are set aside: used from the top, kept over a restart, never given twice."""

from pathlib import Path

from store import reservations
from store.mailstore import MailStore
from store.model import FolderId, MessageId
from tests.store.test_comparisons import synced


async def test_what_is_given_is_no_longer_set_aside(tmp_path: Path):
    async with await MailStore.open(tmp_path / "data") as store:
        _, (folder, other) = await synced(store, "A", "B")
        first, count = await store.write(lambda tx: reservations.make(tx, folder, 7, 100))
        after, _ = await store.write(lambda tx: reservations.make(tx, other, 7, 5))
        assert (count, after) == (100, first + 100)
        given = [MessageId(first + place) for place in range(60, 100)]
        await store.write(lambda tx: reservations.use(tx, folder, given))
        await store.write(lambda tx: reservations.use(tx, folder, []))
    async with await MailStore.open(tmp_path / "data") as store:
        assert await store.read(lambda c: reservations.of(c, folder, 7)) == (first, 60)
        assert await store.read(lambda c: reservations.of(c, other, 7)) == (after, 5)
        # ids above, which others may have, change nothing
        await store.write(lambda tx: reservations.use(tx, folder, [MessageId(first + 500)]))
        assert await store.read(lambda c: reservations.of(c, folder, 7)) == (first, 60)
        await store.write(lambda tx: reservations.use(tx, folder, [first]))
        assert await store.read(lambda c: reservations.of(c, folder, 7)) == (first, 0)
        await store.write(lambda tx: reservations.forget(tx, folder))
        assert await store.read(lambda c: reservations.of(c, folder, 7)) is None


async def test_messages_of_another_uidvalidity_get_other_ids(tmp_path: Path):
    async with await MailStore.open(tmp_path / "data") as store:
        _, (folder,) = await synced(store, "A")
        first, _ = await store.write(lambda tx: reservations.make(tx, folder, 7, 100))
        assert await store.read(lambda c: reservations.of(c, folder, 8)) is None
        assert await store.write(lambda tx: reservations.make(tx, folder, 8, 10)) == (first + 100, 10)
        assert await store.read(lambda c: reservations.of(c, folder, 7)) is None
        assert await store.read(lambda c: reservations.of(c, FolderId(99), 7)) is None

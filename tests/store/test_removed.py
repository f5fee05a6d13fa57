"""What was removed: the pages that held its row hold it no more."""

from pathlib import Path

import pytest

from store import erasing, messages
from store.mailstore import MailStore
from tests.tui.conftest import arrival, deliver, fill, folder_of

WORDS = (b"Pigeon, the sender", b"Pigeon: the subject", b"Pigeon; the words")


def left(data: Path) -> list[bytes]:
    """Which words still stand in any file of the store."""
    held = [path.read_bytes() for path in data.iterdir() if path.is_file()]
    return [word for word in WORDS if any(word in one for one in held)]


async def test_the_row_of_a_removed_message_is_overwritten_on_the_disk(tmp_path: Path):
    """D08: single words may stand in the search index until it is merged."""
    data = tmp_path / "data"
    async with await MailStore.open(data) as store:
        await fill(store)
        inbox = await folder_of(store, "work", "INBOX")
        await deliver(store, inbox, arrival(*(word.decode() for word in WORDS), 5, uid=901))
    assert left(data) == list(WORDS)
    async with await MailStore.open(data) as store:
        assert len(await store.write(lambda tx: messages.remove_uids(tx, inbox.id, [901]))) == 1
    assert left(data) == []


MARK = b"A large body, which fills pages of its own. "


def marks(data: Path) -> int:
    """How often the large body's text stands in any file of the store."""
    return sum(path.read_bytes().count(MARK) for path in data.iterdir() if path.is_file())


async def removed(data: Path, text: bytes) -> int:
    """How often a body's text still stands in the store after the message was removed."""
    async with await MailStore.open(data) as store:
        await fill(store)
        inbox = await folder_of(store, "work", "INBOX")
        await deliver(store, inbox, arrival("A", "B", text.decode(), 5, uid=901))
    async with await MailStore.open(data) as store:
        assert len(await store.write(lambda tx: messages.remove_uids(tx, inbox.id, [901]))) == 1
        secure = await store.write(lambda tx: tx.execute("PRAGMA secure_delete").fetchone())
        assert secure == (2,)  # FAST, as for everything else
    return marks(data)


async def test_a_large_body_is_overwritten_too(tmp_path: Path):
    """D08: its pages are free, and hold nothing."""
    assert await removed(tmp_path / "data", MARK * 8000) == 0


async def test_what_would_take_long_to_overwrite_is_only_freed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """D08: a whole mailbox that goes at once would be written twice."""
    monkeypatch.setattr(erasing, "AT_ONCE", 100_000)
    assert await removed(tmp_path / "data", MARK * 8000) > 0

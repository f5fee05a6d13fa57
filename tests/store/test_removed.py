"""What was removed: the pages that held its row hold it no more."""

from pathlib import Path

from store import messages
from store.mailstore import MailStore
from tests.tui.conftest import arrival, deliver, fill, folder_of

WORDS = (b"Pigeon, the sender", b"Pigeon: the subject", b"Pigeon; the words")


def left(data: Path) -> list[bytes]:
    """Which words still stand in any file of the store."""
    held = [path.read_bytes() for path in data.iterdir() if path.is_file()]
    return [word for word in WORDS if any(word in one for one in held)]


async def test_the_row_of_a_removed_message_is_overwritten_on_the_disk(tmp_path: Path):
    """D08: single words may stand in the search index until it is merged, and large bodies in free pages."""
    data = tmp_path / "data"
    async with await MailStore.open(data) as store:
        await fill(store)
        inbox = await folder_of(store, "work", "INBOX")
        await deliver(store, inbox, arrival(*(word.decode() for word in WORDS), 5, uid=901))
    assert left(data) == list(WORDS)
    async with await MailStore.open(data) as store:
        assert len(await store.write(lambda tx: messages.remove_uids(tx, inbox.id, [901]))) == 1
    assert left(data) == []

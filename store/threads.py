"""Which thread a message belongs to: found by every Message-ID it mentions, one message at a time."""

from collections.abc import Iterable
from hashlib import blake2b

from store.database import Transaction
from store.model import MessageId, ThreadId


def reference_key(message_id: str) -> int:
    """A Message-ID as a signed 64-bit number, the key of `thread_references`."""
    return int.from_bytes(blake2b(message_id.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def assign(tx: Transaction, own: str, references: Iterable[str], fallback: MessageId) -> ThreadId:
    """The thread of a message with Message-ID `own` that mentions `references` (RFC 5256, JWZ's linking step).

    Threads that a newcomer connects become one, under the smallest number.  A message without any id is a thread
    of its own, numbered like its row (`fallback`), as is the first of every thread.
    """
    keys = {reference_key(name) for name in (own, *references) if name}
    if not keys:
        return ThreadId(fallback)
    marks = ",".join("?" * len(keys))
    found = {
        row[0]
        for row in tx.execute(
            f"SELECT DISTINCT thread_id FROM thread_references WHERE reference IN ({marks})",
            tuple(keys),
        )
    }
    thread = min(found, default=fallback)
    for other in found - {thread}:
        tx.execute("UPDATE messages SET thread_id = ? WHERE thread_id = ?", (thread, other))
        tx.execute("UPDATE thread_references SET thread_id = ? WHERE thread_id = ?", (thread, other))
    tx.executemany("INSERT OR IGNORE INTO thread_references VALUES (?, ?)", [(key, thread) for key in keys])
    return ThreadId(thread)

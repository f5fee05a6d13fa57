"""Overwrites on the disk what somebody removed, as far as that costs little."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from store.database import Transaction

AT_ONCE = 64 * 1024 * 1024
"""Octets of content that one transaction overwrites: each is written twice, into the log and into the file.

Measured: 2 ms a megabyte.  What is removed at once beyond this stays in free pages until new mail is written there,
which is also true of what makes room by itself (store.eviction): it is still on the server, and nobody removed it.
"""


@contextmanager
def erased(tx: Transaction, messages: Sequence[int]) -> Iterator[None]:
    """Whatever of these messages is deleted inside is overwritten; rows always are, this is for large contents."""
    given = json.dumps(list(messages))
    (size,) = tx.execute(
        "SELECT (SELECT total(length(raw)) FROM bodies WHERE message_id IN (SELECT value FROM json_each(?1)))"
        " + (SELECT total(length(content)) FROM sections WHERE message_id IN (SELECT value FROM json_each(?1)))"
        " + (SELECT total(length(content)) FROM slices WHERE message_id IN (SELECT value FROM json_each(?1)))",
        (given,),
    ).fetchone()
    if size > AT_ONCE:
        yield
        return
    tx.execute("PRAGMA secure_delete = ON").fetchall()
    try:
        yield
    finally:
        tx.execute("PRAGMA secure_delete = FAST").fetchall()

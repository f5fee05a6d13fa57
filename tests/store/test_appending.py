"""New messages are put into a folder with their raw bytes."""

import pytest

from store import appending, bodies
from store.errors import NotFound
from store.model import Flag, FolderId
from tests.store.mail import arrival, assert_consistent, memory, row, seed

RAW = b"Subject: kept\r\n\r\nWord for word.\r\n"


def test_what_is_put_into_a_local_folder_is_stored_there_at_once():
    tx = memory()
    at = seed(tx)
    rows = [arrival(name=name, raw=RAW, text="words", flags=Flag.SEEN, labels=("work",)) for name in ("one", "two")]
    first, second = appending.stage(tx, at.pop3_inbox, rows)
    assert bodies.raw(tx.connection, first) == bodies.raw(tx.connection, second) == RAW
    stored = row(tx, first)
    assert (stored["folder_id"], stored["server_folder_id"], stored["account_id"]) == (
        at.pop3_inbox,
        at.pop3_inbox,
        at.pop3,
    )
    assert (stored["flags"], stored["labels"], stored["cached"], stored["pending"]) == (Flag.SEEN, " work ", 2, 0)
    assert_consistent(tx.connection)


def test_what_is_not_whole_or_has_no_folder_is_not_put_anywhere():
    tx = memory()
    at = seed(tx)
    with pytest.raises(ValueError):
        appending.stage(tx, at.pop3_inbox, [arrival(name="one")])
    with pytest.raises(NotFound):
        appending.stage(tx, FolderId(999), [arrival(name="one", raw=RAW)])

"""What each account uses is counted: octets once, messages by how much of them is here."""

from store import folder_list, messages, parts, twins, usage
from store.parts import Place
from store.structure import Structure
from store.usage import Usage
from tests.store.mail import LISTED, add, arrival, digest, memory, seed


def test_octets_and_messages_are_told_by_account():
    tx = memory()
    at = seed(tx)
    assert usage.every(tx.connection) == {}
    _, text, _ = add(tx, at, arrival(1, raw=b"x", text="", size=1000), arrival(2, size=9000), arrival(3))
    parts.keep_structure(tx, text, Place(at.inbox, 7, 2), Structure("1", "text/plain"))
    parts.keep_sections(tx, text, {"1": (b"y" * 20, True)})
    parts.add_slice(tx, text, "", Place(at.inbox, 7, 2), 0, b"z" * 300)
    messages.store_texts(tx, [(text, digest(text="y"))])
    messages.add(tx, at.pop3, at.pop3_inbox, [arrival(None, "p", raw=b"y", text="", size=7)])
    assert usage.every(tx.connection) == {at.account: Usage(1320, 1, 1, 1), at.pop3: Usage(7, 1, 0, 0)}
    assert usage.of_account(tx.connection, at.pop3) == Usage(7, 1)
    tx.connection.close()


def test_a_body_that_several_rows_share_is_counted_once():
    tx = memory()
    at = seed(tx)
    folder_list.reconcile(tx, at.account, LISTED)
    add(tx, at, arrival(1, raw=b"x", text="", size=1000))
    add(tx, at, arrival(5, "uid-1", size=1000), folder=at.work)
    assert usage.of_account(tx.connection, at.account) == Usage(1000, 1, 0, 1)
    for folder, uid in ((at.inbox, 1), (at.work, 5)):
        twins.name(tx, folder, {uid: "mail-1"})
    assert usage.of_account(tx.connection, at.account) == Usage(1000, 2)
    tx.connection.close()


def test_what_was_evicted_leaves_room_in_the_file():
    tx = memory()
    at = seed(tx)
    [message] = add(tx, at, arrival(1, raw=b"x" * 100_000, text="", size=100_000))
    before = usage.free_octets(tx.connection)
    tx.execute("DELETE FROM bodies WHERE message_id = ?", (message,))
    assert usage.free_octets(tx.connection) >= before + 96_000
    tx.connection.close()

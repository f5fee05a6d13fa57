"""The search index holds exactly the messages there are, folded, whatever a mail contains."""

from store import messages
from store.model import Address
from tests.store.mail import add, arrival, digest


def found(tx, table, words):
    return [one[0] for one in tx.execute(f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rowid", (words,))]


def test_headers_are_found_without_marks(tx, at):
    sender = Address("Nguyễn Ánh", "anh@example.vn")
    [message] = add(tx, at, arrival(1, subject="Hóa đơn Đà Nẵng", sender=sender))
    for words in ("hoa don", "da nang", "nguyen", "sender : anh", "recipients : binh"):
        assert found(tx, "search_headers", words) == [message]
    assert found(tx, "search_bodies", "hoa") == []


def test_text_is_found_once_it_is_known_and_replaced_when_it_comes_again(tx, at):
    [message] = add(tx, at, arrival(1))
    messages.store_texts(tx, [(message, digest(text="first words", filenames=("Đơn.pdf",)))])
    assert found(tx, "search_bodies", "filenames : don") == [message]
    messages.store_bodies(tx, [(message, b"", digest(text="second words"))])
    assert found(tx, "search_bodies", "first") == []
    assert found(tx, "search_bodies", "second") == [message]


def test_an_empty_text_is_an_entry_and_no_text_is_none(tx, at):
    add(tx, at, arrival(1, text=""), arrival(2))
    assert tx.execute("SELECT rowid FROM search_bodies").fetchall() == [(1,)]


def test_nul_and_lone_surrogates_do_not_end_the_text(tx, at):
    """D07."""
    [message] = add(tx, at, arrival(1, subject="one\0two\ud800 three", text="four\0five é\udfff six"))
    assert found(tx, "search_headers", "two three") == [message]
    assert found(tx, "search_bodies", "five six") == [message]


def test_what_is_removed_is_found_no_more(tx, at):
    gone, kept = add(tx, at, arrival(1, text="word"), arrival(2, text="word"))
    messages.remove(tx, [gone], reason="")
    assert found(tx, "search_bodies", "word") == [kept]
    assert found(tx, "search_headers", "hello") == [kept]
    tx.execute("INSERT INTO search_bodies (search_bodies) VALUES ('integrity-check')")
    tx.execute("INSERT INTO search_headers (search_headers) VALUES ('integrity-check')")

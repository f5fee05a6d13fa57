"""A query finds what it says, newest first, and its text is never SQL or FTS5 syntax."""

import sqlite3
import time
from collections.abc import Iterator
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.search.fold import fold
from store.search.query import QueryError, parse
from store.search.sql import count, find

TODAY = date(2026, 11, 23)
SCHEMA = """
CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE folders (id INTEGER PRIMARY KEY, account_id INTEGER, path TEXT, role TEXT);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY, account_id INTEGER, folder_id INTEGER, flags INTEGER NOT NULL DEFAULT 0,
    labels TEXT NOT NULL DEFAULT '', message_id TEXT NOT NULL DEFAULT '', date INTEGER, received INTEGER NOT NULL,
    size INTEGER NOT NULL DEFAULT 0, attachments INTEGER NOT NULL DEFAULT 0,
    server_id TEXT, likeness INTEGER
);
CREATE INDEX messages_by_message_id ON messages (message_id) WHERE message_id <> '';
CREATE VIRTUAL TABLE search_headers USING fts5 (
    subject, sender, recipients, copies, tokenize = "unicode61 remove_diacritics 0"
);
CREATE VIRTUAL TABLE search_bodies USING fts5 (body, filenames, tokenize = "unicode61 remove_diacritics 0");
INSERT INTO accounts VALUES (1, 'Work'), (2, 'old');
INSERT INTO folders VALUES (1, 1, 'INBOX', 'inbox'), (2, 1, 'Work/Khách hàng', NULL), (3, 2, 'INBOX', 'inbox');
"""


def seconds(day: str) -> int:
    return int(datetime.fromisoformat(day).timestamp())


@pytest.fixture(scope="module")
def store() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    messages = [
        # id, account, folder, flags, labels, message id, date, received, size, attachments
        (1, 1, 1, 0, " work ", "<one@x>", "2026-11-20T12:00", "2026-11-20T12:01", 500, 0),
        (2, 1, 1, 1 | 4, " $forwarded work ", "<two@x>", "2026-11-22T23:59", "2026-11-23T00:01", 20_000, 1),
        (3, 1, 2, 1 | 2, "", "", None, "2026-10-31T09:00", 6_000_000, 2),
        (4, 2, 3, 8, "", "<four@x>", "2020-01-01T00:00", "2026-11-23T10:00", 100, 0),
        (5, 1, None, 0, " work ", "<five@x>", "2026-11-21T00:00", "2026-11-21T00:00", 100, 1),
    ]
    for *row, sent, received, size, attachments in messages:
        values = (*row, seconds(sent) if sent else None, seconds(received), size, attachments)
        connection.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)", values)
    headers = [
        (1, "Hóa đơn tháng 11", "Bob Builder bob@example.com", "me@example.com", ""),
        (2, "Invoices attached", "Đặng Ánh anh@example.com", "team@example.org", "boss@example.org"),
        (3, "日本語のテスト", "カナ kana@example.jp", "me@example.com", ""),
        (4, "Old news: a OR b", "news@example.net", "old@example.net", ""),
        (5, "Hidden invoice", "bob@example.com", "me@example.com", ""),
    ]
    for id, *texts in headers:
        connection.execute(
            "INSERT INTO search_headers (rowid, subject, sender, recipients, copies) VALUES (?, ?, ?, ?, ?)",
            (id, *map(fold, texts)),
        )
    bodies = [
        (1, "Kính gửi anh, Đà Nẵng ngày đẹp", ""),
        (2, "Please find the invoice and the report; bob says hello.", "Báo cáo.pdf"),
        (3, "本文です。 C++ and 50% off", "a.zip"),
    ]
    for id, *texts in bodies:
        connection.execute(
            "INSERT INTO search_bodies (rowid, body, filenames) VALUES (?, ?, ?)", (id, *map(fold, texts))
        )
    yield connection
    connection.close()


def search(store: sqlite3.Connection, text: str) -> list[int]:
    tree = parse(text, TODAY)
    found = find(store, tree, 100)
    assert count(store, tree) == len(found)
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [4, 2, 1, 3]),
        ("hoa don", [1]),
        ("HÓA ĐƠN", [1]),
        ("da nang", [1]),
        ("Đà Nẵng", [1]),
        ("invoi", [2]),
        ('"invoi"', []),
        ('"invoice and the report"', [2]),
        ('"invoice report"', []),
        ("invoice report", [2]),
        ("bob", [2, 1]),
        ("from:bob", [1]),
        ("from:bob@example.com", [1]),
        ("from:bob@exam", [1]),
        ("from:dang", [2]),
        ("to:example.org", [2]),
        ("cc:boss", [2]),
        ("cc:bob", []),
        ("subject:invoice", [2]),
        ("body:bob", [2]),
        ("filename:bao", [2]),
        ("filename:a.zip", [3]),
        ("日本", [3]),
        ("本日", []),
        ('"日本語"', [3]),
        ("テスト", [3]),
        ("c++ off", [3]),
        ("-bob", [4, 3]),
        ("bob -invoice", [1]),
        ("-(bob or 日)", [4]),
        ("from:bob or subject:old", [4, 1]),
        ("(from:bob or from:dang) is:unread", [1]),
        ("folder:inbox", [4, 2, 1]),
        ('folder:"khach hang"', [3]),
        ('folder:"Work/Khách hàng"', [3]),
        ("folder:work", []),
        ("-folder:nowhere", [4, 2, 1, 3]),
        ("account:work", [2, 1, 3]),
        ("account:nobody", []),
        ("label:work", [2, 1]),
        ("label:WORK label:$forwarded", [2]),
        ("label:wor", []),
        ("label:%", []),
        ("has:attachment", [2, 3]),
        ("is:unread", [4, 1]),
        ("is:read", [2, 3]),
        ("is:starred", [2]),
        ("is:answered", [3]),
        ("is:draft", [4]),
        ("-is:draft", [2, 1, 3]),
        ("larger:10k", [2, 3]),
        ("larger:5M", [3]),
        ("smaller:1k", [4, 1]),
        ("on:yesterday", [2]),
        ("on:2026-11", [2, 1]),
        ("on:2026-10", [3]),
        ("before:2026-11", [4, 3]),
        ("after:2026-11-22", [2]),
        ("after:7d", [2, 1]),
        ("id:two@x", [2]),
        ("id:<four@x>", [4]),
        ("id:five@x", []),
    ],
)
def test_a_query_finds_what_it_says(store: sqlite3.Connection, text: str, found: list[int]) -> None:
    assert search(store, text) == found


@pytest.mark.parametrize(
    "text",
    [
        "' OR zzz=zzz --", "\"; DROP TABLE messages; --\"", "NEAR/2", "bob*)", "sender:x", "{subject} zzz", "^zzz",
        "zzz*", "zzz NEAR(bob)", "zzz AND bob", "zzz NOT bob", "zzz + bob", "zzz \x00 \"bob\"", "zzz＂AND＂bob",
        "zzz%", "zzz_",
    ],
)  # fmt: skip
def test_syntax_of_sql_and_fts5_in_a_query_is_only_text(store: sqlite3.Connection, text: str) -> None:
    """D06."""
    try:
        assert search(store, text) == []
    except QueryError as error:
        assert error.column
    assert store.execute("SELECT count(*) FROM messages").fetchone() == (5,)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.sampled_from("aβđ日가ก😀'\"*^{}[]:+-()&|<>%_;\\/., \x00\t＂*")))
def test_no_text_makes_sqlite_complain(store: sqlite3.Connection, text: str) -> None:
    """D06."""
    try:
        search(store, text)
    except QueryError as error:
        assert error.column


def test_the_longest_query_is_within_the_limits_of_sqlite(store: sqlite3.Connection) -> None:
    """D06."""
    assert search(store, " ".join(f"a{n}" for n in range(200))) == []
    assert search(store, " or ".join(f"-a{n}" for n in range(200))) == [4, 2, 1, 3]
    assert search(store, "(" * 30 + "bob" + ")" * 30) == [2, 1]


def test_pages_follow_each_other_without_gap_or_repetition(store: sqlite3.Connection) -> None:
    tree = parse("", TODAY)
    first = find(store, tree, 2)
    last = store.execute("SELECT received, id FROM messages WHERE id = ?", (first[-1],)).fetchone()
    assert first + find(store, tree, 2, before=last) == [4, 2, 1, 3]


def test_days_begin_at_local_midnight(store: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = store.execute("SELECT date FROM messages WHERE id = 2").fetchone()[0]
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    time.tzset()
    try:
        assert search(store, f"on:{datetime.fromtimestamp(sent).date()} id:two@x") == [2]
    finally:
        monkeypatch.undo()
        time.tzset()

"""The query language: what a person writes, and where it is wrong."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.search.query import QueryError, parse
from store.search.tree import (
    AccountIs,
    After,
    And,
    Before,
    FolderIs,
    HasAttachment,
    Id,
    Is,
    Label,
    Larger,
    Node,
    Not,
    On,
    Or,
    Smaller,
    Word,
)

TODAY = date(2026, 11, 23)


def word(text: str) -> Word:
    return Word("any", text)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", And()),
        ("  ", And()),
        ("Invoice", word("invoice")),
        ("hóa đơn", And((word("hoa"), word("don")))),
        ('"a  Phrase"', Word("any", "a phrase", phrase=True)),
        ("-spam", Not(word("spam"))),
        ("--spam", word("spam")),
        ("a or b c", Or((word("a"), And((word("b"), word("c")))))),
        ("(a OR b) c", And((Or((word("a"), word("b"))), word("c")))),
        ("-(a b)", Not(And((word("a"), word("b"))))),
        ('"or"', Word("any", "or", phrase=True)),
        ("e-mail", word("e-mail")),
        ("from:Bob@Example.com", Word("from", "bob@example.com")),
        ('FROM:"Bob B"', Word("from", "bob b", phrase=True)),
        ("to:a cc:b", And((Word("to", "a"), Word("cc", "b")))),
        ("subject:s body:b filename:f.pdf", And((Word("subject", "s"), Word("body", "b"), Word("filename", "f.pdf")))),
        ('folder:"Đã Gửi/"', FolderIs("da gui")),
        ("account:Work", AccountIs("work")),
        ("label:$Forwarded", Label("$forwarded")),
        ("has:attachment", HasAttachment()),
        ("is:unread", Is("unread")),
        ("-is:READ", Not(Is("read"))),
        ("id:a@b", Id("<a@b>")),
        ("id:<A@b>", Id("<A@b>")),
        ("larger:10k", Larger(10240)),
        ("smaller:5M", Smaller(5 * 2**20)),
        ("larger:1.5MB", Larger(3 * 2**19)),
        ("larger:900", Larger(900)),
        ("larger:99999999999G", Larger(2**62)),
        ("before:2026-11-23", Before(date(2026, 11, 23))),
        ("after:2026-11", After(date(2026, 11, 1))),
        ("after:7d", After(date(2026, 11, 16))),
        ("before:2w", Before(date(2026, 11, 9))),
        ("after:9m", After(date(2026, 2, 23))),
        ("after:1y", After(date(2025, 11, 23))),
        ("on:yesterday", On(date(2026, 11, 22), date(2026, 11, 23))),
        ("on:today", On(TODAY, date(2026, 11, 24))),
        ("on:2026-12", On(date(2026, 12, 1), date(2027, 1, 1))),
        ("on:2024", On(date(2024, 1, 1), date(2025, 1, 1))),
        ("a & b", And((word("a"), word("b")))),
        ("a - b", And((word("a"), word("b")))),
        ("a -&", word("a")),
        ("& or a", word("a")),
        ("Re: lunch", And((word("re:"), word("lunch")))),
        ("http://example.com/x", word("http://example.com/x")),
        ("12:30", word("12:30")),
        ("a\x00b\ud800", And((word("a"), word("b")))),
    ],
)
def test_a_query_becomes_a_tree(text: str, tree: Node) -> None:
    assert parse(text, TODAY) == tree


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ('a "b', 3, "not closed"),
        ("(a", 1, "not closed"),
        ("a (b (c)", 3, "not closed"),
        ("a)", 2, "never opened"),
        ("a ()", 3, "nothing between"),
        ("a or", 3, "after it"),
        ("or a", 1, "before it"),
        ("(a or) b", 4, "after it"),
        ("a or or b", 3, "after it"),
        ("(-)", 2, "nothing to exclude"),
        ("a from:", 8, "needs a value"),
        ('subject:""', 9, "needs a value"),
        ("from: bob", 6, "needs a value"),
        ("a is:red", 6, "unread, read, starred"),
        ("has:link", 5, "attachment"),
        ("larger:big", 8, "10k"),
        ("after:2026-13", 7, "2026-11"),
        ("after:2026-02-30", 7, "yesterday"),
        ("after:99999y", 7, "7d"),
        ("before:1900", 8, "2026-11"),
        ("before:9999", 8, "2026-11"),
        ("label:'a b' label:\"a b\"", 19, "blanks"),
        ("a form:bob", 3, "Did you mean from:?"),
        ("re:lunch", 1, "quote"),
        ("& *", 1, "letter or digit"),
        ("a" * 5000, 4097, "4096"),
        ("a " * 300, 401, "200"),
        ("(" * 40 + "a", 31, "30 deep"),
    ],
)
def test_an_error_names_the_column_and_what_to_do(text: str, column: int, words: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text, TODAY)
    error = caught.value
    assert (error.column, error.exit_code) == (column, 2)
    assert f"column {column}" in error.title
    assert words in f"{error.title} {error.hint}"


@given(st.text(alphabet=st.sampled_from('ab đ日-"():*^&or isfm\x00\ud800')))
def test_any_text_is_a_tree_or_a_query_error(text: str) -> None:
    try:
        parse(text, TODAY)
    except QueryError as error:
        assert 1 <= error.column <= len(text) + 1

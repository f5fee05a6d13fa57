"""A query becomes search keys that find at least what it asks for, in RFC 9051's grammar without parentheses."""

from datetime import date

import pytest

from protocols.imap.arguments import Literal
from protocols.imap.search_keys import keys
from store.search.query import parse

TODAY = date(2026, 11, 23)


def command(text: str, *, plain: bool = False) -> str | None:
    found = keys(parse(text, TODAY), plain=plain)
    if found is None:
        return None
    words = [f"{{{word.data.decode()}}}" if isinstance(word, Literal) else word for word in found.arguments()]
    return " ".join(word.decode() if isinstance(word, bytes) else word for word in words)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("rent", "TEXT rent"),
        ("rent lunch", "TEXT rent TEXT lunch"),
        ('"the rent"', 'TEXT "the rent"'),
        ("from:anna to:me cc:x subject:y body:z", "FROM anna TO me CC x SUBJECT y BODY z"),
        ("rent or lunch", "OR TEXT rent TEXT lunch"),
        ("a or b or c", "OR TEXT a OR TEXT b TEXT c"),
        ("(a b) or c", "OR NOT OR NOT TEXT a NOT TEXT b TEXT c"),
        ("-rent lunch", "NOT TEXT rent TEXT lunch"),
        ("-(a or b) c", "NOT OR TEXT a TEXT b TEXT c"),
        ("-(a b) c", "NOT NOT OR NOT TEXT a NOT TEXT b TEXT c"),
        ("is:unread has:attachment label:work folder:inbox", ""),
        ("-is:unread rent", "TEXT rent"),
        ("rent is:unread", "TEXT rent"),
        ("rent or is:starred", "TEXT rent"),
        ("after:2026-11-23", "OR SENTSINCE 22-Nov-2026 SINCE 22-Nov-2026"),
        ("before:2026-03-01", "OR SENTBEFORE 2-Mar-2026 BEFORE 2-Mar-2026"),
        ("larger:10k smaller:1M", "LARGER 10240 SMALLER 1048576"),
        ("id:a@b", "HEADER Message-ID <a@b>"),
        ("Đà", "CHARSET UTF-8 TEXT {Đà}"),
    ],
)
def test_a_query_is_asked_as(query: str, words: str) -> None:
    assert command(query) == words


@pytest.mark.parametrize("query", ["filename:report", "rent filename:report", "filename:a or filename:b"])
def test_what_no_server_can_be_asked_is_not(query: str) -> None:
    assert command(query) is None


def test_a_server_without_utf_8_is_asked_for_the_plain_letters() -> None:
    assert command("hóa đơn", plain=True) == "TEXT hoa TEXT don"
    assert command("東京", plain=True) is None


def test_nothing_in_a_word_breaks_out_of_its_place() -> None:
    """I20."""
    assert command('"a OR ALL"') == 'TEXT "a OR ALL"'
    assert command("a{5}") == 'TEXT "a{5}"'
    assert command("a\\b") == 'TEXT "a\\\\b"'
    assert command("nil") == 'TEXT "nil"'

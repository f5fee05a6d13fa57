"""Arguments of commands: nothing breaks out of its place."""

import pytest

from protocols.imap.arguments import Literal, astring, encode, quoted

NONE: frozenset[str] = frozenset()


def test_a_string_takes_the_simplest_form_that_is_safe():
    """I20."""
    assert astring("INBOX") == b"INBOX"
    assert astring("a b") == b'"a b"'
    assert astring('a"\\') == b'"a\\"\\\\"'
    assert astring("") == b'""'
    assert astring("nil") == b'"nil"'
    assert astring("Đà Nẵng") == Literal("Đà Nẵng".encode())
    assert astring("a\r\nb") == Literal(b"a\r\nb")


@pytest.mark.parametrize("text", ["a\0b", "a\r", "a\n", "é"])
def test_what_cannot_be_quoted_is_refused(text):
    """I20."""
    with pytest.raises(ValueError):
        quoted(text)


@pytest.mark.parametrize("word", [b"a\r\nA2 DELETE x", b"a\n", b"a\0"])
def test_line_ends_and_nul_never_reach_a_command_line(word):
    """I20."""
    with pytest.raises(ValueError):
        encode([b"A1", word], NONE)


def test_a_literal_waits_for_the_server_unless_it_need_not():
    words = [b"A1", "LOGIN", Literal(b"u"), Literal(b"p")]
    assert encode(words, NONE) == [b"A1 LOGIN {1}\r\n", b"u {1}\r\n", b"p\r\n"]
    assert encode(words, frozenset({"LITERAL+"})) == [b"A1 LOGIN {1+}\r\nu {1+}\r\np\r\n"]
    assert len(encode([Literal(bytes(5000).replace(b"\0", b"x"))], frozenset({"LITERAL-"}))) == 2


def test_a_large_literal_asks_first_even_if_it_need_not():
    assert len(encode([Literal(b"x" * 200_000)], frozenset({"LITERAL+"}))) == 2


def test_a_literal_does_not_show_its_bytes():
    assert "secret" not in repr(Literal(b"secret"))

"""What a server says of a message's parts is read as a tree, and not believed beyond all measure."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import Misbehaved
from protocols.imap.fetch import read_fetch
from protocols.imap.framing import Response
from protocols.imap.structure import DEPTH, read_structure
from store import structure as trees
from store.structure import Structure


def read(text: str) -> Structure | None:
    try:
        fetched = read_fetch(Response((f"* 1 FETCH (UID 5 BODYSTRUCTURE {text})".encode(),)))
    except Misbehaved:  # NIL, a number: imapclient's parser refuses them
        return None
    return read_structure(fetched.structure)


PLAIN = '("text" "plain" ("charset" "utf-8" "format" "flowed") NIL NIL "quoted-printable" 123 4 NIL NIL NIL NIL)'
HTML = '("TEXT" "HTML" ("CHARSET" "utf-8") NIL NIL "BASE64" 456 7)'
PDF = (
    '("application" "pdf" ("name" "x.pdf") "<cid@x>" NIL "base64" 8000000 NIL'
    ' ("attachment" ("filename*0*" "utf-8\'\'h%C3%B3a" "filename*1" " \\"1\\".pdf")) NIL NIL)'
)
ENVELOPE = '(NIL "inside" NIL NIL NIL NIL NIL NIL NIL NIL)'


def test_a_message_with_text_in_two_forms_and_an_attachment():
    alternative = f'({PLAIN}{HTML} "alternative" ("boundary" "b") NIL NIL NIL)'
    tree = read(f'({alternative}{PDF} "mixed" ("boundary" "c") NIL NIL NIL)')
    assert tree is not None
    assert [(part.section, part.type) for part in tree.walk()] == [
        ("TEXT", "multipart/mixed"),
        ("1", "multipart/alternative"),
        ("1.1", "text/plain"),
        ("1.2", "text/html"),
        ("2", "application/pdf"),
    ]
    plain, pdf = tree.find("1.1"), tree.find("2")
    assert plain is not None and pdf is not None
    assert (plain.size, plain.encoding, plain.charset, plain.params["format"]) == (
        123, "quoted-printable", "utf-8", "flowed",
    )  # fmt: skip
    assert (pdf.name, pdf.size, pdf.disposition, pdf.content_id) == ('hóa "1".pdf', 8_000_000, "attachment", "cid@x")
    assert trees.read(trees.written(tree)) == tree


def test_a_message_of_one_part_and_a_message_inside_it_are_numbered_as_imap_does():
    single = read(PLAIN)
    assert single is not None and single.section == "1"
    inside = f'("message" "rfc822" NIL NIL NIL "7bit" 3000 {ENVELOPE} ({PLAIN}{PDF} "mixed") 50 NIL ("inline" NIL))'
    one = f'("message" "rfc822" NIL NIL NIL "7bit" 3000 {ENVELOPE} {HTML} 50 NIL ("attachment" ("filename" "a.eml")))'
    tree = read(f'({PLAIN}{inside}{one} "mixed")')
    assert tree is not None
    assert [part.section for part in tree.walk()] == ["TEXT", "1", "2", "2.TEXT", "2.1", "2.2", "3", "3.1"]
    found = tree.find("3")
    assert found is not None and (found.name, found.disposition) == ("a.eml", "attachment")


def test_names_in_encoded_words_and_names_of_digits_are_read():
    tree = read('("application" "pdf" ("name" "=?utf-8?q?h=C3=B3a?=") NIL NIL "base64" 10)')
    assert tree is not None and tree.name == "hóa"
    digits = read('("application" "pdf" ("name" 2024) NIL NIL "base64" 10)')
    assert digits is not None and digits.name == "2024"


@pytest.mark.parametrize(
    "text",
    [
        "NIL",
        '("text" "plain")',
        '("text" NIL NIL NIL NIL "7bit" 1 1)',
        "(NIL NIL NIL NIL NIL NIL NIL)",
        '("mixed" ("boundary" "x"))',
        "(1 2 3 4 5 6 7)",
        '(("text") "mixed")',
        "()",
        "12",
    ],
)
def test_what_describes_no_message_is_none(text: str):
    """I11."""
    assert read(text) is None


def test_what_is_missing_or_of_another_kind_is_left_out():
    tree = read('("TEXT" "plain" "charset" (1) NIL NIL NIL NIL "x" (NIL NIL))')
    assert tree == Structure("1", "text/plain")
    bare = read('("application" "pdf" ("odd") NIL NIL "base64" 10 NIL "attachment")')
    assert bare is not None and (bare.disposition, bare.params) == ("attachment", {})


def test_nesting_and_numbers_have_an_end():
    """I11."""
    deep: Any = (b"text", b"plain", None, None, None, b"7bit", 1, 1)
    for _ in range(DEPTH + 5):
        deep = (deep, b"mixed")
    assert read_structure(deep) is None
    leaf = (b"text", b"plain", None, None, None, b"7bit", 1, 1)
    assert read_structure(([leaf] * 5000, b"mixed")) is None
    deepest: Any = leaf
    for _ in range(20_000):
        deepest = (deepest, b"mixed")
    assert read_structure(deepest) is None


VALUES = st.recursive(
    st.none() | st.integers() | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=10).map(tuple) | st.tuples(st.lists(inner, max_size=4), st.just(b"mixed")),
    max_leaves=40,
)


@settings(deadline=None, max_examples=200)
@given(VALUES)
def test_nothing_makes_the_reader_fail(value: Any):
    """I11."""
    tree = read_structure(value)
    assert tree is None or trees.read(trees.written(tree)) == tree

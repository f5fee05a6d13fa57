"""Plain text becomes blocks: quotes, signatures, flowed paragraphs, links."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.mime.blocks import Kind, LinkList, Mark
from protocols.mime.text import text_blocks


def shown(text: str, **options: bool) -> list[tuple[str, int]]:
    return [(block.text, block.quote) for block in text_blocks(text, LinkList(), **options)]


@given(st.text(st.characters() | st.sampled_from("> \n\r\x1b\u2028-.")), st.booleans(), st.booleans())
def test_any_text_becomes_clean_lines(text: str, flowed: bool, delsp: bool) -> None:
    for content, quote in shown(text, flowed=flowed, delsp=delsp):
        assert not any(char in content for char in "\n\r\x1b\u2028\x85\u202e\0")
        assert 0 <= quote <= 50


def test_lines_stay_lines_and_quotes_are_counted() -> None:
    assert shown("a\n> b\n>> c\n> > d\n\ne\n") == [("a", 0), ("b", 1), ("c", 2), ("d", 2), ("", 0), ("e", 0)]


def test_p21_flowed_lines_join_within_their_depth() -> None:
    flowed = shown("one \ntwo\n> three \n> four\n>> five", flowed=True)
    assert flowed == [("one two", 0), ("three four", 1), ("five", 2)]


def test_p21_delsp_takes_the_blank_away() -> None:
    assert shown("日 \n本", flowed=True, delsp=True) == [("日本", 0)]


def test_p21_a_stuffed_line_loses_its_blank_and_the_signature_does_not_flow() -> None:
    assert shown(" From me\n-- \nme", flowed=True) == [("From me", 0), ("-- ", 0), ("me", 0)]


def test_a_signature_is_dim() -> None:
    blocks = text_blocks("Hi\n-- \nLê", LinkList())
    assert [block.kind for block in blocks] == [Kind.PARAGRAPH, Kind.SIGNATURE, Kind.SIGNATURE]
    assert blocks[2].spans[0].marks == Mark.DIM


def test_drawn_lines_keep_their_blanks() -> None:
    assert [block.kind for block in text_blocks("    code\na | b\nname\tvalue", LinkList())] == [
        Kind.PREFORMATTED,
        Kind.PARAGRAPH,
        Kind.PREFORMATTED,
    ]


def test_addresses_are_links_without_the_punctuation_around_them() -> None:
    links = LinkList()
    (block,) = text_blocks("See https://a.b/c_(d). Or (www.x.example/y), mailto:a@b.c!", links)
    assert [link.url for link in links.links] == ["https://a.b/c_(d)", "https://www.x.example/y", "mailto:a@b.c"]
    shown = [span.text for span in block.spans if span.link is not None]
    assert shown == ["https://a.b/c_(d)", "www.x.example/y", "mailto:a@b.c"]


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "text",
    [
        ">" * 10_000 + "x",
        "a" * 1_000_000,
        "http://" * 20_000,
        "www.a.b " * 85_000,
        "http://a.b/" + ")" * 100_000,
        " " * 100_000,
        "word " * 200_000,
        "x   " * 50_000,
        "  x" * 200_000,
        "\n" * 1_000_000,
        "e" + "\u0301" * 200_000,
    ],
)
def test_p21_h08_long_texts_take_linear_time(text: str) -> None:
    text_blocks(text, LinkList())
    text_blocks(text, LinkList(), flowed=True)
